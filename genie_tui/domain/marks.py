"""How far a log was read: the highest id seen, and the holes below it.

Ids are given out when a row is written and become visible when it is committed, so a lower one
may come after a higher one. Each id that was passed over stays a hole, which is looked into at
every read, until it is certain that nobody can fill it any more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

__all__ = ["GRACE", "LAST", "Hole", "Mark"]

GRACE = 2.0
"""Seconds in which a writer that has taken an id gets its transaction id too.

It takes microseconds, but for triggers that run in between.
"""

HOLES_AT_MOST = 1000
"""Above this, the oldest are given up: each costs a probe of the index at every read."""

LAST = 2**63 - 1
"""The highest id there can be."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Ids from `low` to `high` that were passed over at `since` (monotonic seconds).

    Once `until` is set, whoever may still fill it has a transaction id below.
    """

    low: int
    high: int
    since: float
    until: int | None = None


@dataclass(slots=True)
class Mark:
    """The place in a log up to which all is read, but for the holes."""

    high: int = 0
    holes: list[Hole] = field(default_factory=list)
    given_up: int = 0

    @classmethod
    def newest(cls, ids: Iterable[int], now: float) -> Mark:
        """The end of a log whose newest ids are these; what is missing among them is a hole."""
        ordered = sorted(ids)
        mark = cls(high=ordered[0] - 1 if ordered else 0)
        mark.take(ordered, now)
        return mark

    def copy(self) -> Mark:
        """Another one that can go on by itself."""
        return Mark(high=self.high, holes=list(self.holes), given_up=self.given_up)

    def ranges(self) -> tuple[list[int], list[int]]:
        """Where unseen ids can be: the lows and the highs, both inclusive and ascending."""
        lows = [hole.low for hole in self.holes]
        highs = [hole.high for hole in self.holes]
        return [*lows, self.high + 1], [*highs, LAST]

    def unseen(self, id_: int) -> bool:
        """Is this id above the mark, or in a hole?"""
        return id_ > self.high or self._hole_of(id_) is not None

    def take(self, ids: Iterable[int], now: float) -> None:
        """Those ids were seen; ids that are known already change nothing."""
        for id_ in ids:
            if id_ > self.high:
                if id_ > self.high + 1:
                    self.holes.append(Hole(self.high + 1, id_ - 1, now))
                self.high = id_
            elif (index := self._hole_of(id_)) is not None:
                self._split(index, id_)
        if (excess := len(self.holes) - HOLES_AT_MOST) > 0:
            del self.holes[:excess]
            self.given_up += excess

    def settle(self, xmin: int, xmax: int, now: float) -> None:
        """Forget the holes that nobody can fill any more.

        `xmin` and `xmax` are of a snapshot that was taken before the latest read: below `xmin`
        every transaction has ended, from `xmax` on none had begun.
        """
        judged = (
            replace(hole, until=xmax) if hole.until is None and now - hole.since >= GRACE else hole
            for hole in self.holes
        )
        self.holes = [hole for hole in judged if hole.until is None or xmin < hole.until]

    def _hole_of(self, id_: int) -> int | None:
        index = bisect_right(self.holes, id_, key=lambda hole: hole.low) - 1
        return index if index >= 0 and id_ <= self.holes[index].high else None

    def _split(self, index: int, id_: int) -> None:
        hole = self.holes[index]
        parts = (replace(hole, high=id_ - 1), replace(hole, low=id_ + 1))
        self.holes[index : index + 1] = [part for part in parts if part.low <= part.high]
