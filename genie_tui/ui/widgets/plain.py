"""Users' text made fit for a line of the screen: no control characters, and a known width.

Terminals disagree on the width of joined and modified emoji, so these are taken apart into
characters whose width is the same everywhere; that keeps every border where it belongs.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size, set_cell_size

__all__ = ["cell_len", "clean", "fit", "wrap"]

UNFIT = "\N{REPLACEMENT CHARACTER}"
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
MARKS_AT_MOST = 2
"""Combining marks on one letter; more of them would spill over the neighbouring lines."""


def clean(text: str) -> str:
    """A text as one line: white space as spaces, what could steer a terminal replaced."""
    if text.isascii() and text.isprintable():
        return text
    return _clean(text)


@lru_cache(maxsize=4096)
def _clean(text: str) -> str:
    out: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        shown = _shown(character)
        marks = marks + 1 if shown and unicodedata.combining(shown[0]) else 0
        if marks <= MARKS_AT_MOST:
            out.append(shown)
    return "".join(out)


def _shown(character: str) -> str:
    """What stands for a character: itself, a space, the replacement character, or nothing."""
    code = ord(character)
    if 0x1F1E6 <= code <= 0x1F1FF:  # flags are pairs of these; as letters their width is certain
        return chr(code - 0x1F1E6 + ord("A"))
    if 0x1F3FB <= code <= 0x1F3FF or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return ""  # skin tones and variation selectors
    if character in BIDI:
        return UNFIT
    category = unicodedata.category(character)
    if character in "\t\n\r\v\f" or category in {"Zl", "Zp", "Zs"}:
        return " "
    if category in {"Cc", "Cs"}:
        return UNFIT
    return "" if category in {"Cf", "Me"} else character


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
