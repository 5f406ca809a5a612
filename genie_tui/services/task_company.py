"""Who has to do with a task, who put its tags on, what it is part of, and its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.boards import decoded
from genie_tui.domain.task_parts import Family, Person, Tagging
from genie_tui.domain.tasks import Link, Status
from genie_tui.services.cards import IS_CLOSED, clamped

__all__ = ["family", "people", "taggings"]

PEOPLE = f"""
    SELECT a.actor_type, a.actor_id, a.role, a.permissions, {clamped("a.created_at")}
      FROM task_actors a
     WHERE a.task_id = %(task)s
     ORDER BY a.role <> 'assignee', a.role <> 'creator', a.role, a.created_at, a.actor_id
     LIMIT %(limit)s
"""

TAGGINGS = f"""
    SELECT left(g.name, 200) AS name, tt.added_by_id AS by, {clamped("tt.created_at")} AS at
      FROM task_tags tt JOIN tags g ON g.id = tt.tag_id
     WHERE tt.task_id = %(task)s
     ORDER BY g.name, g.id
     LIMIT %(limit)s
"""

_LINK = "t.id, t.seq, left(t.title, 200), t.stage, t.status"

PARENT = f"""
    SELECT {_LINK}
      FROM tasks child JOIN tasks t ON t.id = child.parent_id
     WHERE child.id = %(task)s
"""

CHILDREN = f"""
    SELECT {_LINK}, count(*) OVER ()
      FROM tasks t
     WHERE t.parent_id = %(task)s
     ORDER BY {IS_CLOSED}, t.seq, t.id
     LIMIT %(limit)s
"""


async def people(conn: AsyncConnection, task_id: str, *, limit: int = 50) -> tuple[Person, ...]:
    """Whoever has a role in a task: assignees, then its creator, then the others."""
    found = await _rows(conn, PEOPLE, {"task": task_id, "limit": limit})
    return tuple(
        Person(type=row[0], id=row[1], role=row[2], permissions=decoded(row[3]), since=row[4])
        for row in found
    )


async def taggings(conn: AsyncConnection, task_id: str, *, limit: int = 50) -> tuple[Tagging, ...]:
    """The tags of a task, with who put them there."""
    async with conn.cursor(row_factory=class_row(Tagging)) as cursor:
        await cursor.execute(TAGGINGS, {"task": task_id, "limit": limit})
        return tuple(await cursor.fetchall())


async def family(conn: AsyncConnection, task_id: str, *, limit: int = 100) -> Family:
    """What a task is part of, and its own parts."""
    above = await _rows(conn, PARENT, {"task": task_id})
    below = await _rows(conn, CHILDREN, {"task": task_id, "limit": limit})
    return Family(
        parent=_link(above[0]) if above else None,
        children=tuple(_link(row) for row in below),
        more=below[0][5] - len(below) if below else 0,
    )


def _link(row: tuple[Any, ...]) -> Link:
    known = {str(status): status for status in Status}
    status = known.get(row[4], Status.BLOCKED)
    return Link(id=row[0], seq=row[1], title=row[2], stage=row[3], status=status)


async def _rows(
    conn: AsyncConnection, query: str, params: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchall()
