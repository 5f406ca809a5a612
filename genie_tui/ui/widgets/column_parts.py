"""A column in full, as content that is built from variables."""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content

from genie_tui.domain.boards import Board, Column
from genie_tui.domain.column_rows import Row
from genie_tui.domain.gates import Gate
from genie_tui.ui.widgets.badge import head
from genie_tui.ui.widgets.column_list import tint
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.palette import legible
from genie_tui.ui.widgets.plain import clean, wrap

__all__ = ["COLORS", "Ground", "about", "color_name"]

DIM = "$foreground 55%"

COLORS = {
    "grey": "#94a3b8",
    "slate": "#64748b",
    "blue": "#3b82f6",
    "violet": "#8b5cf6",
    "orange": "#f97316",
    "yellow": "#eab308",
    "cyan": "#06b6d4",
    "green": "#10b981",
    "red": "#ef4444",
}
"""The colours of Genie's own templates, by their names."""

GATES = {
    Gate.HUMAN: "a person says when a task goes on",
    Gate.AGENT: "an agent says when a task goes on",
    Gate.BOTH: "a person and an agent say when a task goes on",
}

LETTERS_AT_MOST, LINES_AT_MOST = 400, 4
"""Of what others have stored; it is cut there."""

INDENT = 9

PREVIEW_AT_MOST = 32


class Ground(NamedTuple):
    """What a text stands on: the colours of both as `#rrggbb`, and how many cells there are."""

    background: str
    foreground: str
    width: int


def about(row: Row, board: Board, marks: Marks, ground: Ground) -> Content:
    """How its title looks on the board, and what is said of it."""
    column = row.column
    facts = [
        ("name", column.name),
        ("label", column.label),
        ("gate", GATES[column.gate]),
        ("", "what is complete goes on by itself" if column.auto_advance else ""),
        ("tasks", _tasks(row)),
        ("limit", _limit(row)),
        ("action", column.action or "none; nothing is asked of an agent"),
        ("next", _next(board, column)),
        ("back to", _before(board, column)),
        ("leads", "; ".join(f"{each.event} to {each.target}" for each in column.transitions)),
        ("roles", "anyone" if column.roles == ("*",) else ", ".join(column.roles)),
        ("parallel", "several may work there at once" if column.parallel else ""),
        ("id", column.id),
    ]
    room = max(ground.width - INDENT, 20)
    lines = [line for name, text in facts if text for line in _fact(name, text, room, marks)]
    return Content("\n").join(
        [*_preview(row, marks, ground), Content(""), _color(column, marks), *lines]
    )


def _fact(name: str, text: str, room: int, marks: Marks) -> list[Content]:
    """What is said, over a few lines at most; they begin where the first one does."""
    shown = wrap(clean(text[:LETTERS_AT_MOST]), (room,) * LINES_AT_MOST, marks.ellipsis)
    return [
        Content.assemble((f"{'' if number else name:<{INDENT}}", DIM), line.rstrip())
        for number, line in enumerate(shown)
    ]


def _preview(row: Row, marks: Marks, ground: Ground) -> list[Content]:
    """The column's head with the frame around it, in the colours of the board."""
    width = max(min(PREVIEW_AT_MOST, ground.width - 2), 12)
    across, down, left, right = (marks.joints[at] for at in (0, 1, 2, 4))
    below_left, below_right = marks.joints[5], marks.joints[7]
    frame = "$foreground 22%"
    color = legible(tint(row.column.color), ground.background, ground.foreground)
    styles = {"count": "$foreground 70%", "over": "bold $text-warning"}
    parts = [
        (text, styles.get(style, "" if not style else color))
        for text, style in head(row.column, row.tasks, row.limit, width, marks, current=False)
    ]
    return [
        Content.styled(f"{left}{across * width}{right}", frame),
        Content.assemble((down, frame), *parts, (down, frame)),
        Content.styled(f"{below_left}{across * width}{below_right}", frame),
    ]


def _color(column: Column, marks: Marks) -> Content:
    swatch = (marks.bar * 2, tint(column.color))
    name = color_name(column.color)
    return Content.assemble(
        (f"{'colour':<{INDENT}}", DIM),
        swatch,
        f" {clean(column.color[:40])}",
        f" {name}" if name else "",
    )


def color_name(code: str) -> str:
    """What one of the usual colours is called; nothing for any other."""
    return next((name for name, known in COLORS.items() if known == code.lower()), "")


def _tasks(row: Row) -> str:
    if row.count is None:
        return ""
    return f"{row.count.all}, {row.count.open} of them open" if row.count.all else "none"


def _limit(row: Row) -> str:
    if row.limit is None:
        return "none"
    over = (row.tasks or 0) - row.limit
    return f"{row.limit}; {over} too many" if over > 0 else str(row.limit)


def _next(board: Board, column: Column) -> str:
    found = board.after(column)
    return found.label if found is not None else "nothing: what goes on from there is done"


def _before(board: Board, column: Column) -> str:
    found = board.before(column)
    if found is None:
        return "nothing: there is no column before"
    if column.on_fail == found.name:
        return found.label
    return f"{found.label[:LETTERS_AT_MOST]}, the one before"
