"""Task types, and their stages: the columns of tasks that have no board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Column, decoded, parse_columns
from genie_tui.domain.column_fields import column_name
from genie_tui.domain.columns import Layout
from genie_tui.domain.text import given, line
from genie_tui.errors import BadInput, Conflict, NotFound, Refused
from genie_tui.services import audit
from genie_tui.services.cards import clamped
from genie_tui.services.updating import update

__all__ = [
    "TaskType",
    "create_type",
    "delete_type",
    "edit_type",
    "find_type",
    "list_types",
    "rename_stage",
]

_TYPE = f"""
    SELECT y.id, y.name, y.description, y.icon, y.stages,
           coalesce(y.is_builtin, false) AS is_builtin,
           {clamped("y.created_at")} AS created_at, {clamped("y.updated_at")} AS updated_at,
           (SELECT count(*) FROM tasks t WHERE t.type_id = y.id) AS tasks
      FROM task_types y"""

LIST = f"{_TYPE} ORDER BY y.is_builtin DESC NULLS LAST, y.name, y.id"

NAMED = f"""{_TYPE}
     WHERE y.id = %(name)s OR lower(y.name) = lower(%(name)s)
     ORDER BY y.id = %(name)s DESC, y.id
     LIMIT 1
"""

HOLD = f"{_TYPE} WHERE y.id = %(name)s FOR UPDATE OF y"

CREATE = """
    INSERT INTO task_types (id, name, description, icon, stages)
    VALUES (%(id)s, %(name)s, %(description)s, %(icon)s, %(stages)s)
        ON CONFLICT (id) DO NOTHING
 RETURNING id
"""

DELETE = "DELETE FROM task_types WHERE id = %(id)s"

TAGS = "SELECT count(*) FROM tags WHERE type_id = %(id)s"

STANDING = """
    SELECT t.stage, count(*)
      FROM tasks t
     WHERE t.type_id = %(id)s AND t.board_id IS NULL
     GROUP BY t.stage
"""

# Approvals first: they are cleared where the task's stage is another one than theirs.
RENAME_APPROVALS = """
    UPDATE tui_approvals a
       SET stage = %(new)s
      FROM tasks t
     WHERE t.id = a.task_id AND t.type_id = %(id)s AND t.board_id IS NULL
       AND a.stage = %(old)s AND t.stage = %(old)s
"""

RENAME_TASKS = """
    UPDATE tasks
       SET stage = %(new)s, updated_at = now()
     WHERE type_id = %(id)s AND board_id IS NULL AND stage = %(old)s
"""

KEPT = ("name", "label", "gate", "action", "auto_advance", "roles", "color")
"""What the contract says of a stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskType:
    """A task type; `stored` are its stages as they are stored, decoded. `tasks` are of this type.

    Those that Genie brought (`is_builtin`) cannot be changed.
    """

    id: str
    name: str
    description: str | None
    icon: str | None
    stages: tuple[Column, ...]
    stored: Any
    is_builtin: bool
    created_at: datetime
    updated_at: datetime
    tasks: int

    @property
    def object(self) -> dict[str, Any]:
        """As programs read it: the columns under their own names, and `tasks`."""
        names = ("id", "name", "description", "icon")
        found = {name: getattr(self, name) for name in names} | {"stages": self.stored}
        return found | {
            "is_builtin": self.is_builtin,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "tasks": self.tasks,
        }


async def list_types(conn: AsyncConnection) -> tuple[TaskType, ...]:
    """All task types: those that Genie brought, then the others, by name."""
    return await _read(conn, LIST, {})


async def find_type(conn: AsyncConnection, name_or_id: str) -> TaskType:
    """The task type of that id, else of that name, whose case does not matter.

    Raises:
        NotFound: there is none.
    """
    name = given(name_or_id, "the type's name")
    if found := await _read(conn, NAMED, {"name": name}):
        return found[0]
    raise NotFound(f"no task type {name_or_id!r}; 'genie-tui type list' shows them")


async def create_type(
    conn: AsyncConnection,
    name: str,
    *,
    stages: Sequence[Column],
    description: str | None = None,
    icon: str | None = None,
    actor: Actor,
) -> TaskType:
    """Make a task type with these stages; its id is the name in lower case, with `-` for blanks.

    Raises:
        Conflict: there is a type of that id.
        BadInput: no stages, or two of one name; or what cannot be stored.
    """
    shown = line(name, "a type's name")
    params = {
        "id": "-".join(shown.lower().split()),
        "name": shown,
        "description": _text(description, "the description"),
        "icon": _text(icon, "the icon"),
        "stages": audit.json_value(_stored(stages)),
    }
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(CREATE, params)
        if await cursor.fetchone() is None:
            raise Conflict(f"there is a task type {params['id']!r}; choose another name")
    await _record(conn, str(params["id"]), "created", actor, {"name": shown})
    return await find_type(conn, str(params["id"]))


async def edit_type(
    conn: AsyncConnection,
    chosen: TaskType,
    *,
    name: str | None = None,
    description: str | None = None,
    icon: str | None = None,
    stages: Sequence[Column] | None = None,
    actor: Actor,
) -> tuple[str, ...]:
    """Change what is given of a type; an empty description or icon takes it away.

    Gives what was changed.

    Raises:
        Refused: Genie brought it; or tasks without a board stand in a stage that would go.
        NotFound: it is gone.
        BadInput: no stages, or two of one name; or what cannot be stored.
    """
    held = await _hold(conn, chosen)
    asked: dict[str, Any] = {}
    if name is not None:
        asked["name"] = line(name, "a type's name")
    if description is not None:
        asked["description"] = _text(description, "the description")
    if icon is not None:
        asked["icon"] = _text(icon, "the icon")
    values = {key: value for key, value in asked.items() if getattr(held, key) != value}
    told: dict[str, Any] = {
        "before": {key: getattr(held, key) for key in values},
        "after": dict(values),
    }
    if stages is not None:
        await _check_standing(conn, held, stages)
        values["stages"] = audit.json_value(_stored(stages))
        told["stages"] = {"from": _names(held.stages), "to": _names(stages)}
    if values:
        changed_at = {"updated_at": datetime.now(held.updated_at.tzinfo)}
        await update(conn, "task_types", held.id, values | changed_at)
        await _record(conn, held.id, "edited", actor, {"name": held.name, **told})
    return tuple(values)


async def rename_stage(
    conn: AsyncConnection, chosen: TaskType, old: str, new: str, actor: Actor
) -> int:
    """Give a stage another name; the tasks without a board that stand in it follow: how many.

    That is no move: no stage is left, so none is logged, and approvals stay.

    Raises:
        Refused: Genie brought the type.
        NotFound: no such type or stage.
        BadInput: another stage has the name, or it is none.
    """
    held = await _hold(conn, chosen)
    layout = Layout.read(held.stored, None)
    at = layout.find(old)
    old, new = layout.at(at).name, column_name(new, layout, at)
    if old == new:
        return 0
    stages = audit.json_value(list(layout.renamed(at, new).items))
    await update(conn, "task_types", held.id, {"stages": stages})
    params = {"id": held.id, "old": old, "new": new}
    await conn.execute(RENAME_APPROVALS, params)
    followed = (await conn.execute(RENAME_TASKS, params)).rowcount
    told = {"name": held.name, "from": old, "to": new, "tasks": followed}
    await _record(conn, held.id, "stage_renamed", actor, told)
    return followed


async def delete_type(conn: AsyncConnection, chosen: TaskType, actor: Actor) -> None:
    """Delete a type that no task and no tag refers to.

    Raises:
        Refused: Genie brought it, or something refers to it; how much.
        NotFound: it is gone.
    """
    held = await _hold(conn, chosen)
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(TAGS, {"id": held.id})
        (tags,) = await cursor.fetchone() or (0,)
    parts = [f"{held.tasks} tasks are of it"] if held.tasks else []
    parts += [f"{tags} tags are for it"] if tags else []
    if parts:
        raise Refused(f"{' and '.join(parts)}; change these first, then delete {held.name}")
    try:
        await conn.execute(DELETE, {"id": held.id})
    except errors.ForeignKeyViolation as error:
        raise Conflict("somebody has just begun to use it; look again") from error
    await _record(conn, held.id, "deleted", actor, {"name": held.name})


async def _hold(conn: AsyncConnection, chosen: TaskType) -> TaskType:
    """A type that can be changed, held until the transaction ends."""
    found = await _read(conn, HOLD, {"name": chosen.id})
    if not found:
        raise NotFound(f"the type {chosen.name} is gone; 'genie-tui type list' shows the rest")
    if found[0].is_builtin:
        raise Refused(
            f"the type {found[0].name} is Genie's own; make another from it with "
            f"'genie-tui type create NAME --from-type {found[0].id}'"
        )
    return found[0]


async def _check_standing(conn: AsyncConnection, held: TaskType, stages: Sequence[Column]) -> None:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(STANDING, {"id": held.id})
        standing: dict[str, int] = dict(await cursor.fetchall())
    names = set(_names(stages))
    lost = {stage: count for stage, count in standing.items() if stage not in names}
    if lost:
        listed = ", ".join(f"{count} in {stage}" for stage, count in sorted(lost.items()))
        raise Refused(f"tasks stand in stages that would go: {listed}; move or rename these first")


def _stored(stages: Sequence[Column]) -> list[dict[str, Any]]:
    """Stages as task_types.stages holds them, with what other clients know of them."""
    if not stages:
        raise BadInput("a type without stages holds no task; give it one at least")
    if len(set(_names(stages))) < len(stages):
        raise BadInput("two stages of a type cannot have one name; rename one")
    return [
        {**stage.extra, **{key: _plain(getattr(stage, key)) for key in KEPT}} for stage in stages
    ]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _names(stages: Sequence[Column]) -> list[str]:
    return [stage.name for stage in stages]


def _text(text: str | None, what: str) -> str | None:
    return given(text or "", what).strip() or None


async def _record(
    conn: AsyncConnection, type_id: str, event: str, actor: Actor, details: Mapping[str, Any]
) -> None:
    await audit.record(conn, type_id, event, actor, details, entity_type="task_type")


async def _read(conn: AsyncConnection, query: str, params: dict[str, Any]) -> tuple[TaskType, ...]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, params)
        rows = await cursor.fetchall()
    return tuple(_type(row) for row in rows)


def _type(row: dict[str, Any]) -> TaskType:
    stored = decoded(row.pop("stages"))
    return TaskType(**row, stages=parse_columns(stored), stored=stored)
