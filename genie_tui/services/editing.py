"""A task's fields, edited by several people and agents at once without one losing the other's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, errors, sql
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import decoded
from genie_tui.domain.tasks import Priority
from genie_tui.domain.text import given, line, prose
from genie_tui.errors import BadInput, Conflict, Refused
from genie_tui.services import audit
from genie_tui.services.cards import clamped
from genie_tui.services.task_rows import no_task
from genie_tui.services.updating import assignments

__all__ = ["FIELDS", "EditConflict", "edit_task", "fields_of"]

HOLD = f"""
    SELECT t.seq, t.title, t.description, t.acceptance_criteria, t.priority,
           {clamped("t.start_date")} AS start_date, {clamped("t.due_date")} AS due_date,
           t.estimated_effort, t.parent_id, t.wish_file, t.group_name, t.release_id,
           {clamped("t.updated_at")} AS updated_at
      FROM tasks t
     WHERE t.id = %(id)s
"""

# Not back in time where a transaction that began later has been quicker; nor on from infinity.
WRITE = """
    UPDATE tasks
       SET {values},
           updated_at = CASE WHEN updated_at <= now() OR NOT isfinite(updated_at) THEN now()
                             ELSE updated_at + interval '1 microsecond' END
     WHERE id = {id}
"""

# What the newest change was is known where an audit row of its transaction tells, on the task, its
# board, type or project; or where it was the lock that was taken or renewed.
EXPLAINED = """
    SELECT coalesce(t.execution_locked_at = t.updated_at, false) OR EXISTS (
           SELECT FROM audit_events e
            WHERE e.created_at = t.updated_at
              AND (e.entity_type = 'task' AND e.entity_id = t.id
                   AND jsonb_typeof(e.details -> 'before') = 'object'
                OR (e.entity_type, e.entity_id) IN (
                   ('board', t.board_id), ('task_type', t.type_id), ('project', t.project_id))))
      FROM tasks t
     WHERE t.id = %(id)s
"""

TOLD = """
    SELECT e.event_type, e.details, e.created_at > %(since)s AS later
      FROM audit_events e
     WHERE e.entity_type = 'task' AND e.entity_id = %(id)s
     ORDER BY e.id
"""

# One at a time in the whole database: each sees the parents given before, so that no two together
# close a circle.
LOCK_PARENTS = "SELECT pg_advisory_xact_lock(hashtextextended('genie-tui parents', 0))"

# The UNION goes through each task once, so that circles of other clients' making end it too.
ABOVE = """
    WITH RECURSIVE above (id) AS (
        SELECT %(parent)s::text
         UNION
        SELECT t.parent_id FROM above a JOIN tasks t ON t.id = a.id)
    SELECT EXISTS (SELECT FROM above WHERE id = %(id)s)
"""


class EditConflict(Conflict):
    """Somebody else changed the same fields: `#12 was edited meanwhile: …; look again`.

    `fields` maps the name of each to what was to be written and to what it is now.
    """

    def __init__(
        self,
        message: str,
        *,
        fields: Mapping[str, tuple[Any, Any]] | None = None,
        reasons: tuple[str, ...] = (),
        override: bool = False,
    ) -> None:
        super().__init__(message, reasons=reasons, override=override)
        self.fields = fields or {}


async def fields_of(conn: AsyncConnection, task_id: str) -> dict[str, Any]:
    """The fields of a task that can be edited, and its `seq` and `updated_at`.

    Raises:
        NotFound: there is no such task.
    """
    return await _row(conn, HOLD, task_id)


async def edit_task(
    conn: AsyncConnection,
    task_id: str,
    values: Mapping[str, Any],
    actor: Actor,
    *,
    seen: Mapping[str, Any] | None = None,
    since: datetime | None = None,
) -> tuple[str, ...]:
    """Change fields of a task (`FIELDS`); the names of those that were not like that already.

    `seen` are the values of the fields as the actor saw them; `since` is the task's updated_at
    then, which says less: a change of a client that writes no audit rows goes unnoticed, if a
    later one hides it and none ever told of that field. Fields that nobody else touched are
    written, whatever happened to the others.

    Raises:
        EditConflict: one of the fields was changed meanwhile, or nobody says what was.
        BadInput: a value that the field cannot have, or no such field.
        NotFound: no such task, or no such parent.
        Refused: it would be part of itself.
        Conflict: the parent has another task of that group.
    """
    wanted = _read(values)
    row = await _row(conn, f"{HOLD} FOR NO KEY UPDATE", task_id)
    changed = {name: value for name, value in wanted.items() if row[name] != value}
    if not changed:
        return ()
    if theirs := await _theirs(conn, task_id, row, changed, seen or {}, since):
        raise _conflict(row, {name: changed[name] for name in changed if name in theirs})
    if changed.get("parent_id") is not None:
        await _refuse_circle(conn, task_id, changed["parent_id"])
    with _refusals(changed, row):
        await conn.execute(_update(changed), {**changed, "id": task_id})
    before = {name: row[name] for name in changed}
    told = {"fields": list(changed), "before": before, "after": changed}
    await audit.record(conn, task_id, "edited", actor, told)
    return tuple(changed)


async def _row(conn: AsyncConnection, query: str, task_id: str) -> dict[str, Any]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, {"id": task_id})
        if (row := await cursor.fetchone()) is None:
            raise no_task(task_id)
    return row


async def _theirs(
    conn: AsyncConnection,
    task_id: str,
    row: Mapping[str, Any],
    changed: Iterable[str],
    seen: Mapping[str, Any],
    since: datetime | None,
) -> set[str]:
    """Of the fields that are to be changed, those that somebody else has changed meanwhile."""
    differing = {name for name in changed if name in seen and seen[name] != row[name]}
    unseen = set(changed) - seen.keys()
    if unseen and since is not None and row["updated_at"] > since:
        differing |= unseen & await _touched(conn, task_id, row, since)
    return differing


async def _touched(
    conn: AsyncConnection, task_id: str, row: Mapping[str, Any], since: datetime
) -> set[str]:
    """The fields that were changed since, or may have been.

    All, where the newest change is one of which nobody says what it was; else those of which the
    audit log tells so, or which are not as it told last.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(EXPLAINED, {"id": task_id})
        if not all(await cursor.fetchone() or ()):
            return set(FIELDS)
        await cursor.execute(TOLD, {"id": task_id, "since": since})
        told = await cursor.fetchall()
    touched: set[str] = set()
    known: dict[str, Any] = {}
    for event, details, later in told:
        after = _after(event, decoded(details))
        known |= after
        touched |= after.keys() if later else set()
    return touched | {name for name in FIELDS if name in known and not _is(row[name], known[name])}


def _after(event: str, details: Any) -> dict[str, Any]:
    """The fields of a task as an audit row left them, as far as it says so."""
    facts = details if isinstance(details, dict) else {}
    after = {"title": facts["title"]} if event == "created" and "title" in facts else {}
    told = facts.get("after")
    return after | told if isinstance(told, dict) else after


def _is(value: Any, told: Any) -> bool:
    """Is a value what an audit row says, which has times as text?"""
    if isinstance(value, datetime) and isinstance(told, str):
        with suppress(ValueError):
            return datetime.fromisoformat(told) == value
    return bool(value == told)


async def _refuse_circle(conn: AsyncConnection, task_id: str, parent_id: str) -> None:
    if parent_id == task_id:
        raise Refused("a task cannot be part of itself; name another parent")
    await conn.execute(LOCK_PARENTS)
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(ABOVE, {"parent": parent_id, "id": task_id})
        if all(await cursor.fetchone() or ()):
            raise Refused(
                "the parent is part of this task already, so this cannot be part of it; "
                "give the parent another one first"
            )


def _update(changed: Iterable[str]) -> sql.Composed:
    return sql.SQL(WRITE).format(values=assignments(changed), id=sql.Placeholder("id"))


@contextmanager
def _refusals(changed: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[None]:
    """What the database's own checks say, as errors of ours."""
    try:
        yield
    except errors.ForeignKeyViolation as error:
        raise no_task(changed["parent_id"]) from error
    except errors.UniqueViolation as error:
        group = changed.get("group_name", row["group_name"])
        raise Conflict(f"group {group!r} is taken there; choose another name") from error


def _conflict(row: Mapping[str, Any], mine: Mapping[str, Any]) -> EditConflict:
    changes = ", ".join(_change(name, row[name]) for name in mine)
    return EditConflict(
        f"#{row['seq']} was changed meanwhile ({changes}); look at it again and repeat",
        fields={name: (value, row[name]) for name, value in mine.items()},
    )


def _change(name: str, value: Any) -> str:
    called = name.removesuffix("_id").replace("_", " ")
    if value is None:
        return f"no {called} now"
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"{called} is {text!r} now" if len(text) <= 60 and "\n" not in text else f"{called}"


def _read(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored."""
    if unknown := values.keys() - FIELDS.keys():
        raise BadInput(f"no field {min(unknown)!r}; there are {', '.join(FIELDS)}")
    return {
        name: fit(values[name], name.replace("_", " "))
        for name, fit in FIELDS.items()
        if name in values
    }


def _title(value: Any, _what: str) -> str:
    return line(value or "", "a task's title")


def _text(value: Any, what: str) -> str | None:
    return prose(value, f"the {what}") if value and value.strip() else None


def _name(value: Any, what: str) -> str | None:
    return given(value.strip(), f"the {what}") if value and value.strip() else None


def _date(value: Any, what: str) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise BadInput(f"the {what} is of no time zone; say which")
    return value  # type: ignore[no-any-return]


def _priority(value: Any, _what: str) -> str:
    try:
        return Priority(value).value
    except ValueError:
        raise BadInput(f"no priority {value!r}; it is one of {', '.join(Priority)}") from None


FIELDS: Mapping[str, Callable[[Any, str], Any]] = {
    "title": _title,
    "description": _text,
    "acceptance_criteria": _text,
    "priority": _priority,
    "start_date": _date,
    "due_date": _date,
    "estimated_effort": _name,
    "parent_id": _name,
    "wish_file": _name,
    "group_name": _name,
    "release_id": _name,
}
"""The fields that can be edited, with what makes a value fit to be stored."""
