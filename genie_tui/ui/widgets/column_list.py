"""A board's columns, a line each: colour, label, gate, how many tasks, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from genie_tui.domain.boards import Column
from genie_tui.ui.widgets.badge import badge, tally
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.listing import Listing
from genie_tui.ui.widgets.plain import cell_len, clean, fit

__all__ = ["ColumnList", "Row", "rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A column with how many tasks stand in it (None before that is known), and may at most."""

    column: Column
    count: int | None
    limit: int | None


class ColumnList(Listing[Row]):
    """In the board's order."""

    PREFIX = "column"
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
        .column--gate { color: $accent; }
        .column--over { color: $error; text-style: bold; }
        .column--text { color: $foreground 85%; }
        .column--title { color: $foreground; text-style: bold; }
    }
    """

    def key(self, item: Row) -> str:
        """The column's id."""
        return item.column.id

    def line(self, item: Row, width: int, *, cursor: bool) -> Line:
        """`▌ 5 Build        [A»]   6/4!  #f97316  /work   build`."""
        column = item.column
        name = max(min(24, width // 3), 8)
        over = item.count is not None and item.limit is not None and item.count > item.limit
        label = fit(clean(column.label), name, self.marks.ellipsis)
        left: list[Piece] = [
            (self.marks.cursor if cursor else " ", "cursor"),
            (f"{self._number(item):>3} ", "dim"),
            (label, "title" if cursor else "text"),
            (f" {badge(column, self.marks):<6}", "gate"),
            (f" {tally(item.count, item.limit):>7}  ", "over" if over else "text"),
        ]
        more = [column.color, column.action or "", column.name if column.name != label else ""]
        if column.on_fail:
            more.append(f"{self.marks.before} {column.on_fail}")
        room = width - sum(cell_len(text) for text, _ in left) - 1
        text = "  ".join(clean(part) for part in more if part)
        return (*left, (fit(text, max(room, 0), self.marks.ellipsis), "dim"))

    def _number(self, item: Row) -> int:
        return next(n for n, row in enumerate(self.items, 1) if row is item)


def rows(
    columns: tuple[Column, ...], counts: Mapping[str, int], limits: Mapping[str, int]
) -> tuple[Row, ...]:
    """A row for each column."""
    return tuple(
        Row(column=column, count=counts.get(column.id), limit=limits.get(column.name))
        for column in columns
    )
