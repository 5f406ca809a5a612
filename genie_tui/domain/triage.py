"""What needs a person, and why (`interface.md` › Screens, Triage)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from genie_tui.domain.actors import Kind
from genie_tui.domain.tasks import Card, Status

__all__ = ["Item", "Need", "Queue", "needs"]


class Need(StrEnum):
    """Why something needs a person, most pressing first."""

    APPROVAL = "approval"
    AGENT = "agent"
    STALE = "stale lock"
    RUN = "failed run"
    OVERDUE = "overdue"
    BLOCKED = "blocked"
    UNASSIGNED = "unassigned"
    MAIL = "mail"

    @property
    def rank(self) -> int:
        """0 for the most pressing."""
        return list(Need).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something to be decided: a task (`card`), or an agent, a run or a letter.

    `key` tells it from every other; `needs` are its reasons, the most pressing first, and `since`
    is when that one began. `title` and `text` say what it is where it is no task: an agent's name
    and state, a schedule and how its run ended, a sender and what was written. `place` is where an
    agent's pane is, as tmux names it, and `ref` the id of the agent's, run's or letter's row.
    """

    key: str
    needs: tuple[Need, ...]
    since: datetime
    card: Card | None = None
    title: str = ""
    text: str = ""
    ref: str = ""
    place: str | None = None

    @property
    def need(self) -> Need:
        """The most pressing reason."""
        return self.needs[0]

    @property
    def order(self) -> tuple[int, int, float]:
        """The place in the queue: by need, then priority, then who waits longest."""
        priority = self.card.priority.rank if self.card else 0
        return (self.need.rank, priority, self.since.timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The items in order, and how many there are of each need, those left out included.

    A task that has several needs counts with its most pressing one, and stands there once.
    `changes_at` is when time alone will change it next: a lock ends, a task is due.
    """

    items: tuple[Item, ...] = ()
    counts: Mapping[Need, int] = field(default_factory=dict)
    changes_at: datetime | None = None

    @property
    def total(self) -> int:
        """How much there is to decide."""
        return sum(self.counts.values())


def needs(card: Card, now: datetime) -> tuple[tuple[Need, datetime], ...]:
    """Why a task needs a person, and since when; nothing where it does not."""
    if card.closed:
        return ()
    found = []
    if Kind.AGENT in card.approved and Kind.HUMAN not in card.approved:
        found.append((Need.APPROVAL, min(approval.at for approval in card.approvals)))
    if card.lock is not None and card.lock.left(now) < timedelta(0):
        found.append((Need.STALE, card.lock.ends))
    if card.due is not None and card.due < now:
        found.append((Need.OVERDUE, card.due))
    if card.status in (Status.BLOCKED, Status.FAILED):
        found.append((Need.BLOCKED, card.updated_at))
    ready = card.status is Status.READY and card.lock is None and not card.waits
    if ready and not card.assignees:
        found.append((Need.UNASSIGNED, card.created_at))
    return tuple(found)
