"""Alerts: what newly needs a person while nobody looks, told once and not one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from genie_tui.domain.tasks import Priority
from genie_tui.domain.text import clean
from genie_tui.domain.triage import Item, Need, Queue

__all__ = ["GATHER", "REST", "Alerts", "priority_of", "sentence"]

GATHER = timedelta(seconds=2)
"""What comes within this is told together."""

REST = timedelta(seconds=20)
"""After an alert there is none for so long; what comes meanwhile is told after it."""

SILENT = frozenset({Need.UNASSIGNED})
"""What waits for a person without anything having happened: agents make tasks all the time."""

NAMED = 2
"""So many are told by name."""


class Alerts:
    """Decides when there is something to tell, and of what.

    What is in the first queue is old news: whoever starts the dashboard sees it.
    """

    def __init__(self) -> None:
        self._known: frozenset[tuple[str, Need]] | None = None
        self._news: dict[str, Item] = {}
        self._due: datetime | None = None
        self._told: datetime | None = None

    def take(self, queue: Queue, now: datetime) -> datetime | None:
        """Another queue; when to ask for what is to be told, if there is anything."""
        items = [item for item in queue.items if item.need not in SILENT]
        keys = frozenset((item.key, item.need) for item in items)
        if self._known is not None:
            self._news |= {i.key: i for i in items if (i.key, i.need) not in self._known}
        self._known = keys
        # What has been decided by now needs nobody any more.
        self._news = {i.key: i for i in items if i.key in self._news}
        if not self._news:
            self._due = None
        elif self._due is None:
            rested = self._told + REST if self._told else now
            self._due = max(now + GATHER, rested)
        return self._due

    def due(self, now: datetime) -> Sequence[Item]:
        """What is to be told now, the most pressing first; it is not told again."""
        if self._due is None or now < self._due:
            return ()
        found = sorted(self._news.values(), key=lambda item: item.order)
        self._news, self._due, self._told = {}, None, now
        return found

    def forget(self) -> None:
        """Another project's queue comes next: nothing in it is news."""
        self._known, self._news, self._due = None, {}, None


def priority_of(items: Iterable[Item]) -> Priority:
    """How pressing it is: a task's own priority, and high for agents and runs that have stopped."""
    found = [item.card.priority if item.card else _beyond(item) for item in items]
    return min(found, key=lambda priority: priority.rank, default=Priority.LOW)


def _beyond(item: Item) -> Priority:
    return Priority.NORMAL if item.need is Need.MAIL else Priority.HIGH


def sentence(items: Sequence[Item]) -> str:
    """`#33 rate limits: approval · eng-4: agent · and 2 more`, as plain text on one line."""
    parts = [_told(item) for item in items[:NAMED]]
    more = len(items) - NAMED
    return " · ".join(parts + ([f"and {more} more"] if more > 0 else []))


def _told(item: Item) -> str:
    name = f"#{item.card.seq} {item.card.title}" if item.card else item.title
    text = clean(name)
    short = text if len(text) <= 60 else f"{text[:59]}…"
    return f"{short}: {MEANT[item.need]}"


MEANT = {
    Need.APPROVAL: "waits for your word",
    Need.AGENT: "an agent waits",
    Need.STALE: "its lock expired",
    Need.RUN: "its run failed",
    Need.OVERDUE: "overdue",
    Need.BLOCKED: "blocked",
    Need.UNASSIGNED: "nobody's",
    Need.MAIL: "wrote to you",
}
