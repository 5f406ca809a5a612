"""Saved views: listed, made or replaced by name, renamed, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import dict_row

from genie_tui.domain import text
from genie_tui.domain.actors import Actor
from genie_tui.domain.saved_views import SavedView, stored, view_of
from genie_tui.domain.views import View
from genie_tui.errors import Conflict, NotFound
from genie_tui.services import audit

__all__ = ["delete_view", "find_view", "list_views", "rename_view", "save_view"]

LISTED = 500
"""More views than anybody reads through."""

# Those of a task type that is gone are left out: there is nothing to show them on.
_VIEWS = """
    SELECT v.id, v.name, v.board_key, coalesce(b.name, y.name) AS board_name,
           v.project_id, p.name AS project_name, v.filter, v.view
      FROM tui_views v
      LEFT JOIN boards b ON b.id = v.board_id
      LEFT JOIN task_types y ON v.board_key = 'type:' || y.id
      LEFT JOIN projects p ON p.id = v.project_id
     WHERE coalesce(b.id, y.id) IS NOT NULL"""

LIST = f"""{_VIEWS}
     ORDER BY lower(v.name), p.name, board_name, v.id
     LIMIT {LISTED}
"""

BY_ID = f"{_VIEWS} AND v.id = %(id)s"

NAMED = """
    SELECT v.id, v.name
      FROM tui_views v
     WHERE v.board_key = %(board)s AND coalesce(v.project_id, '') = coalesce(%(project)s, '')
       AND lower(v.name) = lower(%(name)s)
       FOR UPDATE
"""

CREATE = """
    INSERT INTO tui_views (name, board_key, project_id, filter, view, created_by_type,
                           created_by_id)
    VALUES (%(name)s, %(board)s, %(project)s, %(filter)s, %(view)s, %(type)s, %(actor)s)
        ON CONFLICT (board_key, coalesce(project_id, ''), lower(name)) DO NOTHING
 RETURNING id
"""

REPLACE = """
    UPDATE tui_views
       SET name = %(name)s, filter = %(filter)s, view = %(view)s, updated_at = clock_timestamp()
     WHERE id = %(id)s
"""

HOLD = """
    SELECT v.id, v.name
      FROM tui_views v
     WHERE v.id = %(id)s
       FOR UPDATE
"""

RENAME = "UPDATE tui_views SET name = %(name)s, updated_at = clock_timestamp() WHERE id = %(id)s"

DELETE = "DELETE FROM tui_views WHERE id = %(id)s"


async def list_views(conn: AsyncConnection) -> tuple[SavedView, ...]:
    """All of them, by name."""
    return tuple(_view(row) for row in await _rows(conn, LIST, {}))


async def save_view(
    conn: AsyncConnection,
    name: str,
    *,
    board_key: str,
    project_id: str | None,
    filter: str,  # noqa: A002 - the column's name
    view: View,
    actor: Actor,
    replace: bool = False,
) -> SavedView:
    """Keep how a board is looked at under a name, or `replace` what goes by that name there.

    Raises:
        Conflict: the board has a view of that name, and it is not to be replaced.
        NotFound: the board or the project is gone.
        BadInput: the name says nothing, or cannot be stored.
    """
    called = text.name(name, "a view's name")
    params = {
        "name": called,
        "board": board_key,
        "project": project_id,
        "filter": text.given(filter, "the filter"),
        "view": audit.json_value(stored(view)),
        "type": actor.type,
        "actor": actor.id,
    }
    # Whoever deletes one of that name between the two lets the second look find nothing.
    for _ in range(3):
        with _no_place():
            made = await _rows(conn, CREATE, params)
        if made:
            await _tell(conn, made[0]["id"], "created", actor, called, filter=filter)
            return await find_view(conn, made[0]["id"])
        if not replace:
            break
        if held := await _rows(conn, NAMED, params):
            await conn.execute(REPLACE, {**params, "id": held[0]["id"]})
            await _tell(conn, held[0]["id"], "edited", actor, called, filter=filter)
            return await find_view(conn, held[0]["id"])
    raise _taken(called)


async def find_view(conn: AsyncConnection, view_id: str) -> SavedView:
    """The view of that id.

    Raises:
        NotFound: it is gone.
    """
    if found := await _rows(conn, BY_ID, {"id": view_id}):
        return _view(found[0])
    raise _gone()


async def rename_view(conn: AsyncConnection, view_id: str, name: str, actor: Actor) -> bool:
    """Give a view another name; False where that is its name.

    Raises:
        Conflict: its board has another view of that name.
        NotFound: it is gone.
        BadInput: the name says nothing, or cannot be stored.
    """
    called = text.name(name, "a view's name")
    was = await _held(conn, view_id)
    if was == called:
        return False
    try:
        await conn.execute(RENAME, {"id": view_id, "name": called})
    except errors.UniqueViolation as error:
        raise _taken(called) from error
    changed = {"before": {"name": was}, "after": {"name": called}}
    await _tell(conn, view_id, "edited", actor, was, **changed)
    return True


async def delete_view(conn: AsyncConnection, view_id: str, actor: Actor) -> str:
    """Forget a view; the name that it had.

    Raises:
        NotFound: it is gone.
    """
    name = await _held(conn, view_id)
    await conn.execute(DELETE, {"id": view_id})
    await _tell(conn, view_id, "deleted", actor, name)
    return name


async def _held(conn: AsyncConnection, view_id: str) -> str:
    if held := await _rows(conn, HOLD, {"id": view_id}):
        return str(held[0]["name"])
    raise _gone()


async def _rows(conn: AsyncConnection, query: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchall()


async def _tell(
    conn: AsyncConnection, view_id: str, event: str, actor: Actor, name: str, **facts: Any
) -> None:
    told = {"name": name, **facts}
    await audit.record(conn, view_id, event, actor, told, entity_type="view")


def _view(row: dict[str, Any]) -> SavedView:
    return SavedView(**{**row, "view": view_of(row["view"])})


@contextmanager
def _no_place() -> Iterator[None]:
    try:
        yield
    except errors.ForeignKeyViolation as error:
        raise NotFound("that board is gone; a view needs one") from error


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a view {name!r} of this board already; choose another name")


def _gone() -> NotFound:
    return NotFound("that view is gone; somebody has deleted it")
