"""Task types, and their stages: the columns of tasks that have no board."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain import text
from genie_tui.domain import types as domain
from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Column, decoded, parse_columns
from genie_tui.domain.text import given
from genie_tui.domain.types import Restage, Stages
from genie_tui.errors import Ambiguous, Conflict, NotFound, Refused
from genie_tui.services import audit
from genie_tui.services.cards import clamped
from genie_tui.services.updating import update

__all__ = [
    "TaskType",
    "check_unused",
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
     WHERE lower(%(name)s) IN (lower(y.id), lower(y.name))
     ORDER BY y.id = %(name)s DESC, y.id
"""

HOLD = f"{_TYPE} WHERE y.id = %(name)s FOR UPDATE OF y"

# Whoever has looked which stages there are, and not yet written, holds the table: clients that know
# no other lock, too. Before the type, as those who make tasks do it in this order.
LOCK_TASKS = "LOCK TABLE tasks IN EXCLUSIVE MODE"

LOCK_NAMES = "SELECT pg_advisory_xact_lock(hashtextextended('genie-tui task types', 0))"

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

_STANDING_THERE = """t.type_id = %(id)s AND t.board_id IS NULL AND t.stage = %(old)s"""

# What was said of an earlier stage of that name was not said of this one.
FORGET_WORDS = f"""
    DELETE FROM tui_approvals a
     USING tasks t
     WHERE {_STANDING_THERE} AND a.task_id = t.id AND a.stage = %(new)s
"""

# Before the tasks: the words are cleared that are of another stage than the task's.
KEEP_WORDS = f"""
    UPDATE tui_approvals a
       SET stage = %(new)s
      FROM tasks t
     WHERE {_STANDING_THERE} AND a.task_id = t.id AND a.stage = %(old)s
"""

RENAME_TASKS = f"""
    UPDATE tasks t
       SET stage = %(new)s, updated_at = now()
     WHERE {_STANDING_THERE}
"""


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
    """The task type of that id, else of that id or name in whatever case.

    Raises:
        NotFound: there is none.
        Ambiguous: several go by that name.
    """
    found = await _read(conn, NAMED, {"name": given(name_or_id, "the type's name")})
    if not found:
        raise NotFound(f"no task type {name_or_id!r}; 'genie-tui type list' shows them")
    if len(found) > 1 and found[0].id != name_or_id:
        ids = ", ".join(each.id for each in found)
        raise Ambiguous(f"{name_or_id!r} is each of the types {ids}; name one by its id")
    return found[0]


async def create_type(
    conn: AsyncConnection,
    name: str,
    *,
    stages: Stages,
    description: str | None = None,
    icon: str | None = None,
    actor: Actor,
) -> TaskType:
    """Make a task type with these stages; its id is the name in lower case, with `-` for blanks.

    Raises:
        Conflict: another type goes by that name.
        BadInput: the name says nothing, or something cannot be stored.
    """
    shown = text.name(name, "a type's name")
    params = {
        "id": "-".join(shown.lower().split()),
        "name": shown,
        "description": _text(description, "the description"),
        "icon": _text(icon, "the icon"),
        "stages": audit.json_value(stages),
    }
    await _check_free(conn, shown)
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(CREATE, params)
        if await cursor.fetchone() is None:
            raise _taken(shown)
    told = {"name": shown, "stages": list(domain.names(stages))}
    await _record(conn, str(params["id"]), "created", actor, told)
    return await find_type(conn, str(params["id"]))


async def edit_type(
    conn: AsyncConnection,
    chosen: TaskType,
    *,
    name: str | None = None,
    description: str | None = None,
    icon: str | None = None,
    stages: Restage | None = None,
    actor: Actor,
) -> tuple[str, ...]:
    """Change what is given of a type; an empty description or icon takes it away.

    `stages` makes new ones of those that are stored. Gives what was changed.

    Raises:
        Refused: Genie brought it; or tasks without a board stand in a stage that would go.
        NotFound: it is gone.
        Conflict: another type goes by that name.
        BadInput: the name says nothing, or something cannot be stored.
    """
    if stages is not None:
        await conn.execute(LOCK_TASKS)
    held = await _hold(conn, chosen)
    asked: dict[str, Any] = {}
    if name is not None:
        asked["name"] = text.name(name, "a type's name")
    for key, value in {"description": description, "icon": icon}.items():
        if value is not None:
            asked[key] = _text(value, f"the {key}")
    if stages is not None:
        asked["stages"] = stages(held.stored)
        await _check_standing(conn, held, asked["stages"])
    before = {key: held.stored if key == "stages" else getattr(held, key) for key in asked}
    values = {key: value for key, value in asked.items() if before[key] != value}
    if not values:
        return ()
    await _write(conn, held, values)
    told = {"before": {key: before[key] for key in values}, "after": values}
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
        BadInput, Conflict: another stage has the name, or it is none.
    """
    await conn.execute(LOCK_TASKS)
    held = await _hold(conn, chosen)
    stages, was, name = domain.renamed(held.stored, old, new)
    if was == name:
        return 0
    await _write(conn, held, {"stages": stages})
    params = {"id": held.id, "old": was, "new": name}
    for statement in (FORGET_WORDS, KEEP_WORDS):
        await conn.execute(statement, params)
    followed = (await conn.execute(RENAME_TASKS, params)).rowcount
    names = {"before": {"name": was}, "after": {"name": name}}
    told = {"name": held.name, "stage": was, "tasks": followed, **names}
    await _record(conn, held.id, "stage_renamed", actor, told)
    return followed


async def check_unused(conn: AsyncConnection, chosen: TaskType) -> None:
    """Can a type be deleted?

    Raises:
        Refused: Genie brought it, or something refers to it; how much.
    """
    if chosen.is_builtin:
        raise _own(chosen)
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(TAGS, {"id": chosen.id})
        (tags,) = await cursor.fetchone() or (0,)
    counts = {"task": chosen.tasks, "tag": tags}
    parts = [f"{n} {noun}{'' if n == 1 else 's'}" for noun, n in counts.items() if n]
    if parts:
        verb = "refers" if sum(counts.values()) == 1 else "refer"
        raise Refused(
            f"{' and '.join(parts)} {verb} to the type {chosen.name}; delete them first, or keep it"
        )


async def delete_type(conn: AsyncConnection, chosen: TaskType, actor: Actor) -> None:
    """Delete a type that no task and no tag refers to.

    Raises:
        Refused: Genie brought it, or something refers to it; how much.
        NotFound: it is gone.
    """
    held = await _hold(conn, chosen)
    await check_unused(conn, held)
    await conn.execute(DELETE, {"id": held.id})
    await _record(conn, held.id, "deleted", actor, {"name": held.name})


async def _hold(conn: AsyncConnection, chosen: TaskType) -> TaskType:
    """A type that can be changed, held until the transaction ends."""
    if not (found := await _read(conn, HOLD, {"name": chosen.id})):
        raise NotFound(f"the type {chosen.name} is gone; 'genie-tui type list' shows the rest")
    if found[0].is_builtin:
        raise _own(found[0])
    # Counted anew: who waited for the row has counted before.
    return (await _read(conn, NAMED, {"name": chosen.id}))[0]


async def _check_free(conn: AsyncConnection, name: str, *, but: str | None = None) -> None:
    await conn.execute(LOCK_NAMES)
    if any(other.id != but for other in await _read(conn, NAMED, {"name": name})):
        raise _taken(name)


async def _check_standing(conn: AsyncConnection, held: TaskType, stages: Stages) -> None:
    """Tasks whose stage the type has not, as other clients leave them, are no reason."""
    going = {stage.name for stage in held.stages} - set(domain.names(stages))
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(STANDING, {"id": held.id})
        standing: dict[str, int] = dict(await cursor.fetchall())
    lost = {stage: count for stage, count in standing.items() if stage in going}
    if lost:
        listed = ", ".join(f"{count} in {stage}" for stage, count in sorted(lost.items()))
        raise Refused(
            f"tasks of {held.name} stand in stages that would go: {listed}; "
            "move them first, or rename the stage"
        )


async def _write(conn: AsyncConnection, held: TaskType, values: Mapping[str, Any]) -> None:
    if "name" in values:
        await _check_free(conn, values["name"], but=held.id)
    written = dict(values)
    if "stages" in written:
        written["stages"] = audit.json_value(written["stages"])
    await update(conn, "task_types", held.id, written, touch=True)


def _own(of: TaskType) -> Refused:
    return Refused(
        f"the type {of.name} is Genie's own and stays as it is; make another from it: "
        f"'genie-tui type create NAME --from-type {of.id}'"
    )


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a task type {name!r} already; choose another name")


def _text(given_text: str | None, what: str) -> str | None:
    return given(given_text or "", what).strip() or None


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
