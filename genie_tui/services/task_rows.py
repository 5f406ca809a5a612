"""A task's row, held for writing: read under a row lock, changed, and audited with the change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection, errors, sql
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.actors import Actor, Kind
from genie_tui.domain.tasks import CLOSED, Lock, Status
from genie_tui.errors import Conflict, LockLost, NotFound
from genie_tui.services import audit
from genie_tui.services.cards import LOCK_MS, LOCKED_AT, WAITS_FOR, clamped
from genie_tui.services.updating import assignments

__all__ = [
    "TaskRow",
    "guard_lock",
    "hold",
    "hold_all",
    "no_task",
    "open_waits",
    "set_values",
    "stage_errors",
    "write",
]

# NO KEY: a row that refers to the task (a comment, a tag, a dependency) does not have to wait.
_ROW = f"""
    SELECT t.id, t.seq, t.repo_path, t.parent_id, t.project_id, t.board_id, t.type_id,
           t.stage, t.column_id, t.status, t.priority, t.blocked_reason, t.checkout_run_id,
           CASE WHEN t.checkout_run_id IS NOT NULL THEN {clamped(LOCKED_AT)} END
             AS execution_locked_at,
           {LOCK_MS} AS lock_ms, t.checkout_timeout_ms,
           {clamped("t.started_at")} AS started_at, {clamped("t.ended_at")} AS ended_at,
           now() AS now
      FROM tasks t"""

HOLD = f"""{_ROW}
     WHERE t.id = %(id)s
       FOR NO KEY UPDATE
"""

HOLD_ALL = f"""{_ROW}
     WHERE t.id = ANY(%(ids)s)
     ORDER BY t.id
       FOR NO KEY UPDATE
"""

OPEN_WAITS = f"""
    SELECT o.seq
      FROM tasks t JOIN tasks o ON o.id IN ({WAITS_FOR})
     WHERE t.id = %(id)s AND o.status NOT IN ('done', 'cancelled')
     ORDER BY o.seq
"""

WRITE = """
    UPDATE tasks SET {values}, updated_at = now() WHERE id = {id}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """The columns that verbs decide by and change; nobody else changes them meanwhile.

    `now` is the database's time at the start of the transaction.
    """

    id: str
    seq: int
    repo_path: str
    parent_id: str | None
    project_id: str | None
    board_id: str | None
    type_id: str
    stage: str
    column_id: str | None
    status: str
    priority: str
    blocked_reason: str | None
    checkout_run_id: str | None
    execution_locked_at: datetime | None
    checkout_timeout_ms: int | None
    lock_ms: int
    started_at: datetime | None
    ended_at: datetime | None
    now: datetime

    @property
    def closed(self) -> bool:
        """Nothing more is to be done."""
        return self.status in CLOSED

    @property
    def lock(self) -> Lock | None:
        """Its lock, expired or not."""
        if self.checkout_run_id is None or self.execution_locked_at is None:
            return None
        timeout = timedelta(milliseconds=self.lock_ms)
        return Lock(run_id=self.checkout_run_id, since=self.execution_locked_at, timeout=timeout)

    @property
    def unlocked(self) -> dict[str, Any]:
        """The values that take the lock away; what is closed, blocked or failed stays so."""
        values: dict[str, Any] = {"checkout_run_id": None, "execution_locked_at": None}
        if self.status == Status.IN_PROGRESS:
            values["status"] = Status.READY.value
        return values


async def hold(conn: AsyncConnection, task_id: str) -> TaskRow:
    """Read a task and keep others from writing it until the transaction ends.

    Raises:
        NotFound: there is no such task.
    """
    async with conn.cursor(row_factory=class_row(TaskRow)) as cursor:
        await cursor.execute(HOLD, {"id": task_id})
        if (row := await cursor.fetchone()) is None:
            raise no_task(task_id)
        return row


async def hold_all(conn: AsyncConnection, ids: Collection[str]) -> dict[str, TaskRow]:
    """Hold tasks by their ids, in the order that keeps two from locking each other out.

    Raises:
        NotFound: one of them is gone.
    """
    async with conn.cursor(row_factory=class_row(TaskRow)) as cursor:
        await cursor.execute(HOLD_ALL, {"ids": list(ids)})
        rows = {row.id: row for row in await cursor.fetchall()}
    for task_id in ids:
        if task_id not in rows:
            raise no_task(task_id)
    return rows


async def write(
    conn: AsyncConnection,
    row: TaskRow,
    values: Mapping[str, Any],
    *,
    event: str,
    actor: Actor | None,
    details: Mapping[str, Any] | None = None,
) -> TaskRow:
    """Change columns of a held row, with the audit row that tells of it and can undo it."""
    after = await set_values(conn, row, values)
    changed = [name for name in values if getattr(row, name) != getattr(after, name)]
    told = {
        **(details or {}),
        "before": {name: getattr(row, name) for name in changed},
        "after": {name: getattr(after, name) for name in changed},
    }
    await audit.record(conn, row.id, event, actor, told)
    return after


async def set_values(conn: AsyncConnection, row: TaskRow, values: Mapping[str, Any]) -> TaskRow:
    """Change columns of a held row; what has its value already is not written again."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if changed:
        query = sql.SQL(WRITE).format(values=assignments(changed), id=sql.Placeholder("id"))
        await conn.execute(query, {**changed, "id": row.id})
    return replace(row, **changed)


async def open_waits(conn: AsyncConnection, task_id: str) -> tuple[int, ...]:
    """The numbers of the open tasks that a task waits for."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(OPEN_WAITS, {"id": task_id})
        return tuple(seq for (seq,) in await cursor.fetchall())


def guard_lock(row: TaskRow, actor: Actor) -> None:
    """An agent does not end work that another run holds the live lock of.

    It may be one whose own lock expired and was taken over. A person may: it is their board.

    Raises:
        LockLost: another run holds the task.
    """
    lock = row.lock
    live = lock is not None and lock.left(row.now) >= timedelta(0)
    if lock and live and lock.run_id != actor.run_id and actor.kind is Kind.AGENT:
        raise LockLost(
            f"#{row.seq} is locked by {lock.holder}, who works on it now; leave it to them"
        )


def no_task(task_id: str) -> NotFound:
    """What is said when a task is not there, or no more."""
    return NotFound(f"there is no task {task_id}; it may have been deleted")


@contextmanager
def stage_errors() -> Iterator[None]:
    """What the database's own check of stages says, as an error of ours."""
    try:
        yield
    except errors.RaiseException as error:
        said = error.diag.message_primary or "the stage is not one of the board's"
        raise Conflict(f"{said}; look at the board's columns again and repeat") from error
