"""What of the activity is shown: words, kinds, actors, tasks; `!` leaves out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from genie_tui.domain.changes import Event, EventKind
from genie_tui.errors import BadInput

__all__ = ["EventFilter", "parse"]

_WORDS = re.compile(r'(!*)("[^"]*"?|\S+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One condition; `negated` lets through what does not meet it."""

    field: str
    values: tuple[str, ...]
    negated: bool = False

    def matches(self, event: Event) -> bool:
        """Does an event meet it?"""
        return self._meets(event) is not self.negated

    def _meets(self, event: Event) -> bool:
        match self.field:
            case "kind":
                return event.kind.value in self.values
            case "actor":
                return (event.actor or "").casefold() in self.values
            case "task":
                return str(event.task_seq) in self.values
            case "alarm":
                return event.alarm
        text = f"{event.text} {event.actor or ''}".casefold()
        return all(value in text for value in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """All of its terms have to be met; without any, everything is let through."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def matches(self, event: Event) -> bool:
        """Is an event shown?"""
        return all(term.matches(event) for term in self.terms)


def parse(text: str) -> EventFilter:
    """`red tests kind:message,stage @eng-1 !#47 alarm`.

    Raises:
        BadInput: there is no such kind.
    """
    terms = []
    for found in _WORDS.finditer(text):
        negated, word = bool(len(found[1]) % 2), found[2]
        terms.append(_term(word, negated))
    return EventFilter(terms=tuple(term for term in terms if term.values or term.field == "alarm"))


def _term(word: str, negated: bool) -> Term:
    if word.startswith('"'):
        return Term(field="text", values=_texts(word.strip('"')), negated=negated)
    if word.startswith("@") and len(word) > 1:
        return Term(field="actor", values=(word[1:].casefold(),), negated=negated)
    if re.fullmatch(r"#\d+", word):
        return Term(field="task", values=(word[1:],), negated=negated)
    if word == "alarm":
        return Term(field="alarm", values=(), negated=negated)
    if word.startswith("kind:"):
        kinds = tuple(_kind(kind) for kind in word.removeprefix("kind:").split(",") if kind)
        return Term(field="kind", values=kinds, negated=negated)
    return Term(field="text", values=_texts(word), negated=negated)


def _texts(text: str) -> tuple[str, ...]:
    return (text.casefold(),) if text else ()


def _kind(text: str) -> str:
    known = [kind.value for kind in EventKind]
    if text in known:
        return text
    close = get_close_matches(text, known, n=1) or [k for k in known if k.startswith(text)]
    meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    raise BadInput(f"no kind {text!r}; {meant}")
