"""Events with a cursor, newest last; it goes along with the newest while it stands there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from genie_tui.domain.folding import Shown
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.listing import Listing
from genie_tui.ui.widgets.log_lines import NUMBER, spoken
from genie_tui.ui.widgets.plain import cell_len, clean, fit

__all__ = ["EventList"]


class EventList(Listing[Shown]):
    """A line an event, or a burst; days are announced above their first."""

    PREFIX = "event"
    EMPTY = "nothing has happened that is shown"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "event--alarm",
        "event--cursor",
        "event--day",
        "event--dim",
        "event--fold",
        "event--number",
        "event--pin",
        "event--text",
        "event--time",
    }
    DEFAULT_CSS = """
    EventList {
        color: $foreground; background: $background;
        .event--alarm { color: $error; }
        .event--cursor { color: $primary; text-style: bold; }
        .event--day { color: $foreground 55%; text-style: bold; }
        .event--dim { color: $foreground 45%; }
        .event--fold { color: $secondary; }
        .event--number { color: $primary; }
        .event--pin { color: $accent; text-style: bold; }
        .event--text { color: $foreground 85%; }
        .event--time { color: $foreground 45%; }
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
        self._following = True
        self.pinned: frozenset[tuple[str, str]] = frozenset()

    @property
    def following(self) -> bool:
        """Does the cursor stand on the newest, and go along?"""
        return self._following

    def follow(self) -> None:
        """To the newest, and along with what comes."""
        self._following = True
        self.action_go_edge(True)

    def stand_still(self) -> None:
        """Stay on this one, whatever comes."""
        self._following = False

    def show(self, items: Sequence[Shown]) -> None:
        """Show other events; whoever follows is taken to the newest."""
        following = self._following
        super().show(items)
        if following:
            self.follow()

    def _go_to(self, place: int) -> None:
        super()._go_to(place)
        self._following = not self.items or place >= len(self.items) - 1

    def key(self, item: Shown) -> str:
        """That of the event, or of the fold."""
        return item.key

    def group(self, item: Shown) -> str:
        """Its day."""
        day = self._local(item.event.at)
        return f"{day:%A} {day.day} {day:%B %Y}"

    def heading(self, text: str, width: int) -> Line:
        """A day."""
        return ((fit(f" {text}", width, self.marks.ellipsis), "day"),)

    def line(self, item: Shown, width: int, *, cursor: bool) -> Line:
        """`▌12:04:31 ×14 tool calls eng-1`."""
        event = item.event
        pin = self.marks.chosen if event.key in self.pinned else " "
        head: list[Piece] = [
            (self.marks.cursor if cursor else " ", "cursor"),
            (f"{self._local(event.at):%H:%M:%S}", "time"),
            (f"{pin}", "pin"),
            ("  " if item.unfolded else "", ""),
        ]
        text = spoken(f"! {item.text}" if event.alarm else item.text, self.marks)
        room = max(width - sum(cell_len(piece) for piece, _ in head), 1)
        style = "fold" if item.count > 1 else "alarm" if event.alarm else "text"
        shown = fit(clean(text), room, self.marks.ellipsis)
        parts = NUMBER.split(shown)
        pieces = [(part, "number" if n % 2 else style) for n, part in enumerate(parts) if part]
        return (*head, *pieces)
