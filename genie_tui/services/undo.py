"""Undo and redo of one's own last change, derived from the audit log.

What can be undone are changes of stage, lock, status, tags, priority and people: the audit rows
that say what was before and after (`audit`). A change is what one transaction did, to however many
tasks. Undo and redo are compensating writes to all of these, or none: done only where each task is
still as the change left it. Tasks that are gone are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import decoded
from genie_tui.domain.undo import TIMES, Change, Part, Undo, fits, to_redo, to_undo, undoable
from genie_tui.errors import Conflict
from genie_tui.services import audit
from genie_tui.services.bulk import HOLD_BOARDS
from genie_tui.services.moves import log_move
from genie_tui.services.task_rows import TaskRow, hold_all, set_values, stage_errors

__all__ = ["last", "last_undone", "redo", "undo"]

PAGES = (500, 5_000, 50_000)
"""How many of an actor's newest changes are looked through: no more than it takes."""

NAMED_AT_MOST = 5
"""So many of the tasks that were changed since are named."""

_CHANGES = """
    SELECT e.id, e.entity_id, e.event_type, e.details, e.created_at
      FROM audit_events e
     WHERE e.actor = %(actor)s AND e.entity_type = 'task'
       AND jsonb_typeof(e.details -> 'before') = 'object'
       AND EXISTS (SELECT FROM tasks t WHERE t.id = e.entity_id)"""

CHANGES = f"""{_CHANGES}
       AND (%(before)s::bigint IS NULL OR e.id < %(before)s::bigint)
     ORDER BY e.id DESC
     LIMIT %(limit)s
"""

# The rows of one transaction have one time; those of others can stand between them.
REST = f"""{_CHANGES}
       AND e.created_at = %(at)s AND e.id < %(before)s
     ORDER BY e.id DESC
"""

NAMED = """
    SELECT t.id, t.seq, coalesce(p.name, t.repo_path) AS project,
           left(t.title, 60) || CASE WHEN length(t.title) > 60 THEN '…' ELSE '' END
      FROM tasks t LEFT JOIN projects p ON p.id = t.project_id
     WHERE t.id = ANY(%(ids)s)
     ORDER BY project, t.seq, t.id
"""

BESIDE = """
    SELECT tt.task_id, 'tag:' || tt.tag_id
      FROM task_tags tt
     WHERE tt.task_id = ANY(%(ids)s)
     UNION ALL
    SELECT a.task_id, 'actor:' || a.actor_type || ':' || a.actor_id || ':' || a.role
      FROM task_actors a
     WHERE a.task_id = ANY(%(ids)s)
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
    changes: list[Change] = []
    before: int | None = None
    found: tuple[Change, ...] = ()
    for limit in PAGES:
        page, before = await _changes(conn, CHANGES, actor, before=before, limit=limit)
        changes += page
        if (found := to_undo(changes)) or before is None:
            break
    if not found:
        return None
    if before is not None:
        rest, _ = await _changes(conn, REST, actor, before=before, at=found[0].at)
        found = to_undo(changes + rest)
    return await _undo(conn, _parts(found))


async def last_undone(conn: AsyncConnection, actor: Actor) -> Undo | None:
    """The actor's last undo, where nothing else was changed since; or None."""
    changes: list[Change] = []
    before: int | None = None
    found: tuple[Change, ...] = ()
    for limit in PAGES:
        page, before = await _changes(conn, CHANGES, actor, before=before, limit=limit)
        changes += page
        done = any(change.event not in {"undo", "redo"} for change in page)
        if (found := to_redo(changes)) or done or before is None:
            break
    if not found:
        return None
    if before is not None:
        rest, _ = await _changes(conn, REST, actor, before=before, at=found[0].at)
        found = to_redo(changes + rest)
    return await _undo(conn, _parts(found, redo=True))


async def undo(conn: AsyncConnection, actor: Actor, change: Undo) -> None:
    """Take back the actor's last change, which `last` has told.

    Raises:
        Conflict: a task was changed since, or the change is no longer the last.
        NotFound: a task is gone.
    """
    rows = await _held(conn, change)
    present = await last(conn, actor)
    if present is None or present.rows != change.rows:
        raise Conflict("that is not your last change any more; ask again what can be undone")
    await _write(conn, rows, actor, present, "undo")


async def redo(conn: AsyncConnection, actor: Actor, change: Undo) -> None:
    """Make again the change that the actor undid last, which `last_undone` has told.

    Raises:
        Conflict: a task was changed since, or there is something newer.
        NotFound: a task is gone.
    """
    rows = await _held(conn, change)
    present = await last_undone(conn, actor)
    if present is None or present.rows != change.rows:
        raise Conflict("that is not what you undid last any more; ask again what can be redone")
    await _write(conn, rows, actor, present, "redo")


async def _held(conn: AsyncConnection, change: Undo) -> dict[str, TaskRow]:
    """The tasks; their boards before them, as who changes columns does."""
    await conn.execute(HOLD_BOARDS, {"ids": list(change.task_ids)})
    return await hold_all(conn, change.task_ids)


async def _changes(
    conn: AsyncConnection, query: str, actor: Actor, **params: Any
) -> tuple[list[Change], int | None]:
    """The changes that a query finds, and where the next page begins; None where there is none."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params | {"actor": actor.id})
        rows = await cursor.fetchall()
    # An edit of nothing but texts cannot be undone, and does not stand in the way of what can.
    changes = [change for row in rows if (change := _change(*row)) is not None]
    more = "limit" in params and len(rows) == params["limit"]
    return changes, rows[-1][0] if more else None


def _change(id_: int, task_id: str, event: str, details: Any, at: datetime) -> Change | None:
    told_of = decoded(details)
    if (led := undoable(told_of.get("before"), told_of.get("after"))) is None:
        return None
    events, undo = told_of.get("events"), told_of.get("undo")
    return Change(
        id=id_,
        task_id=task_id,
        event=event,
        before=led[0],
        after=led[1],
        events=tuple(e for e in events if type(e) is int) if isinstance(events, list) else (),
        undo=undo if type(undo) is int else None,
        at=at,
    )


def _parts(newest_first: Sequence[Change], *, redo: bool = False) -> list[Part]:
    """What becomes of each task if these of its changes, or this undo, are taken back."""
    of_task: dict[str, list[Change]] = {}
    for change in newest_first:
        of_task.setdefault(change.task_id, []).append(change)
    parts = []
    for task_id, changes in of_task.items():
        now: dict[str, Any] = {}
        then: dict[str, Any] = {}
        for change in changes:
            now = {**change.after, **now}
            then = {**then, **change.before}
        events = () if redo else tuple(change.id for change in changes)
        undo = changes[0].id if redo else None
        parts.append(
            Part(task_id=task_id, name=task_id, now=now, then=then, events=events, undo=undo)
        )
    return parts


async def _undo(conn: AsyncConnection, parts: Sequence[Part]) -> Undo:
    """What was found, with the names of its tasks, in the order of these."""
    of_task = {part.task_id: part for part in parts}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(NAMED, {"ids": list(of_task)})
        named = await cursor.fetchall()
    many = len({project for _, _, project, _ in named}) > 1
    return Undo(
        parts=tuple(
            replace(of_task[id_], name=f"{project if many else ''}#{seq}", title=title)
            for id_, seq, project, title in named
        )
    )


async def _write(
    conn: AsyncConnection, rows: Mapping[str, TaskRow], actor: Actor, change: Undo, event: str
) -> None:
    """Lead held tasks from what the change says they are now to what it says they were then."""
    beside = await _beside(conn, change.task_ids)
    since = {
        part.name: differing
        for part in change.parts
        if (differing := _differing(part, rows[part.task_id], beside[part.task_id]))
    }
    if since:
        raise _conflict(since, of=len(change.parts))
    with stage_errors():
        async with conn.pipeline():
            for part in change.parts:
                await _lead(conn, rows[part.task_id], actor, part, event)


async def _beside(conn: AsyncConnection, ids: Sequence[str]) -> dict[str, set[str]]:
    """The tags and people that tasks have, as the keys of audit rows name them."""
    found: dict[str, set[str]] = {task_id: set() for task_id in ids}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(BESIDE, {"ids": list(ids)})
        for task_id, key in await cursor.fetchall():
            found[task_id].add(key)
    return found


def _differing(part: Part, row: TaskRow, beside: set[str]) -> list[str]:
    """What of a task is not as the change left it."""
    is_now = {key: key in beside if ":" in key else getattr(row, key) for key in part.now}
    differing = [key for key, value in _values(part.now).items() if is_now[key] != value]
    if not differing and not fits(part, status=row.status, run=row.checkout_run_id):
        return ["checkout_run_id"] if "status" in part.then else ["status"]
    return differing


def _conflict(since: Mapping[str, Sequence[str]], *, of: int) -> Conflict:
    shown = list(since.items())[:NAMED_AT_MOST]
    said = "; ".join(f"{name} was changed since ({', '.join(keys)})" for name, keys in shown)
    if len(since) > NAMED_AT_MOST:
        said += f"; so were {len(since) - NAMED_AT_MOST} more of {of} tasks"
    return Conflict(f"{said}; nothing was done, look at {'it' if len(since) == 1 else 'them'}")


async def _lead(conn: AsyncConnection, row: TaskRow, actor: Actor, part: Part, event: str) -> None:
    then = _values(part.then)
    values = {key: value for key, value in then.items() if ":" not in key}
    after = await set_values(conn, row, values)
    if after.stage != row.stage:
        await log_move(conn, row.id, row.stage, after.stage, actor, event)
    for key in then.keys() - values.keys():
        await _set_beside(conn, row, actor, key, there=then[key])
    about = {"events": list(part.events)} if event == "undo" else {"undo": part.undo}
    told_of = {**about, "before": dict(part.now), "after": dict(part.then)}
    await audit.record(conn, row.id, event, actor, told_of)


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
