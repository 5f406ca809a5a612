"""Schedules, a line each: by when they are due next, with how their newest run went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from genie_tui.domain.durations import short
from genie_tui.domain.schedule_rows import ScheduleRow
from genie_tui.ui.widgets.alarms import Alarms
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.listing import Listing
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len, clean, fit

__all__ = ["ScheduleList", "mark", "style_of"]

NAME_AT_LEAST, NAME_AT_MOST = 10, 24
WHEN_FROM = 76
"""Cells from which there is room for the expression, too."""


def mark(status: str, marks: Marks) -> str:
    """What stands for how a run went."""
    return {
        "completed": marks.done,
        "failed": marks.failed,
        "timeout": marks.failed,
        "cancelled": marks.cancelled,
        "running": marks.alive,
    }.get(status, marks.pending)


def style_of(status: str) -> str:
    """The style of how a run went."""
    return {"completed": "on", "failed": "bad", "timeout": "bad", "running": "run"}.get(
        status, "dim"
    )


class ScheduleList(Listing[ScheduleRow]):
    """`✓ nightly-qa   in 3h   completed 21h ago`; of what failed, why."""

    PREFIX = "schedules"
    EMPTY = "no schedule is like that; 'genie-tui schedule create' makes one"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "schedules--bad",
        "schedules--chosen",
        "schedules--cursor",
        "schedules--dim",
        "schedules--on",
        "schedules--run",
        "schedules--text",
        "schedules--title",
        "schedules--when",
    }
    DEFAULT_CSS = """
    ScheduleList {
        color: $foreground; background: $background;
        .schedules--bad { color: $error; }
        .schedules--chosen { color: $accent; text-style: bold; }
        .schedules--cursor { color: $primary; text-style: bold; }
        .schedules--dim { color: $foreground 55%; }
        .schedules--on { color: $success; }
        .schedules--run { color: $accent; }
        .schedules--text { color: $foreground 85%; }
        .schedules--title { color: $foreground; text-style: bold; }
        .schedules--when { color: $secondary; }
    }
    """

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(ascii=ascii)
        self.marked: frozenset[str] = frozenset()
        self._clock = clock
        self._name_width = NAME_AT_LEAST
        self._alarms = Alarms(self)

    def show_rows(self, rows: Sequence[ScheduleRow]) -> None:
        """Show these; marks stay where they are shown."""
        self.marked &= {row.id for row in rows}
        widest = max((cell_len(clean(row.name)) for row in rows), default=0)
        self._name_width = min(max(widest, NAME_AT_LEAST), NAME_AT_MOST)
        self.show(rows)
        self._alarms.every(1.0 if rows else None, self._tick)

    def mark(self, ids: frozenset[str]) -> None:
        """Mark these, and no other."""
        self.marked = ids
        self.redraw()

    def _tick(self) -> None:
        if self.display and self.region and self.screen.is_current:
            self.redraw()

    def key(self, item: ScheduleRow) -> str:
        """Its id."""
        return item.id

    def line(self, item: ScheduleRow, width: int, *, cursor: bool) -> Line:
        """Its name, when it is due, and how it went."""
        now = self._clock()
        chosen = item.id in self.marked
        status = item.last.status if item.last is not None else ""
        name = min(self._name_width, max(width // 3, 6))
        left: list[Piece] = [
            (self.marks.cursor if cursor else " ", "cursor"),
            (self.marks.chosen if chosen else " ", "chosen"),
            (f"{mark(status, self.marks) if status else ' '} ", style_of(status)),
            (fit(clean(item.name), name, self.marks.ellipsis), "title" if cursor else "text"),
            (f" {self._due(item, now):<7} ", "when" if item.next_at else "dim"),
        ]
        if width >= WHEN_FROM:
            when = fit(clean(item.expression), 14, self.marks.ellipsis)
            left.append((f"{when} ", "dim"))
        room = width - sum(cell_len(text) for text, _ in left) - 1
        return (*left, *self._last(item, room, now), (" ", ""))

    def _due(self, item: ScheduleRow, now: datetime) -> str:
        if item.status != "active":
            return item.status
        if item.next_at is None:
            return "none"
        return f"in {short(item.next_at - now)}" if item.next_at > now else "due"

    def _last(self, item: ScheduleRow, room: int, now: datetime) -> list[Piece]:
        """How the newest run went; of one that failed, also why."""
        if item.last is None or room < 6:
            return [(" " * max(room, 0), "")]
        at = item.last.completed_at or item.last.started_at or item.last.created_at
        said = f"{item.last.word} {short(now - at)}"
        if item.failed:
            said += f"  {clean(item.last.reason)}"
        return [(fit(said, room, self.marks.ellipsis), style_of(item.last.status))]
