"""Texts of several paragraphs laid out by the line, in a time that grows with their length."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import get_character_cell_size

from genie_tui.ui.widgets.plain import cell_len, clean

__all__ = ["READABLE", "paragraphs", "wrapped"]

READABLE = 110
"""Cells beyond which lines are hard to read."""

LINES_AT_MOST = 5_000
"""Of one text."""


def paragraphs(text: str, width: int, most: int = LINES_AT_MOST) -> list[str]:
    """A text as clean lines of `width` cells at most, without blank ones at its end."""
    lines: list[str] = []
    for line in text.rstrip().splitlines():
        for part in wrapped(clean(line), width):
            if len(lines) == most:
                return lines
            lines.append(part)
    return lines


def wrapped(line: str, width: int) -> Iterator[str]:
    """A clean line in parts of `width` cells at most, broken at spaces where there are any."""
    if len(line) * 2 <= width or cell_len(line) <= width:
        yield line
        return
    start = at = cells = 0
    space = -1
    while at < len(line):
        size = get_character_cell_size(line[at])
        if cells + size > width and at > start:
            cut = space if (space - start) * 4 >= width else at
            yield line[start:cut].rstrip()
            start = cut
            while start < len(line) and line[start] == " ":
                start += 1
            at, cells, space = start, 0, -1
            continue
        if line[at] == " ":
            space = at
        cells += size
        at += 1
    yield line[start:]
