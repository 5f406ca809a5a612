"""Users' text made fit for a line of the screen: no control characters, and a known width.

Terminals disagree on the width of joined and modified emoji, so these are taken apart into
characters whose width is the same everywhere; that keeps every border where it belongs.
"""

from __future__ import annotations

from rich.cells import cell_len, get_character_cell_size, set_cell_size

from genie_tui.domain.text import brief, clean

LETTERS_A_CELL = 8
"""Letters of a clean text that one cell can hold at most, and a few more."""

__all__ = ["brief", "cell_len", "clean", "cut", "fit", "wrap"]


def cut(text: str, width: int, ellipsis: str) -> str:
    """A clean text in at most `width` cells: as it is, or cut and ended with the ellipsis."""
    beginning = text[: LETTERS_A_CELL * (width + 1)]
    return text if cell_len(beginning) <= width else fit(text, width, ellipsis)


def fit(text: str, width: int, ellipsis: str) -> str:
    """A clean text in exactly `width` cells: padded, or cut and ended with the ellipsis."""
    if width <= 0:
        return ""
    # No letter has more than a few marks: so much of a text is always wider.
    text = text[: LETTERS_A_CELL * (width + 1)]
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    head = set_cell_size(text, width - 1).rstrip()
    return set_cell_size(head + ellipsis, width)


def wrap(text: str, widths: tuple[int, ...], ellipsis: str) -> tuple[str, ...]:
    """A clean text over at most as many lines as there are widths, each in exactly its width.

    Lines break at spaces where that leaves the line at least a quarter full.
    """
    lines = []
    for width in widths[:-1]:
        if cell_len(text) <= width:
            break
        cut = _break(text, width)
        lines.append(fit(text[:cut].rstrip(), width, ellipsis))
        text = text[cut:].lstrip()
    lines.append(fit(text, widths[len(lines)], ellipsis))
    return tuple(lines)


def _break(text: str, width: int) -> int:
    """The index at which to break a text that is wider than `width` cells."""
    cells = 0
    space = 0
    for index, character in enumerate(text):
        if character == " " and cells * 4 >= width:
            space = index
        cells += get_character_cell_size(character)
        if cells > width:
            return space or max(index, 1)
    return len(text)
