"""What the metrics screen asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genie_tui.domain.metrics import Metrics
from genie_tui.services import metrics, releases
from genie_tui.ui.backend.transactions import Transaction

if TYPE_CHECKING:
    from genie_tui.ui.workspace import Place

__all__ = ["MetricsDesk"]


class MetricsDesk:
    """Reads how work flows on a board; days are those of the reader's time zone."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def read(self, place: Place, days: int, release: str = "") -> Metrics:
        """The last days up to now, today included."""
        async with self._transaction() as conn:
            return await metrics.lately(
                conn, place.board, days, project_id=place.project_id, release=release
            )

    async def releases(self, place: Place) -> tuple[tuple[str, int], ...]:
        """The releases of the project, with how many of their tasks are open."""
        async with self._transaction() as conn:
            found = await releases.objects(conn, project_id=place.project_id)
        return tuple((row["id"], row["open"]) for row in found)
