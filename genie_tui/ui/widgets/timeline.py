"""When schedules are due, on a line from now on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from genie_tui.ui.widgets.alarms import Alarms
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import clean, fit

__all__ = ["SPANS", "Timeline"]

SPANS = (
    (timedelta(hours=1), timedelta(minutes=10), "%H:%M", "hour"),
    (timedelta(hours=6), timedelta(hours=1), "%H:%M", "6 hours"),
    (timedelta(days=1), timedelta(hours=3), "%H:%M", "day"),
    (timedelta(days=7), timedelta(days=1), "%a %d", "week"),
    (timedelta(days=30), timedelta(days=5), "%d %b", "30 days"),
)
"""How far one looks, how far apart the labels are and what they say, and what it is called."""

LABEL = 13
"""Cells before the line, for what it is of."""


class Timeline(Drawn):
    """A ruler; how many schedules are due when; and the one under the cursor alone."""

    PREFIX = "timeline"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "timeline--all",
        "timeline--dim",
        "timeline--one",
        "timeline--text",
    }
    DEFAULT_CSS = """
    Timeline {
        height: 3; width: 100%; color: $foreground; background: $background;
        .timeline--all { color: $secondary; }
        .timeline--dim { color: $foreground 45%; }
        .timeline--one { color: $primary; text-style: bold; }
        .timeline--text { color: $foreground 80%; }
    }
    """

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        local: Callable[[datetime], datetime] = datetime.astimezone,
    ) -> None:
        super().__init__(ascii=ascii)
        self._clock = clock
        self._local = local
        self._span = 2
        self._times: Mapping[str, Sequence[datetime]] = {}
        self._one: tuple[str, str] = ("", "")
        self._alarms = Alarms(self)

    @property
    def span(self) -> timedelta:
        """How far one looks."""
        return SPANS[self._span][0]

    def zoom(self, by: int) -> str:
        """Look further or less far; what that is called."""
        self._span = min(max(self._span + by, 0), len(SPANS) - 1)
        self.redraw()
        return SPANS[self._span][3]

    def show(self, times: Mapping[str, Sequence[datetime]]) -> None:
        """Show when schedules are due, by their ids."""
        self._times = times
        self._alarms.every(10.0 if times else None, self.redraw)
        self.redraw()

    def choose(self, id_: str, name: str) -> None:
        """Show one of them on a line of its own."""
        if (id_, name) != self._one:
            self._one = (id_, name)
            self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The ruler, all, and one."""
        del height
        now = self._clock()
        room = max(width - LABEL - 1, 1)
        id_, name = self._one
        every = (at for times in self._times.values() for at in times)
        one = fit(clean(name), LABEL - 2, self.marks.ellipsis)
        return [
            (("  due ", "text"), (f"{'':<{LABEL - 6}}", ""), (self._ruler(now, room), "dim")),
            ((f"  {'all':<{LABEL - 2}}", "dim"), (self._strokes(every, now, room), "all")),
            ((f"  {one}", "text"), (self._strokes(self._times.get(id_, ()), now, room), "one")),
        ]

    def _ruler(self, now: datetime, room: int) -> str:
        """Labels at round times, as many as have room."""
        span, step, form, _ = SPANS[self._span]
        cells = [" "] * room
        at = _round_up(self._local(now), step)
        free = 0
        while (place := self._place(at, now, room)) < room:
            label = at.strftime(form)
            if place >= free and place + len(label) <= room:
                cells[place : place + len(label)] = label
                free = place + len(label) + 1
            at += step
        del span
        return "".join(cells)

    def _strokes(self, times: Iterable[datetime], now: datetime, room: int) -> str:
        """A stroke where something is due, and how many where that is several."""
        counted = Counter(self._place(at, now, room) for at in times)
        rest = self.marks.joints[0]
        return "".join(
            rest
            if not (many := counted.get(cell, 0))
            else (self.marks.alive if many == 1 else str(min(many, 9)))
            for cell in range(room)
        )

    def _place(self, at: datetime, now: datetime, room: int) -> int:
        return int((at - now) / SPANS[self._span][0] * room)


def _round_up(at: datetime, step: timedelta) -> datetime:
    """The next time whose clock is a multiple of a step since midnight."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + step * (-(-(at - midnight) // step))
