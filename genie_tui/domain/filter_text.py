"""How a filter is written: terms between blanks, quotes, and where each letter stood."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from genie_tui.domain.text import clean
from genie_tui.errors import BadInput

__all__ = ["FilterError", "Piece", "pieces", "quoted", "shown", "written"]


class FilterError(BadInput):
    """A filter has a mistake from offset `start` up to `end`, counted in characters."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start = start
        self.end = end


_PLAIN = re.compile(r"[\w./+-]+")


def written(text: str) -> str:
    """A value as the language takes it, in quotes where it must be."""
    return text if _PLAIN.fullmatch(text) else quoted(text)


def quoted(text: str) -> str:
    """Text that is nothing but text."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


SHOWN_AT_MOST = 24
"""So many letters of what was typed are repeated in a message."""


def shown(text: str) -> str:
    """What was typed, as a message can hold it."""
    said = clean(text[: SHOWN_AT_MOST + 1])
    return said if len(text) <= SHOWN_AT_MOST else f"{said[:SHOWN_AT_MOST]}…"


_HIDDEN = "\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Letters of a term, with what was quoted hidden in `bare`, where the grammar is read."""

    text: str
    bare: str
    offsets: tuple[int, ...]
    start: int
    end: int

    def cut(self, first: int, last: int | None = None) -> Piece:
        part = slice(first, last)
        return Piece(
            text=self.text[part],
            bare=self.bare[part],
            offsets=self.offsets[part],
            start=self.offsets[first] if first < len(self.offsets) else self.end,
            end=self.end if last is None else self.offsets[last],
        )

    @property
    def quoted(self) -> bool:
        """Is any of it in quotes?"""
        return _HIDDEN in self.bare

    def split(self) -> Iterator[Piece]:
        """The parts between commas."""
        first = 0
        for comma in (at for at, letter in enumerate(self.bare) if letter == ","):
            yield self.cut(first, comma)
            first = comma + 1
        yield self.cut(first)

    def error(self, message: str) -> FilterError:
        return FilterError(message, self.start, self.end)


_PART = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)', re.DOTALL)
_LETTER = re.compile(r'\\(["\\])|(.)', re.DOTALL)


def pieces(text: str) -> Iterator[Piece]:
    """The terms of a filter.

    Raises:
        FilterError: a quote is not closed, or a letter is none.
    """
    for at, letter in enumerate(text):
        if letter == "\0" or "\ud800" <= letter <= "\udfff":
            raise FilterError("no title holds this character; leave it out", at, at + 1)
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        piece = _scan(text, at)
        yield piece
        at = piece.end


def _scan(text: str, start: int) -> Piece:
    letters, bare, offsets = "", "", []
    at = start
    while at < len(text) and not text[at].isspace():
        if (part := _PART.match(text, at)) is None:
            raise FilterError('this quote is not closed; end it with "', at, len(text))
        group = part.lastindex or 1
        found = _LETTER.finditer(part[1]) if group == 1 else re.finditer("(.)", part[2])
        for letter in found:
            letters += letter[letter.lastindex or 0]
            bare += _HIDDEN if group == 1 else letter[0]
            offsets.append(part.start(group) + letter.start())
        at = part.end()
    return Piece(text=letters, bare=bare, offsets=tuple(offsets), start=start, end=at)
