"""What the command palette finds by name."""

from __future__ import annotations

from genie_tui.domain.tasks import Task
from genie_tui.services import finding, tasks
from genie_tui.services.finding import FoundAgent, FoundTask
from genie_tui.ui.backend.transactions import Transaction

__all__ = ["FindingDesk"]


class FindingDesk:
    """Looks things up for somebody who is typing."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def tasks(self, text: str, project_id: str | None) -> tuple[FoundTask, ...]:
        """Tasks by their numbers or the words of their titles."""
        async with self._transaction() as conn:
            return await finding.tasks(conn, text, project_id=project_id)

    async def agents(self, text: str) -> tuple[FoundAgent, ...]:
        """Agents by their names, roles or teams."""
        async with self._transaction() as conn:
            return await finding.agents(conn, text)

    async def task(self, task_id: str) -> Task:
        """One task."""
        async with self._transaction() as conn:
            return await tasks.get_task(conn, task_id)
