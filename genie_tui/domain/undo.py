"""Undo: what a change has to be taken back to, and what that means in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from genie_tui.domain.tasks import Priority, Status, holder

__all__ = [
    "TIMES",
    "UNDOABLE",
    "Change",
    "Part",
    "Undo",
    "fits",
    "to_redo",
    "to_undo",
    "told",
    "undoable",
]

TIMES = frozenset({"execution_locked_at", "started_at", "ended_at"})
"""The columns whose values are times, which audit rows hold as text."""

_TEXTS = frozenset({"stage", "column_id", "blocked_reason", "checkout_run_id"})
_NEVER_NULL = frozenset({"stage", "status", "priority"})
_KNOWN: dict[str, frozenset[str]] = {
    "status": frozenset(Status),
    "priority": frozenset(Priority),
}
_ACTOR_TYPES = frozenset({"local", "genie_os_user", "omni_agent"})

UNDOABLE = TIMES | _TEXTS | {"status", "priority", "checkout_timeout_ms"}
"""The columns that undo gives back: stage, lock, status, priority. An edited text it does not."""

SHOWN = 5
"""So many tasks of a change are named one by one."""

KINDS_SHOWN = 3
"""So many different things that are done to tasks are told."""


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
class Part:
    """What becomes of one task: it is led from `now` to `then`.

    `events` are the audit rows undone, `undo` the row of the undo that a redo takes back. `name`
    is `#12`, or `acme#12` where the tasks are of several projects.
    """

    task_id: str
    name: str
    title: str = ""
    now: Mapping[str, Any]
    then: Mapping[str, Any]
    events: tuple[int, ...] = ()
    undo: int | None = None

    @property
    def text(self) -> str:
        """What would be done: `#12 token refresh: to build`."""
        return f"{f'{self.name} {self.title}'.strip()}: {told(self.then)}"

    @property
    def done(self) -> str:
        """What was done, and would be taken back."""
        return f"{f'{self.name} {self.title}'.strip()}: {told(self.now)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """A change that can be taken back, or made again: on all of its tasks, or on none."""

    parts: tuple[Part, ...]

    @property
    def rows(self) -> frozenset[int]:
        """The audit rows that it is about, by which it is known again."""
        rows = {event for part in self.parts for event in part.events}
        return frozenset(rows | {part.undo for part in self.parts if part.undo is not None})

    @property
    def task_ids(self) -> tuple[str, ...]:
        """The tasks that it would change."""
        return tuple(part.task_id for part in self.parts)

    @property
    def text(self) -> str:
        """What would be done: `#12 token refresh: to build`, `3 tasks: to build (#1, #2, #3)`."""
        if len(self.parts) == 1:
            return self.parts[0].text
        return self._gathered([(part.name, told(part.then)) for part in self.parts])

    @property
    def done(self) -> str:
        """What was done, and would be taken back."""
        if len(self.parts) == 1:
            return self.parts[0].done
        return self._gathered([(part.name, told(part.now)) for part in self.parts])

    @staticmethod
    def _gathered(done: Iterable[tuple[str, str]]) -> str:
        names: dict[str, list[str]] = {}
        for name, what in done:
            names.setdefault(what, []).append(name)
        kinds = [_of_several(what, of) for what, of in list(names.items())[:KINDS_SHOWN]]
        others = sum(len(of) for of in list(names.values())[KINDS_SHOWN:])
        return "; ".join(kinds + ([f"and {others} more"] if others else []))


def _of_several(what: str, names: list[str]) -> str:
    if len(names) == 1:
        return f"{names[0]}: {what}"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{len(names)} tasks: {what} ({', '.join(names[:SHOWN])}{more})"


def undoable(before: Any, after: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Of an audit row's `before` and `after`, what undo gives back; None where that is nothing.

    Other clients write rows of their own: what a task could not be like is nothing, too.
    """
    if not isinstance(before, dict) or not isinstance(after, dict):
        return None
    kept = [{key: told[key] for key in told if _known(key)} for told in (before, after)]
    if kept[0].keys() != kept[1].keys() or not kept[0]:
        return None
    if not all(_sound(key, value) for told in kept for key, value in told.items()):
        return None
    return kept[0], kept[1]


def _known(key: str) -> bool:
    if key.startswith("actor:"):
        _, type_, *rest = key.split(":")
        return type_ in _ACTOR_TYPES and len(rest) >= 2
    return key in UNDOABLE or key.startswith("tag:")


def _sound(key: str, value: Any) -> bool:
    """Can the column, or whether there is such a row, be of this value?"""
    if ":" in key:
        return isinstance(value, bool)
    if value is None:
        return key not in _NEVER_NULL
    if key == "checkout_timeout_ms":
        return type(value) is int and abs(value) < 2**31
    if not isinstance(value, str):
        return False
    if key in TIMES:
        return _is_time(value)
    return key not in _KNOWN or value in _KNOWN[key]


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def fits(part: Part, *, status: str, run: str | None) -> bool:
    """Would the task's status and lock, as they are now beside it, go together afterwards?

    What gives back both gives back what was. Else only a task that is in progress or blocked is
    locked, and one in progress always: otherwise nobody could claim it.
    """
    if ("status" in part.then) == ("checkout_run_id" in part.then):
        return True
    status, run = part.then.get("status", status), part.then.get("checkout_run_id", run)
    if run is None:
        return status != Status.IN_PROGRESS
    return status in {Status.IN_PROGRESS, Status.BLOCKED}


def to_undo(newest_first: Iterable[Change]) -> tuple[Change, ...]:
    """The newest change that is not undone: the rows of one transaction, on whatever tasks."""
    taken_back: set[int | None] = set()
    undone: set[int] = set()
    found: list[Change] = []
    for change in newest_first:
        if change.event == "redo":
            taken_back.add(change.undo)
        elif change.event == "undo":
            undone.update(() if change.id in taken_back else change.events)
        elif change.id not in undone and (not found or change.at == found[0].at):
            found.append(change)
    return tuple(found)


def to_redo(newest_first: Iterable[Change]) -> tuple[Change, ...]:
    """The rows of the newest undo that was not redone; none once something was changed after."""
    taken_back: set[int | None] = set()
    found: list[Change] = []
    for change in newest_first:
        if change.event == "redo":
            taken_back.add(change.undo)
        elif change.event != "undo":
            if not found:
                break
        elif change.id not in taken_back and (not found or change.at == found[0].at):
            found.append(change)
    return tuple(found)


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
