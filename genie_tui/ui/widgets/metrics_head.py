"""Which chart is shown, and over how many days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from genie_tui.domain.metrics import RANGES
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.metrics_charts import Chart
from genie_tui.ui.widgets.plain import cell_len

__all__ = ["MetricsHead"]


class MetricsHead(Drawn):
    """The charts' names, and the ranges; what is shown stands in brackets, too."""

    PREFIX = "metrics"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"metrics--current", "metrics--dim", "metrics--name"}
    DEFAULT_CSS = """
    MetricsHead {
        color: $foreground; background: $background;
        .metrics--current { color: $primary; text-style: bold; }
        .metrics--dim { color: $foreground 50%; }
        .metrics--name { color: $foreground 75%; }
    }
    """

    def __init__(self, *, ascii: bool = False) -> None:  # noqa: A002 - the option's own name
        super().__init__(ascii=ascii)
        self._chart = Chart.FLOW
        self._days = RANGES[0]

    def show(self, chart: Chart, days: int) -> None:
        """Tell what is shown."""
        self._chart, self._days = chart, days
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """All that fits; where that is little, what is shown alone."""
        del height
        charts = [_name(chart.value, chart is self._chart) for chart in Chart]
        ranges = [_name(f"{days}d", days == self._days) for days in RANGES]
        for left, right in ((charts, ranges), (charts, [_name(f"{self._days}d", True)])):
            gap = width - sum(cell_len(text) for text, _ in (*left, *right)) - 1
            if gap >= 1:
                return [((" ", ""), *left, (" " * (gap - 1), ""), *right, (" ", ""))]
        here = list(Chart).index(self._chart) + 1
        count = (f" {here}/{len(Chart)} ", "dim")
        return [((" ", ""), _name(self._chart.value, True), count, _name(f"{self._days}d", True))]


def _name(text: str, current: bool) -> Piece:
    return (f"[{text}]", "current") if current else (f" {text} ", "name")
