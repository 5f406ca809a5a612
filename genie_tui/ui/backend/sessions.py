"""What the sessions' screen asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from genie_tui.domain.session_facts import Hit, Overview, Spending
from genie_tui.domain.task_parts import Transcript
from genie_tui.services import costs, metrics, session_reading, task_transcripts
from genie_tui.ui.backend.transactions import Transaction

if TYPE_CHECKING:
    from genie_tui.ui.workspace import Place

__all__ = ["SessionsDesk"]

DAYS = 30
"""So far back reach the reports of what was spent."""

SHOWN = 200
"""Sessions, or turns of one."""


class SessionsDesk:
    """Reads sessions, what was said in them and what it cost."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def rows(self, place: Place) -> tuple[Overview, ...]:
        """The newest sessions of the project."""
        async with self._transaction() as conn:
            return await session_reading.overview(conn, project_id=place.project_id, limit=SHOWN)

    async def hits(self, place: Place, words: str) -> tuple[Hit, ...]:
        """Turns that hold words."""
        async with self._transaction() as conn:
            return await session_reading.search(conn, words, project_id=place.project_id)

    async def turns(self, session_id: str, first: int | None = None) -> Transcript:
        """The last turns, or those from one on."""
        async with self._transaction() as conn:
            if first is None:
                return await task_transcripts.before(conn, session_id, limit=SHOWN)
            return await task_transcripts.after(conn, session_id, first - 1, limit=SHOWN)

    async def spent(self, place: Place) -> Mapping[str, tuple[Spending, ...]]:
        """What was spent in the last days: by day, by agent and by model."""
        days = metrics.last_days(DAYS, datetime.now(UTC))
        async with self._transaction() as conn:
            return {
                by: await costs.spent(conn, by, days, project_id=place.project_id)
                for by in ("agent", "model", "task", "day")
            }
