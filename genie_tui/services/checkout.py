"""Checkout: one run at a time works on a task, for so long at most (`behaviour.md` › Checkout).

Taking a lock is one statement, which decides on the row as it is once its row lock is held, so
that whatever happens at once, a task never has two holders.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.actors import Actor, Kind
from genie_tui.domain.boards import Board
from genie_tui.domain.durations import ENDLESS, countdown
from genie_tui.domain.tasks import CLOSED, Lock, Priority, Status, Task
from genie_tui.domain.text import given
from genie_tui.errors import BadInput, LockLost, NothingReady, Refused
from genie_tui.services import cards
from genie_tui.services.cards import BOARD_KEY, LOCK_ENDS, LOCK_MS, LOCKED_AT, RANK, WAITS, clamped
from genie_tui.services.sweeping import Expired, expired_locks, sweep_expired
from genie_tui.services.task_rows import TaskRow, hold, no_task, open_waits, write

__all__ = [
    "Expired",
    "checkout_task",
    "claim_next",
    "expired_locks",
    "let_go",
    "release_task",
    "renew_lock",
    "sweep_expired",
    "unlock_task",
]

READY_ORDER = f"({RANK}), t.due_date, t.created_at, t.id"
"""`Card.order` of ready tasks, and the order of the index `tui_tasks_claim`."""

# What we hold always expires: where a client stored no time, or none that is left at once, in ten
# minutes.
_LENGTH = """coalesce(%(timeout)s::integer,
                   CASE WHEN t.checkout_timeout_ms > 0 THEN t.checkout_timeout_ms END, 600000)"""

_OLD = f"""
        SELECT t.id, t.status, t.checkout_run_id AS run, t.execution_locked_at AS locked_at,
               t.started_at, t.checkout_timeout_ms AS timeout_ms, {LOCK_MS} AS lock_ms,
               {LOCKED_AT} AS since,
               t.checkout_run_id = %(run)s AS mine, {LOCK_ENDS} < now() AS expired,
               {WAITS} AS waits"""

# Of two audit rows the lock's end comes first; a renewal is told by none.
_TAKE = f"""
    taken AS (
        UPDATE tasks t
           SET checkout_run_id = %(run)s,
               execution_locked_at = now(),
               checkout_timeout_ms = {_LENGTH},
               status = CASE WHEN t.status = 'blocked' THEN t.status ELSE 'in_progress' END,
               started_at = coalesce(t.started_at, now()),
               updated_at = now()
          FROM old
         WHERE t.id = old.id
           AND old.status NOT IN ('done', 'cancelled')
           AND (coalesce(old.mine, false)
                OR (old.status <> 'blocked' AND NOT old.waits
                    AND (old.run IS NULL OR old.expired OR %(take_live)s::boolean)))
     RETURNING t.id, t.status, t.checkout_run_id AS run, t.execution_locked_at AS locked_at,
               t.started_at, t.checkout_timeout_ms AS timeout_ms),
    told AS (
        INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)
        SELECT 'task', old.id, event.type, %(actor)s, event.details
          FROM old JOIN taken ON taken.id = old.id CROSS JOIN LATERAL (VALUES
               (1, old.run IS NOT NULL,
                CASE WHEN old.expired THEN 'checkout_expired' ELSE 'unlocked' END,
                jsonb_build_object(
                    'run', old.run, 'since', old.since,
                    'before', jsonb_build_object(
                        'checkout_run_id', old.run,
                        'execution_locked_at', {clamped("old.locked_at")}),
                    'after', jsonb_build_object('checkout_run_id', NULL,
                                                'execution_locked_at', NULL))),
               (2, true, 'checkout', jsonb_build_object(
                    'run', taken.run,
                    'before', jsonb_build_object(
                        'checkout_run_id', NULL, 'execution_locked_at', NULL,
                        'status', old.status, 'started_at', {clamped("old.started_at")},
                        'checkout_timeout_ms', old.timeout_ms),
                    'after', jsonb_build_object(
                        'checkout_run_id', taken.run, 'execution_locked_at', taken.locked_at,
                        'status', taken.status, 'started_at', {clamped("taken.started_at")},
                        'checkout_timeout_ms', taken.timeout_ms)))
               ) AS event (number, happened, type, details)
         WHERE event.happened AND old.mine IS NOT TRUE
         ORDER BY event.number)"""


CHECKOUT = f"""
    WITH old AS ({_OLD}
          FROM tasks t
         WHERE t.id = %(id)s
           FOR NO KEY UPDATE OF t),
    {_TAKE}
    SELECT old.run, {clamped("old.since")} AS since, old.lock_ms,
           old.status, {clamped("taken.locked_at")} AS locked_at, taken.timeout_ms AS taken_for_ms,
           now() AS now
      FROM old LEFT JOIN taken ON taken.id = old.id
"""

CLAIM = f"""
    WITH old AS ({_OLD}
          FROM tasks t
         WHERE t.status = 'ready' AND t.checkout_run_id IS NULL AND NOT {WAITS}{{only}}
         ORDER BY {READY_ORDER}
         LIMIT 1
           FOR NO KEY UPDATE OF t SKIP LOCKED),
    {_TAKE}
    SELECT taken.id
      FROM taken
"""

# By its rank a priority is found at once. A tag's tasks are gathered first: IS TRUE keeps the
# planner from asking for each ready task whether it has the tag, as if one were found soon.
_ONLY = {
    "board": f" AND {BOARD_KEY} = %(board)s",
    "project": " AND t.project_id = %(project)s",
    "repository": " AND t.project_id IS NULL AND t.repo_path = %(repository)s",
    "stage": " AND t.stage = %(stage)s",
    "priority": f""" AND t.priority = %(priority)s
           AND ({RANK}) = {RANK.replace("t.priority", "%(priority)s::text")}""",
    "tag": """ AND (t.id IN (
               SELECT g.task_id FROM task_tags g WHERE g.tag_id = %(tag)s)) IS TRUE""",
}

RENEW = f"""
    UPDATE tasks t
       SET execution_locked_at = now(),
           checkout_timeout_ms = {_LENGTH},
           updated_at = now()
     WHERE t.id = %(id)s AND t.checkout_run_id = %(run)s
 RETURNING t.checkout_run_id AS run_id, {clamped("t.execution_locked_at")} AS since,
           t.checkout_timeout_ms * interval '1 ms' AS timeout
"""


async def checkout_task(
    conn: AsyncConnection,
    task_id: str,
    actor: Actor,
    *,
    timeout: timedelta | None = None,  # noqa: ASYNC109
    take_live: bool = False,
) -> Lock:
    """Take a task, or renew one's own lock on it; it is in progress then.

    The lock lasts for `timeout`, else as long as the task says. What is free or expired can be
    taken; with `take_live` a person takes what another run holds, too. One's own lock is renewed
    even where the task was blocked meanwhile, and stays so.

    Raises:
        Refused: held by another (a person may insist, with `take_live`), or closed, blocked or
            waiting for another task.
        NotFound: there is no such task.
    """
    person = actor.kind is Kind.HUMAN
    params = _by(actor, timeout) | {"id": task_id, "take_live": take_live and person}
    async with conn.cursor(row_factory=class_row(_Outcome)) as cursor:
        await cursor.execute(CHECKOUT, params)
        outcome = await cursor.fetchone()
    if outcome is None:
        raise no_task(task_id)
    if outcome.locked_at is None or outcome.taken_for_ms is None:
        raise await _refusal(conn, task_id, outcome, person=person)
    length = timedelta(milliseconds=outcome.taken_for_ms)
    return Lock(run_id=actor.run_id, since=outcome.locked_at, timeout=length)


async def claim_next(
    conn: AsyncConnection,
    actor: Actor,
    *,
    board: Board | None = None,
    project_id: str | None = None,
    repo_path: str | None = None,
    stage: str | None = None,
    priority: Priority | str | None = None,
    tag: str | None = None,
    timeout: timedelta | None = None,  # noqa: ASYNC109
) -> Task:
    """Check out the first ready task, in the order of `Card.order`; N at once get N tasks.

    `stage` is a stage's name, `tag` a tag's id; of a `repo_path`, the tasks that other clients
    linked to no project.

    Raises:
        NothingReady: there is none.
    """
    wanted = {
        "board": board.key if board else None,
        "project": project_id,
        "repository": repo_path,
        "stage": stage,
        "priority": str(priority) if priority else None,
        "tag": tag,
    }
    asked = {name: given(value, name) for name, value in wanted.items() if value is not None}
    query = CLAIM.format(only="".join(_ONLY[name] for name in asked))
    params = _by(actor, timeout) | asked | {"take_live": False}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params)
        row = await cursor.fetchone()
    task = await cards.task(conn, row[0]) if row else None
    if task is None:
        where = f" ({', '.join(f'{name} {value}' for name, value in asked.items())})"
        raise NothingReady(f"no task is ready{where if asked else ''}; try again later")
    return task


async def renew_lock(
    conn: AsyncConnection,
    task_id: str,
    actor: Actor,
    *,
    timeout: timedelta | None = None,  # noqa: ASYNC109
) -> Lock:
    """Extend one's own lock, expired or not: its time begins anew.

    Raises:
        LockLost: another run holds the task now, or nobody does.
        NotFound: there is no such task.
    """
    async with conn.cursor(row_factory=class_row(Lock)) as cursor:
        await cursor.execute(RENEW, _by(actor, timeout) | {"id": task_id})
        if (lock := await cursor.fetchone()) is None:
            raise _lost(await hold(conn, task_id))
        return lock


async def release_task(conn: AsyncConnection, task_id: str, actor: Actor) -> None:
    """Give up one's own lock; the task is ready again, unless it is done, blocked or failed.

    Raises:
        LockLost: another run holds the task now, or nobody does.
        NotFound: there is no such task.
    """
    row = await hold(conn, task_id)
    if row.checkout_run_id != actor.run_id:
        raise _lost(row)
    await _unlocked(conn, row, "released", actor)


async def unlock_task(conn: AsyncConnection, task_id: str, actor: Actor) -> bool:
    """Take a lock away, whoever holds it; False where the task is not locked.

    Raises:
        NotFound: there is no such task.
    """
    row = await hold(conn, task_id)
    if row.checkout_run_id is None:
        return False
    await _unlocked(conn, row, "unlocked", actor)
    return True


async def let_go(conn: AsyncConnection, row: TaskRow, actor: Actor) -> TaskRow:
    """Release a held task by one who ends their work on it, whether they had locked it or not.

    Raises:
        LockLost: another run works on it.
    """
    lock = row.lock
    if lock is None:
        return row
    if lock.run_id == actor.run_id:
        return await _unlocked(conn, row, "released", actor)
    if lock.left(row.now) >= timedelta(0):
        raise _lost(row)
    return await _unlocked(conn, row, "checkout_expired", actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """The lock as a checkout found it; `locked_at` is null where it was not to be had."""

    run: str | None
    since: datetime
    lock_ms: int
    status: str
    locked_at: datetime | None
    taken_for_ms: int | None
    now: datetime


async def _refusal(
    conn: AsyncConnection, task_id: str, found: _Outcome, *, person: bool
) -> Refused:
    """Why a checkout was refused, for all reasons there are."""
    reasons = []
    if found.status in CLOSED:
        reasons.append(f"it is {found.status}; reopen it first")
    elif found.status == Status.BLOCKED:
        reasons.append("it is blocked; unblock it first")
    if waits := await open_waits(conn, task_id):
        reasons.append(f"it waits for {', '.join(f'#{seq}' for seq in waits)}")
    insist = person and not reasons
    if found.run is not None:
        lock = Lock(
            run_id=found.run,
            since=found.since,
            timeout=timedelta(milliseconds=found.lock_ms),
        )
        if (left := lock.left(found.now)) >= timedelta(0):
            endless = left >= ENDLESS
            long = "without expiry" if endless else f"for {countdown(left)} more"
            reasons.append(f"{lock.holder} has it locked {long}")
    why = "; ".join(reasons) or "it has just changed; try again"
    return Refused(f"not checked out: {why}", reasons=tuple(reasons), override=insist)


def _lost(row: TaskRow) -> LockLost:
    if (lock := row.lock) is None:
        return LockLost(f"#{row.seq} is not locked any more; check it out again to go on")
    return LockLost(f"#{row.seq} is locked by {lock.holder} now; what was yours is lost")


async def _unlocked(conn: AsyncConnection, row: TaskRow, event: str, actor: Actor) -> TaskRow:
    told: dict[str, Any] = {"run": row.checkout_run_id}
    if event == "checkout_expired":
        told["since"] = row.execution_locked_at
    return await write(conn, row, row.unlocked, event=event, actor=actor, details=told)


def _by(actor: Actor, timeout: timedelta | None) -> dict[str, Any]:
    """Who takes a lock, and for how long at most.

    Raises:
        BadInput: less than a millisecond, or more than fits.
    """
    length = None if timeout is None else timeout // timedelta(milliseconds=1)
    if length is not None and not 0 < length < 2**31:
        raise BadInput("a lock lasts for a millisecond at least, and 24 days at most")
    return {"run": actor.run_id, "actor": actor.id, "timeout": length}
