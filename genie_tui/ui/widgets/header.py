"""The head of every screen: where one is, how things stand, and whether that is live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from genie_tui.domain.changes import POLL_EVERY, LinkState
from genie_tui.domain.windows import Summary
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len, clean, cut, fit

__all__ = ["Bearings", "Header"]

WORDS = {
    LinkState.CONNECTING: "starting",
    LinkState.LIVE: "live",
    LinkState.POLLING: f"polling {POLL_EVERY}s",
    LinkState.STANDBY: "standby",
    LinkState.RECONNECTING: "reconnecting",
    LinkState.STOPPED: "stopped",
}

TRIAGE = "Triage"
MESSAGES = "Messages"

STYLES = {
    LinkState.CONNECTING: "dim",
    LinkState.LIVE: "live",
    LinkState.POLLING: "live",
    LinkState.STANDBY: "live",
    LinkState.STOPPED: "stopped",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearings:
    """What a header tells.

    `project` and `board` are empty before they are known, `summary` is None then. `waiting` is
    how much needs a person, which stands with the screen `Triage`, and `unread` how much there is
    to read, with `Messages`. `me` is who acts, `person` whether that is one. `heading` is the
    cursor's column in words, and `newest` the last event; both are told where there is no room
    for more than a line. `cost` is what was spent in a day.
    """

    project: str = ""
    board: str = ""
    screens: tuple[str, ...] = ()
    screen: str = ""
    waiting: int = 0
    unread: int = 0
    summary: Summary | None = None
    cost: str = ""
    filter: str = ""
    view: str = ""
    link: LinkState = LinkState.CONNECTING
    me: str = ""
    person: bool = True
    read_only: bool = False
    heading: str = ""
    newest: str = ""

    @property
    def place(self) -> str:
        """`acme/Sprint-12`."""
        return clean("/".join(part for part in (self.project, self.board) if part))


class Header(Drawn):
    """One line or two, by the height that it is given."""

    PREFIX = "header"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "header--brand",
        "header--count",
        "header--dim",
        "header--filter",
        "header--live",
        "header--lost",
        "header--place",
        "header--screen",
        "header--current",
        "header--stale",
        "header--stopped",
        "header--text",
        "header--waits",
    }
    DEFAULT_CSS = """
    Header {
        height: 2; width: 100%; color: $foreground; background: $surface;
        .header--brand { color: $primary; text-style: bold; }
        .header--count { color: $foreground; text-style: bold; }
        .header--current { color: $background; background: $primary; text-style: bold; }
        .header--dim { color: $foreground 55%; }
        .header--filter { color: $accent; text-style: bold; }
        .header--live { color: $success; }
        .header--lost { color: $warning; text-style: bold; }
        .header--place { color: $foreground; text-style: bold; }
        .header--screen { color: $foreground 65%; }
        .header--stale { color: $error; text-style: bold; }
        .header--stopped { color: $error; text-style: bold; }
        .header--text { color: $foreground 80%; }
        .header--waits { color: $accent; text-style: bold; }
    }
    """

    def __init__(
        self,
        bearings: Bearings,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        super().__init__(ascii=ascii)
        self._told = bearings
        self._clock = clock
        self._dots = ("*", "o", "-") if ascii else ("●", "○", "·")

    def tell(self, bearings: Bearings) -> None:
        """Show other bearings."""
        if bearings != self._told:
            self._told = bearings
            self.redraw()

    @property
    def told(self) -> Bearings:
        """What is shown."""
        return self._told

    def on_mount(self) -> None:
        """The clock changes once a minute, and so often it is looked at."""
        self.set_timer(60 - self._clock().second, self._minute)

    def _minute(self) -> None:
        self.redraw()
        self.set_timer(60 - self._clock().second, self._minute)

    # Drawing

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """By the room that there is."""
        if height >= 2:
            return self._first(width), self._second(width)
        if self._told.heading:
            return (self._compact(width),)
        return (self._alone(width),)

    def _first(self, width: int) -> Line:
        right = self._link(width, words=True)
        room = width - _cells(right)
        brand: list[Piece] = [("genie", "brand"), (f" {self._dots[2]} ", "dim")]
        place = self._place()
        every = self._screens(width)
        for left in (
            [*brand, *place, ("   ", ""), *every],
            [*place, ("   ", ""), *every],
            [*place, ("   ", ""), *self._screens(room - _cells(place) - 5)],
        ):
            if _cells(left) + 2 <= room:
                return _between([(" ", ""), *left], right, width)
        name = fit(self._told.place, max(room - 2, 1), self.marks.ellipsis)
        return _between([(" ", ""), (name, "place")], right, width)

    def _place(self) -> list[Piece]:
        if not self._told.place:
            return []
        return [(self._told.place, "place"), (f" {self.marks.below}", "dim")]

    def _screens(self, room: int) -> list[Piece]:
        """The screens' names, as many as there is room for around the one that is shown."""
        names = [self._title(name) for name in self._told.screens]
        here = self._told.screens.index(self._told.screen) if self._told.screens else 0
        first, end = here, here + 1

        def row(first: int, end: int) -> list[Piece]:
            return _row(names, first, end, self.marks)

        while first > 0 or end < len(names):
            right = end < len(names) and _cells(row(first, end + 1)) <= room
            end += right
            left = first > 0 and _cells(row(first - 1, end)) <= room
            first -= left
            if not left and not right:
                break
        found = row(first, end)
        return found if names and _cells(found) <= room else []

    def _title(self, name: str) -> list[Piece]:
        pieces = [(f" {name} ", "current" if name == self._told.screen else "screen")]
        if name == TRIAGE and self._told.waiting:
            pieces += [(f"{self._told.waiting} ", "waits")]
        if name == MESSAGES and self._told.unread:
            pieces += [(f"{self._told.unread} ", "waits")]
        return pieces

    def _link(self, width: int, *, words: bool) -> list[Piece]:
        state = self._told.link
        style = STYLES.get(state, "lost")
        mark = self._dots[0] if state is LinkState.LIVE else self._dots[1]
        word = f" {WORDS[state]}" if words or state is not LinkState.LIVE else ""
        pieces: list[Piece] = [(f"{mark}{word}", style), (f" {self._clock():%H:%M}", "text")]
        if width >= 80 and self._told.me:
            pieces += [("  ", ""), (clean(self._told.me), "dim")]
        return [*pieces, (" ", "")]

    def _second(self, width: int) -> Line:
        note: list[Piece] = [(" ", "")]
        if self._told.read_only:
            note += [("read-only", "lost"), ("  ", "")]
        counts = self._counts(long=True)
        if note_room := width - _cells(note) - _cells(counts) - 12:
            note += self._filter(note_room)
        if _cells(note) + _cells(counts) > width:
            counts = self._counts(long=False)
        return _between(note, [*counts, (" ", "")], width)

    def _filter(self, room: int) -> list[Piece]:
        view: list[Piece] = [(f"{self._told.view}  ", "filter")] if self._told.view else []
        room -= _cells(view)
        if not self._told.filter or room < 4:
            return view
        text = clean(self._told.filter)
        text = cut(text, room, self.marks.ellipsis)
        return [*view, ("filter: ", "dim"), (text, "filter")]

    def _counts(self, *, long: bool) -> list[Piece]:
        """How the tasks stand, in words or by marks."""
        told = self._told.summary
        if told is None:
            return []
        shown = f"{told.shown}/{told.total}" if told.shown != told.total else f"{told.total}"
        if not long:
            return self._marked(told)
        dot: Piece = (f" {self._dots[2]} ", "dim")
        pieces: list[Piece] = [(shown, "count"), (" task" + "s" * (told.total != 1), "dim")]
        if told.locked:
            pieces += [dot, (str(told.locked), "count"), (" locked", "dim")]
        if told.stale:
            pieces += [(", ", "dim"), (f"{told.stale} stale", "stale")]
        if told.waiting:
            verb = "wait" if told.waiting != 1 else "waits"
            whom = "you" if self._told.person else "a person"
            pieces += [dot, (f"{told.waiting} {verb} on {whom}", "waits")]
        if self._told.cost:
            pieces += [dot, (self._told.cost, "text"), ("/24h", "dim")]
        return pieces

    def _marked(self, told: Summary) -> list[Piece]:
        marks = self.marks
        pieces: list[Piece] = []
        for mark, count, style in (
            (marks.waits, told.waiting, "waits"),
            (marks.lock, told.locked, "text"),
            (marks.stale, told.stale, "stale"),
        ):
            if count:
                pieces += [(" ", ""), (f"{mark}{count}", style)]
        return pieces

    def _compact(self, width: int) -> Line:
        """`Sprint-12 Build 6/4! [A»]  2/5   ⧗3 ⚿4 ✗1   ● 12:04`."""
        right = [*self._counts(long=False), ("  ", ""), *self._link(0, words=False)]
        room = width - _cells(right) - 2
        heading = self._told.heading
        if cell_len(heading) > room:
            heading = fit(heading, max(room, 1), self.marks.ellipsis)
        board = clean(self._told.board)
        left: list[Piece] = [(" ", "")]
        if (spare := room - cell_len(heading) - 1) > 4:
            name = cut(board, spare, self.marks.ellipsis)
            left += [(name, "dim"), (" ", "")]
        if self._told.filter and cell_len(board) + 4 < spare:
            left += [("/", "filter"), (" ", "")]
        return _between([*left, (heading, "place")], right, width)

    def _alone(self, width: int) -> Line:
        """The only line there is."""
        right = self._link(width, words=width > 60)
        counts = self._counts(long=width > 60)
        left: list[Piece] = [(" ", ""), *self._place(), ("  ", ""), *counts]
        if _cells(left) + _cells(right) > width:
            left = [(" ", ""), *counts]
        room = width - _cells(left) - _cells(right) - 3
        newest = clean(self._told.newest)
        if newest and room > 12:
            text = cut(newest, room, self.marks.ellipsis)
            left += [("  ", ""), (text, "dim")]
        return _between(left, right, width)


def _row(names: Sequence[list[Piece]], first: int, end: int, marks: Marks) -> list[Piece]:
    """Some of the screens' names, and on which sides there are more."""
    row: list[Piece] = [(marks.before, "dim")] if first else []
    for name in names[first:end]:
        row += name
    return [*row, (marks.after, "dim")] if end < len(names) else row


def _cells(pieces: Iterable[Piece]) -> int:
    return sum(cell_len(text) for text, _ in pieces)


def _between(left: Iterable[Piece], right: Sequence[Piece], width: int) -> Line:
    """One at the left, the other at the right; where both do not fit, the left is cut."""
    room = width - _cells(right)
    shown: list[Piece] = []
    for text, style in left:
        short = cut(text, max(room, 0), "")
        shown.append((short, style))
        room -= cell_len(short)
    return (*shown, (" " * max(room, 0), ""), *right)
