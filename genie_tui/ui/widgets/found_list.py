"""What a search found, a line each: where, who, and the words around what matched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from genie_tui.domain.durations import short
from genie_tui.domain.inbox import Found
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.listing import Listing
from genie_tui.ui.widgets.plain import cell_len, clean, cut, fit
from genie_tui.ui.widgets.talk_list import kind_mark

__all__ = ["FoundList"]


class FoundList(Listing[Found]):
    """The words that were looked for stand out."""

    PREFIX = "found"
    EMPTY = "nothing that holds all these words"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "found--cursor",
        "found--dim",
        "found--heading",
        "found--match",
        "found--sender",
        "found--text",
    }
    DEFAULT_CSS = """
    FoundList {
        color: $foreground; background: $background;
        .found--cursor { color: $primary; text-style: bold; }
        .found--dim { color: $foreground 50%; }
        .found--heading { color: $foreground 75%; text-style: bold; }
        .found--match { color: $accent; text-style: bold; }
        .found--sender { color: $secondary; }
        .found--text { color: $foreground 85%; }
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
        self._words: tuple[str, ...] = ()
        self._note = ""

    def tell(self, found: Sequence[Found], words: str, note: str) -> None:
        """Show what was found for these words; the note stands under it."""
        self._note = note
        self._words = tuple(dict.fromkeys(word.casefold() for word in words.split()))
        self.show(found)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """What was found around the cursor, and the note."""
        if not self._words:
            return [((" type a word that was said, or who said it", "dim"),)]
        rows = list(super().lines(width, height - 1))
        return [*rows, ((f" {self._note}", "dim"),)] if self._note else rows

    def key(self, item: Found) -> str:
        """Where it is kept, and its id there."""
        return f"{item.talk.key} {item.id}"

    def group(self, item: Found) -> str:
        """In which talk."""
        mark = kind_mark(item.talk.kind, self.marks)
        return f"{mark} {clean(item.talk.title)}".strip()

    def heading(self, text: str, width: int) -> Line:
        """The talk's name."""
        return ((f" {fit(text, max(width - 2, 0), self.marks.ellipsis)}", "heading"),)

    def line(self, item: Found, width: int, *, cursor: bool) -> Line:
        """Who said it, around which words, and when."""
        age = short(self._clock() - item.at).rjust(4)
        sender = clean(item.sender)
        named = cut(sender, 12, self.marks.ellipsis)
        room = width - 5 - cell_len(named) - cell_len(age)
        text = fit(clean(" ".join(item.text.split())), max(room, 0), self.marks.ellipsis)
        return (
            (self.marks.cursor if cursor else " ", "cursor"),
            (f" {named}  ", "sender"),
            *self._matched(text),
            (f"{age} ", "dim"),
        )

    def _matched(self, text: str) -> list[Piece]:
        """What was looked for is set off, where lower case has as many letters."""
        folded = text.casefold()
        if len(folded) != len(text):
            return [(text, "text")]
        hit = bytearray(len(text))
        for word in self._words:
            at = folded.find(word)
            while at >= 0:
                hit[at : at + len(word)] = b"\1" * len(word)
                at = folded.find(word, at + len(word))
        pieces: list[Piece] = []
        start = 0
        for end in range(1, len(text) + 1):
            if end == len(text) or hit[end] != hit[start]:
                pieces.append((text[start:end], "match" if hit[start] else "text"))
                start = end
        return pieces
