"""The value that somebody is typing into a filter, and what it may become."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from genie_tui.domain.filter_text import written
from genie_tui.domain.filters import Field, fold

__all__ = ["Unfinished", "unfinished"]

_UNFINISHED = re.compile(
    r"(?:^|\s)!*(?P<key>@|(?:p|priority|s|status|stage|tag):)"
    r'(?:(?:[^\s",]|"[^"]*")*,)*'
    r'(?P<typed>"[^"]*|[^\s",]*)$',
    re.IGNORECASE,
)

_FIELDS = {"priority": Field.PRIORITY, "status": Field.STATUS} | {str(f): f for f in Field}

LOOKED_AT = 400
"""So many letters before the cursor may belong to the term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A value of a field, as far as it is typed: `typed` stands from `start` to `end`."""

    field: Field
    typed: str
    start: int
    end: int

    def offers(self, known: Iterable[str]) -> tuple[str, ...]:
        """What of it may be meant: what begins with the letters that are typed, then what holds
        them; nothing where it is typed in full."""
        typed = fold(self.typed)
        found = [(fold(value).find(typed), value) for value in known]
        if any(fold(value) == typed for _, value in found):
            return ()
        first = [value for at, value in found if at == 0]
        return (*first, *(value for at, value in found if at > 0))

    def completed(self, text: str, value: str) -> tuple[str, int]:
        """The filter with that value in its place, and where the cursor is then."""
        head = text[: self.start] + written(value)
        return head + text[self.end :], len(head)


def unfinished(text: str, cursor: int) -> Unfinished | None:
    """The value that the cursor stands behind; None where it stands elsewhere."""
    begin = max(0, cursor - LOOKED_AT)
    before, after = text[begin:cursor], text[cursor : cursor + 1]
    if after and not after.isspace():
        return None
    found = _UNFINISHED.search(before)
    if found is None or before[: found.start()].count('"') % 2:
        return None
    typed = found["typed"]
    return Unfinished(
        field=_FIELDS[found["key"].lower().rstrip(":")],
        typed=typed.removeprefix('"'),
        start=begin + found.start("typed"),
        end=cursor,
    )
