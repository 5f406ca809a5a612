"""A list of keys in groups, in one column or two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import fit

__all__ = ["KeyList", "KeyRow"]

KEYS_WIDTH = 16
TWO_COLUMNS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A binding: its keys as people read them, what it does, and the id for tui.toml."""

    group: str
    keys: str
    says: str
    id: str

    def matches(self, text: str) -> bool:
        """Is every word of it in the row?"""
        row = f"{self.keys} {self.says} {self.id}".lower()
        return all(word in row for word in text.lower().split())


class KeyList(Drawn):
    """Scrolls by the line; what does not match the search is left out."""

    PREFIX = "keys"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "keys--group",
        "keys--id",
        "keys--key",
        "keys--says",
    }
    DEFAULT_CSS = """
    KeyList {
        height: 1fr; width: 1fr; margin: 1 1 0 1;
        .keys--group { color: $accent; text-style: bold; }
        .keys--id { color: $foreground 40%; }
        .keys--key { color: $primary; text-style: bold; }
        .keys--says { color: $foreground; }
    }
    """

    def __init__(self, rows: Sequence[KeyRow], *, ascii: bool = False) -> None:  # noqa: A002
        super().__init__(ascii=ascii)
        self._all = tuple(rows)
        self._rows = self._all
        self._top = 0

    def search(self, text: str) -> None:
        """Show the rows in which all words of a text occur."""
        self._rows = tuple(row for row in self._all if row.matches(text))
        self._top = 0
        self.redraw()

    def go(self, lines: int) -> None:
        """Scroll."""
        self._top = max(0, self._top + lines)
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The groups, one under the other; in two columns where there is room."""
        if not self._rows:
            return [((" no key does that", "id"),)]
        if width < TWO_COLUMNS:
            rows = self._laid(self._rows, width)
            self._top = min(self._top, max(len(rows) - height, 0))
            return rows[self._top : self._top + height]
        half = width // 2
        left, right = _halves(self._rows)
        pairs = self._laid(left, half), self._laid(right, width - half)
        length = max(map(len, pairs))
        self._top = min(self._top, max(length - height, 0))
        blank: Line = ((" " * half, ""),)
        return [
            (*(pairs[0][n] if n < len(pairs[0]) else blank), *(pairs[1][n : n + 1] or [()])[0])
            for n in range(self._top, min(length, self._top + height))
        ]

    def _laid(self, rows: Sequence[KeyRow], width: int) -> list[Line]:
        lines: list[Line] = []
        for group, members in groupby(rows, key=lambda row: row.group):
            lines.append(((fit(group, width, self.marks.ellipsis), "group"),))
            lines += [self._line(row, width) for row in members]
            lines.append(((" " * width, ""),))
        return lines

    def _line(self, row: KeyRow, width: int) -> Line:
        id_room = 22 if width >= 60 else 0
        says_room = max(width - KEYS_WIDTH - id_room - 1, 1)
        return (
            (fit(f" {row.keys}", KEYS_WIDTH, self.marks.ellipsis), "key"),
            (fit(row.says, says_room, self.marks.ellipsis), "says"),
            (fit(f" {row.id}", id_room, self.marks.ellipsis), "id"),
            (" ", ""),
        )


def _halves(rows: Sequence[KeyRow]) -> tuple[list[KeyRow], list[KeyRow]]:
    """Whole groups at the left as long as they are the shorter side, the rest at the right."""
    left: list[KeyRow] = []
    right: list[KeyRow] = []
    for _, members in groupby(rows, key=lambda row: row.group):
        (left if len(left) <= len(right) else right).extend(members)
    return left, right
