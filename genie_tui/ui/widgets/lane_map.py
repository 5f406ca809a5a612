"""How a board that is cut into lanes lies on screen: pure arithmetic over counts.

Lanes stand one above the other. A rank is a row across all columns, counted from the top of the
board: the k-th rank of a lane holds the k-th card of that lane in every column that has one. A
lane has as many ranks as its fullest column has cards, and begins with a line that says which it
is; that line stays on top as long as ranks of its lane are shown.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from genie_tui.domain.lanes import Lane
from genie_tui.domain.tasks import LaneKey

__all__ = ["Frame", "LaneMap", "Place"]


class Frame(NamedTuple):
    """The room for lanes: so many lines; a card takes `lines`, the next begins `step` below."""

    body: int
    lines: int
    step: int


class Place(NamedTuple):
    """What begins at a line: a rank, or where that is None the line of a lane."""

    line: int
    lane: int
    rank: int | None


class LaneMap:
    """The lanes of some columns.

    `counts` are the cards by lane of every column. Those in `wide` are seen: they alone make lanes
    high, so that every rank has a card. There is at least one lane with cards.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        counts: Mapping[str, Mapping[LaneKey, int]],
        wide: Collection[str],
    ) -> None:
        self.lanes = lanes
        self._keys = [lane.key for lane in lanes]
        self._counts = {c: [counts[c].get(lane.key, 0) for lane in lanes] for c in counts}
        self._starts = {c: _sums(sizes) for c, sizes in self._counts.items()}
        heights = [max((self._counts[c][n] for c in wide), default=0) for n in range(len(lanes))]
        self._tops = _sums(heights)
        self._heads = _sums([int(height > 0) for height in heights])
        self.ranks = self._tops[-1]

    def counts(self, lane: int) -> dict[str, int]:
        """How many cards of a lane there are in each column that has any."""
        return {column: n[lane] for column, n in self._counts.items() if n[lane]}

    def lane(self, rank: int) -> int:
        """In which lane a rank is."""
        return bisect_right(self._tops, rank, hi=len(self.lanes)) - 1

    def lane_of(self, column: str, row: int) -> int:
        """In which lane a row of a column is."""
        return bisect_right(self._starts[column], row, hi=len(self.lanes)) - 1

    def top(self, lane: int) -> int:
        """The first rank of a lane."""
        return self._tops[lane]

    def rank(self, column: str, row: int) -> int:
        """Where a row of a wide column stands."""
        lane = self.lane_of(column, row)
        return self._tops[lane] + row - self._starts[column][lane]

    def row(self, column: str, rank: int) -> int | None:
        """Which row of a column stands there; None where it has no card."""
        lane = self.lane(rank)
        nth = rank - self._tops[lane]
        return self._starts[column][lane] + nth if nth < self._counts[column][lane] else None

    def before(self, column: str, rank: int) -> int:
        """How many rows of a column stand above a rank."""
        if rank >= self.ranks:
            return self._starts[column][-1]
        lane = self.lane(max(rank, 0))
        nth = max(rank, 0) - self._tops[lane]
        return self._starts[column][lane] + min(nth, self._counts[column][lane])

    def nearest(self, column: str, rank: int) -> int | None:
        """The row of a wide column that stands nearest to a rank; None where it has no cards."""
        below = self.before(column, rank)
        rows = [row for row in (below - 1, below) if 0 <= row < self._starts[column][-1]]
        return min(rows, key=lambda row: abs(self.rank(column, row) - rank), default=None)

    def near(self, column: str, key: LaneKey, nth: int) -> int | None:
        """The row of the n-th card of a lane, or else the nearest one there is to it."""
        lane = bisect_left(self._keys, key)
        if lane < len(self.lanes) and self._keys[lane] == key:
            if count := self._counts[column][lane]:
                return self._starts[column][lane] + min(nth, count - 1)
            nth = min(nth, self._tops[lane + 1] - self._tops[lane] - 1)
        return self.nearest(column, min(self._tops[lane] + max(nth, 0), self.ranks - 1))

    # On screen, where the rank `top` comes first, under its lane's line

    def line(self, top: int, rank: int, frame: Frame) -> int:
        """The line at which a rank from `top` on begins."""
        heads = self._heads[self.lane(rank)] - self._heads[self.lane(top)]
        return 1 + heads + (rank - top) * frame.step

    def stack(self, top: int, frame: Frame) -> Iterator[Place]:
        """What is shown from `top` on, downwards; the last of it may be cut off."""
        line, lane = 0, -1
        for rank in range(top, self.ranks):
            if self.lane(rank) != lane:
                lane = self.lane(rank)
                yield Place(line=line, lane=lane, rank=None)
                line += 1
            if line >= frame.body:
                return
            yield Place(line=line, lane=lane, rank=rank)
            line += frame.step
            if line >= frame.body:
                return

    def last(self, top: int, frame: Frame) -> int:
        """The last rank that is wholly shown; `top` itself in any case."""
        rank = min(top + max(frame.body // frame.step, 1), self.ranks - 1)
        while rank > top and self.line(top, rank, frame) + frame.lines > frame.body:
            rank -= 1
        return rank

    def reveal(self, top: int, rank: int, frame: Frame) -> int:
        """Which rank to have on top to show another one wholly: the nearest to `top`."""
        if rank < top:
            return rank
        top = max(top, rank - max(frame.body // frame.step, 1))
        while top < rank and self.line(top, rank, frame) + frame.lines > frame.body:
            top += 1
        return top

    def clamped(self, top: int, frame: Frame) -> int:
        """No further down than that the last rank is shown."""
        return max(0, min(top, self.reveal(0, self.ranks - 1, frame)))


def _sums(sizes: Sequence[int]) -> list[int]:
    """What comes before each, and the whole."""
    return list(accumulate(sizes, initial=0))
