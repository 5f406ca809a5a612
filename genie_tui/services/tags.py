"""Tags: which there are, and which a task has."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.tasks import Tag
from genie_tui.domain.text import given
from genie_tui.errors import Ambiguous, NotFound
from genie_tui.services import audit
from genie_tui.services.task_rows import no_task

__all__ = ["find_tag", "list_tags", "tag", "untag"]

LIST = """
    SELECT g.id, g.name, coalesce(g.color, '#9ca3af') AS color
      FROM tags g
     ORDER BY g.name, g.id
"""

NAMED = """
    SELECT g.id, g.name, coalesce(g.color, '#9ca3af') AS color
      FROM tags g
     WHERE g.id = %(name)s OR lower(g.name) = lower(%(name)s)
     ORDER BY g.id = %(name)s DESC, g.id
"""

ADD = """
    INSERT INTO task_tags (task_id, tag_id, added_by_type, added_by_id)
    VALUES (%(task)s, %(tag)s, %(type)s, %(id)s)
        ON CONFLICT DO NOTHING
 RETURNING task_id
"""

REMOVE = """
    DELETE FROM task_tags
     WHERE task_id = %(task)s AND tag_id = %(tag)s
 RETURNING task_id
"""


async def list_tags(conn: AsyncConnection) -> tuple[Tag, ...]:
    """All tags, by name."""
    async with conn.cursor(row_factory=class_row(Tag)) as cursor:
        await cursor.execute(LIST)
        return tuple(await cursor.fetchall())


async def find_tag(conn: AsyncConnection, name: str) -> Tag:
    """The tag of that id, else of that name, whose case does not matter.

    Raises:
        NotFound: there is none; the message lists those there are.
        Ambiguous: several go by that name.
    """
    async with conn.cursor(row_factory=class_row(Tag)) as cursor:
        await cursor.execute(NAMED, {"name": given(name, "the tag's name")})
        found = await cursor.fetchall()
    if not found:
        there_are = ", ".join(tag.id for tag in await list_tags(conn)) or "none"
        raise NotFound(f"no tag {name!r}; there are {there_are}")
    if len(found) > 1 and found[0].id != name:
        ids = ", ".join(tag.id for tag in found)
        raise Ambiguous(f"{name!r} is each of the tags {ids}; name one by its id")
    return found[0]


async def tag(conn: AsyncConnection, task_id: str, name: str, actor: Actor) -> bool:
    """Put a tag on a task; False if it is there.

    Raises:
        NotFound, Ambiguous: as `find_tag`; or there is no such task.
    """
    chosen = await find_tag(conn, name)
    try:
        added = await _changed(conn, ADD, task_id, chosen, actor)
    except errors.ForeignKeyViolation as error:
        raise no_task(task_id) from error
    if added:
        await audit.record(conn, task_id, "tagged", actor, _told(chosen, now=True))
    return added


async def untag(conn: AsyncConnection, task_id: str, name: str, actor: Actor) -> bool:
    """Take a tag off a task; False if it is not there."""
    chosen = await find_tag(conn, name)
    removed = await _changed(conn, REMOVE, task_id, chosen, actor)
    if removed:
        await audit.record(conn, task_id, "untagged", actor, _told(chosen, now=False))
    return removed


async def _changed(
    conn: AsyncConnection, query: str, task_id: str, chosen: Tag, actor: Actor
) -> bool:
    params = {"task": task_id, "tag": chosen.id, "type": actor.type, "id": actor.id}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchone() is not None


def _told(chosen: Tag, *, now: bool) -> dict[str, Any]:
    key = f"tag:{chosen.id}"
    return {"tag": chosen.id, "before": {key: not now}, "after": {key: now}}
