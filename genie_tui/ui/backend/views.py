"""What keys do with saved views."""

from __future__ import annotations

from genie_tui.domain.actors import Actor
from genie_tui.domain.filters import Filter
from genie_tui.domain.saved_views import SavedView
from genie_tui.domain.views import View
from genie_tui.services import boards, projects, views
from genie_tui.ui.backend.transactions import Transaction
from genie_tui.ui.workspace import Place

__all__ = ["ViewsDesk"]


class ViewsDesk:
    """Reads what was saved, and saves how a board is looked at."""

    def __init__(self, transaction: Transaction, me: Actor) -> None:
        self._transaction = transaction
        self._me = me

    async def all(self) -> tuple[SavedView, ...]:
        """Everybody's, by name."""
        async with self._transaction() as conn:
            return await views.list_views(conn)

    async def place(self, saved: SavedView) -> Place:
        """The board that a view shows."""
        async with self._transaction() as conn:
            board = await boards.find_board(conn, saved.board_key)
            id_ = board.project_id or saved.project_id
            project = await projects.get_project(conn, id_) if id_ is not None else None
        return Place(
            board=board,
            project_id=project.id if project else None,
            project_name=project.name if project else None,
        )

    async def save(
        self, name: str, place: Place, filter_: Filter, view: View, *, replace: bool = False
    ) -> SavedView:
        """Keep how a board is looked at; a Conflict where it has such a view already."""
        async with self._transaction() as conn:
            return await views.save_view(
                conn,
                name,
                board_key=place.board.key,
                project_id=place.project_id,
                filter=str(filter_),
                view=view,
                actor=self._me,
                replace=replace,
            )

    async def rename(self, saved: SavedView, name: str) -> bool:
        """Give a view another name."""
        async with self._transaction() as conn:
            return await views.rename_view(conn, saved.id, name, self._me)

    async def delete(self, saved: SavedView) -> str:
        """Forget a view; its name."""
        async with self._transaction() as conn:
            return await views.delete_view(conn, saved.id, self._me)
