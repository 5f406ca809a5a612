"""Rows of an imported file, first put aside in temporary tables, then written with their new ids.

Ids that are free are kept; the others are drawn anew, and every reference follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.boards import decoded
from genie_tui.domain.projects import Project
from genie_tui.services import import_statements as write

__all__ = ["PUT_ASIDE", "Kind", "clear", "draw", "insert_tasks", "make_room", "map_ids", "new_id"]

Kind = str
"""Of an id: task, board, conversation, project, type, tag, column or repo."""

MAKE_ROOM = """
    CREATE TEMPORARY TABLE tui_import_tasks (
        place integer NOT NULL, old text NOT NULL, body jsonb NOT NULL) ON COMMIT DROP;
    CREATE TEMPORARY TABLE tui_import_ids (
        kind text NOT NULL, old text NOT NULL, new text, PRIMARY KEY (kind, old)) ON COMMIT DROP;
    CREATE TEMPORARY TABLE tui_import_stages (
        key text NOT NULL, stage text NOT NULL) ON COMMIT DROP;
"""

CLEAR = """
    DROP TABLE IF EXISTS pg_temp.tui_import_tasks, pg_temp.tui_import_ids,
                         pg_temp.tui_import_stages, pg_temp.tui_import_talks,
                         pg_temp.tui_import_messages;
"""

PUT_ASIDE = "COPY tui_import_tasks (place, old, body) FROM STDIN"

ANALYZE = "ANALYZE tui_import_tasks, tui_import_ids"

MAP = """
    INSERT INTO tui_import_ids (kind, old, new)
    SELECT %(kind)s, old, new FROM unnest(%(old)s::text[], %(new)s::text[]) AS m (old, new)
"""

MAP_TASKS = """
    INSERT INTO tui_import_ids (kind, old) SELECT 'task', old FROM tui_import_tasks
"""

TABLES = {
    "task": ("tasks", "task-"),
    "board": ("boards", "board-"),
    "conversation": ("conversations", "conv-"),
    "project": ("projects", "proj-"),
}
"""Where the ids of a kind are taken, and how they begin."""

KEEP = """
    UPDATE tui_import_ids i
       SET new = old
     WHERE kind = %(kind)s AND new IS NULL AND old <> ''
       AND NOT EXISTS (SELECT FROM {table} taken WHERE taken.id = i.old)
"""

DRAW = """
    UPDATE tui_import_ids
       SET new = %(prefix)s || substr(gen_random_uuid()::text, 1, 8)
     WHERE kind = %(kind)s AND new IS NULL
"""

# Of 100,000 ids drawn, a few are there already; those are drawn again.
FORGET = """
    UPDATE tui_import_ids i
       SET new = NULL
     WHERE kind = %(kind)s AND new <> old
       AND (EXISTS (SELECT FROM {table} taken WHERE taken.id = i.new)
            OR new IN (SELECT j.new FROM tui_import_ids j
                        WHERE j.kind = %(kind)s GROUP BY j.new HAVING count(*) > 1))
"""

NEW_ID = "SELECT new FROM tui_import_ids WHERE kind = %(kind)s AND old = %(old)s"

BOARDS_NOW = "SELECT 'board:' || id, columns FROM boards WHERE id = ANY(%(ids)s)"
TYPES_NOW = "SELECT 'type:' || id, stages FROM task_types WHERE id = ANY(%(ids)s)"

STAGES = """
    INSERT INTO tui_import_stages (key, stage)
    SELECT * FROM unnest(%(keys)s::text[], %(stages)s::text[])
"""


async def make_room(conn: AsyncConnection) -> None:
    """Make the tables in which rows are put aside, with `PUT_ASIDE`."""
    await conn.execute(CLEAR + MAKE_ROOM)


async def clear(conn: AsyncConnection) -> None:
    """Drop them."""
    await conn.execute(CLEAR)


async def map_ids(conn: AsyncConnection, kind: Kind, ids: Mapping[str, str | None]) -> None:
    """Say which ids of the file become which; None is for `draw` to decide."""
    params = {"kind": kind, "old": list(ids), "new": list(ids.values())}
    await conn.execute(MAP, params)


async def draw(conn: AsyncConnection, kind: Kind) -> None:
    """Decide on new ids: the old one where there is one and it is free, else one of nobody's."""
    table, prefix = TABLES[kind]
    params = {"kind": kind, "prefix": prefix}
    await conn.execute(KEEP.format(table=table), params)
    while (await conn.execute(DRAW, params)).rowcount:
        await conn.execute(FORGET.format(table=table), params)


async def new_id(conn: AsyncConnection, kind: Kind, old: str) -> str:
    """What an id of the file has become."""
    return str(await _value(conn, NEW_ID, {"kind": kind, "old": old}))


async def insert_tasks(
    conn: AsyncConnection,
    *,
    project: Project,
    boards: Iterable[str],
    types: Iterable[str],
    keep_numbers: bool,
    progress: Callable[[str], object],
) -> Sequence[str]:
    """Write the tasks that were put aside, with all that is theirs; what had to be left out.

    `boards` and `types` are the ids, here, of those that the tasks are on and of.
    """
    await conn.execute(MAP_TASKS)
    await draw(conn, "task")
    await conn.execute(ANALYZE)
    await _note_stages(conn, BOARDS_NOW, boards)
    await _note_stages(conn, TYPES_NOW, types)
    landing = await _value(conn, write.LANDING)
    params = {
        "landing": landing,
        "project": project.id,
        "link": project.repo_path is None,
        "keep_numbers": keep_numbers,
    }
    progress("writing the tasks")
    await conn.execute(write.TASKS, params)
    await conn.execute(write.SETTLE, params)
    await conn.execute(write.LEAVE, params)
    parents = await _value(conn, write.PARENTS_LEFT_OUT)
    progress("writing their tags, actors and history")
    for statement in (write.ACTORS, write.TAGS, write.STAGE_LOG, write.APPROVALS, write.HISTORY):
        await conn.execute(statement)
    edges = await _value(conn, write.DEPENDENCIES)
    progress("writing their comments")
    await _insert_conversations(conn)
    return _left_out(parents, edges)


async def _insert_conversations(conn: AsyncConnection) -> None:
    await conn.execute(write.TALKS)
    await draw(conn, "conversation")
    for statement in (
        write.CONVERSATIONS,
        write.MEMBERS,
        write.NUMBER_MESSAGES,
        write.MESSAGES,
        write.THREADS,
    ):
        await conn.execute(statement)


def _left_out(parents: int, edges: int) -> list[str]:
    notes = []
    if edges:
        notes.append(f"{edges} dependencies on tasks that are neither in the file nor here")
    if parents:
        notes.append(
            f"{parents} parents that are neither in the file nor here, or have a task of the same"
            " group already"
        )
    return notes


async def _note_stages(conn: AsyncConnection, query: str, ids: Iterable[str]) -> None:
    """Which stages the database lets tasks have there."""
    pairs: list[tuple[str, str]] = []
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, {"ids": list(ids)})
        for key, columns in await cursor.fetchall():
            pairs += [(key, name) for name in _names(columns)]
    params = {"keys": [key for key, _ in pairs], "stages": [stage for _, stage in pairs]}
    await conn.execute(STAGES, params)


def _names(columns: Any) -> set[str]:
    listed = decoded(columns)
    if not isinstance(listed, list):
        return set()
    names = {item.get("name") for item in listed if isinstance(item, dict)}
    return {name for name in names if isinstance(name, str)}


async def _value(conn: AsyncConnection, query: str, params: Mapping[str, Any] | None = None) -> Any:
    """The first column of the only row."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params)
        row = await cursor.fetchone()
    assert row is not None
    return row[0]


async def holds(conn: AsyncConnection, query: str, params: dict[str, Any]) -> bool:
    """Is there a row?"""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchone() is not None
