"""What was said, as lines of a known width: heads, days, answers, and bodies that are folded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.cells import get_character_cell_size

from genie_tui.domain.inbox import Remark, mentions
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len, clean, cut

__all__ = ["LINES_AT_MOST", "Laid", "TalkLines", "folded"]

LINES_AT_MOST = 24
"""Lines of a body that are shown unless all of it is wanted."""

ALL_AT_MOST = 5000
"""Lines of a body that anybody scrolls through."""

SAME_BREATH = timedelta(minutes=5)
"""What somebody says so soon after their own last words needs no new head."""

INDENT = 2
TAB = 4
BEFORE_CLEANED = 20
"""Letters of a line of text for each cell of a row, above which the rest is not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A remark's lines; those `above` are not its own. With `cut`, more is to it than is shown."""

    above: tuple[Line, ...]
    own: tuple[Line, ...]
    cut: bool

    @property
    def height(self) -> int:
        """All lines."""
        return len(self.above) + len(self.own)


class TalkLines:
    """Lays remarks for one width; `local` makes a time one of this place."""

    def __init__(self, marks: Marks, local: Callable[[datetime], datetime]) -> None:
        self._marks = marks
        self._local = local

    def lay(
        self,
        remark: Remark,
        before: Remark | None,
        width: int,
        *,
        new: int = 0,
        whole: str | None = None,
        me: str = "",
    ) -> Laid:
        """A remark after another one; so many `new` ones begin with it where that is not 0."""
        here = self._local(remark.at)
        above: list[Line] = []
        if before is None or self._local(before.at).date() != here.date():
            above.append(self._rule(f" {here:%a} {here.day} {here:%b} ", width, "day"))
        if new:
            above.append(self._rule(f" {new} new ", width, "new"))
        own: list[Line] = []
        if above or before is None or not _goes_on(before, remark):
            if not above:
                above.append(((" ", ""),))
            own.append(self._head(remark, here, width, me))
        own += self._answering(remark, width)
        body, cut = self._body(remark, width, whole)
        own += body
        own += self._thread(remark, width)
        return Laid(above=tuple(above), own=tuple(own), cut=cut)

    def _rule(self, title: str, width: int, style: str) -> Line:
        across = self._marks.joints[0]
        rest = across * max(width - 3 - cell_len(title), 0)
        return ((" ", ""), (across, "frame"), (title, style), (rest, "frame"))

    def _head(self, remark: Remark, here: datetime, width: int, me: str) -> Line:
        sender = clean(remark.sender)
        room = max(width - 16, 4)
        named = cut(sender, room, self._marks.ellipsis)
        pieces: list[Piece] = [(named, "me" if remark.mine else "sender")]
        pieces.append((f"  {here:%H:%M}", "dim"))
        if me and not remark.mine and mentions(remark.body, me):
            pieces.append((" names you", "new"))
        if remark.edited:
            pieces.append((" edited", "dim"))
        if remark.to and not remark.mine and remark.to != me and width >= 40:
            to = clean(remark.to)
            if cell_len(to) + cell_len(named) < room - 12:
                pieces.append((f"  to {to}", "dim"))
        return tuple(pieces)

    def _answering(self, remark: Remark, width: int) -> list[Line]:
        if not remark.answers:
            return []
        words = " ".join(clean(remark.quote).split())
        said = f'{self._marks.thread} answering {clean(remark.answered)}: "{words}"'
        room = max(width - INDENT, 1)
        shown = cut(said, room, self._marks.ellipsis)
        return [((" " * INDENT, ""), (shown, "quote"))]

    def _body(self, remark: Remark, width: int, whole: str | None) -> tuple[list[Line], bool]:
        room = max(width - INDENT, 1)
        most = ALL_AT_MOST if whole is not None else LINES_AT_MOST
        rows: list[str] = []
        text = remark.body if whole is None else whole
        for row in folded(text, room):
            if len(rows) == most:
                break
            rows.append(row)
        else:
            cut = whole is None and not remark.whole
            return self._indented(rows, [] if not cut else [self._more(remark, room)]), cut
        return self._indented(rows, [self._more(remark, room)]), True

    def _more(self, remark: Remark, room: int) -> str:
        letters = f"{remark.size:,} letters in all"
        said = f"{self._marks.ellipsis} {letters}; enter shows them"
        return cut(said, room, self._marks.ellipsis)

    def _indented(self, rows: list[str], more: list[str]) -> list[Line]:
        blank: Piece = (" " * INDENT, "")
        return [
            *((blank, (row, "text")) for row in rows),
            *((blank, (row, "hint")) for row in more),
        ]

    def _thread(self, remark: Remark, width: int) -> list[Line]:
        if not remark.replies:
            return []
        count = "1 reply" if remark.replies == 1 else f"{remark.replies} replies"
        said = f"{self._marks.thread} {count} in a thread"
        return [((" " * INDENT, ""), (said[: max(width - INDENT, 1)], "thread"))]


def _goes_on(before: Remark, remark: Remark) -> bool:
    """Does somebody go on talking?"""
    same = before.sender == remark.sender and before.mine == remark.mine
    return same and remark.at - before.at < SAME_BREATH and not remark.answers


def folded(text: str, width: int) -> Iterator[str]:
    """A text's lines in rows of at most `width` cells, broken at blanks where that can be."""
    for line in text.splitlines() or [""]:
        yield from _rows(line.expandtabs(TAB).rstrip(), width)


def _rows(line: str, width: int) -> Iterator[str]:
    """One line; piece by piece, as it may be very long and only the first rows be wanted."""
    piece = width * BEFORE_CLEANED
    rest = ""
    for start in range(0, max(len(line), 1), piece):
        rest += clean(line[start : start + piece])
        last = start + piece >= len(line)
        while rest and (last or cell_len(rest) > width * 2):
            at = _break(rest, width)
            yield rest[:at].rstrip() or " "
            rest = rest[at:].lstrip(" ") if at < len(rest) else ""
    if not line:
        yield ""


def _break(text: str, width: int) -> int:
    """Where to break: all of a text that fits, else after its last blank that does."""
    cells = space = 0
    for index, character in enumerate(text):
        cells += get_character_cell_size(character)
        if cells > width:
            return space if space * 4 >= width else max(index, 1)
        if character == " ":
            space = index + 1
    return len(text)
