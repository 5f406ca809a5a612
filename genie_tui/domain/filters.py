"""The filter language (`interface.md` › Keys): parsed once, asked of cards, or compiled to SQL.

    login "rate limit" #12 p:high,urgent s:blocked stage:build @eng-1 tag:bug due:<3d age:>2d
    due:none due:overdue locked stale mine ready blocked !tag:chore ~tkrf

Terms are joined by and, the values of one term by or. Letters match without regard to case.
`~tkrf` finds "Token refresh": see `genie_tui.domain.fuzzy`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, cast

from genie_tui.domain.actors import Actor
from genie_tui.domain.filter_text import (
    SHOWN_AT_MOST,
    FilterError,
    Piece,
    pieces,
    quoted,
    shown,
    written,
)
from genie_tui.domain.fuzzy import LETTERS_AT_MOST, Fuzzy, fold
from genie_tui.domain.tasks import Card, Priority, Status

__all__ = [
    "Age",
    "Bound",
    "Due",
    "DueIs",
    "Field",
    "Filter",
    "FilterError",
    "Fuzzy",
    "Is",
    "Number",
    "OneOf",
    "Term",
    "Test",
    "Title",
    "Word",
    "fold",
    "parse",
]


class Word(StrEnum):
    """A word that asks for a property; in quotes it is searched for in titles."""

    LOCKED = "locked"
    STALE = "stale"
    MINE = "mine"
    READY = "ready"
    BLOCKED = "blocked"


class Field(StrEnum):
    """What a list of values is compared with, as it is written."""

    PRIORITY = "p"
    STATUS = "s"
    STAGE = "stage"
    TAG = "tag"
    PERSON = "@"


Sign = Literal["<", ">"]
Unit = Literal["h", "d", "w"]

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """The title holds this text."""

    text: str

    def holds(self, card: Card, _now: datetime, _me: Actor) -> bool:
        return fold(self.text) in fold(card.title)

    def __str__(self) -> str:
        return quoted(self.text) if fold(self.text) in set(Word) else written(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """The task has this sequence number."""

    seq: int

    def holds(self, card: Card, _now: datetime, _me: Actor) -> bool:
        return card.seq == self.seq

    def __str__(self) -> str:
        return f"#{self.seq}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """A property of the task is one of these values, which are folded.

    A tag is meant by its id or its name; a person by assignment or by the lock.
    """

    field: Field
    values: tuple[str, ...]

    def holds(self, card: Card, _now: datetime, _me: Actor) -> bool:
        return any(fold(value) in self.values for value in _PROPERTIES[self.field](card))

    def __str__(self) -> str:
        colon = "" if self.field is Field.PERSON else ":"
        return f"{self.field}{colon}{','.join(written(value) for value in self.values)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Less (`<`) or more (`>`) than so many hours, days or weeks."""

    sign: Sign
    amount: int
    unit: Unit

    @property
    def span(self) -> timedelta:
        return self.amount * _UNITS[self.unit]

    def admits(self, span: timedelta) -> bool:
        return span < self.span if self.sign == "<" else span > self.span

    def __str__(self) -> str:
        return f"{self.sign}{self.amount}{self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The time that is left until it is due, which is negative once overdue."""

    left: Bound

    def holds(self, card: Card, now: datetime, _me: Actor) -> bool:
        return card.due is not None and self.left.admits(card.due - now)

    def __str__(self) -> str:
        return f"due:{self.left}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueIs:
    """It has no due date, or is open after it."""

    state: Literal["none", "overdue"]

    def holds(self, card: Card, now: datetime, _me: Actor) -> bool:
        if self.state == "none":
            return card.due is None
        return card.due is not None and card.due < now and not card.closed

    def __str__(self) -> str:
        return f"due:{self.state}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """The time since it was made."""

    since: Bound

    def holds(self, card: Card, now: datetime, _me: Actor) -> bool:
        return self.since.admits(now - card.created_at)

    def __str__(self) -> str:
        return f"age:{self.since}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Is:
    """A property that one word names."""

    word: Word

    def holds(self, card: Card, now: datetime, me: Actor) -> bool:
        lock = card.lock
        match self.word:
            case Word.LOCKED:
                return lock is not None
            case Word.STALE:
                return lock is not None and lock.left(now) < timedelta(0)
            case Word.MINE:
                return me.id in card.assignees or (lock is not None and lock.run_id == me.run_id)
            case Word.READY:
                return card.status is Status.READY and lock is None and not card.waits
            case Word.BLOCKED:
                return card.status is Status.BLOCKED

    def __str__(self) -> str:
        return self.word


Test = Title | Fuzzy | Number | OneOf | Due | DueIs | Age | Is


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A test, or its opposite."""

    test: Test
    negated: bool = False

    def __str__(self) -> str:
        return f"{'!' * self.negated}{self.test}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a card must be like to be shown; `str` writes it so that `parse` reads the same.

    Without terms it is false, and every card matches.
    """

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __str__(self) -> str:
        return " ".join(str(term) for term in self.terms)

    def matches(self, card: Card, now: datetime, me: Actor) -> bool:
        """Whether each term holds for the card at that moment, `mine` meaning that actor."""
        return all(term.test.holds(card, now, me) is not term.negated for term in self.terms)


def parse(text: str, *, loosely: bool = False) -> Filter:
    """Read a filter; `loosely` takes bare words as if `~` stood before them.

    Raises:
        FilterError: it has a mistake; where, and what would be right.
    """
    terms = ((piece, _term(piece)) for piece in pieces(text))
    return Filter(terms=tuple(_loosened(piece, term) if loosely else term for piece, term in terms))


def _loosened(piece: Piece, term: Term) -> Term:
    """What was quoted is meant as it stands; and what is not to be there, too."""
    if term.negated or piece.quoted or not isinstance(term.test, Title):
        return term
    text = term.test.text
    return Term(test=Fuzzy(letters=text)) if 1 < len(text) <= LETTERS_AT_MOST else term


_PROPERTIES: dict[Field, Callable[[Card], tuple[str, ...]]] = {
    Field.PRIORITY: lambda card: (card.priority,),
    Field.STATUS: lambda card: (card.status,),
    Field.STAGE: lambda card: (card.stage,),
    Field.TAG: lambda card: tuple(text for tag in card.tags for text in (tag.id, tag.name)),
    Field.PERSON: lambda card: card.assignees + ((card.lock.holder,) if card.lock else ()),
}


_KEY = re.compile(r"([A-Za-z][A-Za-z_-]*):")


def _term(piece: Piece) -> Term:
    marks = len(piece.bare) - len(piece.bare.lstrip("!"))
    body = piece.cut(marks)
    if not body.text:
        raise piece.error(
            "nothing to negate; put ! right before a term: !tag:bug"
            if marks
            else "nothing between the quotes; write what the title should hold"
        )
    return Term(test=_test(body), negated=marks % 2 == 1)


def _test(body: Piece) -> Test:
    if body.bare[0] == "#":
        return _number(body)
    if body.bare[0] == "~":
        return _fuzzy(body, body.cut(1))
    if body.bare[0] == "@":
        return OneOf(field=Field.PERSON, values=_names(body, body.cut(1), "@ takes a name: @eng-1"))
    if key := _KEY.match(body.bare):
        return _keyed(body, key[1].lower(), body.cut(key.end()))
    if body.bare.lower() in set(Word):
        return Is(word=Word(body.bare.lower()))
    return Title(text=body.text)


def _number(body: Piece) -> Number:
    digits = body.bare[1:]
    if digits.isascii() and digits.isdigit() and len(digits) <= 9:
        return Number(seq=int(digits))
    if digits and not digits[0].isdigit():
        raise body.error(
            f"# takes a task's number: #12; a tag is tag:{written(shown(body.text[1:]))}"
        )
    raise body.error("# takes a task's number of up to nine digits: #12")


def _fuzzy(body: Piece, letters: Piece) -> Fuzzy:
    if not letters.text:
        raise body.error("~ takes some letters of a title, in their order: ~tkrf")
    if len(letters.text) > LETTERS_AT_MOST:
        raise letters.error(f"~ takes {LETTERS_AT_MOST} letters at most")
    return Fuzzy(letters=letters.text)


_NAMES = {"p": "p", "priority": "p", "s": "s", "status": "s"} | {
    name: name for name in ("stage", "tag", "due", "age")
}
_MEANT = {
    "assignee": "@name",
    "owner": "@name",
    "by": "@name",
    "id": "#12",
    "label": "tag:name",
    "column": "stage:name",
}


def _keyed(body: Piece, key: str, value: Piece) -> Test:
    match _NAMES.get(key):
        case "p":
            return OneOf(field=Field.PRIORITY, values=_known(body, value, list(Priority)))
        case "s":
            return OneOf(field=Field.STATUS, values=_known(body, value, list(Status)))
        case "stage":
            names = _names(body, value, "stage: takes the name of a column: stage:build")
            return OneOf(field=Field.STAGE, values=names)
        case "tag":
            return OneOf(
                field=Field.TAG, values=_names(body, value, "tag: takes a tag's name: tag:bug")
            )
        case "due":
            return _due(body, value)
        case "age":
            return Age(since=_bound(body, value, "age: takes <2d or >2d, in h, d or w"))
    raise body.error(_unknown(key))


def _unknown(key: str) -> str:
    from difflib import get_close_matches  # Only mistakes are worth its import.

    close = get_close_matches(key[:SHOWN_AT_MOST], [*_NAMES, *_MEANT], n=1, cutoff=0.5)
    meant = _MEANT.get(close[0], f"{close[0]}:") if close else None
    right = f'did you mean "{meant}"?' if meant else "there are p: s: stage: tag: due: age:;"
    return f'no filter "{shown(key)}:"; {right} Text with a colon goes in quotes'


def _names(body: Piece, value: Piece, right: str) -> tuple[str, ...]:
    return tuple(fold(part.text) for part in _values(body, value, right))


def _known(body: Piece, value: Piece, known: list[str]) -> tuple[str, ...]:
    right = f"one of {', '.join(known)}"
    found = []
    for part in _values(body, value, f"{body.bare.partition(':')[0]}: takes {right}"):
        name = part.text.lower().replace("-", "_")
        if name not in known:
            from difflib import get_close_matches

            close = get_close_matches(name[:SHOWN_AT_MOST], known, n=1)
            raise part.error(
                f'"{shown(part.text)}" is none; {f"did you mean {close[0]}?" if close else right}'
            )
        found.append(str(name))
    return tuple(found)


def _values(body: Piece, value: Piece, right: str) -> tuple[Piece, ...]:
    parts = tuple(value.split())
    if not all(part.text for part in parts):
        raise body.error(f"a value is missing; {right}")
    return parts


_SPAN = re.compile(r"([<>])([0-9]{1,4})([hdw])", re.IGNORECASE)


def _due(body: Piece, value: Piece) -> Due | DueIs:
    match value.bare.lower():
        case "none" | "overdue" as state:
            return DueIs(state=state)
    right = "due: takes <3d or >3d (in h, d or w), none or overdue"
    return Due(left=_bound(body, value, right))


def _bound(body: Piece, value: Piece, right: str) -> Bound:
    if (found := _SPAN.fullmatch(value.bare)) is None:
        raise (value if value.text else body).error(f"this is no span of time; {right}")
    sign, amount, unit = found.groups()
    return Bound(sign=cast(Sign, sign), amount=int(amount), unit=cast(Unit, unit.lower()))
