"""What keys do to a board as a whole: made, named, kept as a template, deleted."""

from __future__ import annotations

from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.column_changes import BoardConflict, Theirs
from genie_tui.domain.column_fields import named
from genie_tui.domain.projects import Project
from genie_tui.errors import BadInput
from genie_tui.services import boards, projects, templates
from genie_tui.services.whereabouts import repository
from genie_tui.ui.backend.transactions import Transaction
from genie_tui.ui.workspace import Place

__all__ = ["BoardsDesk"]

FIRST = "todo"
"""The column with which an empty board begins; without any it could hold no task."""


class BoardsDesk:
    """Each verb is one transaction."""

    def __init__(self, transaction: Transaction, me: Actor) -> None:
        self._transaction = transaction
        self._me = me

    async def templates(self) -> tuple[str, ...]:
        """The names of all templates."""
        async with self._transaction() as conn:
            return tuple(template.name for template in await templates.list_templates(conn))

    async def make(
        self,
        near: Place,
        *,
        name: str,
        description: str,
        template: str | None,
        columns: str,
        shared: bool,
    ) -> Place:
        """A board with the columns of a template, or with new ones: `todo, doing, done`.

        It belongs to the project that is shown, else to this repository's; shared, to none.
        """
        if template is not None and columns.strip():
            raise BadInput("a template and columns both say which columns; give one of them")
        async with self._transaction() as conn:
            project = None if shared else await self._project(conn, near)
            made = await boards.create_board(
                conn,
                name,
                project_id=project.id if project else None,
                description=description.strip() or None,
                template=template,
                columns=None if template else named((columns.strip() or FIRST).split(",")),
                actor=self._me,
            )
            return await self._place(conn, made, near)

    async def duplicate(
        self, near: Place, board: Board, *, name: str, description: str, shared: bool
    ) -> Place:
        """A board with the columns and limits of another, and no task."""
        async with self._transaction() as conn:
            project = None if shared else await self._project(conn, near)
            made = await boards.create_board(
                conn,
                name,
                project_id=project.id if project else None,
                description=description.strip() or None,
                columns=board.columns,
                limits=board.wip,
                actor=self._me,
            )
            return await self._place(conn, made, near)

    async def edit(
        self, base: Board, *, name: str | None, description: str | None
    ) -> tuple[str, ...]:
        """Rename or describe a board, unless somebody else did since it was `base`.

        Raises:
            BoardConflict: they did; it holds the board as it is now.
        """
        async with self._transaction() as conn:
            now = await boards.find_board(conn, base.key)
            changed = []
            if name is not None and now.name != base.name:
                changed.append(Theirs(field="name", value=now.name))
            if description is not None and now.description != base.description:
                changed.append(Theirs(field="description", value=now.description or ""))
            if changed:
                raise BoardConflict(now, changed)
            return await boards.edit_board(
                conn,
                now,
                name=name,
                description=description,
                actor=self._me,
                seen=now.updated_at,
            )

    async def keep(self, board: Board, *, name: str, description: str) -> str:
        """The board's columns as a template; its name."""
        async with self._transaction() as conn:
            kept = await templates.create_template(
                conn,
                name,
                columns=board.columns,
                description=description.strip() or None,
                actor=self._me,
            )
        return kept.name

    async def check_unused(self, board: Board) -> None:
        """A Refused, with how many tasks refer to the board, where any do."""
        async with self._transaction() as conn:
            await boards.check_unused(conn, board)

    async def delete(self, place: Place) -> Place:
        """Delete a board to which no task refers; where to go from there."""
        async with self._transaction() as conn:
            await boards.delete_board(conn, place.board, self._me)
            return await self._place(conn, await boards.first_board(conn, place.project_id), place)

    async def _project(self, conn: AsyncConnection, near: Place) -> Project:
        id_ = near.board.project_id or near.project_id
        if id_ is not None:
            return await projects.get_project(conn, id_)
        return await projects.ensure_project(conn, repository(), self._me)

    async def _place(self, conn: AsyncConnection, board: Board, near: Place) -> Place:
        id_ = board.project_id or near.project_id
        project = await projects.get_project(conn, id_) if id_ is not None else None
        return Place(
            board=board,
            project_id=project.id if project else None,
            project_name=project.name if project else None,
        )
