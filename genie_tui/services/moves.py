"""One step of a task on its board: held, checked, moved, logged; the verbs are in `stages`."""

from __future__ import annotations

from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor, Kind
from genie_tui.domain.boards import Board, Column
from genie_tui.domain.gates import Gate, waits_for
from genie_tui.domain.stages import Advance
from genie_tui.domain.tasks import Status
from genie_tui.errors import Conflict, Refused
from genie_tui.services.approvals import approve, approved, forget
from genie_tui.services.boards import board_of_task, board_under
from genie_tui.services.task_rows import TaskRow, hold, open_waits, stage_errors, write

__all__ = [
    "OVERRIDDEN",
    "gate_type",
    "hold_on_board",
    "leave",
    "log_move",
    "move",
    "obstacles",
    "outcome",
    "standing",
    "wait",
]

OVERRIDDEN = "agent:override"
"""What task_stage_log says of an agent's gate that a person opened."""

LOG = """
    INSERT INTO task_stage_log (task_id, from_stage, to_stage, actor_type, actor_id, run_id,
                                gate_type)
    VALUES (%(task)s, %(from)s, %(to)s, %(type)s, %(actor)s, %(run)s, %(gate)s)
"""


async def hold_on_board(
    conn: AsyncConnection, task_id: str, seen: str | None = None
) -> tuple[TaskRow, Board]:
    """A task held for writing, and its board.

    Raises:
        NotFound: there is no such task.
        Conflict: it does not stand in the stage `seen` any more.
    """
    board = await board_under(conn, task_id)
    row = await hold(conn, task_id)
    if seen is not None and row.stage != seen:
        raise Conflict(f"#{row.seq} is in {row.stage} by now, not in {seen}; look again")
    if board is None or board.id != row.board_id:
        board = await board_of_task(conn, row.board_id, row.type_id)
    return row, board


def standing(row: TaskRow, board: Board) -> Column:
    """The column from which a task can go on or back.

    Raises:
        Refused: it is closed, or in no column of its board.
    """
    if row.closed:
        raise Refused(f"#{row.seq} is {row.status}; reopen it first")
    if (column := board.place(row.column_id, row.stage)) is None:
        raise Refused(
            f"#{row.seq} is in {row.stage}, which {board.name} has not; move it to a stage it has"
        )
    return column


async def obstacles(conn: AsyncConnection, row: TaskRow) -> tuple[str, ...]:
    """Why a task may not go on, beside its gate; each reason alone."""
    reasons = []
    if row.status == Status.BLOCKED:
        why = f": {row.blocked_reason}" if row.blocked_reason else ""
        reasons.append(f"#{row.seq} is blocked{why}")
    if waits := await open_waits(conn, row.id):
        listed = ", ".join(f"#{seq}" for seq in waits)
        reasons.append(f"#{row.seq} waits for {listed}")
    return tuple(reasons)


async def move(
    conn: AsyncConnection,
    row: TaskRow,
    board: Board,
    target: Column,
    actor: Actor,
    gate: str | None,
) -> TaskRow:
    """Put a held task into a column, with its rows in stage log and audit."""
    left = board.place(row.column_id, row.stage)
    from_stage = left.name if left else row.stage
    values = {"stage": target.name, "column_id": target.id if board.id is not None else None}
    told = {"from": from_stage, "to": target.name}
    with stage_errors():
        moved = await write(conn, row, values, event="stage_change", actor=actor, details=told)
    if moved.stage == row.stage:
        # A card that stood elsewhere by its column's id: what was said there is over all the same.
        await forget(conn, row.id)
    await log_move(conn, row.id, from_stage, target.name, actor, gate)
    return moved


async def leave(
    conn: AsyncConnection,
    row: TaskRow,
    board: Board,
    column: Column,
    target: Column,
    actor: Actor,
) -> TaskRow:
    """Put a held task into another column by the gate of its own, which is open."""
    gate = gate_type(column, actor, await approved(conn, row))
    return await move(conn, row, board, target, actor, gate)


async def log_move(
    conn: AsyncConnection,
    task_id: str,
    from_stage: str,
    to_stage: str,
    actor: Actor,
    gate: str | None,
) -> None:
    """Write the stage log's row of a move."""
    params = {
        "task": task_id,
        "from": from_stage,
        "to": to_stage,
        "type": actor.type,
        "actor": actor.id,
        "run": actor.run_id,
        "gate": gate,
    }
    await conn.execute(LOG, params)


def gate_type(column: Column, actor: Actor, given: frozenset[Kind]) -> str:
    """What the stage log says of how a gate was opened, where `given` were the words before."""
    if column.gate is Gate.AGENT and Kind.AGENT not in {actor.kind, *given}:
        return OVERRIDDEN
    return column.gate.value


def outcome(before: TaskRow, after: TaskRow) -> Advance:
    """What came of a wish that moved a task or made it done."""
    moved = before.stage != after.stage or before.column_id != after.column_id
    done = after.status == Status.DONE
    way = f"{before.stage} → {after.stage}" if moved else before.stage
    return Advance(
        task_id=after.id,
        from_stage=before.stage,
        to_stage=after.stage if moved else None,
        moved=moved,
        done=done,
        message=f"#{after.seq} {way}{', done' if done else ''}",
    )


async def wait(
    conn: AsyncConnection,
    row: TaskRow,
    column: Column,
    actor: Actor,
    *,
    refused: bool = False,
    reasons: tuple[str, ...] = (),
) -> Advance:
    """Record the actor's word for going on; whose is missing?"""
    if actor.kind is Kind.AGENT or column.gate is Gate.BOTH:
        await approve(conn, row, actor)
    missing = waits_for(column.gate, await approved(conn, row))
    whom = {Kind.HUMAN: "a person", Kind.AGENT: "an agent"}
    waits = f"waits for {whom[missing]} at {column.name}" if missing else f"stays in {column.name}"
    return Advance(
        task_id=row.id,
        from_stage=row.stage,
        waits_for=missing,
        refused=refused,
        message="; ".join((*reasons, f"#{row.seq} {waits}")),
    )
