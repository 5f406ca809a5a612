"""What the metrics screen asks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from genie_tui.domain.metrics import Metrics, days_until, slots
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
        now = datetime.now(UTC)
        span = days_until(now.astimezone().date(), days, _midnight)
        async with self._transaction() as conn:
            return await metrics.metrics(
                conn,
                place.board,
                span,
                slots(span),
                project_id=place.project_id,
                release=release,
                now=now,
            )

    async def releases(self, place: Place) -> tuple[tuple[str, int], ...]:
        """The releases of the project, with how many of their tasks are open."""
        async with self._transaction() as conn:
            found = await releases.objects(conn, project_id=place.project_id)
        return tuple((row["id"], row["open"]) for row in found)


def _midnight(day: date) -> datetime:
    """When a day begins here."""
    return datetime.combine(day, time.min).astimezone()
