"""Hints of which a row of a log may tell too, so that exactly one of the two is shown.

Another client may change a task's stage and write no log of it, or write it a moment later. So a
hint waits a little for its row; one that had to speak for itself keeps the row silent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from math import inf
from typing import Generic, TypeVar

__all__ = ["PATIENCE", "Untold"]

PATIENCE = 0.25
"""Seconds that a hint waits for its row."""

TOGETHER = 0.1
"""Seconds by which one falls due early, to be told with the others of its burst."""

AHEAD = 2.0
"""Seconds for which a row that came first is remembered, until its hint comes."""

BEHIND = 60.0
"""Seconds for which a hint that was shown is remembered, should its row come yet."""

T = TypeVar("T")


class Untold(Generic[T]):
    """What waits to be told by somebody else; a key says what it is about.

    All times are monotonic seconds.
    """

    def __init__(self) -> None:
        self._waiting: dict[Hashable, deque[tuple[float, T]]] = {}
        self._told = _Tally(AHEAD)
        self._shown = _Tally(BEHIND)

    @property
    def next(self) -> float:
        """When something falls due."""
        return min((queue[0][0] for queue in self._waiting.values()), default=inf)

    def heard(self, key: Hashable, what: T, now: float) -> None:
        """A hint came; unless its row came before, it waits."""
        if not self._told.take(key, now):
            self._waiting.setdefault(key, deque()).append((now + PATIENCE, what))

    def told(self, key: Hashable, now: float) -> bool:
        """A row came; False where its hint was shown in its place already."""
        if self._shown.take(key, now):
            return False
        if (queue := self._waiting.get(key)) is None:
            self._told.add(key, now)
            return True
        queue.popleft()
        if not queue:
            del self._waiting[key]
        return True

    def due(self, now: float) -> list[T]:
        """Those that have waited long enough and are to be shown now, in order of their coming."""
        ready: list[tuple[float, T]] = []
        for key, queue in list(self._waiting.items()):
            while queue and queue[0][0] <= now + TOGETHER:
                ready.append(queue.popleft())
                self._shown.add(key, now)
            if not queue:
                del self._waiting[key]
        ready.sort(key=lambda entry: entry[0])
        return [what for _, what in ready]


class _Tally:
    """Counts keys, each for `keep` seconds."""

    def __init__(self, keep: float) -> None:
        self._keep = keep
        self._until: dict[Hashable, deque[float]] = {}
        self._order: deque[tuple[float, Hashable]] = deque()

    def add(self, key: Hashable, now: float) -> None:
        until = now + self._keep
        self._until.setdefault(key, deque()).append(until)
        self._order.append((until, key))
        while self._order[0][0] < now:
            _, old = self._order.popleft()
            self._drop(old, now)

    def take(self, key: Hashable, now: float) -> bool:
        """Count one less; False where there was none."""
        self._drop(key, now)
        if (queue := self._until.get(key)) is None:
            return False
        queue.popleft()
        if not queue:
            del self._until[key]
        return True

    def _drop(self, key: Hashable, now: float) -> None:
        queue = self._until.get(key)
        while queue and queue[0] < now:
            queue.popleft()
        if queue is not None and not queue:
            del self._until[key]
