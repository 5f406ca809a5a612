"""Boards as programs read them: the columns of the table under their own names, and counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from genie_tui.domain.boards import Board, decoded
from genie_tui.domain.columns import Slot
from genie_tui.services.board_rows import slots
from genie_tui.services.cards import clamped

__all__ = ["object_of", "objects"]

ROWS = f"""
    SELECT b.id AS key, b.id, b.name, NULL::text AS type_id, b.project_id, p.name AS project,
           b.description, b.columns, b.config, {clamped("b.created_at")} AS created_at,
           {clamped("b.updated_at")} AS updated_at
      FROM boards b LEFT JOIN projects p ON p.id = b.project_id
     WHERE b.id = ANY(%(keys)s)
     UNION ALL
    SELECT 'type:' || y.id, NULL, y.name || ' (no board)', y.id, NULL, NULL, y.description,
           y.stages, NULL, {clamped("y.created_at")}, {clamped("y.updated_at")}
      FROM task_types y
     WHERE 'type:' || y.id = ANY(%(keys)s)
"""


async def objects(conn: AsyncConnection, boards: Sequence[Board]) -> list[dict[str, Any]]:
    """Boards, in this order, each with its `counts` of tasks, whatever the tasks' projects.

    `columns` and `config` are as they are stored, decoded. `counts` has `open`, `all` and
    `orphaned`, and of each column in order `id`, `name`, `open` and `all`.
    """
    keys = [board.key for board in boards]
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(ROWS, {"keys": keys})
        rows = {row.pop("key"): row for row in await cursor.fetchall()}
    standing = await slots(conn, keys)
    return [
        {
            **rows[board.key],
            "columns": decoded(rows[board.key]["columns"]),
            "config": decoded(rows[board.key]["config"]),
            "counts": counts(board, standing[board.key]),
        }
        for board in boards
        if board.key in rows
    ]


async def object_of(conn: AsyncConnection, board: Board) -> dict[str, Any]:
    """One board, which there is."""
    return (await objects(conn, [board]))[0]


def counts(board: Board, standing: Sequence[Slot]) -> dict[str, Any]:
    """How many tasks stand in each column of a board, and how many in none."""
    in_columns = [[0, 0] for _ in board.columns]
    orphaned = 0
    for slot in standing:
        column = board.place(slot.column_id, slot.stage)
        if column is None:
            orphaned += slot.all
            continue
        # By identity: a board made elsewhere may have the same column twice.
        number = next(at for at, other in enumerate(board.columns) if other is column)
        in_columns[number][0] += slot.open
        in_columns[number][1] += slot.all
    return {
        "open": sum(slot.open for slot in standing),
        "all": sum(slot.all for slot in standing),
        "orphaned": orphaned,
        "columns": [
            {"id": column.id, "name": column.name, "open": still_open, "all": all_}
            for column, (still_open, all_) in zip(board.columns, in_columns, strict=True)
        ],
    }
