"""A column in full, as content that is built from variables."""

from __future__ import annotations

from textual.content import Content

from genie_tui.domain.boards import Board, Column
from genie_tui.ui.widgets.badge import heading
from genie_tui.ui.widgets.column_list import Row
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import clean

__all__ = ["about"]

DIM = "$foreground 55%"


def about(row: Row, board: Board, marks: Marks) -> Content:
    """What is said of it, and how its title looks on the board."""
    column = row.column
    title = Content(heading(column, row.count, row.limit, marks))
    swatch = Content.styled(marks.cursor * 3, _color(column))
    rows = [
        ("name", column.name),
        ("label", column.label),
        ("gate", f"{column.gate.value}{_next(column)}"),
        ("action", column.action or "none"),
        ("failure", f"leads to {column.on_fail}" if column.on_fail else "leads to the one before"),
        ("leads", _leads(column)),
        ("roles", "anyone" if column.roles == ("*",) else " ".join(column.roles)),
        ("parallel", "yes" if column.parallel else ""),
        ("limit", str(row.limit) if row.limit else "none"),
        ("tasks", "" if row.count is None else str(row.count)),
        ("id", column.id),
    ]
    facts = [Content.assemble((f"{name:<9}", DIM), clean(text)) for name, text in rows if text]
    colour = Content.assemble((f"{'colour':<9}", DIM), swatch, f" {clean(column.color)}")
    described = clean(board.description or "")
    whole = f"{board.project_name or 'all projects'}/{board.name}"
    return Content("\n").join(
        [
            title.stylize("bold"),
            Content(""),
            colour,
            *facts,
            Content(""),
            Content.assemble(("board    ", DIM), clean(whole)),
            Content.styled(described, DIM),
        ]
    )


def _next(column: Column) -> str:
    return ", goes on by itself" if column.auto_advance else ""


def _leads(column: Column) -> str:
    return ", ".join(f"{each.event} to {each.target}" for each in column.transitions)


def _color(column: Column) -> str:
    """A colour that was stored by whomever; none where it is no colour."""
    wanted = column.color.lstrip("#")
    known = len(wanted) == 6 and all(letter in "0123456789abcdefABCDEF" for letter in wanted)
    return f"#{wanted}" if known else ""
