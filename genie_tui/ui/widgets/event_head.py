"""What of the activity is shown: kinds with how many there are, pins, whether it follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from genie_tui.domain.changes import Event, EventKind
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.log_lines import spoken
from genie_tui.ui.widgets.plain import cell_len, clean, fit

__all__ = ["PINS_AT_MOST", "EventHead"]

PINS_AT_MOST = 3


class EventHead(Drawn):
    """A line of kinds, and one for each pin, as many as there is room for."""

    PREFIX = "kinds"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "kinds--alarm",
        "kinds--count",
        "kinds--dim",
        "kinds--off",
        "kinds--on",
        "kinds--title",
        "kinds--unseen",
    }
    DEFAULT_CSS = """
    EventHead {
        width: 100%; height: 1; color: $foreground; background: $background;
        .kinds--alarm { color: $error; text-style: bold; }
        .kinds--count { color: $foreground 55%; }
        .kinds--dim { color: $foreground 45%; }
        .kinds--off { color: $foreground 35%; }
        .kinds--on { color: $foreground 85%; }
        .kinds--title { color: $foreground; text-style: bold; }
        .kinds--unseen { color: $accent; text-style: bold; }
    }
    """

    def __init__(self, *, ascii: bool = False) -> None:  # noqa: A002 - the option's own name
        super().__init__(ascii=ascii)
        self._counts: Mapping[EventKind, int] = {}
        self._hidden: frozenset[EventKind] = frozenset()
        self._state = ""
        self._pins: Sequence[Event] = ()

    def show(
        self,
        counts: Mapping[EventKind, int],
        hidden: frozenset[EventKind],
        state: str,
        pins: Sequence[Event],
    ) -> None:
        """Tell anew; `pins` are the newest first."""
        told = (counts, hidden, state, tuple(pins))
        if told != (self._counts, self._hidden, self._state, tuple(self._pins)):
            self._counts, self._hidden, self._state, self._pins = told
            self.styles.height = 1 + min(len(self._pins), PINS_AT_MOST)
            self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The kinds, then the pins."""
        return [self._kinds(width), *self._pinned(width, height - 1)]

    def _kinds(self, width: int) -> Line:
        right: list[Piece] = [(f" {self._state} ", "unseen")]
        room = width - cell_len(self._state) - 2
        line: list[Piece] = [(" ACTIVITY ", "title")]
        used = 10
        for number, kind in enumerate(EventKind, 1):
            off = kind in self._hidden
            key = str(number) if number < 10 else " "
            name = f"({kind.value})" if off else kind.value
            count = f" {self._counts.get(kind, 0)}"
            cells = len(key) + 1 + len(name) + len(count) + 2
            if used + cells > room:
                break
            line += [(f"{key} ", "dim"), (name, "off" if off else "on"), (f"{count}  ", "count")]
            used += cells
        return (*line, (" " * max(room - used, 0), ""), *right)

    def _pinned(self, width: int, room: int) -> list[Line]:
        shown = self._pins[: max(min(room, PINS_AT_MOST), 0)]
        lines: list[Line] = []
        for place, event in enumerate(shown):
            hidden = len(self._pins) - len(shown)
            more = f" +{hidden} more" if hidden and place == len(shown) - 1 else ""
            text = spoken(f"{self.marks.chosen} {event.text}", self.marks)
            cut = fit(f" {clean(text)}", width - cell_len(more) - 1, self.marks.ellipsis)
            lines.append(((cut, "alarm"), (more, "dim")))
        return lines
