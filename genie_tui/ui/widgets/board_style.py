"""The board's style sheet: component classes give every colour, the theme their values."""

from __future__ import annotations

__all__ = ["CLASSES", "CSS"]

CSS = """
BoardView {
    width: 1fr; height: 1fr; color: $foreground; background: $background;
    .board--frame { color: $foreground 22%; }
    .board--more { color: $foreground 55%; }
    .board--count { color: $foreground 70%; }
    .board--over { color: $warning; text-style: bold; }
    .board--head-current { text-style: bold underline; }
    .board--number { color: $foreground 65%; }
    .board--title { color: $foreground; }
    .board--closed { color: $foreground 45%; }
    .board--detail { color: $foreground 55%; }
    .board--placeholder { color: $foreground 25%; }
    .board--urgent { color: $error; text-style: bold; }
    .board--high { color: $warning; text-style: bold; }
    .board--low { color: $foreground 45%; }
    .board--done { color: $success; }
    .board--lock { color: $success; }
    .board--lock-soon { color: $warning; text-style: bold; }
    .board--stale { color: $error; text-style: bold; }
    .board--overdue { color: $error; }
    .board--due-soon { color: $warning; }
    .board--blocked { color: $foreground 65%; }
    .board--waits-you { color: $accent; text-style: bold; }
    .board--waits { color: $accent 75%; }
    .board--pending { color: $accent; text-style: bold; }
    .board--moved { color: $accent; text-style: bold; }
    .board--bar { color: $primary; }
    .board--cursor { background: $primary 30%; }
    .board--cursor-blurred { background: $foreground 8%; }
    .board--flash { background: $accent 20%; }
}
"""

CLASSES = {line.split()[0].removeprefix(".") for line in CSS.splitlines() if "board--" in line}
