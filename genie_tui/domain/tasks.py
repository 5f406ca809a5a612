"""Tasks: the cards of a board, their locks, and the order in which they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from genie_tui.domain.actors import Kind
from genie_tui.domain.durations import ENDLESS
from genie_tui.domain.gates import Approval

__all__ = [
    "CLOSED",
    "Card",
    "DepType",
    "LaneKey",
    "Link",
    "Lock",
    "OrderKey",
    "Priority",
    "Sort",
    "Status",
    "Tag",
    "Task",
    "holder",
]


class Status(StrEnum):
    """What may be done with a task."""

    READY = "ready"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


CLOSED = frozenset({Status.DONE, Status.CANCELLED})
"""Nothing more is to be done. A failed task is open: somebody has to look at it."""


class Priority(StrEnum):
    """How pressing a task is."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for urgent to 3 for low."""
        return list(Priority).index(self)


class DepType(StrEnum):
    """What a dependency row says of its two tasks."""

    DEPENDS_ON = "depends_on"
    BLOCKS = "blocks"
    RELATES_TO = "relates_to"


def holder(run_id: str) -> str:
    """A run id as people read it: `agent-eng-1` is eng-1, `tui-ada@host` is ada."""
    if run_id.startswith("agent-"):
        return run_id.removeprefix("agent-")
    if run_id.startswith("tui-"):
        return run_id.removeprefix("tui-").rpartition("@")[0] or run_id
    return run_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Who holds a task, since when, and for how long at most; `ENDLESS` is one without expiry."""

    run_id: str
    since: datetime
    timeout: timedelta

    @property
    def holder(self) -> str:
        """The run id as people read it."""
        return holder(self.run_id)

    def left(self, now: datetime) -> timedelta:
        """Time until anybody may take over; negative once expired."""
        return ENDLESS if self.timeout >= ENDLESS else self.since + self.timeout - now

    @property
    def ends(self) -> datetime:
        """From when on anybody may take over; without expiry, past all other times."""
        endless = self.timeout >= ENDLESS
        return datetime.max.replace(tzinfo=UTC) if endless else self.since + self.timeout


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag as a card shows it."""

    id: str
    name: str
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Another task, as far as a card says anything of it."""

    id: str
    seq: int
    title: str
    stage: str
    status: Status


LaneKey = tuple[int | str, ...]
"""The place of a lane among those of a board."""

OrderKey = tuple[int | float | str | LaneKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A task as a board shows it.

    `waits` are the open tasks that this one waits for, `holds` the open ones that wait for it.
    `parent` is the task of which this one is a part, its title cut where it is very long.
    `assignees` are the ids of its actors in role `assignee`. `approvals` are those of the present
    stage. `staged_at` is when it entered the stage (its creation where no move is logged).
    """

    id: str
    seq: int
    repo_path: str
    project_id: str | None
    board_id: str | None
    type_id: str
    column_id: str | None
    stage: str
    status: Status
    priority: Priority
    title: str
    lock: Lock | None = None
    due: datetime | None = None
    blocked_reason: str | None = None
    created_at: datetime
    updated_at: datetime
    staged_at: datetime
    tags: tuple[Tag, ...] = ()
    comments: int = 0
    waits: tuple[Link, ...] = ()
    holds: tuple[Link, ...] = ()
    assignees: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    parent: Link | None = None
    project_name: str | None = None

    @property
    def closed(self) -> bool:
        """Nothing more is to be done."""
        return self.status in CLOSED

    @property
    def approved(self) -> frozenset[Kind]:
        """Which sides have said that it may go on."""
        return frozenset(approval.kind for approval in self.approvals)

    @property
    def order(self) -> OrderKey:
        """The place among the cards of a column: what a claim would take first stands on top."""
        return Sort.PRIORITY.key(self)


class Sort(StrEnum):
    """How the cards of a column are ordered; open before closed in any case."""

    PRIORITY = "priority"
    AGE = "age"
    DUE = "due"
    UPDATED = "updated"

    def key(self, card: Card) -> OrderKey:
        """The place of a card.

        By priority, then due date (none last), age and id: the order of the index
        `tui_tasks_window` and of `claim`. By due date, the same without priority. The oldest comes
        first by age, what changed last by `updated`.
        """
        due = card.due.timestamp() if card.due else float("inf")
        made = card.created_at.timestamp()
        match self:
            case Sort.PRIORITY:
                return int(card.closed), card.priority.rank, due, made, card.id
            case Sort.AGE:
                return int(card.closed), made, card.id
            case Sort.DUE:
                return int(card.closed), due, made, card.id
            case Sort.UPDATED:
                return int(card.closed), -card.updated_at.timestamp(), card.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Card):
    """A task in full: the card, and what only its own screen shows."""

    parent_id: str | None = None
    wish_file: str | None = None
    group_name: str | None = None
    description: str | None = None
    acceptance_criteria: str | None = None
    start_date: datetime | None = None
    estimated_effort: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    release_id: str | None = None
    session_id: str | None = None
    pane_id: str | None = None
    trace_id: str | None = None
    metadata: Any = None
    children_open: int = 0
