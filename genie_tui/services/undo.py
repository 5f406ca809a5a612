"""Undo and redo of one's own last change, derived from the audit log.

What can be undone are changes of stage, lock, status, tags, priority and people: the audit rows
that say what was before and after (`audit`). Both are compensating writes, done only where the
task is still as the change left it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import decoded
from genie_tui.domain.undo import TIMES, Change, Undo, to_redo, to_undo, told, undoable
from genie_tui.errors import Conflict
from genie_tui.services import audit
from genie_tui.services.moves import log_move
from genie_tui.services.task_rows import TaskRow, hold, set_values, stage_errors

__all__ = ["last", "last_undone", "redo", "undo"]

HOW_MANY = 500
"""So many of an actor's newest changes are looked through."""

CHANGES = """
    SELECT e.id, e.entity_id, e.event_type, e.details, e.created_at
      FROM audit_events e
     WHERE e.actor = %(actor)s AND e.entity_type = 'task'
       AND jsonb_typeof(e.details -> 'before') = 'object'
     ORDER BY e.id DESC
     LIMIT %(limit)s
"""

NAMED = """
    SELECT '#' || t.seq || ' ' || left(t.title, 60) || CASE WHEN length(t.title) > 60 THEN '…'
           ELSE '' END
      FROM tasks t
     WHERE t.id = %(task)s
"""

TAGS = "SELECT tag_id FROM task_tags WHERE task_id = %(task)s"

PEOPLE = """
    SELECT actor_type || ':' || actor_id || ':' || role
      FROM task_actors
     WHERE task_id = %(task)s
"""

TAG_ON = """
    INSERT INTO task_tags (task_id, tag_id, added_by_type, added_by_id)
    SELECT %(task)s, g.id, %(type)s, %(actor)s FROM tags g WHERE g.id = %(tag)s
        ON CONFLICT DO NOTHING
"""

TAG_OFF = "DELETE FROM task_tags WHERE task_id = %(task)s AND tag_id = %(tag)s"

ACTOR_ON = """
    INSERT INTO task_actors (task_id, actor_type, actor_id, role)
    VALUES (%(task)s, %(type)s, %(id)s, %(role)s)
        ON CONFLICT DO NOTHING
"""

ACTOR_OFF = """
    DELETE FROM task_actors
     WHERE task_id = %(task)s AND actor_type = %(type)s AND actor_id = %(id)s AND role = %(role)s
"""


async def last(conn: AsyncConnection, actor: Actor) -> Undo | None:
    """The actor's last change that is not undone, and what undoing it would do; or None."""
    found = to_undo(await _changes(conn, actor))
    if not found:
        return None
    now: dict[str, Any] = {}
    then: dict[str, Any] = {}
    for change in found:  # from the newest to the oldest
        now = {**change.after, **now}
        then = {**then, **change.before}
    events = tuple(change.id for change in found)
    return await _undo(conn, found[0].task_id, now, then, events=events)


async def last_undone(conn: AsyncConnection, actor: Actor) -> Undo | None:
    """The actor's last undo, where nothing else was changed since; or None."""
    if (change := to_redo(await _changes(conn, actor))) is None:
        return None
    return await _undo(conn, change.task_id, change.after, change.before, undo=change.id)


async def undo(conn: AsyncConnection, actor: Actor, change: Undo) -> None:
    """Take back the actor's last change, which `last` has told.

    Raises:
        Conflict: the task was changed since, or the change is no longer the last.
        NotFound: the task is gone.
    """
    row = await hold(conn, change.task_id)
    present = await last(conn, actor)
    if present is None or present.events != change.events:
        raise Conflict("that is not your last change any more; ask again what can be undone")
    await _write(conn, row, actor, present, "undo", {"events": list(change.events)})


async def redo(conn: AsyncConnection, actor: Actor, change: Undo) -> None:
    """Make again the change that the actor undid last, which `last_undone` has told.

    Raises:
        Conflict: the task was changed since, or there is something newer.
        NotFound: the task is gone.
    """
    row = await hold(conn, change.task_id)
    present = await last_undone(conn, actor)
    if present is None or present.undo != change.undo:
        raise Conflict("that is not what you undid last any more; ask again what can be redone")
    await _write(conn, row, actor, present, "redo", {"undo": change.undo})


async def _changes(conn: AsyncConnection, actor: Actor) -> tuple[Change, ...]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(CHANGES, {"actor": actor.id, "limit": HOW_MANY})
        changes = [_change(*row) for row in await cursor.fetchall()]
    # An edit of nothing but texts cannot be undone, and does not stand in the way of what can.
    return tuple(change for change in changes if change.event != "edited" or change.before)


def _change(id_: int, task_id: str, event: str, details: Any, at: datetime) -> Change:
    told_of = decoded(details)
    return Change(
        id=id_,
        task_id=task_id,
        event=event,
        before=undoable(told_of["before"]),
        after=undoable(told_of.get("after") or {}),
        events=tuple(told_of.get("events") or ()),
        undo=told_of.get("undo"),
        at=at,
    )


async def _undo(
    conn: AsyncConnection,
    task_id: str,
    now: Mapping[str, Any],
    then: Mapping[str, Any],
    *,
    events: Sequence[int] = (),
    undo: int | None = None,
) -> Undo:
    named = await _column(conn, NAMED, task_id)
    name = named[0] if named else task_id
    return Undo(
        task_id=task_id,
        text=f"{name}: {told(then)}",
        now=now,
        then=then,
        events=tuple(events),
        undo=undo,
    )


async def _write(
    conn: AsyncConnection,
    row: TaskRow,
    actor: Actor,
    change: Undo,
    event: str,
    details: Mapping[str, Any],
) -> None:
    """Lead a held task from what the change says it is now to what it says it was then."""
    is_now = await _state(conn, row, change.now)
    if differing := [key for key, value in _values(change.now).items() if is_now[key] != value]:
        parts = ", ".join(differing)
        raise Conflict(f"#{row.seq} was changed since ({parts}); nothing was done, look at it")
    then = _values(change.then)
    values = {key: value for key, value in then.items() if ":" not in key}
    with stage_errors():
        after = await set_values(conn, row, values)
    if after.stage != row.stage:
        await log_move(conn, row.id, row.stage, after.stage, actor, event)
    for key in then.keys() - values.keys():
        await _set_beside(conn, row, actor, key, there=then[key])
    told_of = {**details, "before": dict(change.now), "after": dict(change.then)}
    await audit.record(conn, row.id, event, actor, told_of)


async def _state(conn: AsyncConnection, row: TaskRow, keys: Iterable[str]) -> dict[str, Any]:
    """What is now under these keys of an audit row's `after`."""
    tags = {f"tag:{tag}" for tag in await _column(conn, TAGS, row.id)}
    people = {f"actor:{person}" for person in await _column(conn, PEOPLE, row.id)}
    beside = tags | people
    return {key: key in beside if ":" in key else getattr(row, key, None) for key in keys}


async def _set_beside(
    conn: AsyncConnection, row: TaskRow, actor: Actor, key: str, *, there: bool
) -> None:
    """Make or remove a row of a tag or a person, as an audit row's key names it."""
    kind, _, rest = key.partition(":")
    if kind == "tag":
        params = {"task": row.id, "tag": rest, "type": actor.type, "actor": actor.id}
        await conn.execute(TAG_ON if there else TAG_OFF, params)
        return
    of_type, _, rest = rest.partition(":")
    who, _, role = rest.rpartition(":")
    params = {"task": row.id, "type": of_type, "id": who, "role": role}
    await conn.execute(ACTOR_ON if there else ACTOR_OFF, params)


def _values(told_of: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an audit row, with its times as such."""
    return {
        key: datetime.fromisoformat(value) if key in TIMES and value is not None else value
        for key, value in told_of.items()
    }


async def _column(conn: AsyncConnection, query: str, task_id: str) -> list[str]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, {"task": task_id})
        return [value for (value,) in await cursor.fetchall()]
