"""Which filter is shown for what is typed: the words as they stand, or loosely where none match."""

from __future__ import annotations

from genie_tui.domain.filters import Filter, Fuzzy, Term, Title

__all__ = ["Loosening", "narrows"]


class Loosening:
    """What is typed has an `exact` form and a `loose` one, which lets through no less.

    The exact one is shown; where it lets nothing through and the loose one something, that is.
    What is known to let nothing through is not tried again with more letters.
    """

    def __init__(self) -> None:
        self._exact = self._loose = self._shown = Filter()
        self._empty: list[Filter] = []
        self._watching = False
        self._typing = False

    def begin(self) -> None:
        """Somebody begins to type; what was found out before may have changed."""
        self._empty.clear()
        self._typing = True

    def end(self) -> None:
        """Nothing more is typed; what is shown is kept, once it has been counted."""
        self._typing = False

    @property
    def hint(self) -> str:
        """Which words are shown loosely; empty where all stand as they were typed."""
        if self._shown != self._loose or self._loose == self._exact:
            return ""
        both = zip(self._exact.terms, self._loose.terms, strict=True)
        changed = [(str(word), str(letters)) for word, letters in both if word != letters]
        words, letters = (" ".join(column) for column in zip(*changed, strict=True))
        return f'nothing has "{words}" as such; shown: {letters}'

    def typed(self, exact: Filter, loose: Filter) -> Filter:
        """Something else is typed: what is to be shown now."""
        self._exact, self._loose = exact, loose
        self._watching = exact != loose
        hopeless = self._known_empty(exact) and not self._known_empty(loose)
        self._shown = loose if hopeless else exact
        return self._shown

    def counted(self, filter_: Filter, shown: int) -> Filter | None:
        """A filter lets so many through: what is to be shown instead, or None."""
        if not self._watching or filter_ != self._shown:
            return None
        if shown == 0:
            self._empty.append(filter_)
        if shown == 0 and filter_ == self._loose:
            # Neither: the words stand as they were typed.
            self._shown = self._exact
        elif shown == 0 and not self._known_empty(self._loose):
            self._shown = self._loose
        else:
            self._watching = self._typing
        return self._shown if self._shown != filter_ else None

    def _known_empty(self, filter_: Filter) -> bool:
        return any(narrows(filter_, empty) for empty in self._empty)


def narrows(filter_: Filter, other: Filter) -> bool:
    """Can one tell from the terms that a filter lets through nothing that another does not?"""
    if len(filter_.terms) < len(other.terms):
        return False
    return all(map(_narrows, filter_.terms, other.terms))


def _narrows(term: Term, other: Term) -> bool:
    if term == other:
        return True
    if term.negated or other.negated:
        return False
    match term.test, other.test:
        case Title(text=text), Title(text=part):
            return part in text
        case Fuzzy(letters=letters), Fuzzy(letters=first):
            return letters.startswith(first)
        case Title(text=text), Fuzzy(letters=letters):
            return letters in text
    return False
