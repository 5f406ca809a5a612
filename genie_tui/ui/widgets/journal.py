"""What has happened, in order, as far as it is loaded; several logs on screen share one journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from genie_tui.domain.changes import Event

__all__ = ["KEPT", "SPARE", "Journal"]

KEPT = 5_000
"""Events that are kept; older ones are read again when somebody scrolls back to them."""

SPARE = 500
"""How many are forgotten at once, so that this is not done for each."""


class Journal:
    """Events numbered from oldest to newest; a number stays an event's own.

    `first` is the number of the oldest that is loaded, `end` the one that the next will get.
    `complete` is true once it is known that nothing older exists.
    """

    def __init__(self) -> None:
        self.first = 0
        self.complete = False
        self._events: list[Event] = []
        self._keys: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self._events)

    def __getitem__(self, number: int) -> Event:
        """The event of a number from `first` to below `end`."""
        if not self.first <= number < self.end:
            raise IndexError(number)
        return self._events[number - self.first]

    @property
    def end(self) -> int:
        """One above the newest event's number."""
        return self.first + len(self._events)

    @property
    def oldest(self) -> Event | None:
        """The oldest event that is loaded."""
        return self._events[0] if self._events else None

    def add(self, events: Iterable[Event]) -> int:
        """Add what happened now; how many of these were not known."""
        fresh = self._fresh(events)
        self._events += fresh
        if len(self._events) > KEPT + SPARE:
            self._forget(len(self._events) - KEPT)
        return len(fresh)

    def begin_anew(self) -> None:
        """What comes is of another database, whose events may have the keys of these."""
        self._keys.clear()

    def add_older(self, events: Sequence[Event]) -> int:
        """Add what happened before, as it is read: newest first or last; how many were new.

        None at all means that there is nothing older.
        """
        self.complete = self.complete or not events
        fresh = sorted(self._fresh(events), key=lambda event: event.at)
        self._events[:0] = fresh
        self.first -= len(fresh)
        return len(fresh)

    def _fresh(self, events: Iterable[Event]) -> list[Event]:
        fresh = []
        for event in events:
            if event.key not in self._keys:
                self._keys.add(event.key)
                fresh.append(event)
        return fresh

    def _forget(self, count: int) -> None:
        for event in self._events[:count]:
            self._keys.discard(event.key)
        del self._events[:count]
        self.first += count
        self.complete = False
