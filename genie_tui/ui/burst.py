"""The guard against bursts: text that is pasted into the wrong pane must not work the keys.

Nobody types two different keys within a hundredth of a second; pasted text comes faster. Keys
that only move do no harm, and a key that is held down repeats at forty a second or less, so just
those keys count that write, ask or leave.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

__all__ = ["Burst", "Ruling"]

TOGETHER = 0.010
"""Seconds within which two keys were not typed one after the other."""

QUIET = 0.080
"""Seconds of silence after which a burst is over."""


class Ruling(Enum):
    """What is to be done with a key."""

    TAKE = "it was typed"
    HOLD = "wait a moment, whether more comes right behind it"
    DROP = "it is part of a burst"


class Burst:
    """Watches keys go by. `guarded` says of a key whether it does more than move."""

    def __init__(self, guarded: Callable[[str], bool]) -> None:
        self.dropped = 0
        self._guarded = guarded
        self._last = float("-inf")
        self._on = False

    def rule(self, key: str, at: float, *, held: bool) -> Ruling:
        """What to do with a key that was read at a time in seconds.

        `held` is whether an earlier key is still held back; it is dropped when this one is.
        """
        gap = at - self._last
        self._last = at
        if self._on and gap >= QUIET:
            self._on = False
        if not self._on and gap < TOGETHER and (held or self._guarded(key)):
            self._on = True
            self.dropped = int(held)
        if self._on:
            self.dropped += 1
            return Ruling.DROP
        return Ruling.HOLD if self._guarded(key) else Ruling.TAKE
