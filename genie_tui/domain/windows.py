"""The part of a board that is on screen: what is asked of the database, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from genie_tui.domain.lanes import Group, Lane
from genie_tui.domain.tasks import Card, LaneKey

__all__ = ["Page", "Span", "Summary", "Window"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Rows wanted of a column: `limit` cards from the one at `offset` (0 is the top) on."""

    column_id: str
    offset: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows of a column, in the order asked for (`Group.ordering`), the first at `offset`."""

    column_id: str
    offset: int
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts over the whole board as it is filtered, for the header.

    `total` is without the filter. `stale` locks are counted in `locked` too. `waiting` is how many
    tasks wait for a person's word.
    """

    shown: int = 0
    total: int = 0
    locked: int = 0
    stale: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """An answer: how many cards each column has (column id -> count; orphans under ORPHANED),
    and the rows that were asked for.

    Where they are grouped, `lanes` are the lanes that have cards, and `laned` how many of them
    each column has (column id -> lane -> count).
    """

    counts: Mapping[str, int]
    pages: tuple[Page, ...]
    summary: Summary = field(default_factory=Summary)
    group: Group = Group.NONE
    lanes: tuple[Lane, ...] = ()
    laned: Mapping[str, Mapping[LaneKey, int]] = field(default_factory=dict)
