"""Board templates: the columns that new boards begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Column, decoded, parse_columns
from genie_tui.domain.text import given, line
from genie_tui.errors import Conflict, NotFound, Refused
from genie_tui.services import audit
from genie_tui.services.cards import clamped
from genie_tui.services.columns import written
from genie_tui.services.updating import update

__all__ = [
    "Template",
    "create_template",
    "delete_template",
    "edit_template",
    "find_template",
    "list_templates",
]

_TEMPLATE = f"""
    SELECT t.id, t.name, t.description, t.icon, t.columns,
           coalesce(t.is_builtin, false) AS is_builtin,
           {clamped("t.created_at")} AS created_at, {clamped("t.updated_at")} AS updated_at
      FROM board_templates t"""

LIST = f"{_TEMPLATE} ORDER BY t.is_builtin DESC NULLS LAST, t.name, t.id"

NAMED = f"""{_TEMPLATE}
     WHERE t.id = %(name)s OR lower(t.name) = lower(%(name)s)
     ORDER BY t.id = %(name)s DESC, t.name = %(name)s DESC, t.name
     LIMIT 1
"""

HOLD = f"{_TEMPLATE} WHERE t.id = %(name)s FOR NO KEY UPDATE"

CREATE = """
    INSERT INTO board_templates (name, description, icon, columns)
    VALUES (%(name)s, %(description)s, %(icon)s, %(columns)s)
 RETURNING id
"""

DELETE = "DELETE FROM board_templates WHERE id = %(id)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What a new board can be made from; those that Genie brought cannot be changed.

    `stored` are the columns as they are stored, decoded.
    """

    id: str
    name: str
    description: str | None
    icon: str | None
    columns: tuple[Column, ...]
    stored: Any
    is_builtin: bool
    created_at: datetime
    updated_at: datetime


async def list_templates(conn: AsyncConnection) -> tuple[Template, ...]:
    """All templates: those that Genie brought, then the others, by name."""
    return await _read(conn, LIST, {})


async def find_template(conn: AsyncConnection, name_or_id: str) -> Template:
    """The template of that id, else of that name, whose case does not matter.

    Raises:
        NotFound: there is none.
    """
    name = given(name_or_id, "the template's name")
    if found := await _read(conn, NAMED, {"name": name}):
        return found[0]
    raise NotFound(f"no template {name_or_id!r}; 'genie-tui board template list' shows them")


async def create_template(
    conn: AsyncConnection,
    name: str,
    *,
    columns: Sequence[Column],
    description: str | None = None,
    icon: str | None = None,
    actor: Actor,
) -> Template:
    """Make a template of these columns; they get new ids.

    Raises:
        Conflict: there is a template of that name.
        BadInput: no columns, or two of one name; or what cannot be stored.
    """
    params = {**_texts(name, description, icon), **_columns(columns)}
    try:
        async with conn.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(CREATE, params)
            row = await cursor.fetchone()
    except errors.UniqueViolation as error:
        raise _taken(params["name"]) from error
    assert row is not None
    await _record(conn, row[0], "created", actor, {"name": params["name"]})
    return await find_template(conn, row[0])


async def edit_template(
    conn: AsyncConnection,
    template: Template,
    *,
    name: str | None = None,
    description: str | None = None,
    icon: str | None = None,
    columns: Sequence[Column] | None = None,
    actor: Actor,
) -> tuple[str, ...]:
    """Change what is given of a template; an empty description or icon takes it away.

    Boards that were made from it stay as they are. Gives what was changed.

    Raises:
        Refused: Genie brought it.
        NotFound: it is gone.
        Conflict: there is a template of that name.
        BadInput: no columns, or two of one name; or what cannot be stored.
    """
    held = await _hold(conn, template)
    asked = {"name": name, "description": description, "icon": icon}
    texts = _texts(held.name if name is None else name, description, icon)
    values = {
        key: value
        for key, value in texts.items()
        if asked[key] is not None and getattr(held, key) != value
    }
    told = {"before": {key: getattr(held, key) for key in values}, "after": dict(values)}
    if columns is not None:
        values |= _columns(columns)
        told["columns"] = {"from": _names(held.columns), "to": _names(columns)}
    if values:
        await _write(conn, held.id, values)
        await _record(conn, held.id, "edited", actor, {"name": held.name, **told})
    return tuple(values)


async def delete_template(conn: AsyncConnection, template: Template, actor: Actor) -> None:
    """Delete a template; boards that were made from it stay.

    Raises:
        Refused: Genie brought it.
        NotFound: it is gone.
    """
    held = await _hold(conn, template)
    await conn.execute(DELETE, {"id": held.id})
    await _record(conn, held.id, "deleted", actor, {"name": held.name})


async def _hold(conn: AsyncConnection, template: Template) -> Template:
    """A template that can be changed, held until the transaction ends."""
    found = await _read(conn, HOLD, {"name": template.id})
    if not found:
        raise NotFound(
            f"the template {template.name} is gone; 'genie-tui board template list' shows the rest"
        )
    if found[0].is_builtin:
        raise Refused(
            f"the template {found[0].name} is Genie's own; make another from it with "
            f"'genie-tui board template create NAME --from-template {found[0].name}'"
        )
    return found[0]


async def _write(conn: AsyncConnection, template_id: str, values: Mapping[str, Any]) -> None:
    try:
        await update(conn, "board_templates", template_id, values, touch=True)
    except errors.UniqueViolation as error:
        raise _taken(values["name"]) from error


async def _record(
    conn: AsyncConnection, template_id: str, event: str, actor: Actor, details: Mapping[str, Any]
) -> None:
    await audit.record(conn, template_id, event, actor, details, entity_type="board_template")


def _texts(name: str, description: str | None, icon: str | None) -> dict[str, Any]:
    return {
        "name": line(name, "a template's name"),
        "description": given(description or "", "the description").strip() or None,
        "icon": given(icon or "", "the icon").strip() or None,
    }


def _columns(columns: Sequence[Column]) -> dict[str, Any]:
    return {"columns": audit.json_value(written(columns, keep_ids=False))}


def _names(columns: Sequence[Column]) -> list[str]:
    return [column.name for column in columns]


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a template {name!r} already; choose another name")


async def _read(conn: AsyncConnection, query: str, params: dict[str, Any]) -> tuple[Template, ...]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, params)
        rows = await cursor.fetchall()
    return tuple(
        Template(
            **{**row, "columns": parse_columns(row["columns"]), "stored": decoded(row["columns"])}
        )
        for row in rows
    )
