"""Text that people and agents type: made fit to be stored, and to be shown."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from genie_tui.errors import BadInput

__all__ = ["brief", "clean", "given", "letters", "line", "name", "prose", "storable"]

NAME_AT_MOST = 100
"""Characters of a name; every index can hold so many."""

BRIEF = 2000
"""Characters after which a fact beside others is cut."""

UNFIT = "\N{REPLACEMENT CHARACTER}"
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
MARKS_AT_MOST = 2
"""Combining marks on one letter; more of them would spill over the neighbouring lines."""


def line(text: str, what: str) -> str:
    """One line: white space becomes single blanks.

    Raises:
        BadInput: nothing is left, or it cannot be stored; `what` names it: `a task's title`.
    """
    return prose(" ".join(text.split()), what)


def name(text: str, what: str) -> str:
    """One line that is no longer than a name is.

    Raises:
        BadInput: it is longer, or says nothing, or cannot be stored.
    """
    named = line(text, what)
    if len(named) > NAME_AT_MOST:
        raise BadInput(f"{what} has {NAME_AT_MOST} characters at most; put more in a description")
    return named


def prose(text: str, what: str) -> str:
    """Any text that says something, without blanks around it.

    Raises:
        BadInput: nothing is left, or it cannot be stored.
    """
    if not (stripped := text.strip()):
        raise BadInput(f"{what} is empty; write something")
    return given(stripped, what)


def given(text: str, what: str) -> str:
    """The text as it is, if a database can hold it.

    Raises:
        BadInput: it cannot.
    """
    if not storable(text):
        raise BadInput(f"{what} holds characters that cannot be stored; leave them out")
    return text


def storable(text: str) -> bool:
    """Can a database hold it? Not NUL, nor the halves of letters that a wrong decoding leaves."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def clean(text: str) -> str:
    """A text as one line: white space as spaces, what could steer a terminal replaced."""
    if text.isascii() and text.isprintable():
        return text
    return _clean(text)


def brief(text: str) -> str:
    """A text as one line, of a very long one the beginning and how much more there is."""
    more = len(text) - BRIEF
    return clean(text) if more <= 0 else f"{clean(text[:BRIEF])} … and {more:,} letters more"


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


def letters(text: str) -> str:
    """A text as `clean` would show it, but letter for letter: for where it is being edited."""
    if text.isascii() and text.isprintable():
        return text
    return _letters(text)


@lru_cache(maxsize=16)
def _letters(text: str) -> str:
    return "".join(_shown(character) or UNFIT for character in text)


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
