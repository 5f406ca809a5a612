"""A board's row, held for writing: nobody else changes it, or puts a task there, meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.columns import Layout, Slot
from genie_tui.errors import Conflict, NotFound, Refused
from genie_tui.services import audit, updating
from genie_tui.services.cards import BOARD_KEY, clamped

__all__ = ["BoardRow", "Update", "hold", "hold_tasks", "slots", "taken", "write"]

# Not NO KEY: a task that is on its way to a column holds the row's key.
HOLD = f"""
    SELECT b.id, b.name, b.project_id, b.description, b.columns, b.config,
           {clamped("b.updated_at")} AS updated_at
      FROM boards b
     WHERE b.id = %(id)s
       FOR UPDATE
"""

# Other clients move tasks without a look at the board's lock: so their tasks are held, in the
# order in which whoever acts on many holds them.
HOLD_TASKS = """
    SELECT count(*)
      FROM (SELECT t.id FROM tasks t
             WHERE t.board_id = %(id)s
             ORDER BY t.id
               FOR NO KEY UPDATE) held
"""

SLOTS = f"""
    SELECT {BOARD_KEY} AS board, coalesce(t.column_id, '') AS column_id, t.stage,
           count(*) FILTER (WHERE t.status NOT IN ('done', 'cancelled')) AS open, count(*) AS all
      FROM tasks t
     WHERE {BOARD_KEY} = ANY(%(keys)s)
     GROUP BY 1, 2, 3
     ORDER BY 1, 2, 3
"""


# Not the transaction's time: one that began earlier may have waited for this one.
@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """A board as it is stored."""

    id: str
    name: str
    project_id: str | None
    description: str | None
    columns: Any
    config: Any
    updated_at: datetime

    @property
    def layout(self) -> Layout:
        """Its columns and limits.

        Raises:
            BadInput: the columns are no list.
        """
        return Layout.read(self.columns, self.config)


async def hold(conn: AsyncConnection, board: Board, seen: datetime | None = None) -> BoardRow:
    """A board's row, held until the transaction ends.

    `seen` is the board's updated_at as the actor saw it, where they decided by what they saw.

    Raises:
        Refused: the board is made up, and has no row.
        NotFound: it is gone.
        Conflict: it was changed since it was seen.
    """
    if board.id is None:
        raise Refused(
            f"{board.name} is made up of the stages of the task type {board.type_id!r}; "
            "'genie-tui board create NAME' makes a board whose columns can be changed"
        )
    async with conn.cursor(row_factory=class_row(BoardRow)) as cursor:
        await cursor.execute(HOLD, {"id": board.id})
        row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"the board {board.name} is gone; 'genie-tui board list' shows what is left")
    if seen is not None and row.updated_at != seen:
        raise Conflict(f"the board {row.name} was changed meanwhile; look at it again and repeat")
    return row


async def hold_tasks(conn: AsyncConnection, row: BoardRow) -> int:
    """Keep others from writing a held board's tasks until the transaction ends; how many."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(HOLD_TASKS, {"id": row.id})
        found = await cursor.fetchone()
    assert found is not None
    return int(found[0])


async def slots(conn: AsyncConnection, keys: Sequence[str]) -> dict[str, tuple[Slot, ...]]:
    """Where the tasks of boards stand, by `Board.key`; whatever their projects."""
    found: dict[str, list[Slot]] = {key: [] for key in keys}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(SLOTS, {"keys": list(keys)})
        for board, column_id, stage, still_open, all_ in await cursor.fetchall():
            slot = Slot(column_id=column_id, stage=stage, open=still_open, all=all_)
            found[board].append(slot)
    return {key: tuple(of_board) for key, of_board in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What an audit row tells of a change of a board."""

    event: str
    details: Mapping[str, Any]


async def write(
    conn: AsyncConnection,
    row: BoardRow,
    values: Mapping[str, Any],
    update: Update,
    actor: Actor | None,
) -> None:
    """Change columns of a held row, with the audit row that tells of it.

    Raises:
        Conflict: there is a board of that name already.
    """
    params = {
        name: audit.json_value(value) if name in ("columns", "config") else value
        for name, value in values.items()
    }
    try:
        await updating.update(conn, "boards", row.id, params, touch=True)
    except errors.UniqueViolation as error:
        raise taken(values["name"]) from error
    details = {"name": row.name, **update.details}
    await audit.record(conn, row.id, update.event, actor, details, entity_type="board")


def taken(name: str) -> Conflict:
    """What is said when a board's name is another's."""
    return Conflict(f"there is a board {name!r} already; choose another name")
