"""What keys do to the columns of a board; each is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.column_changes import BoardConflict, Changed
from genie_tui.domain.column_fields import Fields, Settings
from genie_tui.domain.column_rows import Count, Row, Standing, keys, rows
from genie_tui.domain.column_texts import texts, theirs
from genie_tui.domain.columns import Where
from genie_tui.errors import Conflict, NotFound
from genie_tui.services import board_objects, board_rows, boards, columns
from genie_tui.ui.backend.board_making import BoardsDesk
from genie_tui.ui.backend.transactions import Transaction

__all__ = ["LayoutDesk"]


class LayoutDesk:
    """Acts on the board as it is now; `Row.key` tells which column of it is meant.

    What somebody else has done meanwhile is refused only where it is about the same. `boards` is
    for what is about a board as a whole.
    """

    def __init__(self, transaction: Transaction, me: Actor) -> None:
        self._transaction = transaction
        self._me = me
        self.boards = BoardsDesk(transaction, me)

    async def standing(self, board: Board) -> Standing:
        """How many tasks stand in each column, of whatever project."""
        async with self._transaction() as conn:
            slots = (await board_rows.slots(conn, [board.key]))[board.key]
        found = board_objects.counts(board, slots)
        listed = zip(keys(board.columns), found["columns"], strict=True)
        return Standing(
            columns={key: Count(open=of["open"], all=of["all"]) for key, of in listed},
            orphaned=found["orphaned"],
            total=Count(open=found["open"], all=found["all"]),
        )

    async def add(self, board: Board, after: str | None, fields: Mapping[str, Any]) -> str:
        """A column after another, or last where that is gone; its name."""
        settings = dict(fields)
        name = settings.pop("name")
        async with self._transaction() as conn:
            now = await boards.find_board(conn, board.key)
            beside = next((row.address for row in rows(now) if row.key == after), None)
            added = await columns.add_column(
                conn,
                now,
                name,
                where=Where(after=beside),
                actor=self._me,
                **cast(Settings, settings),
            )
        return added.column

    async def edit(self, base: Board, key: str, fields: Fields) -> Changed:
        """Change fields of a column, unless somebody else did since the board was `base`.

        Raises:
            BoardConflict: they changed one of these; it holds the board as it is now.
        """
        async with self._transaction() as conn:
            now, row, address = await self._found(conn, base, key)
            was = next(row for row in rows(base) if row.key == key)
            if changed := theirs(fields, texts(base, was.column), texts(now, row.column)):
                raise BoardConflict(now, changed)
            return await columns.edit_column(
                conn, now, address, actor=self._me, seen=now.updated_at, **fields
            )

    async def shift(self, board: Board, key: str, steps: int) -> Changed:
        """Move a column so many places on, from wherever it is now."""
        async with self._transaction() as conn:
            now, _, address = await self._found(conn, board, key)
            where = Where(steps=steps)
            return await columns.move_column(conn, now, address, where, actor=self._me)

    async def leaving(self, board: Board, key: str) -> Count:
        """How many tasks would have to leave a column before it is removed."""
        async with self._transaction() as conn:
            now, _, address = await self._found(conn, board, key)
            return await columns.leaving(conn, now, address)

    async def remove(self, board: Board, key: str, to: str | None) -> Changed:
        """Take a column away; its tasks go to the one of the key `to`.

        Raises:
            Conflict: tasks have come into it, and there is none for them.
        """
        async with self._transaction() as conn:
            now, _, address = await self._found(conn, board, key)
            if to is None and (await columns.leaving(conn, now, address)).all:
                raise Conflict("tasks have come into it meanwhile; remove it again")
            target = (await self._found(conn, board, to))[2] if to is not None else None
            return await columns.remove_column(conn, now, address, to=target, actor=self._me)

    async def _found(self, conn: AsyncConnection, board: Board, key: str) -> tuple[Board, Row, str]:
        """The board as it is now, and what is meant of it, with its address.

        Raises:
            NotFound: it is gone.
            Conflict: another column goes by all that it does.
        """
        now = await boards.find_board(conn, board.key)
        row = next((row for row in rows(now) if row.key == key), None)
        if row is None:
            known = next((row.column.label for row in rows(board) if row.key == key), "that column")
            raise NotFound(f"{known} is gone; somebody has removed it from the board")
        if row.address is None:
            raise Conflict(
                f"another column has the id and the name of {row.column.label}, too; "
                "give that one another name first"
            )
        return now, row, row.address
