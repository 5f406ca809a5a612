"""Drawing a column's head: its label, how many cards it has, and whose word opens its gate."""

from __future__ import annotations

from genie_tui.domain.boards import Column
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len, clean, cut

__all__ = ["badge", "head", "heading", "tally"]


def badge(column: Column, marks: Marks) -> str:
    """`[H]`, `[A»]` or `[H+A]`."""
    return f"[{column.gate.short}{marks.auto if column.auto_advance else ''}]"


def tally(count: int | None, limit: int | None) -> str:
    """`6`, `6/4!` where that is over the soft limit, nothing before the count is known."""
    if count is None:
        return ""
    if limit is None:
        return str(count)
    return f"{count}/{limit}{'!' if count > limit else ''}"


def head(
    column: Column, count: int | None, limit: int | None, width: int, marks: Marks, *, current: bool
) -> Line:
    """A column's title line in exactly `width` cells: the label gives way, nothing else does."""
    gate = badge(column, marks) if column.name else ""
    number = tally(count, limit)
    over = count is not None and limit is not None and count > limit
    room = width - 2 - cell_len(gate) - cell_len(number) - (1 if number else 0) - (1 if gate else 0)
    label = clean(column.label)
    label = cut(label, max(room, 1), marks.ellipsis)
    gap = width - 2 - cell_len(label) - cell_len(number) - cell_len(gate) - (1 if number else 0)
    return (
        (" ", ""),
        (label, f"{column.color} label-current" if current else column.color),
        (f" {number}" if number else "", "over" if over else "count"),
        (" " * max(gap, 0), ""),
        (gate, column.color),
        (" ", ""),
    )


def heading(column: Column, count: int | None, limit: int | None, marks: Marks) -> str:
    """The same as plain text: `Build 6/4! [A»]`."""
    parts = (clean(column.label), tally(count, limit), badge(column, marks) if column.name else "")
    return " ".join(part for part in parts if part)
