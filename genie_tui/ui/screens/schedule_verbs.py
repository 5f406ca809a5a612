"""What keys do with schedules: run now, pause, retry what failed, call off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genie_tui.domain.boards import Column
from genie_tui.domain.schedule_rows import RunRow, ScheduleRow
from genie_tui.ui.screens.card_page import CardPage
from genie_tui.ui.screens.reading import ReadingPage

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["ScheduleVerbs"]

REASONS = 8
"""So many failures are told with their reasons in a question."""


class ScheduleVerbs(CardPage, ReadingPage, inherit_bindings=False):
    """The keys act on the schedule and the run that are under the cursors."""

    def schedule(self) -> ScheduleRow | None:
        """The schedule that keys act on."""
        raise NotImplementedError

    def failures(self) -> Sequence[tuple[ScheduleRow, RunRow]]:
        """The runs that a retry is about, with their schedules."""
        raise NotImplementedError

    def unmark(self) -> None:
        """What was marked is done with."""
        raise NotImplementedError

    def subject(self) -> None:
        """No task has the cursor."""

    def columns(self) -> tuple[Column, ...]:
        """Nothing is moved from here."""
        return ()

    def meant(self) -> ScheduleRow | None:
        """The one under the cursor; where there is none, that is said."""
        if self.schedule() is None:
            self.say("no schedule is under the cursor")
        return self.schedule()

    def action_run_now(self) -> None:
        """Fire it out of turn."""
        if (row := self.meant()) is None:
            return

        async def run(backend: Backend) -> str:
            await backend.schedules.run_now(row.id)
            self.reread()
            return f"{row.name} is due now"

        self.decide(run)

    def action_pause(self) -> None:
        """Have it not fire for now, or fire again."""
        if (row := self.meant()) is None:
            return
        paused = row.status == "active"
        key = self.workspace.keymap.shown("schedules.pause")

        async def pause(backend: Backend) -> str:
            await backend.schedules.pause(row.id, paused=paused)
            self.reread()
            said = "is paused" if paused else "fires again"
            return f"{row.name} {said}  ({key} takes it back)"

        self.decide(pause)

    def action_retry(self) -> None:
        """Fire what failed again: of what is marked, else of what is under the cursor."""
        failures = self.failures()
        if not failures:
            self.say("nothing failed here that could be tried again")
            return

        async def retry(backend: Backend) -> str:
            await backend.schedules.retry([run.id for _, run in failures])
            self.unmark()
            self.reread()
            names = ", ".join(row.name for row, _ in failures[:3])
            more = f" and {len(failures) - 3} more" if len(failures) > 3 else ""
            return f"tried again: {names}{more}"

        if len(failures) == 1:
            self.decide(retry)
            return
        reasons = tuple(f"{row.name}: {run.reason or run.word}" for row, run in failures[:REASONS])
        if len(failures) > REASONS:
            reasons = (*reasons, f"and {len(failures) - REASONS} more")
        question = f"Try {len(failures)} runs again?"
        self.ask(question, reasons, "Retry", lambda: self.decide(retry))

    def action_cancel_schedule(self) -> None:
        """Call it off for good, after asking."""
        if (row := self.meant()) is None or self.writable() is None:
            return

        async def cancel(backend: Backend) -> str:
            skipped = await backend.schedules.cancel(row.id)
            self.reread()
            return f"{row.name} is called off" + (f", {skipped} skipped" if skipped else "")

        self.ask(
            f"Call {row.name} off for good?",
            (f"It never fires again: {row.expression}, {row.command}", "Its history stays."),
            "Call off",
            lambda: self.decide(cancel),
        )
