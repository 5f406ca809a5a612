"""Titles of which only some letters are typed: `~tkrf` finds "Token refresh".

The letters stand in the title in the order in which they are typed, without regard to case. The
first may stand anywhere; each further one

- follows the one before, with at most `GAP` letters of the same word between the two, or
- begins a word, however far on. A word begins after a blank or another sign of ASCII.

So a title that holds the letters as they stand is always found. `services.filters` says the same
as a regular expression.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from genie_tui.domain.actors import Actor
from genie_tui.domain.filter_text import written
from genie_tui.domain.tasks import Card

__all__ = ["GAP", "LETTERS_AT_MOST", "Fuzzy", "fold", "near"]

GAP = 2
"""So many letters of a word may be left out between two that are typed."""

LETTERS_AT_MOST = 60
"""More would be too much for a regular expression of the database's."""


def fold(text: str) -> str:
    """Letters made comparable, one by one: what PostgreSQL's `lower` makes of them."""
    if text.isascii():
        return text.lower()
    return "".join(letter.lower()[0] for letter in text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzzy:
    """The title has these letters in their order, near to each other or where words begin."""

    letters: str

    def holds(self, card: Card, _now: datetime, _me: Actor) -> bool:
        return near(fold(self.letters), fold(card.title))

    def __str__(self) -> str:
        return f"~{written(self.letters)}"


def near(letters: str, title: str) -> bool:
    """Has a title these letters? Both are folded; see the module for the rule."""
    ends = set(_places(letters[0], title, 0))
    for letter in letters[1:]:
        if not ends:
            return False
        first = min(ends) + 1
        ends = {at for at in _places(letter, title, first) if _follows(title, at, ends)}
    return bool(ends)


def _places(letter: str, title: str, start: int) -> Iterator[int]:
    while (at := title.find(letter, start)) >= 0:
        yield at
        start = at + 1


def _follows(title: str, at: int, ends: set[int]) -> bool:
    """May the letter there follow one of those that stand at `ends`, of which one is before it?"""
    if _parts(title[at - 1]):
        return True
    for before in range(at - 1, at - GAP - 2, -1):
        if before in ends:
            return True
        if before < 0 or _parts(title[before]):
            return False
    return False


def _parts(letter: str) -> bool:
    """Does a word begin after it?"""
    return letter.isascii() and not letter.isalnum()
