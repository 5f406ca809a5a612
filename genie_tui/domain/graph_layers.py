"""A graph laid out in layers: who waits stands to the right of what it waits for.

A node has a layer and a line. Arrows from one node share one wire, which leads through bends where
it passes a layer; so there are fewer lines than arrows, and few of them cross. The method is that
of Sugiyama: layers by the longest way, order by barycentres, lines by wishes of those beside.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from genie_tui.domain.graph import Arrow, Shape

__all__ = ["Layered", "Pin", "Spot", "Wire", "layered"]

SWEEPS = 4
"""Rounds of ordering; the best one counts."""

BENDS_A_NODE, BENDS_AT_LEAST = 2, 64
"""Bends for long arrows are this many at most; the longest arrows are far ones then."""

APART = 3
"""Lines from one part of a graph to the next."""

NODES_APART, BENDS_APART = 2, 1


class Spot(NamedTuple):
    """Where a node stands."""

    layer: int
    line: int


class Pin(NamedTuple):
    """Where a wire comes to the next layer: at a node, or None where it goes on.

    `leads` are the nodes that are reached by it.
    """

    line: int
    node: str | None
    leads: tuple[str, ...]


class Wire(NamedTuple):
    """What leads from a node, or on from its bend, to the next layer."""

    source: str
    line: int
    pins: tuple[Pin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layered:
    """The spots of all nodes, and the wires to the right of each layer.

    Lines are counted from 0 and below `height`. `far` arrows have no wire, being too long where
    there are too many.
    """

    shape: Shape
    spots: dict[str, Spot]
    wires: tuple[tuple[Wire, ...], ...]
    height: int
    far: frozenset[Arrow]


@dataclass(slots=True)
class _Part:
    """What hangs together: numbered points by layer, from left to right and from top to bottom.

    Points below `nodes` are nodes, the others are bends.
    """

    nodes: int
    levels: list[list[int]] = field(default_factory=list)
    left: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    right: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def join(self, one: int, other: int) -> None:
        """Two points of neighbouring layers."""
        self.right[one].append(other)
        self.left[other].append(one)


def layered(shape: Shape) -> Layered:
    """Lay a graph out; the same graph always in the same way."""
    links, far = _links(shape)
    points = _Points(shape, links)
    lines: dict[int, int] = {}
    top = 0
    for ids in sorted(shape.parts, key=lambda ids: -len(ids)):
        part = points.part(ids)
        _order(part)
        placed = _lines(part)
        shift = top - min(placed.values())
        lines.update((point, line + shift) for point, line in placed.items())
        top = max(placed.values()) + shift + APART
    height = top - APART + 1 if lines else 0
    return Layered(
        shape=shape,
        spots={id_: Spot(shape.layers[id_], lines[number]) for number, id_ in enumerate(shape.ids)},
        wires=points.wires(lines),
        height=height,
        far=frozenset(far),
    )


def _links(shape: Shape) -> tuple[dict[str, list[str]], list[Arrow]]:
    """To which nodes wires lead from each, in order, whichever way the arrows point; and the rest.

    A broken arrow is a wire the other way round.
    """
    layers = shape.layers
    pairs: dict[tuple[str, str], list[Arrow]] = defaultdict(list)
    for arrow in shape.arrows:
        back = arrow in shape.broken
        pairs[(arrow.head, arrow.tail) if back else (arrow.tail, arrow.head)].append(arrow)
    room = max(BENDS_A_NODE * len(shape.ids), BENDS_AT_LEAST)
    reached = dict(layers)
    links: dict[str, list[str]] = defaultdict(list)
    far: list[Arrow] = []
    # The shortest first; what is short is sorted by the nodes' order already.
    for (one, other), arrows in sorted(
        pairs.items(), key=lambda pair: layers[pair[0][1]] - layers[pair[0][0]]
    ):
        bends = max(layers[other] - 1 - reached[one], 0)
        if bends > room:
            far += arrows
            continue
        room -= bends
        reached[one] += bends
        links[one].append(other)
    return links, far


class _Points:
    """Nodes and bends by number: nodes as they stand in the shape's order, then the bends."""

    def __init__(self, shape: Shape, links: dict[str, list[str]]) -> None:
        self._shape = shape
        self._links = links
        self._bends: dict[str, list[int]] = {}
        self._next = len(shape.ids)

    def part(self, ids: Sequence[str]) -> _Part:
        """Some nodes that hang together, and the bends between them."""
        layers, place = self._shape.layers, self._shape.place
        part = _Part(len(self._shape.ids))
        part.levels = [[] for _ in range(1 + max(layers[id_] for id_ in ids))]
        for id_ in ids:
            others = self._links.get(id_, ())
            bends = max((layers[other] for other in others), default=0) - layers[id_] - 1
            way = [place[id_], *range(self._next, self._next + max(bends, 0))]
            self._bends[id_] = way[1:]
            self._next += len(way) - 1
            for one, other in pairwise(way):
                part.join(one, other)
            for node in others:
                part.join(way[layers[node] - layers[id_] - 1], place[node])
        self._fill(part, ids)
        return part

    def _fill(self, part: _Part, ids: Sequence[str]) -> None:
        """Put the points into their levels, what hangs together near to each other."""
        layers, place = self._shape.layers, self._shape.place
        level = {place[id_]: layers[id_] for id_ in ids}
        seen: set[int] = set()
        for id_ in ids:
            if layers[id_] == 0:
                ahead = [(place[id_], 0)]
                while ahead:
                    point, at = ahead.pop()
                    if point not in seen:
                        seen.add(point)
                        part.levels[level.get(point, at)].append(point)
                        ahead += [(other, at + 1) for other in reversed(part.right[point])]

    def wires(self, lines: dict[int, int]) -> tuple[tuple[Wire, ...], ...]:
        """By the layer on their left, each from top to bottom."""
        layers, place = self._shape.layers, self._shape.place
        found: list[list[Wire]] = [[] for _ in range(max(layers.values(), default=0))]
        for id_, nodes in self._links.items():
            way = [place[id_], *self._bends[id_]]
            for step, point in enumerate(way):
                layer = layers[id_] + step + 1
                pins = [Pin(lines[place[n]], n, (n,)) for n in nodes if layers[n] == layer]
                beyond = tuple(n for n in nodes if layers[n] > layer)
                if beyond:
                    pins.append(Pin(lines[way[step + 1]], None, beyond))
                found[layer - 1].append(Wire(id_, lines[point], tuple(sorted(pins, key=_line))))
        return tuple(tuple(sorted(wires, key=_line)) for wires in found)


def _line(at: Wire | Pin) -> int:
    return at.line


# Order


def _order(part: _Part) -> None:
    """Have few wires cross: each point goes to the middle of those beside it, back and forth."""
    best, least = [list(level) for level in part.levels], _crossings(part)
    at = {point: place for level in part.levels for place, point in enumerate(level)}
    for _ in range(SWEEPS):
        if not least:
            break
        for level in part.levels[1:]:
            _sort(level, part.left, at)
        for level in reversed(part.levels[:-1]):
            _sort(level, part.right, at)
        if (crossings := _crossings(part)) < least:
            best, least = [list(level) for level in part.levels], crossings
    part.levels = best


def _sort(level: list[int], beside: dict[int, list[int]], at: dict[int, int]) -> None:
    def middle(point: int) -> float:
        others = beside.get(point)
        return sum([at[other] for other in others]) / len(others) if others else at[point]

    level.sort(key=middle)
    at.update((point, place) for place, point in enumerate(level))


def _crossings(part: _Part) -> int:
    """How many pairs of lines cross between any two neighbouring layers."""
    count = 0
    for level, following in pairwise(part.levels):
        at = {point: place for place, point in enumerate(following)}
        seen: list[int] = []
        for point in level:
            ends = sorted(at[other] for other in part.right[point])
            count += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return count


# Lines


def _lines(part: _Part) -> dict[int, int]:
    """A line for each point, as near as can be to those beside it, in the order of its level."""
    lines: dict[int, int] = {}
    for level in part.levels:
        lines.update(zip(level, _offsets(level, part.nodes), strict=True))
    for _ in range(2):
        for level in part.levels:
            _settle(part, level, (part.left,), lines)
        for level in reversed(part.levels):
            _settle(part, level, (part.right,), lines)
    for level in part.levels:
        _settle(part, level, (part.left, part.right), lines)
    return lines


def _offsets(level: Sequence[int], nodes: int) -> list[int]:
    """The lines of points that stand as close as they may."""
    offsets = [0]
    for one, other in pairwise(level):
        bends = one >= nodes and other >= nodes
        offsets.append(offsets[-1] + (BENDS_APART if bends else NODES_APART))
    return offsets[: len(level)]


def _settle(
    part: _Part,
    level: Sequence[int],
    sides: Iterable[dict[int, list[int]]],
    lines: dict[int, int],
) -> None:
    """Move the points of a level to where they wish to be, on the mean of those that collide.

    That is isotonic regression (pool adjacent violators): the least squares of all moves.
    """
    sides = tuple(sides)
    offsets = _offsets(level, part.nodes)
    blocks: list[tuple[float, float, int]] = []  # the wish, its weight, how many points
    for point, offset in zip(level, offsets, strict=True):
        others = [other for side in sides for other in side.get(point, ())]
        if others:
            bend = point >= part.nodes
            wish = sum([lines[other] for other in others]) / len(others)
            weight = float(len(others) * (4 if bend else 1))
        else:
            wish, weight = lines[point], 0.05
        block = (wish - offset, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            last = blocks.pop()
            heavy = last[1] + block[1]
            mean = (last[0] * last[1] + block[0] * block[1]) / heavy
            block = (mean, heavy, last[2] + block[2])
        blocks.append(block)
    settled = [int(wish + 0.5 + 1e6) - 10**6 for wish, _, count in blocks for _ in range(count)]
    for point, base, offset in zip(level, settled, offsets, strict=True):
        lines[point] = base + offset
