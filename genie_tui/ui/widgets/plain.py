"""Users' text made fit for a line of the screen: no control characters, and a known width.

Terminals disagree on the width of joined and modified emoji, so these are taken apart into
characters whose width is the same everywhere; that keeps every border where it belongs.
"""

from __future__ import annotations

from rich.cells import cell_len, get_character_cell_size, set_cell_size

from genie_tui.domain.text import clean

__all__ = ["cell_len", "clean", "fit", "wrap"]


def fit(text: str, width: int, ellipsis: str) -> str:
    """A clean text in exactly `width` cells: padded, or cut and ended with the ellipsis."""
    if width <= 0:
        return ""
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
