"""The talks, a line each: where, what was said last, how much of it is unread, when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from genie_tui.domain.durations import short
from genie_tui.domain.inbox import Talk, TalkKind, in_groups, newest_first
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.listing import Listing
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len, clean, fit

__all__ = ["TalkList", "kind_mark"]

COUNTED_AT_MOST = 999

WORDS_FROM = 52
"""Cells from which on there is room for what was said last."""


def kind_mark(kind: TalkKind, marks: Marks) -> str:
    """One character for a kind of talk; none for tasks, whose number says it."""
    return {
        TalkKind.DIRECT: "@",
        TalkKind.GROUP: "&",
        TalkKind.THREAD: marks.thread,
        TalkKind.MAIL: marks.mail,
        TalkKind.CHAT: '"',
    }.get(kind, "")


class TalkList(Listing[Talk]):
    """What is unread on top and the rest by kind, or all with the newest first.

    A talk that has been read stays on top while the cursor is on it.
    """

    PREFIX = "talks"
    EMPTY = "nobody has said anything yet"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "talks--cursor",
        "talks--dim",
        "talks--heading",
        "talks--kind",
        "talks--named",
        "talks--number",
        "talks--others",
        "talks--text",
        "talks--title",
        "talks--unread",
    }
    DEFAULT_CSS = """
    TalkList {
        color: $foreground; background: $background;
        .talks--cursor { color: $primary; text-style: bold; }
        .talks--dim { color: $foreground 50%; }
        .talks--heading { color: $foreground 60%; text-style: bold; }
        .talks--kind { color: $secondary; }
        .talks--named { color: $warning; text-style: bold; }
        .talks--number { color: $primary; }
        .talks--others { color: $foreground 60%; }
        .talks--text { color: $foreground 85%; }
        .talks--title { color: $foreground; text-style: bold; }
        .talks--unread { color: $accent; text-style: bold; }
        &:focus .talks--heading { color: $foreground 75%; }
    }
    """

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(ascii=ascii)
        self._clock = clock
        self._now = clock()
        self._groups: dict[str, str] = {}
        self._talks: Sequence[Talk] = ()
        self._by_kind = True
        self._kept = ""

    # What is told from above

    @property
    def by_kind(self) -> bool:
        """Do talks stand under headings?"""
        return self._by_kind

    def set_by_kind(self, by_kind: bool) -> None:
        """Under headings, or all with the newest first."""
        self._by_kind = by_kind
        self._order(self._talks)

    def show(self, items: Sequence[Talk]) -> None:
        """Show other talks."""
        self._talks = items
        under = self.item
        self._kept = under.key if under and self._groups.get(under.key) == "Unread" else ""
        self._order(items)

    def _order(self, talks: Sequence[Talk]) -> None:
        if self._by_kind:
            grouped = in_groups(talks, keep=self._kept)
            self._groups = {talk.key: group for group, talk in grouped}
            super().show([talk for _, talk in grouped])
        else:
            self._groups = {}
            super().show(newest_first(talks))

    def _go_to(self, place: int) -> None:
        super()._go_to(place)
        if self._kept and self.item is not None and self.item.key != self._kept:
            # What was kept on top may go where it belongs.
            self._kept = ""
            self._order(self._talks)

    def key(self, item: Talk) -> str:
        """The talk's own."""
        return item.key

    def group(self, item: Talk) -> str:
        """What is unread, then by kind."""
        return self._groups.get(item.key, "")

    def heading(self, text: str, width: int) -> Line:  # noqa: ARG002
        """A group's name."""
        return ((f" {text}", "heading"),)

    # Drawing

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """As many as fit, with their ages by now."""
        self._now = self._clock()
        return super().lines(width, height)

    def line(self, item: Talk, width: int, *, cursor: bool) -> Line:
        """Where, what was said last where there is room, how much is unread, and when."""
        right: list[Piece] = [*self._count(item), (short(self._now - item.at).rjust(4), "dim")]
        left: list[Piece] = [(self.marks.cursor if cursor else " ", "cursor")]
        mark = kind_mark(item.kind, self.marks)
        left += [(f"{mark} ", "kind")] if mark else []
        room = max(width - _cells(left) - _cells(right) - 2, 0)
        bold = "title" if cursor or item.calls else "text"
        # The words begin in the same column, whatever stands before and behind them.
        titled = min(width * 2 // 5, 48) - _cells(left) if width >= WORDS_FROM else room
        middle = self._middle(item, room, min(titled, room), bold)
        return (*left, *middle, (" ", ""), *right, (" ", ""))

    def _middle(self, item: Talk, room: int, wide: int, style: str) -> list[Piece]:
        title = clean(item.title)
        if room - wide < 4:
            return self._titled(item, fit(title, room, self.marks.ellipsis), style)
        words = f"{clean(item.sender)}: {clean(item.text)}" if item.sender else clean(item.note)
        return [
            *self._titled(item, fit(title, wide, self.marks.ellipsis), style),
            ("  ", ""),
            (fit(words, room - wide - 2, self.marks.ellipsis), "dim"),
        ]

    def _titled(self, item: Talk, title: str, style: str) -> list[Piece]:
        """A task's number is set off."""
        number, blank, rest = title.partition(" ")
        if item.kind is TalkKind.TASK and number.startswith("#") and blank:
            return [(number, "number"), (blank + rest, style)]
        return [(title, style)]

    def _count(self, item: Talk) -> list[Piece]:
        if not item.unread:
            return [("@", "named")] if item.mentioned else []
        count = f"{item.unread}" if item.unread <= COUNTED_AT_MOST else f"{COUNTED_AT_MOST}+"
        if not item.mine:
            return [(f"{self.marks.looked}{count}", "others")]
        named: list[Piece] = [("@", "named")] if item.mentioned else []
        return [*named, (f"{self.marks.unread}{count}", "unread")]


def _cells(pieces: Sequence[Piece]) -> int:
    return sum(cell_len(text) for text, _ in pieces)
