"""The guard against bursts: text that is pasted into the wrong pane must not work the keys.

Nobody types two keys within a hundredth of a second, but a slow line or a script can bring a few
together, and those are meant. Pasted text comes in one piece, goes on, and holds many different
letters, or some that do nothing here: by that it is told, and nothing of it takes effect. Keys that
only move do no harm.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

__all__ = ["Burst", "Ruling"]

TOGETHER = 0.010
"""Seconds within which two keys were not typed one after the other."""

QUIET = 0.080
"""Seconds of silence after which a burst is over."""

FEW = 4
"""So many keys that do more than move may come together."""


MANY = 5
"""So many different keys never come together but in a text."""


class Ruling(Enum):
    """What is to be done with a key."""

    TAKE = "it was typed"
    HOLD = "wait a moment, whether more comes right behind it"
    DROP = "it is part of a burst"


class Burst:
    """Watches keys go by.

    `guarded` says of a key whether it does more than move, `known` whether it does anything.
    `fresh` is true of a key that did not come together with the one before it; `dropped` counts
    the keys of the burst that is on.
    """

    def __init__(self, guarded: Callable[[str], bool], known: Callable[[str], bool]) -> None:
        self.dropped = 0
        self.fresh = True
        self._guarded = guarded
        self._known = known
        self._last = float("-inf")
        self._acting = 0
        self._strange = False
        self._kinds: set[str] = set()
        self._on = False

    def rule(self, key: str, at: float, *, held: int) -> Ruling:
        """What to do with a key that was read at a time in seconds.

        `held` is how many keys before it are still held back; they are dropped when it is.
        """
        gap, self._last = at - self._last, at
        self.fresh = gap >= TOGETHER
        if self._on and gap < QUIET:
            self.dropped += 1
            return Ruling.DROP
        if self.fresh:
            self._acting, self._strange, held = 0, False, 0
            self._kinds.clear()
        self._kinds.add(key)
        self._acting += self._guarded(key)
        self._strange = self._strange or not self._known(key)
        text = len(self._kinds) >= MANY or (self._strange and not self.fresh)
        self._on = self._acting > FEW or (text and self._acting > 0)
        if self._on:
            self.dropped = held + 1
            return Ruling.DROP
        return Ruling.HOLD if held or self._guarded(key) else Ruling.TAKE
