"""A board's columns, a line each: colour, label, gate, how many tasks, and what follows."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from genie_tui.domain.boards import DEFAULT_COLOR, Column
from genie_tui.domain.column_rows import Row
from genie_tui.ui.widgets.badge import badge, tally
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.listing import Listing
from genie_tui.ui.widgets.plain import clean, fit

__all__ = ["ColumnList", "tint", "titled"]


class Cells(NamedTuple):
    """How wide the parts of a line are; 0 for what there is no room for."""

    label: int
    code: int
    action: int
    target: int


BADGE, TALLY, BEFORE = 7, 8, 7
"""Cells for the gate, for the number of tasks, and for what stands before the label."""


class ColumnList(Listing[Row]):
    """In the board's order."""

    PREFIX = "column"
    EMPTY = "this board has no columns yet"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "column--cursor",
        "column--dim",
        "column--gate",
        "column--over",
        "column--text",
        "column--title",
    }
    DEFAULT_CSS = """
    ColumnList {
        color: $foreground; background: $background;
        .column--cursor { color: $primary; text-style: bold; }
        .column--dim { color: $foreground 55%; }
        .column--gate { color: $text-accent; }
        .column--over { color: $text-warning; text-style: bold; }
        .column--text { color: $foreground 85%; }
        .column--title { color: $foreground; text-style: bold; }
    }
    """

    def key(self, item: Row) -> str:
        """What tells the column from the others."""
        return item.key

    def group(self, item: Row) -> str:  # noqa: ARG002 (they all stand under the same)
        """What stands in the lines."""
        return "column"

    def heading(self, text: str, width: int) -> Line:
        """Over which part of a line stands what."""
        cells = _cells(width)
        parts = [
            f"{'':<{BEFORE}} {fit(text, cells.label, '')}",
            f"{'colour':<{cells.code}}"[: cells.code],
            f"{'gate':<{BADGE}}{'tasks':>{TALLY - 2}}  ",
            f"{'action':<{cells.action}}"[: cells.action],
            f"{'back to':<{cells.target}}"[: cells.target],
        ]
        return ((fit("".join(parts), width, ""), "dim"),)

    def line(self, item: Row, width: int, *, cursor: bool) -> Line:
        """`▌ 5 ██ Build      #f97316  [A»]    6/4!  /work  build`."""
        column, cells = item.column, _cells(width)
        pieces: list[Piece] = [
            (self.marks.cursor if cursor else " ", "cursor"),
            (f"{item.number:>2} ", "dim"),
            (self.marks.bar * 2, tint(column.color)),
            (" ", ""),
            (" " + self._cut(titled(column), cells.label), "title" if cursor else "text"),
            (self._cut(column.color, cells.code - 1) + " " if cells.code else "", "dim"),
            (self._cut(badge(column, self.marks), BADGE), "gate"),
            (f"{tally(item.tasks, item.limit):>{TALLY - 2}}  ", "over" if item.over else "text"),
            (self._cut(column.action or "", cells.action), "text"),
            (self._cut(column.on_fail or "", cells.target), "dim"),
        ]
        return tuple(pieces)

    def _cut(self, text: str, width: int) -> str:
        """In so many cells, the last of which stays free."""
        if width < 2:
            return ""
        return fit(clean(text[: 4 * width]), width - 1, self.marks.ellipsis) + " "


def _cells(width: int) -> Cells:
    """Labels get what the rest leaves; below 44 cells there is room for no colour's code."""
    rest = width - BEFORE - BADGE - TALLY
    code = 9 if rest >= 24 else 0
    action = 12 if rest - code >= 28 else 0
    target = 12 if rest - code - action >= 28 else 0
    return Cells(
        label=max(rest - code - action - target, 8), code=code, action=action, target=target
    )


def titled(column: Column) -> str:
    """`Build`, or `Make it (build)` where its name is another."""
    if column.label.casefold() == column.name.casefold():
        return column.label
    return f"{column.label} ({column.name})"


def tint(color: str) -> str:
    """A colour that somebody has stored; the usual one where it is none."""
    digits = color.removeprefix("#")
    known = len(digits) == 6 and all(digit in "0123456789abcdefABCDEF" for digit in digits)
    return f"#{digits}" if known and color != digits else DEFAULT_COLOR
