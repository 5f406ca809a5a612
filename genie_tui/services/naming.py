"""What there is that begins so: the names that a shell offers while a command is typed.

Everything here only reads, is found by an index or in small tables, and is bounded, since somebody
waits for it with a finger on the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.text import storable
from genie_tui.services import references

if TYPE_CHECKING:
    from genie_tui.domain.boards import Board

__all__ = ["Named", "Scope", "stages", "starting"]

AT_MOST = 100
"""So many are offered; more are no help to anybody."""

LARGEST = 2**31 - 1

_OPEN = "t.status NOT IN ('done', 'cancelled')"

# A number begins so: it is that, or in a range for each digit that may follow. Each is a probe of
# the index, whatever the number of tasks.
_RANGES = "unnest(%(from)s::int[], %(to)s::int[]) WITH ORDINALITY AS r (first, last, place)"

IN_REPO = f"""
    SELECT t.seq, t.title
      FROM {_RANGES}
     CROSS JOIN LATERAL (
           SELECT t.seq, t.title
             FROM tasks t
            WHERE t.repo_path = %(repo)s AND t.seq BETWEEN r.first AND r.last
            ORDER BY t.seq
            LIMIT %(limit)s) t
     ORDER BY r.place, t.seq
     LIMIT %(limit)s
"""

NEWEST_IN_REPO = f"""
    SELECT t.seq, t.title
      FROM tasks t
     WHERE t.repo_path = %(repo)s AND {_OPEN}
     ORDER BY t.seq DESC
     LIMIT %(limit)s
"""

IN_PROJECT = f"""
    SELECT t.seq, t.title
      FROM projects p JOIN tasks t
        ON t.project_id = p.id OR (t.project_id IS NULL AND t.repo_path = p.repo_path)
      JOIN {_RANGES} ON t.seq BETWEEN r.first AND r.last
     WHERE lower(p.name) = lower(%(project)s)
     ORDER BY r.place, t.seq
     LIMIT %(limit)s
"""

NEWEST_IN_PROJECT = f"""
    SELECT p.name || '#' || t.seq, t.title
      FROM (SELECT p.id, p.name, p.repo_path
              FROM projects p
             WHERE starts_with(lower(p.name), lower(%(begins)s))
             ORDER BY p.name
             LIMIT 20) p
     CROSS JOIN LATERAL (
           SELECT t.seq, t.title
             FROM tasks t
            WHERE (t.project_id = p.id OR (t.project_id IS NULL AND t.repo_path = p.repo_path))
              AND {_OPEN}
            ORDER BY t.seq DESC
            LIMIT %(limit)s) t
     ORDER BY p.name, t.seq DESC
     LIMIT %(limit)s
"""

# As references are looked for: the range is what an index can search.
BY_ID = """
    SELECT t.id, t.title
      FROM tasks t
     WHERE t.id >= %(begins)s AND t.id < %(begins)s || 'g' AND starts_with(t.id, %(begins)s)
     ORDER BY t.id
     LIMIT %(limit)s
"""

PROJECTS = """
    SELECT p.name, p.repo_path
      FROM projects p
     WHERE starts_with(lower(p.name), lower(%(begins)s))
     ORDER BY p.name
     LIMIT %(limit)s
"""

TAGS = """
    SELECT g.id, g.name
      FROM tags g
     WHERE starts_with(lower(g.id), lower(%(begins)s))
        OR starts_with(lower(g.name), lower(%(begins)s))
     ORDER BY g.id
     LIMIT %(limit)s
"""

SCHEDULES = """
    SELECT s.name, s.cron_expression
      FROM schedules s
     WHERE starts_with(lower(s.name), lower(%(begins)s)) AND s.status <> 'deleted'
     ORDER BY s.name
     LIMIT %(limit)s
"""

APPS = """
    SELECT s.name, s.item_type
      FROM app_store s
     WHERE starts_with(lower(s.name), lower(%(begins)s))
     ORDER BY s.name
     LIMIT %(limit)s
"""

# Whoever holds a lock is known by the name of the run: agent-NAME or tui-NAME@HOST.
ACTORS = """
    SELECT CASE type WHEN 'local' THEN id ELSE type || '/' || id END, min(what)
      FROM (SELECT actor_type AS type, actor_id AS id, 'on tasks' AS what
              FROM task_actors
             UNION
            SELECT 'local', coalesce(nullif(custom_name, ''), id), 'agent'
              FROM agents
             UNION
            SELECT 'local', substring(checkout_run_id FROM '^(?:agent-|tui-(?=.*@))([^@]+)'),
                   'holds tasks'
              FROM tasks
             WHERE checkout_run_id IS NOT NULL) people
     WHERE starts_with(lower(id), lower(%(begins)s))
        OR starts_with(lower(type || '/' || id), lower(%(begins)s))
     GROUP BY 1
     ORDER BY 1
     LIMIT %(limit)s
"""

TYPES = """
    SELECT y.id, y.name
      FROM task_types y
     WHERE starts_with(lower(y.id), lower(%(begins)s))
     ORDER BY y.id
     LIMIT %(limit)s
"""

TEMPLATES = """
    SELECT m.name, m.description
      FROM board_templates m
     WHERE starts_with(lower(m.name), lower(%(begins)s))
     ORDER BY m.name
     LIMIT %(limit)s
"""

RELEASES = """
    SELECT DISTINCT t.release_id, NULL
      FROM tasks t
     WHERE t.release_id IS NOT NULL AND starts_with(lower(t.release_id), lower(%(begins)s))
     ORDER BY 1
     LIMIT %(limit)s
"""

# Those of tasks are read and written as the task's comments.
CONVERSATIONS = """
    SELECT CASE WHEN alone AND starts_with(lower(name), lower(%(begins)s)) THEN name ELSE id END,
           CASE WHEN alone THEN type ELSE coalesce(name, type) END
      FROM (SELECT c.id, c.name, c.type, c.updated_at,
                   c.name <> '' AND count(*) OVER (PARTITION BY lower(c.name)) = 1 AS alone
              FROM conversations c
             WHERE c.linked_entity IS DISTINCT FROM 'task') c
     WHERE starts_with(id, %(begins)s) OR starts_with(lower(name), lower(%(begins)s))
     ORDER BY updated_at DESC, id
     LIMIT %(limit)s
"""

TEAMS = """
    SELECT name, min(what)
      FROM (SELECT name, repo AS what FROM teams
             UNION ALL
            SELECT DISTINCT team, repo_path FROM team_chat) known
     WHERE starts_with(lower(name), lower(%(begins)s))
     GROUP BY name
     ORDER BY name
     LIMIT %(limit)s
"""

# Where several are called the same, each by its id.
AGENTS = """
    SELECT CASE WHEN alone AND starts_with(lower(name), lower(%(begins)s)) THEN name ELSE id END,
           concat_ws(' ', state, team, role)
      FROM (SELECT a.id, coalesce(nullif(a.custom_name, ''), a.id) AS name, a.state, a.team, a.role,
                   count(*) OVER (PARTITION BY lower(coalesce(nullif(a.custom_name, ''), a.id))) = 1
                   AS alone
              FROM agents a) a
     WHERE starts_with(lower(name), lower(%(begins)s))
        OR starts_with(lower(id), lower(%(begins)s))
     ORDER BY 1
     LIMIT %(limit)s
"""

BOARD_OF_TASK = """
    SELECT coalesce(t.board_id, 'type:' || t.type_id)
      FROM tasks t
     WHERE t.id = %(id)s
"""

TABLES = {
    "project": PROJECTS,
    "tag": TAGS,
    "type": TYPES,
    "template": TEMPLATES,
    "release": RELEASES,
    "conversation": CONVERSATIONS,
    "schedule": SCHEDULES,
    "item": APPS,
    "team": TEAMS,
    "agent": AGENTS,
}

_PREFIXED = re.compile(r"(?:agent|human):")
_DIGITS = re.compile(r"[0-9]{1,9}")
_HEXADECIMAL = re.compile(r"(?:task-)?([0-9a-f]{4,})")
_ID = "task-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name as it can be typed, and what says more of it."""

    name: str
    about: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a name is looked for: in which repository, and in which project where one is named.

    `project` is what --project said. `project_id` is that project's, else the repository's.
    """

    repo_path: str
    project: str | None = None
    project_id: str | None = None


async def starting(
    conn: AsyncConnection, noun: str, begins: str, scope: Scope
) -> tuple[Named, ...]:
    """The names of a noun that begin so, whatever their case; none of a noun that is not known."""
    if not storable(begins):
        return ()
    if noun == "task":
        return await _tasks(conn, begins, scope)
    if noun == "board":
        return await _boards(conn, begins, scope)
    if noun == "actor":
        return await _actors(conn, begins)
    if noun in TABLES:
        return await _named(conn, TABLES[noun], begins=begins)
    return ()


async def stages(
    conn: AsyncConnection,
    begins: str,
    scope: Scope,
    *,
    board: str | None = None,
    tasks: Sequence[str] = (),
) -> tuple[Named, ...]:
    """The stages of a board; else of the boards of tasks; else of all boards of the project.

    Raises:
        GenieError: no such board, or no such task.
    """
    from genie_tui.services.boards import find_board, list_boards

    if board is None and not tasks:
        found: Iterable[Board] = await list_boards(conn, project_id=scope.project_id)
    else:
        keys = [board] if board is not None else [await _board(conn, t, scope) for t in tasks]
        unique = dict.fromkeys(keys)
        found = [await find_board(conn, key, project_id=scope.project_id) for key in unique]
    columns = {column.name: column.label for one in found for column in one.columns}
    return _beginning(begins, columns.items())


async def _board(conn: AsyncConnection, reference: str, scope: Scope) -> str:
    """The key of a task's board."""
    if scope.project is not None and _DIGITS.fullmatch(reference.removeprefix("#")):
        reference = f"{scope.project}#{reference.removeprefix('#')}"
    task_id = await references.resolve(conn, reference, repo_path=scope.repo_path)
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(BOARD_OF_TASK, {"id": task_id})
        row = await cursor.fetchone()
    return str(row[0]) if row else ""


async def _tasks(conn: AsyncConnection, begins: str, scope: Scope) -> tuple[Named, ...]:
    """Tasks by number, by project and number, or by id: in the form in which one was begun."""
    before, mark, digits = begins.rpartition("#")
    if not digits or _DIGITS.fullmatch(digits):
        found = await _numbered(conn, digits, scope, project=before or scope.project)
        if found or not digits:
            return tuple(
                Named(name=f"{before}{mark}{named.name}", about=named.about) for named in found
            )
    if hexadecimal := _HEXADECIMAL.fullmatch(begins.lower()):
        return await _named(conn, BY_ID, begins=f"{_ID}{hexadecimal[1]}")
    if begins.startswith(_ID) or (begins and _ID.startswith(begins)):
        by_id = await _named(conn, BY_ID, begins=begins if begins.startswith(_ID) else _ID)
        return (*await _named(conn, NEWEST_IN_PROJECT, begins=begins), *by_id)
    return () if mark else await _named(conn, NEWEST_IN_PROJECT, begins=begins)


async def _numbered(
    conn: AsyncConnection, digits: str, scope: Scope, *, project: str | None
) -> tuple[Named, ...]:
    """The tasks whose number begins so, the shortest first; without a digit, the newest open."""
    if project is None:
        query = IN_REPO if digits else NEWEST_IN_REPO
    else:
        query = IN_PROJECT if digits else NEWEST_NUMBERS
    first, last = _ranges(digits)
    params = {"repo": scope.repo_path, "project": project, "from": first, "to": last}
    return await _named(conn, query, **params)


NEWEST_NUMBERS = f"""
    SELECT t.seq, t.title
      FROM projects p JOIN tasks t
        ON t.project_id = p.id OR (t.project_id IS NULL AND t.repo_path = p.repo_path)
     WHERE lower(p.name) = lower(%(project)s) AND {_OPEN}
     ORDER BY t.seq DESC
     LIMIT %(limit)s
"""


def _ranges(digits: str) -> tuple[list[int], list[int]]:
    """Between which numbers those are that begin with these digits: 12, 120-129, 1200-1299, …"""
    if not digits or digits.startswith("0"):
        return [], []
    first, last, length = [], [], 1
    while (low := int(digits) * length) <= LARGEST:
        first.append(low)
        last.append(min(low + length - 1, LARGEST))
        length *= 10
    return first, last


async def _boards(conn: AsyncConnection, begins: str, scope: Scope) -> tuple[Named, ...]:
    """Boards by name; those whose name is another's too, and those made up, by their key."""
    from genie_tui.services.boards import list_boards

    boards = await list_boards(conn, project_id=scope.project_id)
    real = [board.name.lower() for board in boards if board.id is not None]
    named = {}
    for board in boards:
        unique = board.id is not None and real.count(board.name.lower()) == 1
        own = board.project_id is not None and board.project_id == scope.project_id
        about = board.project_name or ("global" if board.id else f"{board.name}, without a board")
        named[board.name if unique or own else board.key] = about
    return _beginning(begins, named.items())


async def _actors(conn: AsyncConnection, begins: str) -> tuple[Named, ...]:
    kind = match[0] if (match := _PREFIXED.match(begins)) else ""
    found = await _named(conn, ACTORS, begins=begins[len(kind) :])
    return tuple(Named(name=f"{kind}{named.name}", about=named.about) for named in found)


async def _named(conn: AsyncConnection, query: str, **params: Any) -> tuple[Named, ...]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, {**params, "limit": AT_MOST})
        rows = await cursor.fetchall()
    return tuple(Named(name=str(name), about=about) for name, about in rows)


def _beginning(begins: str, names: Iterable[tuple[str, str | None]]) -> tuple[Named, ...]:
    wanted = begins.lower()
    found = (
        Named(name=name, about=about) for name, about in names if name.lower().startswith(wanted)
    )
    return tuple(found)[:AT_MOST]
