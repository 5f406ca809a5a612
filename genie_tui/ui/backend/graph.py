"""What the graph's screen asks."""

from __future__ import annotations

from genie_tui.domain.boards import Board
from genie_tui.domain.graph import Graph
from genie_tui.services import boards, graph
from genie_tui.ui.backend.transactions import Transaction
from genie_tui.ui.workspace import Place

__all__ = ["GraphDesk"]


class GraphDesk:
    """Reads dependencies as graphs."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def around(self, task_id: str) -> Graph:
        """What a task waits for, and what waits for it."""
        async with self._transaction() as conn:
            return await graph.around(conn, task_id)

    async def of_board(self, place: Place) -> Graph:
        """The dependencies of a board's tasks."""
        async with self._transaction() as conn:
            return await graph.of_board(conn, place.board, project_id=place.project_id)

    async def of_project(self, project_id: str | None) -> Graph:
        """Those of a project's, or of all tasks."""
        async with self._transaction() as conn:
            return await graph.of_project(conn, project_id)

    async def board(self, key: str) -> Board:
        """The board of that key, which another task's columns are of."""
        async with self._transaction() as conn:
            return await boards.find_board(conn, key)
