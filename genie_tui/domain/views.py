"""How a board is looked at: in which order, and what of it is left out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from genie_tui.domain.filters import Field, Filter, OneOf, Term
from genie_tui.domain.lanes import Group
from genie_tui.domain.tasks import Sort, Status

__all__ = ["View"]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The order and the lanes of cards, and what is hidden beside what the filter hides.

    `folded` are the ids of columns that are folded away.
    """

    sort: Sort = Sort.PRIORITY
    hide_done: bool = False
    hide_blocked: bool = False
    folded: tuple[str, ...] = ()
    group: Group = Group.NONE

    def resorted(self) -> View:
        """The same in the next order."""
        orders = list(Sort)
        return replace(self, sort=orders[(orders.index(self.sort) + 1) % len(orders)])

    def regrouped(self) -> View:
        """The same in the next kind of lanes."""
        groups = list(Group)
        return replace(self, group=groups[(groups.index(self.group) + 1) % len(groups)])

    def narrowed(self, where: Filter) -> Filter:
        """A filter that hides what is hidden, too; what it asks for by status is shown."""
        asked = any(
            isinstance(term.test, OneOf) and term.test.field is Field.STATUS for term in where.terms
        )
        hidden = [Status.DONE, Status.CANCELLED] if self.hide_done else []
        hidden += [Status.BLOCKED] if self.hide_blocked else []
        if asked or not hidden:
            return where
        test = OneOf(field=Field.STATUS, values=tuple(status.value for status in hidden))
        return Filter(terms=(*where.terms, Term(test=test, negated=True)))

    def __str__(self) -> str:
        """What differs from the usual: `by age, in lanes by tag, without done`."""
        without = ["done"] if self.hide_done else []
        without += ["blocked"] if self.hide_blocked else []
        parts = [f"by {self.sort}"] if self.sort is not Sort.PRIORITY else []
        parts += [f"in lanes by {self.group}"] if self.group is not Group.NONE else []
        parts += [f"without {' and '.join(without)}"] if without else []
        return ", ".join(parts)
