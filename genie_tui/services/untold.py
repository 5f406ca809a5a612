"""Hints of which a row of a log may tell too, so that exactly one of the two is shown.

Another client may change a task's stage and write no log of it, or write it a moment later. So a
hint waits a little for its row; one that had to speak for itself keeps the row silent.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable
from itertools import starmap
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

    All times are monotonic seconds. Thousands may come at once, so all that came at one time
    wait in one dictionary, or in several where a key came twice. `shown_as` says by what a hint
    that was shown is known, where that tells more than its key.
    """

    def __init__(self, shown_as: Callable[[Hashable, T], Hashable] = lambda key, _: key) -> None:
        self._shown_as = shown_as
        self._waiting: deque[tuple[float, dict[Hashable, T]]] = deque()
        self._told = _Tally(AHEAD)
        self._guessed = _Tally(AHEAD)
        self._shown = _Tally(BEHIND)

    @property
    def next(self) -> float:
        """When something falls due."""
        while self._waiting and not self._waiting[0][1]:
            self._waiting.popleft()
        return self._waiting[0][0] + PATIENCE if self._waiting else inf

    def heard(self, hints: Iterable[tuple[Hashable, T]], now: float) -> None:
        """Hints came; each waits, unless its row, or a guess, came before."""
        new = list(hints)
        for known in (self._told, self._guessed):
            if known:
                new = [hint for hint in new if not known.take(hint[0], now)]
        while new:
            layer = dict(new)
            self._waiting.append((now, layer))
            new = _repeated(new) if len(layer) < len(new) else []

    def guessed(self, key: Hashable, what: T, now: float) -> None:
        """Somebody saw that it happened; unless a hint or a row is there, it waits like a hint."""
        waits = any(key in layer for _, layer in self._waiting)
        if not waits and not self._told.take(key, now):
            self._waiting.append((now, {key: what}))
            self._guessed.add([key], now)

    def told(self, key: Hashable, now: float, *, shown_as: Hashable | None = None) -> bool:
        """A row came; False where its hint was shown in its place already."""
        if self._shown.take(key if shown_as is None else shown_as, now):
            return False
        for _, layer in self._waiting:
            if layer.pop(key, None) is not None:
                return True
        self._told.add([key], now)
        return True

    def forget(self, needless: Callable[[T], bool]) -> list[T]:
        """Drop of what waits all that need not be told; these."""
        dropped: list[T] = []
        for _, layer in self._waiting:
            keys = [key for key, what in layer.items() if needless(what)]
            dropped += [layer.pop(key) for key in keys]
        return dropped

    def overdue(self, now: float) -> list[tuple[T, float]]:
        """Those that have waited long enough, in order of their coming, and when each came."""
        if self.next > now:
            return []
        layers = [layer for layer in self._waiting if layer[0] + PATIENCE <= now + TOGETHER]
        return [(what, came) for came, layer in layers for what in layer.values()]

    def shown(self, now: float) -> None:
        """All that are overdue were shown."""
        if self.next > now:
            return
        while self._waiting and self._waiting[0][0] + PATIENCE <= now + TOGETHER:
            _, layer = self._waiting.popleft()
            self._shown.add(starmap(self._shown_as, layer.items()), now)


def _repeated(hints: list[tuple[Hashable, T]]) -> list[tuple[Hashable, T]]:
    """All but the last of each key."""
    left = Counter(key for key, _ in hints)
    repeated = []
    for key, what in hints:
        left[key] -= 1
        if left[key]:
            repeated.append((key, what))
    return repeated


class _Tally:
    """Counts keys, for `keep` seconds from the last time that each came."""

    def __init__(self, keep: float) -> None:
        self._keep = keep
        self._counts: dict[Hashable, tuple[int, float]] = {}
        self._added: deque[tuple[float, list[Hashable]]] = deque()

    def __bool__(self) -> bool:
        return bool(self._counts)

    def add(self, keys: Iterable[Hashable], now: float) -> None:
        """Count each of them once more."""
        until = now + self._keep
        added = list(keys)
        for key in added:
            count, _ = self._counts.get(key, (0, 0.0))
            self._counts[key] = count + 1, until
        self._added.append((until, added))
        while self._added[0][0] < now:
            for key in self._added.popleft()[1]:
                if self._counts.get(key, (0, inf))[1] < now:
                    del self._counts[key]

    def take(self, key: Hashable, now: float) -> bool:
        """Count one less; False where there was none."""
        if (found := self._counts.pop(key, None)) is None:
            return False
        count, until = found
        if until < now:
            return False
        if count > 1:
            self._counts[key] = count - 1, until
        return True
