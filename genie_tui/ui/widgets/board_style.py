"""The board's style sheet: component classes give every colour, the theme their values."""

from __future__ import annotations

from genie_tui.domain.boards import Board, Column

__all__ = ["CLASSES", "CSS", "SKELETON"]

CSS = """
BoardView {
    width: 1fr; height: 1fr; color: $foreground; background: $background;
    .board--frame { color: $foreground 22%; }
    .board--more { color: $foreground 55%; }
    .board--count { color: $foreground 70%; }
    .board--over { color: $text-warning; text-style: bold; }
    .board--head-current { background: $foreground 8%; }
    .board--label-current { text-style: bold underline; }
    .board--lane { text-style: bold; }
    .board--number { color: $foreground 70%; }
    .board--title { color: $foreground; }
    .board--closed { color: $foreground 45%; }
    .board--detail { color: $foreground 62%; }
    .board--placeholder { color: $foreground 25%; }
    .board--urgent { color: $text-error; text-style: bold; }
    .board--high { color: $text-warning; text-style: bold; }
    .board--low { color: $foreground 45%; }
    .board--done { color: $text-success; }
    .board--lock { color: $text-success; }
    .board--lock-soon { color: $text-warning; text-style: bold; }
    .board--stale { color: $text-error; text-style: bold; }
    .board--overdue { color: $text-error; }
    .board--due-soon { color: $text-warning; }
    .board--blocked { color: $foreground 72%; }
    .board--waits-you { color: $text-accent; text-style: bold; }
    .board--waits { color: $text-accent 75%; }
    .board--pending { color: $text-accent; text-style: bold; }
    .board--moved { color: $text-accent; text-style: bold; }
    .board--bar { color: $primary; }
    .board--cursor { background: $primary 30%; }
    .board--cursor-blurred { background: $foreground 8%; }
    .board--chosen { background: $secondary 18%; }
    .board--flash { background: $accent 20%; }
}
"""

CLASSES = {line.split()[0].removeprefix(".") for line in CSS.splitlines() if "board--" in line}

SKELETON = Board(
    id="",
    name="",
    columns=tuple(Column(id=f"skeleton-{n}", name="", label="·····", position=n) for n in range(9)),
)
"""What is drawn before any board is known."""
