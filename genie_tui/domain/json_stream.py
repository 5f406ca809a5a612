"""JSON read piece by piece: a file's size does not matter, only that of its largest row.

A document is an object or a list. What it holds comes one member at a time, and a list within an
object one row at a time, each with the text that it was written as.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from genie_tui.errors import BadInput

__all__ = ["Member", "Unstorable", "members"]

CHUNK = 1 << 18
"""So many characters are asked for at once."""

BLANK = re.compile(r"[ \t\n\r]*")
OF_NUMBER = re.compile(r"[-+.0-9eE]*")

DIGITS_BEFORE, DIGITS_AFTER = 131_072, 16_383
"""Of a number that PostgreSQL can hold: so many digits before the point, so many after it."""

TOO_DEEP = "nested too deeply to be read"
CUT_OFF = "it ends in the middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of the document, or a row of a list that is one.

    `key` is None in a document that is a list, `index` None for what is not a row. A list without
    rows is one member.
    """

    key: str | None
    index: int | None
    value: Any
    text: str


class Unstorable:
    """A number that no database can hold."""

    def __init__(self, text: str) -> None:
        self.text = text


def members(read: Callable[[int], str]) -> Iterator[Member]:
    """What a document holds, in its order; `read` gives so many characters at most, "" at the end.

    Raises:
        BadInput: it is not JSON; the message says at which line and column.
    """
    source = _Source(read)
    opening = source.next()
    if opening == "{":
        yield from _object(source)
    elif opening == "[":
        yield from _rows(source, None)
    else:
        value, text = source.value()
        yield Member(key=None, index=None, value=value, text=text)
    if source.next():
        raise source.wrong("nothing more belongs here")


def _object(source: _Source) -> Iterator[Member]:
    source.take()
    if source.next() == "}":
        source.take()
        return
    while True:
        if source.next() != '"':
            raise source.wrong("a name in double quotes belongs here")
        key, _ = source.value()
        if source.next() != ":":
            raise source.wrong("a colon belongs here")
        source.take()
        if source.next() == "[":
            yield from _rows(source, key)
        else:
            value, text = source.value()
            yield Member(key=key, index=None, value=value, text=text)
        if source.ends("}"):
            return


def _rows(source: _Source, key: str | None) -> Iterator[Member]:
    source.take()
    if source.next() == "]":
        source.take()
        yield Member(key=key, index=None, value=[], text="[]")
        return
    index = 0
    while True:
        value, text = source.value()
        yield Member(key=key, index=index, value=value, text=text)
        index += 1
        if source.ends("]"):
            return


class _Source:
    """A text of which a part is there: what is used up goes, what is needed comes."""

    def __init__(self, read: Callable[[int], str]) -> None:
        self._read = read
        self._text = ""
        self._at = 0
        self._lines = 0  # Ends of lines in what has gone,
        self._columns = 0  # and the characters after the last of them.
        self._ended = False

    def next(self) -> str:
        """The next character that is not blank, which stays where it is; "" at the end."""
        while True:
            found = BLANK.match(self._text, self._at)
            assert found is not None
            self._at = found.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self) -> None:
        """Go past one character."""
        self._at += 1

    def ends(self, closing: str) -> bool:
        """Go past what closes, True, or past a comma."""
        character = self.next()
        if character not in (closing, ",") or not character:
            raise self.wrong(f"a comma or {closing} belongs here")
        self.take()
        return character == closing

    def value(self) -> tuple[Any, str]:
        """The value that is next, and its text."""
        if not self.next():
            raise self.wrong("a value belongs here")
        while True:
            start = self._at
            try:
                value, end = DECODER.raw_decode(self._text, start)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                # Where it starts has moved, if what is used up has gone meanwhile.
                raise self.wrong(error.msg, error.pos - start + self._at) from error
            except RecursionError as error:
                raise self.wrong(TOO_DEEP, start) from error
            number = OF_NUMBER.match(self._text, end)
            assert number is not None
            if number.end() == len(self._text) and self._more():
                continue
            self._at = end
            return value, self._text[start:end]

    def wrong(self, why: str, at: int | None = None) -> BadInput:
        """The error of a place in the text, which is where it is now if nothing else is said."""
        at = self._at if at is None else at
        if not self._text[at:].strip() and why != TOO_DEEP:
            why = CUT_OFF
        before = self._text[:at]
        lines = before.count("\n")
        column = len(before) - (before.rfind("\n") + 1) if lines else self._columns + len(before)
        where = f"line {self._lines + lines + 1}, column {column + 1}"
        return BadInput(f"it is not JSON at {where}: {why[:1].lower()}{why[1:]}")

    def _more(self) -> bool:
        """Read on, and as much again as is there already; False at the end."""
        if self._ended:
            return False
        if self._at:
            self._forget()
        piece = self._read(max(CHUNK, len(self._text)))
        self._text += piece
        self._ended = not piece
        return bool(piece)

    def _forget(self) -> None:
        gone = self._text[: self._at]
        lines = gone.count("\n")
        self._columns = (len(gone) - gone.rfind("\n") - 1) if lines else self._columns + len(gone)
        self._lines += lines
        self._text = self._text[self._at :]
        self._at = 0


def _whole(text: str) -> int | Decimal | Unstorable:
    return int(text) if len(text) <= 18 else _number(text)


def _number(text: str) -> Decimal | Unstorable:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Unstorable(text)
    digits = number.as_tuple()
    exponent = digits.exponent
    if not isinstance(exponent, int) or -exponent > DIGITS_AFTER:
        return Unstorable(text)
    return Unstorable(text) if len(digits.digits) + exponent > DIGITS_BEFORE else number


DECODER = json.JSONDecoder(parse_int=_whole, parse_float=_number, parse_constant=Unstorable)
