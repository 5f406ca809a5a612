"""Tasks whose column_id is that of no column of their board, put right by the name of their stage.

A column_id that is that of a column stays, whatever the stage: by it the task stands there. A
task that neither its column_id nor its stage leads to a column is orphaned, and stays so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board, parse_columns
from genie_tui.domain.columns import Slot
from genie_tui.services import audit, board_rows

__all__ = ["Astray", "Reconciled", "reconcile"]

_THESE = """t.board_id = %(board)s
       AND (coalesce(t.column_id, ''), t.stage)
           IN (SELECT way.column_id, way.stage
                 FROM unnest(%(ids)s::text[], %(stages)s::text[]) AS way (column_id, stage))"""

LOOK = f"""
    SELECT t.id, t.seq, t.stage, nullif(t.column_id, '') AS column_id
      FROM tasks t
     WHERE {_THESE}
"""

# Not their updated_at: nothing that a person did changes.
REPAIR = """
    UPDATE tasks t
       SET column_id = way.to_id
      FROM unnest(%(ids)s::text[], %(stages)s::text[], %(to_ids)s::text[])
           AS way (column_id, stage, to_id)
     WHERE t.board_id = %(board)s
       AND coalesce(t.column_id, '') = way.column_id AND t.stage = way.stage
 RETURNING t.id, t.seq, t.stage, nullif(way.column_id, '') AS column_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Astray:
    """A task that stood in its column by the name of its stage alone, or in none at all."""

    id: str
    seq: int
    stage: str
    column_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What was wrong with a board's tasks: what is put right, and what is not to be."""

    board: Board
    repaired: tuple[Astray, ...]
    orphaned: tuple[Astray, ...]


async def reconcile(
    conn: AsyncConnection, board: Board, actor: Actor, *, dry_run: bool = False
) -> Reconciled:
    """Give the tasks of a board the id of the column that their stage names.

    A dry run says what would be put right, and writes nothing.

    Raises:
        Refused: the board is made up; its columns have no ids.
        NotFound: it is gone.
    """
    if board.id is None or not dry_run:
        row = await board_rows.hold(conn, board)
        # As it is now that it is held, not as it was when it was looked for.
        board = replace(board, name=row.name, columns=parse_columns(row.columns))
    astray, orphans = await _astray(conn, board)
    mending = {**_params(board, tuple(astray)), "to_ids": list(astray.values())}
    found = Reconciled(
        board=board,
        repaired=await _read(conn, LOOK if dry_run else REPAIR, mending),
        orphaned=await _read(conn, LOOK, _params(board, orphans)),
    )
    if found.repaired and not dry_run:
        await _record(conn, found, actor)
    return found


async def _astray(conn: AsyncConnection, board: Board) -> tuple[dict[Slot, str], tuple[Slot, ...]]:
    """The tasks whose column_id is not that of their column, with what it is to be; the orphans."""
    astray: dict[Slot, str] = {}
    orphans = []
    for slot in (await board_rows.slots(conn, [board.key]))[board.key]:
        column = board.place(slot.column_id, slot.stage)
        if column is None:
            orphans.append(slot)
        elif column.id != slot.column_id:
            astray[slot] = column.id
    return astray, tuple(orphans)


async def _record(conn: AsyncConnection, found: Reconciled, actor: Actor) -> None:
    details = {
        "name": found.board.name,
        "repaired": len(found.repaired),
        "orphaned": len(found.orphaned),
    }
    await audit.record(conn, found.board.key, "reconciled", actor, details, entity_type="board")


def _params(board: Board, slots: Sequence[Slot]) -> dict[str, Any]:
    return {
        "board": board.id,
        "ids": [slot.column_id for slot in slots],
        "stages": [slot.stage for slot in slots],
    }


async def _read(conn: AsyncConnection, query: str, params: dict[str, Any]) -> tuple[Astray, ...]:
    if not params["ids"]:
        return ()
    async with conn.cursor(row_factory=class_row(Astray)) as cursor:
        await cursor.execute(query, params)
        found = await cursor.fetchall()
    return tuple(sorted(found, key=lambda task: (task.seq, task.id)))
