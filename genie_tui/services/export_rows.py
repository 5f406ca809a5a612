"""The queries whose rows make up an exported file, each row as JSON text (`domain/exports.py`)."""

from __future__ import annotations

from genie_tui.domain.exports import SHARED
from genie_tui.services.selecting import OF_PROJECT

__all__ = [
    "BOARDS",
    "BOARD_TASKS",
    "COLUMN_IDS",
    "PROJECT",
    "PROJECT_TASKS",
    "SHARED_BOARDS",
    "SNAPSHOT",
    "TAGS",
    "TASKS",
    "TASK_TYPES",
    "WITHOUT_IDS",
]

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


def _time(column: str) -> str:
    """A time in UTC with microseconds; what no calendar has stays a word."""
    return (
        f"CASE WHEN isfinite({column}) THEN"
        f" to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        f" || CASE WHEN {column} < '0001-01-01 00:00+00' THEN ' BC' ELSE '' END"
        f" ELSE {column}::text END"
    )


def _object(table: str, columns: str, times: str = "", more: str = "") -> str:
    """An object of columns under their own names, and of what else there is."""
    parts = [f"'{name}', {table}.{name}" for name in columns.split()]
    parts += [f"'{name}', {_time(f'{table}.{name}')}" for name in times.split()]
    return f"jsonb_build_object({', '.join([*parts, *([more] if more else [])])})"


def _list(objects: str, order: str, source: str) -> str:
    return f"(SELECT coalesce(jsonb_agg({objects} ORDER BY {order}), '[]') FROM {source})"


def _without_ids(columns: str) -> str:
    return f"""CASE WHEN jsonb_typeof({columns}) = 'array' THEN
           (SELECT coalesce(jsonb_agg(
                       CASE jsonb_typeof(item) WHEN 'object' THEN item - 'id' ELSE item END
                       ORDER BY place), '[]')
              FROM jsonb_array_elements({columns}) WITH ORDINALITY AS c (item, place))
           ELSE {columns} END"""


WITHOUT_IDS = _without_ids("b.columns")
"""The columns of board `b` without the ids that each database draws for itself."""

# In an order that no database's collation changes.
_TASK_ORDER = 't.repo_path COLLATE "C", t.seq, t.id COLLATE "C"'

PROJECT_TASKS = f"""
    SELECT t.id
      FROM tasks t
     WHERE {OF_PROJECT}
     ORDER BY {_TASK_ORDER}
"""

BOARD_TASKS = f"""
    SELECT t.id
      FROM tasks t
     WHERE t.board_id = %(board)s AND (%(project)s::text IS NULL OR {OF_PROJECT})
     ORDER BY {_TASK_ORDER}
"""

PROJECT = f"""
    SELECT {_object("p", "id name repo_path description", "created_at")}::text
      FROM projects p
     WHERE p.id = %(project)s
"""

BOARDS = f"""
    SELECT b.columns::text,
           ({_object("b", "id name description config", "created_at updated_at")})::text
      FROM boards b
     WHERE b.id = %(board)s OR b.project_id = %(project)s
     ORDER BY b.name COLLATE "C", b.id COLLATE "C"
"""

SHARED_BOARDS = f"""
    SELECT ({WITHOUT_IDS})::text,
           ({
    _object(
        "b",
        "name description config",
        more=f"'project', CASE WHEN p.id IS NOT NULL THEN"
        f" {_object('p', 'name repo_path description')} END",
    )
})::text,
           b.id
      FROM boards b LEFT JOIN projects p ON p.id = b.project_id
     WHERE b.id IN (SELECT t.board_id FROM tasks t WHERE {OF_PROJECT})
       AND b.project_id IS DISTINCT FROM %(project)s
     ORDER BY p.name COLLATE "C" NULLS FIRST, b.name COLLATE "C", b.id COLLATE "C"
"""

COLUMN_IDS = """
    SELECT b.id, item ->> 'id', (place - 1)::integer
      FROM boards b,
           jsonb_array_elements(
               CASE jsonb_typeof(b.columns) WHEN 'array' THEN b.columns ELSE '[]' END)
               WITH ORDINALITY AS c (item, place)
     WHERE b.id = ANY(%(boards)s) AND jsonb_typeof(item -> 'id') = 'string'
     ORDER BY b.id, place
"""

# Of the tasks in %(tasks)s; types of tags are among those of %(types)s.
TAGS = f"""
    SELECT ({_object("g", "id name color type_id")})::text, g.type_id
      FROM tags g
     WHERE g.id IN (SELECT tt.tag_id FROM task_tags tt WHERE tt.task_id = ANY(%(tasks)s))
     ORDER BY g.id COLLATE "C"
"""

TASK_TYPES = f"""
    SELECT y.stages::text, ({_object("y", "id name description icon")})::text
      FROM task_types y
     WHERE y.id IN (SELECT t.type_id FROM tasks t WHERE t.id = ANY(%(tasks)s))
        OR y.id = ANY(%(types)s)
     ORDER BY y.id COLLATE "C"
"""

_ACTORS = _list(
    _object("a", "actor_type actor_id role permissions", "created_at"),
    'a.role COLLATE "C", a.actor_type COLLATE "C", a.actor_id COLLATE "C"',
    "task_actors a WHERE a.task_id = t.id",
)

_TAGS = _list(
    _object("tt", "tag_id added_by_type added_by_id", "created_at"),
    'tt.tag_id COLLATE "C"',
    "task_tags tt WHERE tt.task_id = t.id",
)

_DEPENDENCIES = _list(
    _object("d", "depends_on_id dep_type", "created_at"),
    'd.depends_on_id COLLATE "C"',
    "task_dependencies d WHERE d.task_id = t.id",
)

_STAGE_LOG = _list(
    _object("l", "from_stage to_stage actor_type actor_id run_id gate_type", "created_at"),
    "l.id",
    "task_stage_log l WHERE l.task_id = t.id",
)

_APPROVALS = _list(
    _object("w", "stage kind actor_type actor_id", "created_at"),
    'w.stage COLLATE "C", w.kind COLLATE "C"',
    "tui_approvals w WHERE w.task_id = t.id",
)

_DETAILS = """'details', CASE jsonb_typeof(h.details) WHEN 'object'
    THEN h.details - '{before,after,events,of,undo}'::text[] ELSE h.details END"""

_HISTORY = _list(
    _object("h", "event_type actor", "created_at", _DETAILS),
    "h.id",
    "audit_events h WHERE h.entity_type = 'task' AND h.entity_id = t.id",
)

_MEMBERS = _list(
    _object("m", "actor_type actor_id role", "joined_at"),
    'm.actor_type COLLATE "C", m.actor_id COLLATE "C"',
    "conversation_members m WHERE m.conversation_id = c.id",
)

_MESSAGES = _list(
    _object(
        "s",
        "number sender_type sender_id body metadata",
        "created_at updated_at",
        "'reply_to', r.number",
    ),
    "s.number",
    "said s LEFT JOIN said r ON r.id = s.reply_to_id WHERE s.conversation_id = c.id",
)

_CONVERSATION = _object(
    "c",
    "id name type linked_entity linked_entity_id created_by_type created_by_id metadata",
    "created_at updated_at",
    "'parent_message', (SELECT s.number FROM said s WHERE s.id = c.parent_message_id),"
    f" 'members', {_MEMBERS}, 'messages', {_MESSAGES}",
)

_TALK_ORDER = 'c.created_at, c.parent_message_id IS NOT NULL, c.id COLLATE "C"'

# A task's conversations, the threads that hang on their messages, and so on. Each OFFSET keeps
# the planner at the indexes, whatever it thinks of the number of messages.
_CONVERSATIONS = f"""(
    WITH RECURSIVE talk (id) AS (
        SELECT c.id FROM conversations c
         WHERE c.linked_entity = 'task' AND c.linked_entity_id = t.id
         UNION
        SELECT below.id
          FROM talk,
               LATERAL (SELECT m.id FROM messages m
                         WHERE m.conversation_id = talk.id OFFSET 0) AS m,
               LATERAL (SELECT c.id, c.linked_entity, c.linked_entity_id FROM conversations c
                         WHERE c.parent_message_id = m.id OFFSET 0) AS below
         WHERE below.linked_entity IS DISTINCT FROM 'task' OR below.linked_entity_id = t.id),
    said AS MATERIALIZED (
        SELECT m.*, row_number() OVER (ORDER BY m.id) AS number
          FROM talk, LATERAL (
               SELECT s.id, s.conversation_id, s.reply_to_id, s.sender_type, s.sender_id, s.body,
                      s.metadata, s.created_at, s.updated_at
                 FROM messages s
                WHERE s.conversation_id = talk.id
               OFFSET 0) AS m)
    SELECT coalesce(jsonb_agg({_CONVERSATION} ORDER BY {_TALK_ORDER}), '[]')
      FROM talk, LATERAL (SELECT * FROM conversations c WHERE c.id = talk.id OFFSET 0) AS c)"""

_BOARD_ID = f"coalesce('{SHARED}' || shared.place, t.board_id)"
_COLUMN_ID = f"coalesce('{SHARED}' || col.place, t.column_id)"

_TASK = _object(
    "t",
    "id seq parent_id repo_path genie_os_folder_id wish_file group_name title description"
    " acceptance_criteria type_id stage status priority estimated_effort blocked_reason release_id"
    " checkout_run_id checkout_timeout_ms session_id pane_id trace_id metadata",
    "start_date due_date started_at ended_at execution_locked_at created_at updated_at",
    f"""'in_project', t.project_id IS NOT NULL, 'board_id', {_BOARD_ID},
        'column_id', {_COLUMN_ID}, 'actors', {_ACTORS}, 'tags', {_TAGS},
        'dependencies', {_DEPENDENCIES}, 'stage_log', {_STAGE_LOG}, 'approvals', {_APPROVALS},
        'conversations', {_CONVERSATIONS}""",
)

TASKS = f"""
    SELECT ({_TASK}
            || CASE WHEN %(history)s THEN jsonb_build_object('history', {_HISTORY})
                    ELSE '{{}}' END)::text
      FROM unnest(%(ids)s::text[]) WITH ORDINALITY AS wanted (id, place)
      JOIN tasks t ON t.id = wanted.id
      LEFT JOIN unnest(%(shared)s::text[]) WITH ORDINALITY AS nth (id, number)
           ON nth.id = t.board_id
      LEFT JOIN LATERAL (SELECT (nth.number - 1)::text) AS shared (place) ON true
      LEFT JOIN unnest(%(column_boards)s::text[], %(column_ids)s::text[], %(column_places)s::text[])
           AS col (board_id, id, place)
           ON col.board_id = t.board_id AND col.id = t.column_id
     ORDER BY wanted.place
"""
