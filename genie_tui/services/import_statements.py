"""The statements that write tasks, and all that is theirs, out of where they were put aside."""

from __future__ import annotations

__all__ = [
    "ACTORS",
    "APPROVALS",
    "CONVERSATIONS",
    "DEPENDENCIES",
    "HISTORY",
    "LANDING",
    "LEAVE",
    "MEMBERS",
    "MESSAGES",
    "NUMBER_MESSAGES",
    "PARENTS_LEFT_OUT",
    "SETTLE",
    "STAGE_LOG",
    "TAGS",
    "TALKS",
    "TASKS",
    "THREADS",
]

# Tasks whose stage is none of their board's, as other clients leave them, are let in by no
# trigger: they are made on a board that has every stage, and put where they belong afterwards.
LANDING = """
    INSERT INTO boards (name, columns)
    SELECT 'import ' || gen_random_uuid(),
           coalesce(jsonb_agg(DISTINCT jsonb_build_object('name', body -> 'stage')), '[]')
      FROM tui_import_tasks
 RETURNING id
"""

LEAVE = "DELETE FROM boards WHERE id = %(landing)s"

_KEY = "coalesce('board:' || b.new, 'type:' || y.new)"

# In the order of their numbers, so that most get theirs from the trigger that counts.
TASKS = f"""
    INSERT INTO tasks (
        id, seq, parent_id, repo_path, genie_os_folder_id, wish_file, group_name, title,
        description, acceptance_criteria, type_id, stage, status, priority, start_date, due_date,
        estimated_effort, started_at, ended_at, blocked_reason, release_id, checkout_run_id,
        execution_locked_at, checkout_timeout_ms, session_id, pane_id, trace_id, metadata,
        created_at, updated_at, project_id, board_id, column_id)
    SELECT i.new, 0, coalesce(p.new, e.id), repo.new, r.genie_os_folder_id, r.wish_file,
           r.group_name, r.title, r.description, r.acceptance_criteria, y.new, r.stage, r.status,
           r.priority, r.start_date, r.due_date, r.estimated_effort, r.started_at, r.ended_at,
           r.blocked_reason, r.release_id, r.checkout_run_id, r.execution_locked_at,
           r.checkout_timeout_ms, r.session_id, r.pane_id, r.trace_id, r.metadata, r.created_at,
           r.updated_at, CASE WHEN r.in_project IS NOT FALSE OR %(link)s THEN %(project)s END,
           CASE WHEN v.key IS NULL THEN %(landing)s ELSE b.new END,
           CASE WHEN col.old IS NULL THEN r.column_id ELSE col.new END
      FROM tui_import_tasks s
     CROSS JOIN LATERAL jsonb_to_record(s.body) AS r (
               seq integer, in_project boolean, parent_id text, repo_path text,
               genie_os_folder_id uuid, wish_file text, group_name text, title text,
               description text, acceptance_criteria text, type_id text, stage text,
               status text, priority text, start_date timestamptz, due_date timestamptz,
               estimated_effort text, started_at timestamptz, ended_at timestamptz,
               blocked_reason text, release_id text, checkout_run_id text,
               execution_locked_at timestamptz, checkout_timeout_ms integer, session_id text,
               pane_id text, trace_id text, metadata jsonb, created_at timestamptz,
               updated_at timestamptz, board_id text, column_id text)
      JOIN tui_import_ids i ON i.kind = 'task' AND i.old = s.old
      JOIN tui_import_ids repo ON repo.kind = 'repo' AND repo.old = r.repo_path
      JOIN tui_import_ids y ON y.kind = 'type' AND y.old = r.type_id
      LEFT JOIN tui_import_ids b ON b.kind = 'board' AND b.old = r.board_id
      LEFT JOIN tui_import_ids col
           ON col.kind = 'column' AND col.old = r.board_id || '/' || r.column_id
      LEFT JOIN tui_import_ids p ON p.kind = 'task' AND p.old = r.parent_id
      LEFT JOIN tasks e
           ON e.id = r.parent_id AND p.old IS NULL
          AND NOT EXISTS (SELECT FROM tasks child
                           WHERE child.parent_id = e.id AND child.group_name = r.group_name)
      LEFT JOIN tui_import_stages v ON v.key = {_KEY} AND v.stage = r.stage
     ORDER BY repo.new, r.seq, s.place
"""

SETTLE = """
    UPDATE tasks t
       SET seq = CASE WHEN %(keep_numbers)s THEN r.seq ELSE t.seq END, board_id = b.new
      FROM tui_import_tasks s
     CROSS JOIN LATERAL jsonb_to_record(s.body) AS r (seq integer, board_id text)
      JOIN tui_import_ids i ON i.kind = 'task' AND i.old = s.old
      LEFT JOIN tui_import_ids b ON b.kind = 'board' AND b.old = r.board_id
     WHERE t.id = i.new
       AND ((%(keep_numbers)s AND t.seq <> r.seq) OR t.board_id IS DISTINCT FROM b.new)
"""

PARENTS_LEFT_OUT = """
    SELECT count(*)
      FROM tui_import_tasks s
      JOIN tui_import_ids i ON i.kind = 'task' AND i.old = s.old
      JOIN tasks t ON t.id = i.new
     WHERE s.body ->> 'parent_id' IS NOT NULL AND t.parent_id IS NULL
"""


def _each(name: str, columns: str) -> str:
    """The rows that stand in a list of each task, as `r`, numbered as `ordinality`."""
    return f"""
      FROM tui_import_tasks s
      JOIN tui_import_ids i ON i.kind = 'task' AND i.old = s.old
     CROSS JOIN LATERAL ROWS FROM (
               jsonb_to_recordset(nullif(s.body -> '{name}', 'null')) AS ({columns}))
               WITH ORDINALITY AS r"""


def _by_time(time: str, number: str = "r.ordinality") -> str:
    """Ids that count grow with time, as they did where the rows are from, and with the list."""
    return f"max({time}) OVER (PARTITION BY s.place ORDER BY {number}), s.place, {number}"


ACTORS = f"""
    INSERT INTO task_actors (task_id, actor_type, actor_id, role, permissions, created_at)
    SELECT i.new, r.actor_type, r.actor_id, r.role, r.permissions, r.created_at
    {
    _each(
        "actors",
        "actor_type text, actor_id text, role text, permissions jsonb, created_at timestamptz",
    )
}
"""

TAGS = f"""
    INSERT INTO task_tags (task_id, tag_id, added_by_type, added_by_id, created_at)
    SELECT i.new, g.new, r.added_by_type, r.added_by_id, r.created_at
    {_each("tags", "tag_id text, added_by_type text, added_by_id text, created_at timestamptz")}
      JOIN tui_import_ids g ON g.kind = 'tag' AND g.old = r.tag_id
"""

DEPENDENCIES = f"""
    WITH listed AS MATERIALIZED (
        SELECT i.new AS task_id, coalesce(o.new, e.id) AS depends_on_id, r.dep_type, r.created_at
        {_each("dependencies", "depends_on_id text, dep_type text, created_at timestamptz")}
          LEFT JOIN tui_import_ids o ON o.kind = 'task' AND o.old = r.depends_on_id
          LEFT JOIN tasks e ON e.id = r.depends_on_id AND o.old IS NULL),
    written AS (
        INSERT INTO task_dependencies (task_id, depends_on_id, dep_type, created_at)
        SELECT task_id, depends_on_id, dep_type, created_at
          FROM listed
         WHERE depends_on_id IS NOT NULL)
    SELECT count(*) FILTER (WHERE depends_on_id IS NULL) FROM listed
"""

STAGE_LOG = f"""
    INSERT INTO task_stage_log (task_id, from_stage, to_stage, actor_type, actor_id, run_id,
                                gate_type, created_at)
    SELECT i.new, r.from_stage, r.to_stage, r.actor_type, r.actor_id, r.run_id, r.gate_type,
           r.created_at
    {
    _each(
        "stage_log",
        "from_stage text, to_stage text, actor_type text, actor_id text, run_id text,"
        " gate_type text, created_at timestamptz",
    )
}
     ORDER BY {_by_time("r.created_at")}
"""

APPROVALS = f"""
    INSERT INTO tui_approvals (task_id, stage, kind, actor_type, actor_id, created_at)
    SELECT i.new, r.stage, r.kind, r.actor_type, r.actor_id, r.created_at
    {
    _each(
        "approvals",
        "stage text, kind text, actor_type text, actor_id text, created_at timestamptz",
    )
}
"""

HISTORY = f"""
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details, created_at)
    SELECT 'task', i.new, r.event_type, r.actor, r.details, r.created_at
    {_each("history", "event_type text, actor text, details jsonb, created_at timestamptz")}
     ORDER BY {_by_time("r.created_at")}
"""

TALKS = """
    CREATE TEMPORARY TABLE tui_import_talks ON COMMIT DROP AS
    SELECT s.place, item ->> 'id' AS old, item AS body
      FROM tui_import_tasks s
     CROSS JOIN LATERAL jsonb_array_elements(nullif(s.body -> 'conversations', 'null')) AS item;
    INSERT INTO tui_import_ids (kind, old) SELECT 'conversation', old FROM tui_import_talks;
    ANALYZE tui_import_talks;
"""

CONVERSATIONS = """
    INSERT INTO conversations (id, name, type, linked_entity, linked_entity_id, created_by_type,
                               created_by_id, metadata, created_at, updated_at)
    SELECT i.new, r.name, r.type, r.linked_entity, coalesce(t.new, r.linked_entity_id),
           r.created_by_type, r.created_by_id, r.metadata, r.created_at, r.updated_at
      FROM tui_import_talks s
      JOIN tui_import_ids i ON i.kind = 'conversation' AND i.old = s.old
     CROSS JOIN LATERAL jsonb_to_record(s.body) AS r (
               name text, type text, linked_entity text, linked_entity_id text,
               created_by_type text, created_by_id text, metadata jsonb, created_at timestamptz,
               updated_at timestamptz)
      LEFT JOIN tui_import_ids t
           ON r.linked_entity = 'task' AND t.kind = 'task' AND t.old = r.linked_entity_id
"""

MEMBERS = """
    INSERT INTO conversation_members (conversation_id, actor_type, actor_id, role, joined_at)
    SELECT i.new, r.actor_type, r.actor_id, r.role, r.joined_at
      FROM tui_import_talks s
      JOIN tui_import_ids i ON i.kind = 'conversation' AND i.old = s.old
     CROSS JOIN LATERAL jsonb_to_recordset(nullif(s.body -> 'members', 'null')) AS r (
               actor_type text, actor_id text, role text, joined_at timestamptz)
"""

NUMBER_MESSAGES = f"""
    CREATE TEMPORARY TABLE tui_import_messages ON COMMIT DROP AS
    SELECT nextval(pg_get_serial_sequence('messages', 'id')) AS id, m.*
      FROM (SELECT i.new AS conversation_id, s.place, r.*
              FROM tui_import_talks s
              JOIN tui_import_ids i ON i.kind = 'conversation' AND i.old = s.old
             CROSS JOIN LATERAL jsonb_to_recordset(nullif(s.body -> 'messages', 'null')) AS r (
                       number integer, reply_to integer, sender_type text, sender_id text,
                       body text, metadata jsonb, created_at timestamptz, updated_at timestamptz)
             ORDER BY {_by_time("r.created_at", "r.number")}) AS m;
    ANALYZE tui_import_messages;
"""

# The ids are the database's own, drawn before, so that replies can name them.
MESSAGES = """
    INSERT INTO messages (id, conversation_id, reply_to_id, sender_type, sender_id, body, metadata,
                          created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT m.id, m.conversation_id, other.id, m.sender_type, m.sender_id, m.body, m.metadata,
           m.created_at, m.updated_at
      FROM tui_import_messages m
      LEFT JOIN tui_import_messages other
           ON other.place = m.place AND other.number = m.reply_to
     ORDER BY m.id
"""

THREADS = """
    UPDATE conversations c
       SET parent_message_id = m.id
      FROM tui_import_talks s
      JOIN tui_import_ids i ON i.kind = 'conversation' AND i.old = s.old
      JOIN tui_import_messages m
           ON m.place = s.place AND m.number = (s.body ->> 'parent_message')::integer
     WHERE c.id = i.new
"""
