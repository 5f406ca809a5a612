"""Folding what comes in bursts: one line for many events of one actor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from genie_tui.domain.changes import Event, EventKind

__all__ = ["Burst", "Shown", "gathered", "shown"]

GAP = timedelta(seconds=60)
"""Two calls of tools that lie further apart are of two bursts."""

SHORT_GAP = timedelta(seconds=5)
"""Other events of one kind belong together only where nobody would have done them by hand."""

LEAST = 4
"""So many other events are a burst; of calls, two are."""

WORDS = {
    EventKind.STAGE: "stage changes",
    EventKind.DEPENDENCY: "dependencies",
    EventKind.CHECKOUT: "checkouts",
    EventKind.RUN: "runs",
    EventKind.TASK: "task changes",
    EventKind.AGENT: "changes of state",
    EventKind.MAIL: "letters",
    EventKind.TOOL: "calls",
    EventKind.OTHER: "events",
}

SINGLE = frozenset({EventKind.MESSAGE, EventKind.MAIL})
"""What somebody wrote is told one by one."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Events that follow each other and belong together, oldest first; often but one."""

    events: tuple[Event, ...]

    @property
    def key(self) -> tuple[str, str]:
        """That of its first event, which stays while it grows."""
        return self.events[0].key

    @property
    def folds(self) -> bool:
        """Are there enough of them to be told as one?"""
        return len(self.events) >= (2 if self.events[0].burst else LEAST)

    @property
    def text(self) -> str:
        """`×14 tool calls eng-1`."""
        words = {event.burst for event in self.events}
        first = self.events[0]
        what = next(iter(words)) if len(words) == 1 and first.burst else WORDS[first.kind]
        return f"×{len(self.events)} {what}{f' {first.actor}' if first.actor else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A line: an event, or the newest of those that are folded under it (`count` of them)."""

    event: Event
    burst: tuple[str, str]
    count: int = 1
    text: str = ""
    unfolded: bool = False

    @property
    def key(self) -> str:
        """What tells the line from every other; that of a fold stays while it grows."""
        kind, id_ = self.burst if self.count > 1 else self.event.key
        return f"{'fold ' if self.count > 1 else ''}{kind} {id_}"


def gathered(events: Iterable[Event], before: Sequence[Burst] = ()) -> list[Burst]:
    """Events in order, as bursts; the first of them may go on with the last of `before`."""
    bursts = list(before)
    for event in events:
        if bursts and _goes_on(bursts[-1].events[-1], event):
            bursts[-1] = Burst((*bursts[-1].events, event))
        else:
            bursts.append(Burst((event,)))
    return bursts


def _goes_on(last: Event, event: Event) -> bool:
    """Does an event belong to the burst of the one before it?"""
    same = (last.kind, last.actor, bool(last.burst)) == (event.kind, event.actor, bool(event.burst))
    if not same or event.alarm or last.alarm or event.kind in SINGLE:
        return False
    return event.at - last.at <= (GAP if event.burst else SHORT_GAP)


def shown(bursts: Iterable[Burst], unfolded: frozenset[tuple[str, str]]) -> list[Shown]:
    """A line for each event, or for many; those in `unfolded` are told one by one."""
    lines: list[Shown] = []
    for burst in bursts:
        if burst.folds and burst.key not in unfolded:
            newest = burst.events[-1]
            count = len(burst.events)
            lines.append(Shown(event=newest, burst=burst.key, count=count, text=burst.text))
        else:
            lines += [
                Shown(event=event, burst=burst.key, text=event.text, unfolded=burst.folds)
                for event in burst.events
            ]
    return lines
