"""Lanes: the cards of a board grouped by what they have in common, each card in exactly one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from genie_tui.domain.tasks import Card, LaneKey, OrderKey, Priority, Sort

__all__ = ["LANES_AT_MOST", "LAST", "OTHERS", "Group", "Lane", "Tally"]

LANES_AT_MOST = 200
"""The lanes after these, in their order, are one: `others`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A lane: its place among the others, what it is called, and a user's colour for it."""

    key: LaneKey
    name: str
    color: str = ""


OTHERS = Lane(key=(1,), name="others")
"""What the lanes after the first `LANES_AT_MOST` are shown as; they stand next to each other."""

LAST: LaneKey = (2,)
"""The lane of what belongs to no other: `nobody`, `no tag`."""


class Group(StrEnum):
    """By what cards are grouped.

    A card stands in one lane alone. By assignee or tag that is the lane of its first one: the
    first by name, compared by code point, so that database and memory agree. Parents come newest
    first, because the old ones are mostly done with; what has none comes last.
    """

    NONE = "none"
    ASSIGNEE = "assignee"
    PRIORITY = "priority"
    TAG = "tag"
    PARENT = "parent"
    PROJECT = "project"

    def key(self, card: Card) -> LaneKey:
        """The place of a card's lane, by which lanes can be told apart too."""
        match self:
            case Group.ASSIGNEE if card.assignees:
                return 0, min(card.assignees)
            case Group.PRIORITY:
                return 0, card.priority.rank
            case Group.TAG if card.tags:
                return (0, *min((tag.name, tag.id) for tag in card.tags))
            case Group.PARENT if card.parent is not None:
                return 0, -card.parent.seq, card.parent.id
            case Group.PROJECT if card.project_id is not None:
                return 0, card.project_name or "", card.project_id
        return LAST

    def lane(self, card: Card) -> Lane:
        """The lane in which a card stands."""
        key = self.key(card)
        if self is Group.TAG and key != LAST:
            color = next(tag.color for tag in card.tags if (0, tag.name, tag.id) == key)
            return self.named(key, color=color)
        return self.named(key, title=card.parent.title if card.parent else "")

    def named(self, key: LaneKey, *, title: str = "", color: str = "") -> Lane:
        """The lane of that key; a parent's has a title, a tag's a colour."""
        if key == OTHERS.key:
            return OTHERS
        if key == LAST:
            return Lane(key=key, name="nobody" if self is Group.ASSIGNEE else f"no {self}")
        match self:
            case Group.ASSIGNEE:
                name = f"@{key[1]}"
            case Group.PRIORITY:
                name = list(Priority)[int(key[1])].value
            case Group.PARENT:
                name = f"#{-int(key[1])} {title}"
            case _:
                name = str(key[1])
        return Lane(key=key, name=name, color=color)

    def ordering(self, sort: Sort) -> Callable[[Card], OrderKey]:
        """What orders the cards of a column: by lane first, then as sorted."""
        if self is Group.NONE:
            return sort.key
        return lambda card: (self.key(card), *sort.key(card))


class Tally:
    """How many cards of each lane a column has, for all columns of a board.

    `edge` is the last lane that has a name of its own, where there are others after it. Counts
    never fall below nothing, and those of a column always come to its cards.
    """

    def __init__(self, group: Group) -> None:
        self.group = group
        self.edge: LaneKey | None = None
        self._counts: dict[str, dict[LaneKey, int]] = {}
        self._lanes: dict[LaneKey, Lane] = {}

    def counts(self, column: str) -> Mapping[LaneKey, int] | None:
        """The counts by lane, of lanes with cards alone; None where they are not known."""
        return self._counts.get(column)

    def lanes(self, columns: Iterable[str]) -> list[Lane]:
        """The lanes that have cards in these columns, in their order."""
        keys = {key for column in columns for key in self._counts.get(column, ())}
        return [self._lanes.get(key) or self.group.named(key) for key in sorted(keys)]

    def of(self, card: Card) -> LaneKey:
        """In which lane a card is shown."""
        return self.shown(self.group.key(card))

    def shown(self, key: LaneKey) -> LaneKey:
        """The lane itself, or that of the others."""
        beyond = self.edge is not None and key != LAST and key > self.edge
        return OTHERS.key if beyond else key

    def load(self, lanes: Iterable[Lane]) -> bool:
        """Take in which lanes there are now; False where other ones are named than before."""
        found = {lane.key: lane for lane in lanes}
        kept = {key for counts in self._counts.values() for key in counts}
        self._lanes = {key: lane for key, lane in self._lanes.items() if key in kept} | found
        keys = sorted(found)
        named = [key for key in keys if key < OTHERS.key]
        edge = named[-1] if named and OTHERS.key in keys else None
        same, self.edge = edge == self.edge, edge
        if not same:
            for column, counts in self._counts.items():
                self.put(column, counts)
        return same

    def put(self, column: str, counts: Mapping[LaneKey, int]) -> None:
        """Set a column's counts."""
        kept = self._counts[column] = {}
        for key, count in counts.items():
            if count:
                shown = self.shown(key)
                kept[shown] = kept.get(shown, 0) + count

    def add(self, column: str, card: Card) -> None:
        """A card has come."""
        counts = self._counts.setdefault(column, {})
        lane = self.group.lane(card)
        key = self.shown(lane.key)
        if key == lane.key:
            self._lanes[key] = lane
        counts[key] = counts.get(key, 0) + 1

    def remove(self, column: str, key: LaneKey) -> None:
        """A card of that lane has gone."""
        counts = self._counts.setdefault(column, {})
        key = self.shown(key)
        if key not in counts:
            # Counts and rows are not from the same moment; they will be read again.
            key = max(counts, default=key)
        counts[key] = counts.get(key, 1) - 1
        if not counts[key]:
            del counts[key]

    def rename(self, card: Card) -> None:
        """The title of a task that may be the parent of others."""
        key = (0, -card.seq, card.id)
        if self.group is Group.PARENT and key in self._lanes:
            self._lanes[key] = self.group.named(key, title=card.title)
