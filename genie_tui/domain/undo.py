"""Undo: what a change has to be taken back to, and what that means in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from genie_tui.domain.tasks import holder

__all__ = ["TIMES", "UNDOABLE", "Change", "Undo", "to_redo", "to_undo", "told", "undoable"]

TIMES = frozenset({"execution_locked_at", "started_at", "ended_at"})
"""The columns whose values are times, which audit rows hold as text."""

UNDOABLE = TIMES | {
    "stage",
    "column_id",
    "status",
    "priority",
    "blocked_reason",
    "checkout_run_id",
    "checkout_timeout_ms",
}
"""The columns that undo gives back: stage, lock, status, priority. An edited text it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An audit row of an actor's own change, undo or redo (`services/audit.py`)."""

    id: int
    task_id: str
    event: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    events: tuple[int, ...] = ()
    undo: int | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """A change that can be taken back, or made again.

    It leads from `now` to `then`; `events` are the audit rows undone, `undo` the row of the undo
    that a redo takes back. `text` says what would be done: `#12 token refresh: back to build`.
    """

    task_id: str
    text: str
    now: Mapping[str, Any]
    then: Mapping[str, Any]
    events: tuple[int, ...] = ()
    undo: int | None = None


def undoable(told_of: Mapping[str, Any]) -> dict[str, Any]:
    """Of an audit row's `before` or `after`, what undo gives back."""
    return {key: value for key, value in told_of.items() if ":" in key or key in UNDOABLE}


def to_undo(newest_first: Iterable[Change]) -> tuple[Change, ...]:
    """The newest change that is not undone: the rows of one transaction on one task."""
    taken_back: set[int | None] = set()
    undone: set[int] = set()
    found: list[Change] = []
    for change in newest_first:
        if found and (change.task_id, change.at) != (found[0].task_id, found[0].at):
            break
        if change.event == "redo":
            taken_back.add(change.undo)
        elif change.event == "undo":
            undone.update(() if change.id in taken_back else change.events)
        elif change.id not in undone:
            found.append(change)
    return tuple(found)


def to_redo(newest_first: Iterable[Change]) -> Change | None:
    """The newest undo that was not redone; None once something was changed after it."""
    taken_back: set[int | None] = set()
    for change in newest_first:
        if change.event == "redo":
            taken_back.add(change.undo)
        elif change.event != "undo":
            return None
        elif change.id not in taken_back:
            return change
    return None


def told(then: Mapping[str, Any]) -> str:
    """What a task will be like with these values: `to build, not locked, ready, tag bug off`."""
    parts = [f"to {then['stage']}"] if "stage" in then else []
    if "checkout_run_id" in then:
        run = then["checkout_run_id"]
        parts.append("not locked" if run is None else f"locked by {holder(run)}")
    if "status" in then:
        parts.append(str(then["status"]).replace("_", " "))
    if "priority" in then:
        parts.append(f"priority {then['priority']}")
    for key, there in then.items():
        kind, _, rest = key.partition(":")
        if kind == "tag":
            parts.append(f"tag {rest} {'on' if there else 'off'}")
        elif kind == "actor":
            who, _, role = rest.partition(":")[2].rpartition(":")
            parts.append(f"{who} {'' if there else 'not '}{role}")
    return ", ".join(parts) or "the rest as it was"
