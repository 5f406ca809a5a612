"""Schedules: when they are due, how their runs went, and what a run writes while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget

from genie_tui.domain.changes import Change, EventKind
from genie_tui.domain.schedule_rows import RunRow, ScheduleRow, due_within
from genie_tui.errors import GenieError
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.lists import BACK
from genie_tui.ui.keys.schedules import SCHEDULES
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.schedule_verbs import ScheduleVerbs
from genie_tui.ui.widgets.footer import Hint
from genie_tui.ui.widgets.marks import marks
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.pane import Pane
from genie_tui.ui.widgets.run_list import RunList
from genie_tui.ui.widgets.schedule_list import ScheduleList
from genie_tui.ui.widgets.schedule_parts import about
from genie_tui.ui.widgets.search import Search
from genie_tui.ui.widgets.timeline import Timeline
from genie_tui.ui.workspace import Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["SchedulesPage"]

READ_AFTER = 0.05
"""Seconds that the cursor rests on a schedule before its runs are read."""


class SchedulesPage(ScheduleVerbs, inherit_bindings=False):
    """The time to come, the schedules, the runs of one of them, and one run in full."""

    NAME = "Schedules"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*SCHEDULES, *BACK))
    # What a command writes is announced by nobody; neither is what other clients do with schedules.
    AGAIN = 2.0
    HINTS = (
        "list.open",
        "schedules.run",
        "schedules.retry",
        "schedules.pause",
        "schedules.failures",
        "schedules.mark",
        "schedules.search",
        "app.next_panel",
        "app.palette",
        "screen.back",
    )
    DEFAULT_CSS = """
    SchedulesPage {
        #schedules { layout: horizontal; height: 1fr; }
        ScheduleList { width: 11fr; height: 1fr; }
        #runs { width: 9fr; height: 1fr; border-left: solid $foreground 22%; }
        RunList { height: 2fr; }
        #run { height: 3fr; border-top: solid $foreground 22%; }
        &.-narrow #schedules, &.-pair #schedules, &.-compact #schedules { layout: vertical; }
        &.-narrow, &.-pair, &.-compact {
            ScheduleList { width: 100%; height: 2fr; }
            #runs { width: 100%; height: 3fr; border-left: none;
                    border-top: solid $foreground 22%; }
        }
        &.-status #schedules, &.-status Search { display: none; }
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.timeline = Timeline(ascii=self.ascii)
        self.list = ScheduleList(ascii=self.ascii)
        self.run_list = RunList(ascii=self.ascii)
        self.about = Pane(id="run")
        self.search = Search("name, command, when, or how it went")
        self._rows: tuple[ScheduleRow, ...] = ()
        self._only_failures = False
        self._runs: tuple[str, tuple[RunRow, ...]] = ("", ())
        self._told = ""
        self._reading: Latest[str] = Latest(self._read_runs, delay=READ_AFTER)

    def body(self) -> Iterable[Widget]:
        """The time to come; below it the schedules, and the runs of one."""
        yield self.timeline
        yield self.search
        yield Container(self.list, Container(self.run_list, self.about, id="runs"), id="schedules")

    def on_mount(self) -> None:
        """The list has the keys."""
        self.set_focus(self.list)
        self.run_worker(self._reading.run(), group="reading")

    # What is read

    def concerned(self, change: Change) -> bool:
        """A run that began or ended."""
        return change.reread or any(event.kind is EventKind.RUN for event in change.events)

    async def read(self, backend: Backend) -> None:
        """All schedules, and then the runs of the one under the cursor."""
        self._rows = await backend.schedules.rows()
        self._narrow()
        if (row := self.list.item) is not None:
            self._reading.ask(row.id)

    def _narrow(self) -> None:
        text = self.search.text
        shown = [
            row
            for row in self._rows
            if row.matches(text) and (row.failed or not self._only_failures)
        ]
        self.list.show_rows(shown)
        self._show_times()
        if self.heading():
            self.show_bearings()

    def _show_times(self) -> None:
        self.timeline.show(due_within(self._rows, datetime.now(UTC), self.timeline.span))

    async def _read_runs(self, schedule_id: str) -> None:
        if (backend := self.workspace.backend) is None:
            return
        try:
            runs = await backend.schedules.runs(schedule_id)
        except GenieError:
            # The list itself is read again, and says what is wrong.
            return
        if self.list.item is not None and self.list.item.id == schedule_id:
            other = self._runs[0] != schedule_id
            self._runs = (schedule_id, runs)
            self.run_list.show(runs)
            if other:
                self.run_list.action_go_edge(False)

    @on(ScheduleList.Selected, "ScheduleList")
    def _selected(self, event: ScheduleList.Selected) -> None:
        event.stop()
        row: ScheduleRow | None = event.item
        if row is None:
            self._runs = ("", ())
            self.run_list.show(())
            self.about.show(_nothing(bool(self._rows)), top=True)
            return
        self.timeline.choose(row.id, row.name)
        if row.id != self._runs[0]:
            self.run_list.show(())
            self._reading.ask(row.id)
        self._tell()

    @on(RunList.Selected, "RunList")
    def _run_selected(self, event: RunList.Selected) -> None:
        event.stop()
        self._tell()

    def _tell(self) -> None:
        """The schedule and the run under the cursors; what a run writes is followed at its end."""
        if (row := self.list.item) is None:
            return
        runs = self._runs[1] if self._runs[0] == row.id else ()
        run = self.run_list.item if runs else None
        told = f"{row.id} {run.id if run else ''}"
        other, self._told = told != self._told, told
        at_end = self.about.is_vertical_scroll_end and not other
        self.about.show(
            about(
                row,
                runs,
                run,
                now=datetime.now(UTC),
                local=datetime.astimezone,
                marks=marks(ascii=self.ascii),
            ),
            top=other,
        )
        if run is not None and run.goes_on and at_end and self.about.max_scroll_y:
            self.about.end_when_laid_out()

    def on_resize(self, event: events.Resize) -> None:
        """What had the focus may be gone."""
        del event
        if self.focused is None:
            self.set_focus(self.list)

    # What keys act on

    def hints(self) -> list[Hint]:
        """While one types, what ends that."""
        if self.is_mounted and self.focused is not None and self.search in self.focused.ancestors:
            return self._hints(("search.keep", "search.drop"))
        return super().hints()

    def heading(self) -> str:
        """Where there is one line for all, how many there are, and how many failed."""
        if not self.has_class("-compact") or self.has_class("-status"):
            return ""
        failed = sum(row.failed for row in self._rows)
        return f"Schedules {len(self._rows)}{f', {failed} failed' if failed else ''}"

    def schedule(self) -> ScheduleRow | None:
        """The one under the cursor."""
        return self.list.item

    def failures(self) -> Sequence[tuple[ScheduleRow, RunRow]]:
        """What is marked and failed; else the run under the cursor, or its schedule's newest."""
        if self.list.marked:
            return [
                (row, row.last)
                for row in self._rows
                if row.id in self.list.marked and row.last is not None and row.failed
            ]
        if (row := self.list.item) is None:
            return []
        run = self.run_list.item if self.focused is self.run_list else row.last
        return [(row, run)] if run is not None and run.failed else []

    def unmark(self) -> None:
        """None is marked any more."""
        self.list.mark(frozenset())

    # Keys

    @on(ScheduleList.Opened, "ScheduleList")
    def _opened(self, event: ScheduleList.Opened) -> None:
        """On to its runs."""
        event.stop()
        self.set_focus(self.run_list)

    @on(RunList.Opened, "RunList")
    def _run_opened(self, event: RunList.Opened) -> None:
        """On to what it wrote."""
        event.stop()
        self.set_focus(self.about)

    def action_mark(self) -> None:
        """Mark it, or not any more; and on to the next."""
        if (row := self.list.item) is not None:
            self.list.mark(self.list.marked ^ {row.id})
            self.list.action_go(1)

    def action_mark_failed(self) -> None:
        """Mark all that failed; or none, where they are."""
        failed = frozenset(row.id for row in self.list.items if row.failed)
        self.list.mark(frozenset() if self.list.marked >= failed else self.list.marked | failed)
        self.say(f"{len(self.list.marked)} marked" if self.list.marked else "none is marked")

    def action_failures(self) -> None:
        """Only what failed, or all."""
        self._only_failures = not self._only_failures
        self._narrow()
        self.say("only what failed" if self._only_failures else "all schedules")

    def action_zoom(self, by: int) -> None:
        """More or less of the time to come."""
        self.say(f"the next {self.timeline.zoom(by)}")
        self._show_times()

    def action_search(self) -> None:
        """Narrow the list down."""
        self.search.open()
        self.show_bearings()

    @on(Search.Searched)
    def _searched(self, event: Search.Searched) -> None:
        event.stop()
        self._narrow()

    @on(Search.Closed)
    def _search_closed(self, event: Search.Closed) -> None:
        event.stop()
        self.set_focus(self.list)
        self.show_bearings()

    def action_copy(self) -> None:
        """The schedule's id, to the clipboard."""
        if (row := self.meant()) is not None:
            self.app.copy_to_clipboard(row.id)
            self.say(f"{row.id} is in the clipboard, if this terminal takes it", tone=Tone.GOOD)

    async def action_back(self) -> None:
        """From the output to the runs, from there to the list; from there to the board."""
        if self.focused is self.about:
            self.set_focus(self.run_list)
        elif self.focused is self.run_list:
            self.set_focus(self.list)
        else:
            await super().action_back()


def _nothing(some: bool) -> Content:
    """What is said where no schedule is shown."""
    text = "no schedule is like that; / and w show more"
    if not some:
        text = (
            "Commands that run by themselves stand here. 'genie-tui schedule create' makes one, "
            "and a daemon fires it: 'genie-tui daemon start'."
        )
    return Content.styled(text, "$foreground 55%")
