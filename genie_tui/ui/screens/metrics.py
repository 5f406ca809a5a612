"""Metrics: how work flows on the board, drawn and in figures, over a week to a year."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from genie_tui.domain.changes import Change
from genie_tui.domain.metrics import RANGES, Metrics
from genie_tui.errors import GenieError
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.lists import BACK
from genie_tui.ui.keys.metrics import METRICS
from genie_tui.ui.screens.reading import ReadingPage
from genie_tui.ui.widgets.marks import marks
from genie_tui.ui.widgets.metrics_charts import Chart, figures, instead
from genie_tui.ui.widgets.metrics_head import MetricsHead
from genie_tui.ui.widgets.metrics_tables import table
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.pane import Pane
from genie_tui.ui.widgets.plot import Plot
from genie_tui.ui.workspace import Place, Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["MetricsPage"]

SHARE = 20
"""A reading that nobody asked for takes one part in so many of the time."""

BOARD = "\0board"
"""Among the releases to choose from, none."""


class MetricsPage(ReadingPage):
    """One chart at a time, with its figures beside or under it."""

    NAME = "Metrics"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*METRICS, *BACK))
    AGAIN = 10.0
    HINTS = (
        "metrics.next",
        "metrics.previous",
        "metrics.longer",
        "metrics.shorter",
        "metrics.release",
        "pane.down",
        "app.palette",
        "screen.back",
    )
    DEFAULT_CSS = """
    MetricsPage {
        MetricsHead { height: 1; width: 100%; }
        #charts { layout: horizontal; height: 1fr; }
        Plot { width: 1fr; height: 1fr; margin: 1 1 0 0; }
        #figures { width: 54; height: 1fr; border-left: solid $foreground 22%; }
        &.-narrow #charts, &.-pair #charts, &.-compact #charts { layout: vertical; }
        &.-narrow, &.-pair, &.-compact {
            Plot { width: 100%; height: 55%; margin: 0; }
            #figures {
                width: 100%; height: 1fr; border-left: none; border-top: solid $foreground 22%;
            }
        }
        &.-status #charts, &.-status MetricsHead { display: none; }
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.head = MetricsHead(ascii=self.ascii)
        self.plot = Plot(ascii=self.ascii)
        self.figures = Pane(id="figures")
        self.chart = Chart.FLOW
        self.days = 30
        self._release = ""
        self._metrics: Metrics | None = None
        self._took = 0.0
        self._read_at = 0.0

    def body(self) -> Iterable[Widget]:
        """Which chart, the chart, and its figures."""
        yield self.head
        yield Container(self.plot, self.figures, id="charts")

    def on_mount(self) -> None:
        """The figures have the keys; until they are read, that is said."""
        self.set_focus(self.figures)
        self.plot.show((), "reading")
        self._show_head()

    def concerned(self, change: Change) -> bool:
        """Of a year, nobody sees a second; it is read every so often."""
        return change.reread

    def _placed(self, place: Place) -> None:
        self._release = ""
        super()._placed(place)

    def _look_again(self) -> None:
        if time.monotonic() - self._read_at > self._took * SHARE:
            super()._look_again()

    async def read(self, backend: Backend) -> None:
        """Everything, for all charts."""
        if (place := self.workspace.place) is None:
            return
        begun, asked = time.monotonic(), (self.days, self._release)
        found = await backend.metrics.read(place, *asked)
        self._read_at = time.monotonic()
        self._took = self._read_at - begun
        if asked == (self.days, self._release) and place.same_as(self.workspace.place):
            self._metrics = found
            self._show()

    # Showing

    def on_resize(self, event: events.Resize) -> None:
        """Tables get another width."""
        del event
        self.call_after_refresh(self._show)

    def _show(self, *, top: bool = False) -> None:
        self._show_head()
        if (metrics := self._metrics) is None:
            return
        self.plot.show(figures(metrics, self.chart), instead(metrics, self.chart))
        width = max(self.figures.scrollable_content_region.width - 1, 30)
        told = table(metrics, self.chart, width, marks(ascii=self.ascii))
        self.figures.show(told, top=top)

    def _show_head(self) -> None:
        self.head.show(self.chart, self.days)

    def heading(self) -> str:
        """The chart, where there is one line for all."""
        compact = self.has_class("-compact") and not self.has_class("-status")
        return f"{self.chart}, {self.days} days" if compact else ""

    # Keys

    def action_turn(self, step: int) -> None:
        """Another chart of what was read."""
        self.chart = self.chart.other(step)
        self._show(top=True)
        self.show_bearings()

    def action_lengthen(self, step: int) -> None:
        """So many steps further back, or less far."""
        place = min(max(RANGES.index(self.days) + step, 0), len(RANGES) - 1)
        self.action_look_back(RANGES[place])

    def action_look_back(self, days: int) -> None:
        """The last days, so many."""
        if days != self.days:
            self.days = days
            self._show_head()
            self.show_bearings()
            self.reread()

    async def action_release(self) -> None:
        """Choose what is burned down."""
        place, backend = self.workspace.place, self.workspace.backend
        if place is None or backend is None:
            return

        async def choose() -> None:
            try:
                await self._offer(await backend.metrics.releases(place))
            except GenieError as error:
                self.say(str(error), tone=Tone.BAD)

        self.run_worker(self.workspace.keyboard.keep_during(choose()), group="picking")

    async def _offer(self, releases: tuple[tuple[str, int], ...]) -> None:
        from genie_tui.ui.widgets.picker import Item, Picker

        if not releases:
            self.say("no task belongs to a release; the board is burned down")
            return
        items = [Item(id=BOARD, text="the whole board", current=not self._release)]
        items += [
            Item(id=name, text=name, note=f"{count} open", current=name == self._release)
            for name, count in releases
        ]

        def chosen(name: str | None) -> None:
            if name is not None:
                self._release = "" if name == BOARD else name
                self.chart = Chart.BURNDOWN
                self._show(top=True)
                self.reread()

        await self.app.push_screen(Picker("Burn down", items, hint="a release"), chosen)
