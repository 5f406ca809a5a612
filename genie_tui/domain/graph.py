"""Tasks and what of them waits for what: circles, steps, and the longest chain of open ones.

Everything here is the same whenever it is asked: nodes are taken by their numbers, and where two
are as good, the first one wins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from genie_tui.domain.dependencies import Dependency, circles
from genie_tui.domain.tasks import Card

__all__ = ["Arrow", "Graph", "Shape"]

Beside = Mapping[str, tuple[str, ...]]
"""The nodes beside each node, by one sort of arrow; a node that has none is missing."""


class Arrow(NamedTuple):
    """The task at its head waits for the one at its tail."""

    tail: str
    head: str


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Nodes in their order, and arrows between them, each once: all that a layout depends on."""

    ids: tuple[str, ...]
    arrows: tuple[Arrow, ...]

    @classmethod
    def of(cls, ids: Iterable[str], arrows: Iterable[Arrow]) -> Shape:
        """With those arrows that have a node at both ends."""
        order = {id_: place for place, id_ in enumerate(dict.fromkeys(ids))}
        inside = {a for a in arrows if a.tail in order and a.head in order and a.tail != a.head}
        return cls(
            ids=tuple(order),
            arrows=tuple(sorted(inside, key=lambda a: (order[a.tail], order[a.head]))),
        )

    def part(self, ids: Collection[str]) -> Shape:
        """Some of the nodes, with the arrows between them."""
        kept = set(ids)
        return Shape(
            ids=tuple(id_ for id_ in self.ids if id_ in kept),
            arrows=tuple(a for a in self.arrows if a.tail in kept and a.head in kept),
        )

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Where in the order a node stands."""
        return {id_: place for place, id_ in enumerate(self.ids)}

    @cached_property
    def before(self) -> Beside:
        """What each node waits for."""
        return _beside((a.head, a.tail) for a in self.arrows)

    @cached_property
    def after(self) -> Beside:
        """What waits for each node."""
        return _beside(self.arrows)

    @cached_property
    def circles(self) -> Mapping[str, int]:
        """The nodes that wait for themselves in the end, and on which circle each of them is."""
        found = circles((a.head, a.tail) for a in self.arrows)
        numbers: dict[int, int] = {}
        return {
            id_: numbers.setdefault(found[id_], len(numbers)) for id_ in self.ids if id_ in found
        }

    def circular(self, arrow: Arrow) -> bool:
        """Is an arrow part of a circle?"""
        circle = self.circles.get(arrow.tail)
        return circle is not None and circle == self.circles.get(arrow.head)

    @cached_property
    def broken(self) -> frozenset[Arrow]:
        """The arrows without which there is no circle: all of them lead backwards on one."""
        outside = {a.head for a in self.arrows if not self.circular(a)}
        starts = sorted(self.circles, key=lambda id_: (id_ not in outside, self.place[id_]))
        found: set[Arrow] = set()
        done: set[str] = set()
        for start in starts:
            if start not in done:
                found.update(self._backwards(start, done))
        return frozenset(found)

    def _backwards(self, start: str, done: set[str]) -> Iterable[Arrow]:
        """Go along a circle from a node, and give the arrows that lead to where one has been."""
        way = {start: iter(self.after.get(start, ()))}
        while way:
            id_ = next(reversed(way))
            head = next(way[id_], None)
            if head is None:
                way.popitem()
                done.add(id_)
            elif head in way:
                yield Arrow(id_, head)
            elif head not in done and self.circular(Arrow(id_, head)):
                way[head] = iter(self.after.get(head, ()))

    @cached_property
    def forward(self) -> tuple[Arrow, ...]:
        """The arrows that are not broken."""
        return tuple(a for a in self.arrows if a not in self.broken)

    @cached_property
    def all_arrows(self) -> frozenset[Arrow]:
        """To look arrows up."""
        return frozenset(self.arrows)

    @cached_property
    def flow(self) -> tuple[str, ...]:
        """All nodes, each after what it waits for, but for the broken arrows."""
        after = _beside(self.forward)
        waits = dict.fromkeys(self.ids, 0)
        for arrow in self.forward:
            waits[arrow.head] += 1
        ready = [id_ for id_ in self.ids if not waits[id_]]
        for id_ in ready:  # which grows meanwhile
            for head in after.get(id_, ()):
                waits[head] -= 1
                if not waits[head]:
                    ready.append(head)
        return tuple(ready)

    @cached_property
    def layers(self) -> Mapping[str, int]:
        """How many steps at most lead to each node: 0 where it waits for nothing."""
        before = _beside((a.head, a.tail) for a in self.forward)
        layers: dict[str, int] = {}
        for id_ in self.flow:
            layers[id_] = 1 + max((layers[tail] for tail in before.get(id_, ())), default=-1)
        return layers

    @cached_property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The nodes that hang together, the part with the first node first."""
        seen: set[str] = set()
        parts = []
        for start in self.ids:
            if start not in seen:
                part = self.around(start, len(self.ids))
                seen |= part
                parts.append(tuple(sorted(part, key=self.place.__getitem__)))
        return tuple(parts)

    def beside(self, id_: str) -> tuple[str, ...]:
        """What a node waits for, and what waits for it."""
        return (*self.before.get(id_, ()), *self.after.get(id_, ()))

    def around(self, id_: str, hops: int) -> set[str]:
        """The nodes that are at most so many arrows away, whichever way these point."""
        found, edge = {id_}, [id_]
        for _ in range(hops):
            edge = [other for one in edge for other in self.beside(one) if other not in found]
            if not edge:
                break
            edge = list(dict.fromkeys(edge))
            found.update(edge)
        return found

    def longest(self, among: Collection[str]) -> tuple[str, ...]:
        """The longest chain of some nodes, broken arrows left out; empty where none has two."""
        before = _beside((a.head, a.tail) for a in self.forward)
        length: dict[str, int] = {}
        via: dict[str, str] = {}
        for id_ in self.flow:
            if id_ in among:
                tails = [tail for tail in before.get(id_, ()) if tail in length]
                if tails:
                    via[id_] = max(tails, key=lambda tail: (length[tail], -self.place[tail]))
                length[id_] = length[via[id_]] + 1 if id_ in via else 1
        end = max(length, key=lambda id_: (length[id_], -self.place[id_]), default=None)
        if end is None or length[end] < 2:
            return ()
        chain = [end]
        while chain[-1] in via:
            chain.append(via[chain[-1]])
        return tuple(reversed(chain))


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Tasks with dependencies, and these.

    `related` are pairs of tasks with a mere link. `left_out` counts tasks with dependencies that
    were too many to be read, `isolated` the open ones in the same place that have none.
    """

    cards: Mapping[str, Card]
    shape: Shape
    related: frozenset[tuple[str, str]] = frozenset()
    left_out: int = 0
    isolated: int = 0

    @classmethod
    def of(
        cls,
        cards: Iterable[Card],
        dependencies: Iterable[Dependency] = (),
        *,
        left_out: int = 0,
        isolated: int = 0,
    ) -> Graph:
        """Of rows as they are read; whatever has not both its ends among the cards is left out."""
        ordered = sorted(cards, key=lambda card: (card.seq, card.id))
        known = {card.id: card for card in ordered}
        rows = list(dependencies)
        arrows = [Arrow(waits[1], waits[0]) for row in rows if (waits := row.waits)]
        related = {
            (row.task_id, row.depends_on_id)
            for row in rows
            if row.waits is None and row.task_id in known and row.depends_on_id in known
        }
        return cls(
            cards=known,
            shape=Shape.of(known, arrows),
            related=frozenset(related),
            left_out=left_out,
            isolated=isolated,
        )

    def updated(self, cards: Iterable[Card]) -> Graph:
        """With some of its tasks as they are now."""
        changed = {
            card.id: card for card in cards if card.id in self.cards and card != self.cards[card.id]
        }
        return replace(self, cards={**self.cards, **changed}) if changed else self

    @cached_property
    def open(self) -> frozenset[str]:
        """Those of which something is still to be done."""
        return frozenset(id_ for id_, card in self.cards.items() if not card.closed)

    @cached_property
    def critical(self) -> tuple[str, ...]:
        """The longest chain of open tasks; empty where none waits for another."""
        return self.shape.longest(self.open)

    @cached_property
    def critical_arrows(self) -> frozenset[Arrow]:
        """The arrows of that chain."""
        return frozenset(map(Arrow, self.critical, self.critical[1:]))

    @cached_property
    def _links(self) -> Beside:
        both = [
            pair for one, other in sorted(self.related) for pair in ((one, other), (other, one))
        ]
        return _beside(both)

    def linked(self, id_: str) -> tuple[str, ...]:
        """The tasks to which one has a mere link."""
        return self._links.get(id_, ())


def _beside(pairs: Iterable[tuple[str, str]]) -> Beside:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one, other in pairs:
        found[one].append(other)
    return {one: tuple(others) for one, others in found.items()}
