"""How a task goes through its board: moved, advanced through gates, sent back.

An agent whom a gate refuses leaves a request behind, so it gets an answer (`Advance.refused`) and
not an error, which would roll the request back. Everything else that says no is an error, with
nothing written; `Refused.override` is true where a person may insist: on a task that is blocked
or waits, at an agent's gate, and where children are open.
"""

from __future__ import annotations

from dataclasses import replace

from psycopg import AsyncConnection
from psycopg.rows import class_row

from genie_tui.domain.actors import Actor, Kind
from genie_tui.domain.boards import Board, Column
from genie_tui.domain.gates import Gate, Verdict, decide
from genie_tui.domain.stages import Advance, StageChange
from genie_tui.errors import Refused
from genie_tui.services import conversations
from genie_tui.services.approvals import approved
from genie_tui.services.boards import named_column
from genie_tui.services.cards import clamped
from genie_tui.services.checkout import let_go
from genie_tui.services.moves import (
    hold_on_board,
    leave,
    move,
    obstacles,
    outcome,
    standing,
    wait,
)
from genie_tui.services.statuses import finish, open_children
from genie_tui.services.task_rows import TaskRow

__all__ = ["advance_task", "complete_stage", "move_task", "send_back", "stage_log"]

HISTORY = f"""
    SELECT id, from_stage, to_stage, actor_type, actor_id, run_id, gate_type,
           {clamped("created_at")} AS at
      FROM task_stage_log
     WHERE task_id = %(task)s
     ORDER BY id
"""


async def move_task(
    conn: AsyncConnection, task_id: str, stage: str, actor: Actor, *, seen: str | None = None
) -> Advance:
    """Move a task to any stage of its board, whatever the gates; to where it stands: nothing.

    `seen` is the stage in which the actor saw it, where they may have seen wrong.

    Raises:
        NotFound: no such task, or no such stage on its board.
        Conflict: it is not in the stage `seen` any more.
    """
    row, board = await hold_on_board(conn, task_id, seen)
    target = named_column(board, stage)
    column = board.place(row.column_id, row.stage)
    if target == column:
        message = f"#{row.seq} is in {target.name} already"
        return Advance(task_id=row.id, from_stage=row.stage, message=message)
    gate = column.gate.value if column else None
    return outcome(row, await move(conn, row, board, target, actor, gate))


async def advance_task(
    conn: AsyncConnection,
    task_id: str,
    actor: Actor,
    *,
    override: bool = False,
    seen: str | None = None,
) -> Advance:
    """Let a task go on to the next stage if its gate opens; past the last it is done.

    An agent at a person's gate is refused with an answer: the wish is recorded. `seen` is the
    stage in which the actor saw the task, so that two who advance at once move it once.

    Raises:
        Refused: it is closed, orphaned, blocked or waits; or the gate wants an agent.
        Conflict: it is not in the stage `seen` any more.
        NotFound: no such task.
    """
    row, board = await hold_on_board(conn, task_id, seen)
    column = standing(row, board)
    person = actor.kind is Kind.HUMAN
    reasons = await obstacles(conn, row)
    if reasons and not (override and person):
        raise Refused("; ".join(reasons), reasons=reasons, override=person)
    match decide(column.gate, actor.kind, await approved(conn, row), override=override):
        case Verdict.MOVE:
            return await _step(conn, row, board, column, actor, override=override)
        case Verdict.CONFIRM:
            message = f"{column.name} opens to an agent's word; insist to take #{row.seq} on"
            raise Refused(message, override=True)
        case Verdict.RECORD:
            return await wait(conn, row, column, actor)
        case Verdict.REQUEST:
            return await wait(conn, row, column, actor, refused=True)


async def complete_stage(conn: AsyncConnection, task_id: str, actor: Actor) -> Advance:
    """Say that one's work on a task in its stage is over: the lock is released, and it goes on.

    It does so from an agent's column with auto_advance, and where the actor's word was all that
    its gate still lacked; then through every column that passes (`Column.passes`). Otherwise the
    word is recorded. A task that is blocked or waits stays, with an answer that is `refused`; so
    does one with open children that would be done.

    Raises:
        LockLost: another run works on it.
        Refused: it is closed or orphaned.
        NotFound: no such task.
    """
    start, board = await hold_on_board(conn, task_id)
    column = standing(start, board)
    row = await let_go(conn, start, actor)
    if reasons := await obstacles(conn, row):
        return await wait(conn, row, column, actor, refused=True, reasons=reasons)
    if not _lets_on(column, actor, await approved(conn, row)):
        return await wait(conn, row, column, actor)
    return await _flow(conn, start, row, board, actor)


def _lets_on(column: Column, actor: Actor, given: frozenset[Kind]) -> bool:
    """Does the completion of a column's stage take a task on?"""
    if column.gate is Gate.AGENT and (column.auto_advance or actor.kind is Kind.AGENT):
        return column.auto_advance
    return decide(column.gate, actor.kind, given) is Verdict.MOVE


async def _flow(
    conn: AsyncConnection, start: TaskRow, row: TaskRow, board: Board, actor: Actor
) -> Advance:
    """Take a task out of its column, and through those that pass; never twice through one."""
    column = standing(row, board)
    left = set()
    while True:
        left.add(column.id)
        if (target := board.after(column)) is None:
            if children := await open_children(conn, row.id):
                listed = ", ".join(f"#{seq}" for seq in children)
                reason = f"#{row.seq} has open children: {listed}"
                stays = await wait(conn, row, column, actor, refused=True, reasons=(reason,))
                if start.stage == row.stage:
                    return stays
                return replace(stays, from_stage=start.stage, to_stage=row.stage, moved=True)
            return outcome(start, await finish(conn, row, actor))
        row = await leave(conn, row, board, column, target, actor)
        column = target
        if not column.passes or column.id in left:
            return outcome(start, row)


async def _step(
    conn: AsyncConnection,
    row: TaskRow,
    board: Board,
    column: Column,
    actor: Actor,
    *,
    override: bool,
) -> Advance:
    """Take a task out of its column, whose gate is open."""
    if (target := board.after(column)) is None:
        return outcome(row, await finish(conn, row, actor, override=override))
    return outcome(row, await leave(conn, row, board, column, target, actor))


async def send_back(
    conn: AsyncConnection,
    task_id: str,
    actor: Actor,
    reason: str | None = None,
    *,
    seen: str | None = None,
) -> Advance:
    """Send a task to its column's `on_fail`, else to the previous one; a reason is a comment.

    Raises:
        Refused: it is closed or orphaned, or stands in the first column.
        Conflict: it is not in the stage `seen` any more.
        NotFound: no such task.
    """
    row, board = await hold_on_board(conn, task_id, seen)
    column = standing(row, board)
    if (target := board.before(column)) is None:
        raise Refused(f"#{row.seq} is in {column.label}, the first stage; there is none before")
    moved = await move(conn, row, board, target, actor, column.gate.value)
    if reason and reason.strip():
        await conversations.comment(conn, task_id, reason, actor)
    return outcome(row, moved)


async def stage_log(conn: AsyncConnection, task_id: str) -> tuple[StageChange, ...]:
    """Every move of a task, the first one first."""
    async with conn.cursor(row_factory=class_row(StageChange)) as cursor:
        await cursor.execute(HISTORY, {"task": task_id})
        return tuple(await cursor.fetchall())
