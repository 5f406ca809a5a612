"""What the activity screen asks of one event."""

from __future__ import annotations

from genie_tui.services import event_details
from genie_tui.ui.backend.transactions import Transaction

__all__ = ["EventsDesk"]


class EventsDesk:
    """Reads what a line only hints at."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def details(self, key: tuple[str, str]) -> tuple[str, str]:
        """What it is, and all that it says."""
        async with self._transaction() as conn:
            return await event_details.details_of(conn, key)
