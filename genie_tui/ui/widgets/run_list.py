"""The runs of a schedule, a line each, the newest first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar

from genie_tui.domain.durations import short
from genie_tui.domain.schedule_rows import RunRow
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.listing import Listing
from genie_tui.ui.widgets.plain import cell_len, clean, fit
from genie_tui.ui.widgets.schedule_list import mark, style_of

__all__ = ["RunList", "took"]


def took(run: RunRow) -> str:
    """How long it took: `4.1s`, `12m`; empty where that is not known."""
    if run.seconds is None:
        return ""
    return f"{run.seconds:.1f}s" if run.seconds < 10 else short(timedelta(seconds=run.seconds))


class RunList(Listing[RunRow]):
    """`✗ 23 Nov 02:00  4.1s  failed (1)  exit code 1: 3 tests failed`."""

    PREFIX = "runs"
    EMPTY = "it has not run yet; a daemon fires it: 'genie-tui daemon start'"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "runs--bad",
        "runs--cursor",
        "runs--dim",
        "runs--on",
        "runs--run",
        "runs--text",
    }
    DEFAULT_CSS = """
    RunList {
        color: $foreground; background: $background;
        .runs--bad { color: $error; }
        .runs--cursor { color: $primary; text-style: bold; }
        .runs--dim { color: $foreground 55%; }
        .runs--on { color: $success; }
        .runs--run { color: $accent; }
        .runs--text { color: $foreground 85%; }
    }
    """

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        local: Callable[[datetime], datetime] = datetime.astimezone,
    ) -> None:
        super().__init__(ascii=ascii)
        self._local = local

    def key(self, item: RunRow) -> str:
        """Its id."""
        return item.id

    def line(self, item: RunRow, width: int, *, cursor: bool) -> Line:
        """When, how long, how, and why."""
        at = self._local(item.started_at or item.created_at)
        left: list[Piece] = [
            (self.marks.cursor if cursor else " ", "cursor"),
            (f"{mark(item.status, self.marks)} ", style_of(item.status)),
            (f"{at.day:>2} {at:%b %H:%M}  ", "text" if cursor else "dim"),
            (f"{took(item):>5}  ", "text"),
        ]
        room = width - sum(cell_len(text) for text, _ in left) - 1
        said = item.word if not item.failed else f"{item.word}  {clean(item.reason)}"
        return (*left, (fit(said, max(room, 0), self.marks.ellipsis), style_of(item.status)))
