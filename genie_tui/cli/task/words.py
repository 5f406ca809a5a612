"""What is said of a task object in a few words, on one line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from genie_tui.cli import output
from genie_tui.domain.actors import Kind
from genie_tui.domain.durations import ENDLESS, countdown, short
from genie_tui.domain.gates import Gate, waits_for
from genie_tui.domain.tasks import CLOSED, Lock, Priority

__all__ = ["due", "lock", "missing", "name", "people", "priority", "waits"]

Object = Mapping[str, Any]


def name(task: Object, *, with_project: bool = False) -> str:
    """`#12`, or `acme#12`."""
    return f"{task['project'] or task['repo_path'] if with_project else ''}#{task['seq']}"


def priority(task: Object) -> str:
    """The priority, where it is not the usual one."""
    return "" if task["priority"] == Priority.NORMAL else str(task["priority"])


def lock(task: Object, now: datetime) -> str:
    """Who holds it, and for how much longer: `eng-1 7:42`, `eng-1 STALE +14m`."""
    if task["checkout_run_id"] is None:
        return ""
    held = Lock(
        run_id=task["checkout_run_id"],
        since=task["execution_locked_at"] or task["updated_at"],
        timeout=_length(task),
    )
    left = held.left(now)
    over = left < timedelta(0)
    return f"{held.holder} {f'STALE +{short(left)}' if over else countdown(left)}"


def _length(task: Object) -> timedelta:
    length = task["checkout_timeout_ms"]
    if length is None or task["execution_locked_at"] is None:
        return ENDLESS
    return timedelta(milliseconds=length)


def missing(task: Object) -> str:
    """Whose word it waits for at its gate: `a person`, `an agent`."""
    if task["status"] in CLOSED:
        return ""
    # A person's word is recorded where an agent's is wanted too, and nowhere else.
    kind = waits_for(Gate.BOTH, [Kind(word["kind"]) for word in task["approvals"]])
    return {Kind.HUMAN: "a person", Kind.AGENT: "an agent", None: ""}[kind]


def waits(task: Object) -> str:
    """Whom and what it waits for: `a person, #33, #31`."""
    others = [f"#{other['seq']}" for other in task["waits_for"]]
    return ", ".join(filter(None, [missing(task), *others]))


def people(task: Object, role: str) -> list[str]:
    """The ids of those who have a role in it, each once."""
    return list(dict.fromkeys(a["actor_id"] for a in task["actors"] if a["role"] == role))


def due(task: Object, now: datetime) -> str:
    """When it is due: `2026-12-01`, `2026-12-01 14:30`, `2026-12-01 (overdue)`."""
    moment = task["due_date"]
    if moment is None:
        return ""
    over = moment < now and task["status"] not in CLOSED
    return f"{output.moment(moment)}{' (overdue)' if over else ''}"
