"""Tags: which there are, and which a task has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import class_row, dict_row, tuple_row

from genie_tui.domain import text
from genie_tui.domain.actors import Actor
from genie_tui.domain.column_fields import color_of
from genie_tui.domain.tasks import Tag
from genie_tui.domain.text import given
from genie_tui.errors import Ambiguous, Conflict, NotFound
from genie_tui.services import audit
from genie_tui.services.cards import clamped
from genie_tui.services.task_rows import no_task
from genie_tui.services.updating import update

__all__ = [
    "create_tag",
    "delete_tag",
    "edit_tag",
    "find_tag",
    "list_tags",
    "objects",
    "tag",
    "untag",
]

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


OBJECTS = f"""
    SELECT g.id, g.name, g.color, g.type_id, {clamped("g.created_at")} AS created_at,
           (SELECT count(*) FROM task_tags tt WHERE tt.tag_id = g.id) AS tasks
      FROM tags g
     WHERE %(ids)s::text[] IS NULL OR g.id = ANY(%(ids)s)
     ORDER BY g.name, g.id
"""

LOCK_NAMES = "SELECT pg_advisory_xact_lock(hashtextextended('genie-tui tags', 0))"

CREATE = """
    INSERT INTO tags (id, name, color, type_id)
    VALUES (%(id)s, %(name)s, %(color)s, %(type)s)
        ON CONFLICT (id) DO NOTHING
 RETURNING id
"""

HOLD = """
    SELECT g.id, g.name, g.color, g.type_id
      FROM tags g
     WHERE g.id = %(id)s
       FOR UPDATE
"""

DELETE = "DELETE FROM tags WHERE id = %(id)s"

DEFAULT_COLOR = "#9ca3af"


async def objects(conn: AsyncConnection, ids: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Tags as programs read them, by name, each with how many `tasks` have it."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(OBJECTS, {"ids": None if ids is None else list(ids)})
        return await cursor.fetchall()


async def create_tag(
    conn: AsyncConnection,
    name: str,
    *,
    color: str | None = None,
    type_id: str | None = None,
    actor: Actor,
) -> Tag:
    """Make a tag; its id is the name in lower case, with `-` for blanks.

    Raises:
        Conflict: another tag goes by that name.
        NotFound: no such task type.
        BadInput: the name says nothing, or the colour is none.
    """
    shown = text.name(name, "a tag's name")
    tag_id = "-".join(shown.lower().split())
    params = {
        "id": tag_id,
        "name": shown,
        "color": color_of(color or DEFAULT_COLOR),
        "type": type_id,
    }
    await _check_free(conn, shown)
    with _no_type(type_id):
        async with conn.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(CREATE, params)
            if await cursor.fetchone() is None:
                raise _taken(tag_id)
    told = {key: params[key] for key in ("name", "color")} | {"type_id": type_id}
    await audit.record(conn, tag_id, "created", actor, told, entity_type="tag")
    return await find_tag(conn, tag_id)


async def edit_tag(
    conn: AsyncConnection,
    chosen: Tag,
    *,
    name: str | None = None,
    color: str | None = None,
    type_id: str | None = None,
    actor: Actor,
) -> tuple[str, ...]:
    """Rename a tag, whose id stays, give it another colour or type; what was changed.

    An empty type takes it away.

    Raises:
        NotFound: it is gone; or no such task type.
        Conflict: another tag goes by that name.
        BadInput: the name says nothing, or the colour is none.
    """
    asked: dict[str, str | None] = {}
    if name is not None:
        asked["name"] = text.name(name, "a tag's name")
    if color is not None:
        asked["color"] = color_of(color)
    if type_id is not None:
        asked["type_id"] = type_id or None
    held = await _held(conn, chosen.id)
    values = {key: value for key, value in asked.items() if held[key] != value}
    if not values:
        return ()
    if values.get("name"):
        await _check_free(conn, str(values["name"]), but=chosen.id)
    with _no_type(type_id):
        await update(conn, "tags", chosen.id, values)
    before = {key: held[key] for key in values}
    told = {"name": held["name"], "before": before, "after": values}
    await audit.record(conn, chosen.id, "edited", actor, told, entity_type="tag")
    return tuple(values)


async def delete_tag(conn: AsyncConnection, chosen: Tag, actor: Actor) -> int:
    """Delete a tag, which is taken off its tasks; how many these were.

    Raises:
        NotFound: it is gone.
    """
    held = await _held(conn, chosen.id)
    (found,) = await objects(conn, [chosen.id])
    await conn.execute(DELETE, {"id": chosen.id})
    told = {"name": held["name"], "tasks": found["tasks"]}
    await audit.record(conn, chosen.id, "deleted", actor, told, entity_type="tag")
    return int(found["tasks"])


async def _held(conn: AsyncConnection, tag_id: str) -> dict[str, Any]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(HOLD, {"id": tag_id})
        if (found := await cursor.fetchone()) is None:
            raise NotFound(f"the tag {tag_id!r} is gone; 'genie-tui tag list' shows the rest")
        return found


async def _check_free(conn: AsyncConnection, name: str, *, but: str | None = None) -> None:
    await conn.execute(LOCK_NAMES)
    if any(other.id != but for other in await _named(conn, name)):
        raise _taken(name)


@contextmanager
def _no_type(type_id: str | None) -> Iterator[None]:
    try:
        yield
    except errors.ForeignKeyViolation as error:
        raise NotFound(f"no task type {type_id!r}; 'genie-tui type list' shows them") from error


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a tag {name!r} already; choose another name")


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
    found = await _named(conn, given(name, "the tag's name"))
    if not found:
        there_are = ", ".join(tag.id for tag in await list_tags(conn)) or "none"
        raise NotFound(f"no tag {name!r}; there are {there_are}")
    if len(found) > 1 and found[0].id != name:
        ids = ", ".join(tag.id for tag in found)
        raise Ambiguous(f"{name!r} is each of the tags {ids}; name one by its id")
    return found[0]


async def _named(conn: AsyncConnection, name: str) -> list[Tag]:
    async with conn.cursor(row_factory=class_row(Tag)) as cursor:
        await cursor.execute(NAMED, {"name": name})
        return await cursor.fetchall()


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
