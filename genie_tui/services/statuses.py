"""What may be done with a task: blocked, done, failed, cancelled, and open again.

Each verb returns False where there was nothing to change.
"""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.actors import Actor, Kind
from genie_tui.domain.tasks import Status
from genie_tui.domain.text import prose
from genie_tui.errors import Refused
from genie_tui.services.approvals import forget
from genie_tui.services.task_rows import TaskRow, guard_lock, hold, write

__all__ = [
    "block_task",
    "cancel_task",
    "done_task",
    "fail_task",
    "finish",
    "open_children",
    "reopen_task",
    "unblock_task",
]

OPEN_CHILDREN = """
    SELECT child.seq
      FROM tasks child
     WHERE child.parent_id = %(id)s AND child.status NOT IN ('done', 'cancelled')
     ORDER BY child.seq
"""


async def block_task(conn: AsyncConnection, task_id: str, reason: str, actor: Actor) -> bool:
    """Say that a task cannot go on, and why; whoever holds its lock keeps it.

    Raises:
        BadInput: no reason.
        Refused: it is done or cancelled.
    """
    reason = prose(reason, "the reason")
    row = await hold(conn, task_id)
    _refuse_closed(row)
    values = {"status": Status.BLOCKED.value, "blocked_reason": reason}
    return await _change(conn, row, values, "blocked", actor, {"reason": reason})


async def unblock_task(conn: AsyncConnection, task_id: str, actor: Actor) -> bool:
    """Say that a task can go on: in progress where it is locked, else ready."""
    row = await hold(conn, task_id)
    if row.status != Status.BLOCKED:
        return False
    status = Status.IN_PROGRESS if row.checkout_run_id is not None else Status.READY
    values = {"status": status.value, "blocked_reason": None}
    return await _change(conn, row, values, "unblocked", actor)


async def done_task(
    conn: AsyncConnection, task_id: str, actor: Actor, *, override: bool = False
) -> bool:
    """Say that a task is done, whatever its stage; its lock is cleared.

    Raises:
        Refused: its children are open (a person may insist), or it was cancelled.
        LockLost: an agent says so of what another run works on.
    """
    row = await hold(conn, task_id)
    if row.status == Status.CANCELLED:
        _refuse_closed(row)
    guard_lock(row, actor)
    if row.status == Status.DONE:
        return False
    await finish(conn, row, actor, override=override)
    return True


async def finish(
    conn: AsyncConnection, row: TaskRow, actor: Actor, *, override: bool = False
) -> TaskRow:
    """Make a held task done.

    Raises:
        Refused: its children are open; a person may insist.
    """
    person = actor.kind is Kind.HUMAN
    children = await open_children(conn, row.id)
    if children and not (override and person):
        listed = ", ".join(f"#{seq}" for seq in children)
        raise Refused(f"#{row.seq} has open children: {listed}; end them first", override=person)
    return await write(conn, row, _ended(row, Status.DONE), event="done", actor=actor)


async def fail_task(conn: AsyncConnection, task_id: str, reason: str, actor: Actor) -> bool:
    """Say that a task failed, and why; its lock is cleared, and somebody has to look at it.

    Raises:
        BadInput: no reason.
        Refused: it is done or cancelled.
        LockLost: an agent says so of what another run works on.
    """
    reason = prose(reason, "the reason")
    row = await hold(conn, task_id)
    _refuse_closed(row)
    guard_lock(row, actor)
    values = _ended(row, Status.FAILED) | {"blocked_reason": reason}
    return await _change(conn, row, values, "failed", actor, {"reason": reason})


async def cancel_task(conn: AsyncConnection, task_id: str, actor: Actor) -> bool:
    """Say that a task is not wanted any more; its lock is cleared.

    Raises:
        Refused: it is done.
        LockLost: an agent says so of what another run works on.
    """
    row = await hold(conn, task_id)
    if row.status == Status.DONE:
        _refuse_closed(row)
    guard_lock(row, actor)
    if row.status == Status.CANCELLED:
        return False
    return await _change(conn, row, _ended(row, Status.CANCELLED), "cancelled", actor)


async def reopen_task(conn: AsyncConnection, task_id: str, actor: Actor) -> bool:
    """Make a task ready again that was done, failed or cancelled; approvals are asked anew."""
    row = await hold(conn, task_id)
    if row.status not in {Status.DONE, Status.FAILED, Status.CANCELLED}:
        return False
    await forget(conn, task_id)
    values = row.unlocked | {
        "status": Status.READY.value,
        "ended_at": None,
        "blocked_reason": None,
    }
    return await _change(conn, row, values, "reopened", actor)


async def open_children(conn: AsyncConnection, task_id: str) -> tuple[int, ...]:
    """The numbers of the open tasks that are parts of a task."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(OPEN_CHILDREN, {"id": task_id})
        return tuple(seq for (seq,) in await cursor.fetchall())


async def _change(
    conn: AsyncConnection,
    row: TaskRow,
    values: dict[str, Any],
    event: str,
    actor: Actor,
    details: dict[str, Any] | None = None,
) -> bool:
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    await write(conn, row, values, event=event, actor=actor, details=details)
    return True


def _ended(row: TaskRow, status: Status) -> dict[str, Any]:
    return row.unlocked | {"status": status.value, "ended_at": row.now}


def _refuse_closed(row: TaskRow) -> None:
    if row.closed:
        raise Refused(f"#{row.seq} is {row.status}; reopen it first")
