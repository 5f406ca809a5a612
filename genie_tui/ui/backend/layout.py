"""What keys do to a board itself: its columns, its name, boards made and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.column_fields import Fields, Settings
from genie_tui.domain.columns import Where
from genie_tui.errors import BadInput
from genie_tui.services import boards, columns, templates
from genie_tui.services.columns import Changed
from genie_tui.ui.backend.transactions import Transaction

if TYPE_CHECKING:
    from genie_tui.ui.workspace import Place

__all__ = ["LayoutDesk"]


class LayoutDesk:
    """Each is one transaction; an edit of what somebody else has changed meanwhile is refused."""

    def __init__(self, transaction: Transaction, me: Actor) -> None:
        self._transaction = transaction
        self._me = me

    async def add(
        self, board: Board, name: str, after: str | None, **settings: Unpack[Settings]
    ) -> None:
        """A column after another one; last where there is none."""
        async with self._transaction() as conn:
            where = Where(after=after)
            await columns.add_column(conn, board, name, where=where, actor=self._me, **settings)

    async def edit(self, board: Board, column_id: str, **fields: Unpack[Fields]) -> Changed:
        """Change what is given of a column, unless the board was changed since it was seen."""
        async with self._transaction() as conn:
            return await columns.edit_column(
                conn, board, column_id, actor=self._me, seen=board.updated_at, **fields
            )

    async def move(self, board: Board, column_id: str, where: Where) -> None:
        """Put a column elsewhere among the others."""
        async with self._transaction() as conn:
            await columns.move_column(conn, board, column_id, where, actor=self._me)

    async def remove(self, board: Board, column_id: str, to: str | None) -> Changed:
        """Take a column away; its tasks go to another."""
        async with self._transaction() as conn:
            return await columns.remove_column(conn, board, column_id, to=to, actor=self._me)

    async def rename(self, board: Board, name: str, description: str) -> None:
        """Another name or description."""
        async with self._transaction() as conn:
            await boards.edit_board(
                conn,
                board,
                name=name,
                description=description,
                actor=self._me,
                seen=board.updated_at,
            )

    async def templates(self) -> tuple[str, ...]:
        """The names of all templates."""
        async with self._transaction() as conn:
            return tuple(template.name for template in await templates.list_templates(conn))

    async def create(self, near: Place, name: str, template: str, description: str) -> Board:
        """A board in the project that is shown, or a global one where that is none."""
        async with self._transaction() as conn:
            return await boards.create_board(
                conn,
                name,
                project_id=near.board.project_id or near.project_id,
                description=description.strip() or None,
                template=template,
                actor=self._me,
            )

    async def keep(self, board: Board, name: str) -> None:
        """The board's columns as a template."""
        async with self._transaction() as conn:
            await templates.create_template(
                conn, name, columns=board.columns, description=board.description, actor=self._me
            )

    async def delete(self, board: Board) -> None:
        """A board to which no task refers."""
        if board.id is None:
            raise BadInput("this board is made up of the stages of a task type; it stays")
        async with self._transaction() as conn:
            await boards.delete_board(conn, board, self._me)
