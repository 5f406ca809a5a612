"""What the schedules' screen asks, and what it writes."""

from __future__ import annotations

from collections.abc import Sequence

from genie_tui.domain.actors import Actor
from genie_tui.domain.schedule_rows import RunRow, ScheduleRow
from genie_tui.services import schedule_objects, schedules
from genie_tui.ui.backend.transactions import Transaction

__all__ = ["SchedulesDesk"]

RUNS = 60
"""So many runs of a schedule are shown."""


class SchedulesDesk:
    """Reads schedules and runs; fires, pauses and calls off."""

    def __init__(self, transaction: Transaction, me: Actor) -> None:
        self._transaction = transaction
        self._me = me

    async def rows(self) -> tuple[ScheduleRow, ...]:
        """All that were not called off, by when they are due next."""
        async with self._transaction() as conn:
            return await schedule_objects.rows(conn)

    async def runs(self, schedule_id: str) -> tuple[RunRow, ...]:
        """The newest runs of one, the newest first."""
        async with self._transaction() as conn:
            return await schedule_objects.runs(conn, schedule_id, limit=RUNS)

    async def run_now(self, schedule_id: str) -> None:
        """Fire one out of turn."""
        async with self._transaction() as conn:
            found = await schedules.find(conn, schedule_id)
            await schedules.run_now(conn, found, self._me)

    async def pause(self, schedule_id: str, *, paused: bool) -> None:
        """Have one not fire for now, or fire again."""
        async with self._transaction() as conn:
            found = await schedules.find(conn, schedule_id)
            await (schedules.pause if paused else schedules.resume)(conn, found, self._me)

    async def cancel(self, schedule_id: str) -> int:
        """Call one off for good; how many triggers that waited were skipped."""
        async with self._transaction() as conn:
            return await schedules.cancel(conn, await schedules.find(conn, schedule_id), self._me)

    async def retry(self, run_ids: Sequence[str]) -> None:
        """Fire the triggers of runs again: of all of them, or of none."""
        async with self._transaction() as conn:
            for run_id in run_ids:
                await schedules.retry_run(conn, run_id, self._me)
