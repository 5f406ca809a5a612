"""Rows of the logs as lines that a person can read.

Lines are plain text on one line; what is not known is shown as it is, never left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from genie_tui.domain.boards import decoded
from genie_tui.domain.changes import Event, EventKind
from genie_tui.domain.runs import ENDED
from genie_tui.domain.tasks import Lock
from genie_tui.services.board_lines import board_line
from genie_tui.services.call_lines import CALLS, call_line
from genie_tui.services.logs import AuditRow, MessageRow, Row, StageRow
from genie_tui.services.sightings import Agent, Letter, Run

__all__ = [
    "agent_event",
    "event",
    "letter_event",
    "line",
    "quoted",
    "run_event",
    "task_name",
]

QUOTE_AT_MOST = 200
"""Characters of a person's text in a line."""

LINE_AT_MOST = 300
"""Characters of a line; what is longer says no more at a glance."""

OVERRIDE = "agent:override"

Facts = Mapping[str, Any]
"""What an audit event says of itself: `details`, where that is an object."""

Line = Callable[[AuditRow, Facts], str]


def event(row: Row) -> Event | None:
    """The line that a row gives; None where another row tells the same."""
    if isinstance(row, StageRow):
        return _stage(row)
    if isinstance(row, MessageRow):
        return _message(row)
    return _audit(row)


def line(text: str, limit: int = LINE_AT_MOST) -> str:
    """Text on one line, cut to a length."""
    joined = " ".join(text.split())
    return joined if len(joined) <= limit else joined[: limit - 1] + "…"


def quoted(text: str) -> str:
    """Somebody's words."""
    return f'"{line(text, QUOTE_AT_MOST)}"'


def task_name(seq: int | None, task_id: str) -> str:
    """`#12`; the id where the task is gone."""
    return task_id if seq is None else f"#{seq}"


def agent_event(agent: Agent, state: str, at: datetime, number: int) -> Event:
    """An agent that has come into a state; `number` tells it from other times."""
    return Event(
        key=("agents", f"{agent.id} {state} {number}"),
        kind=EventKind.AGENT,
        at=at,
        text=line(f"agent {agent.name} {state}"),
        actor=agent.id,
        task_id=agent.task_id,
        alarm=state in STOPPED,
    )


def letter_event(letter: Letter) -> Event:
    """Mail that was sent."""
    address = line(f"{letter.from_worker}, mail for {letter.to_worker}")
    return Event(
        key=("mailbox", letter.id),
        kind=EventKind.MAIL,
        at=letter.at,
        text=f"{address}: {quoted(letter.body)}",
        actor=letter.from_worker,
    )


def run_event(run: Run, at: datetime) -> Event | None:
    """A run of a schedule that has come to a status; None where that says nothing."""
    if run.status not in RUN_WORDS:
        return None
    return Event(
        key=("runs", f"{run.id} {run.status}"),
        kind=EventKind.RUN,
        at=at,
        text=line(_run(run.schedule, run.status, run.exit_code)),
        alarm=run.status in ALARMS,
    )


def _run(schedule: str, status: str, exit_code: int | None) -> str:
    failed = f" (exit {exit_code})" if exit_code and status in ENDED else ""
    return f"run {schedule} {RUN_WORDS.get(status, status.replace('_', ' '))}{failed}"


def _stage(row: StageRow) -> Event:
    text = f"{task_name(row.seq, row.task_id)} {row.from_stage or '?'} → {row.to_stage}"
    text += f" by {row.actor}" if row.actor else ""
    text += ", over the agent's gate" if row.gate_type == OVERRIDE else ""
    return Event(
        key=("task_stage_log", str(row.id)),
        kind=EventKind.STAGE,
        at=row.at,
        text=line(text),
        actor=row.actor,
        task_id=row.task_id,
        task_seq=row.seq,
    )


def _message(row: MessageRow) -> Event:
    place = f" in {row.conversation}" if row.conversation else ""
    place = f" on #{row.seq}" if row.task_id else place
    return Event(
        key=("messages", str(row.id)),
        kind=EventKind.MESSAGE,
        at=row.at,
        text=f"{line(f'{row.actor}{place}')}: {quoted(row.body)}",
        actor=row.actor,
        task_id=row.task_id,
        task_seq=row.seq,
    )


def _audit(row: AuditRow) -> Event | None:
    of_task = row.entity_type == "task"
    if row.retaken or (of_task and row.event_type in TOLD_ELSEWHERE):
        return None
    details = decoded(row.details)
    known = TASK_LINES.get(row.event_type) if of_task else None
    if row.schedule is not None:
        text = _run(row.schedule, row.event_type, row.exit_code)
    elif known is not None:
        text = known(row, details if isinstance(details, dict) else {})
    elif (told := board_line(row, details) or call_line(row, details)) is not None:
        text = told
    else:
        text = _raw(row, details)
    return Event(
        key=("audit_events", str(row.id)),
        kind=_kind(row),
        at=row.at,
        text=line(text),
        actor=row.actor,
        task_id=row.entity_id if of_task else None,
        task_seq=row.seq,
        alarm=row.event_type in ALARMS,
        burst=CALLS.get(row.entity_type, ""),
    )


def _kind(row: AuditRow) -> EventKind:
    if row.entity_type == "task":
        return TASK_KINDS.get(row.event_type, EventKind.TASK)
    if row.entity_type in CALLS:
        return EventKind.TOOL
    return ENTITY_KINDS.get(row.entity_type, EventKind.OTHER)


def _raw(row: AuditRow, details: Any) -> str:
    """An event that this program knows nothing of, with what it says of itself."""
    name = details.get("name") if isinstance(details, dict) else None
    done = f"{row.event_type.replace('_', ' ')}{_by(row)}"
    if isinstance(name, str) and (row.event_type in TOLD_BY_NAME or row.entity_type == "schedule"):
        return f"{row.entity_type} {name} {done}"
    subject = f"#{row.seq}" if row.seq is not None else f"{row.entity_type} {row.entity_id}"
    said = f"{subject} {done}"
    return f"{said}: {facts}" if (facts := _listed(details)) else said


def _listed(details: Any) -> str:
    if isinstance(details, dict):
        shown = {key: value for key, value in details.items() if key not in UNSAID}
        return ", ".join(f"{key} {_fact(value)}" for key, value in shown.items())
    return "" if details is None else _fact(details)


def _fact(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _name(row: AuditRow) -> str:
    return task_name(row.seq, row.entity_id)


def _by(row: AuditRow) -> str:
    return f" by {row.actor}" if row.actor else ""


def _because(facts: Facts) -> str:
    reason = facts.get("reason")
    return f": {reason}" if isinstance(reason, str) and reason.strip() else ""


def _did(verb: str) -> Line:
    return lambda row, facts: f"{_name(row)} {verb}{_by(row)}{_because(facts)}"


def _owner(row: AuditRow, facts: Facts) -> str:
    """Who holds or held the lock, as people call the owner of a run id."""
    run = facts.get("run")
    if not isinstance(run, str) or not run:
        return row.actor or "somebody"
    return Lock(run_id=run, since=row.at, timeout=timedelta()).holder


def _created(row: AuditRow, _: Facts) -> str:
    title = f": {line(row.title, QUOTE_AT_MOST)}" if row.title else ""
    return f"{_name(row)} created{_by(row)}{title}"


def _took(row: AuditRow, facts: Facts) -> str:
    return f"{_owner(row, facts)} took {_name(row)}"


def _expired(row: AuditRow, facts: Facts) -> str:
    owner = _owner(row, facts)
    taker = f", taken by {row.actor}" if row.actor and row.actor != owner else ""
    return f"lock of {owner} on {_name(row)} expired{taker}"


def _unlocked(row: AuditRow, facts: Facts) -> str:
    return f"lock of {_owner(row, facts)} on {_name(row)} removed{_by(row)}"


def _released(row: AuditRow, facts: Facts) -> str:
    return f"{_owner(row, facts)} released {_name(row)}"


def _blocked(row: AuditRow, facts: Facts) -> str:
    return f"{_name(row)} blocked{_because(facts) or _by(row)}"


def _dependency(done: str) -> Line:
    def text(row: AuditRow, facts: Facts) -> str:
        other = task_name(row.other_seq, row.other_id or "?")
        word = facts.get("type")
        arrow = "→" if word in {None, "depends_on"} else str(word).replace("_", " ")
        return f"dep {_name(row)} {arrow} {other} {done}{_by(row)}"

    return text


def _approval(row: AuditRow, facts: Facts) -> str:
    return f"{row.actor or facts.get('kind', 'somebody')} approves {_name(row)}{_at_stage(facts)}"


def _at_stage(facts: Facts) -> str:
    stage = facts.get("stage")
    return f" at {stage}" if isinstance(stage, str) and stage else ""


def _priority(row: AuditRow, facts: Facts) -> str:
    return f"{_name(row)} priority {facts.get('from', '?')} → {facts.get('to', '?')}{_by(row)}"


def _edited(row: AuditRow, facts: Facts) -> str:
    fields = facts.get("fields")
    if not isinstance(fields, list) or not fields:
        return f"{_name(row)} edited{_by(row)}"
    named = ", ".join(str(field).removesuffix("_id").replace("_", " ") for field in fields)
    return f"{_name(row)} edited{_by(row)}: {named}"


def _deleted(row: AuditRow, facts: Facts) -> str:
    """The task is gone; the row itself knows what it was called."""
    seq, title = facts.get("seq"), facts.get("title")
    name = f"#{seq}" if isinstance(seq, int) else _name(row)
    said = f": {line(title, QUOTE_AT_MOST)}" if isinstance(title, str) else ""
    return f"{name} deleted{_by(row)}{said or _because(facts)}"


def _tag(verb: str) -> Line:
    return lambda row, facts: f"{_name(row)} {verb} {facts.get('tag', '?')}{_by(row)}"


def _person(verb: str) -> Line:
    return lambda row, facts: f"{_name(row)} {verb} {facts.get('id', '?')}{_by(row)}"


def _role(verb: str) -> Line:
    def text(row: AuditRow, facts: Facts) -> str:
        return f"{facts.get('id', '?')} {verb} {facts.get('role', '?')} of {_name(row)}{_by(row)}"

    return text


def _undone(verb: str) -> Line:
    def text(row: AuditRow, facts: Facts) -> str:
        after = facts.get("after")
        said = f" ({', '.join(map(str, after))})" if isinstance(after, dict) and after else ""
        return f"{row.actor or 'somebody'} {verb} a change of {_name(row)}{said}"

    return text


UNSAID = frozenset({"before", "after"})
"""Facts for undoing, which are no news."""

TOLD_BY_NAME = frozenset({"created", "imported"})

TOLD_ELSEWHERE = frozenset({"stage_change"})
"""By a row of the stage log."""

TASK_LINES: Mapping[str, Line] = {
    "created": _created,
    "checkout": _took,
    "checkout_expired": _expired,
    "released": _released,
    "unlocked": _unlocked,
    "blocked": _blocked,
    "unblocked": _did("unblocked"),
    "done": _did("done"),
    "failed": _did("failed"),
    "cancelled": _did("cancelled"),
    "reopened": _did("reopened"),
    "deleted": _deleted,
    "edited": _edited,
    "approval": _approval,
    "priority": _priority,
    "tagged": _tag("tagged"),
    "untagged": _tag("untagged"),
    "assigned": _person("assigned to"),
    "unassigned": _person("taken from"),
    "actor_added": _role("becomes"),
    "actor_removed": _role("is no longer"),
    "undo": _undone("undid"),
    "redo": _undone("repeated"),
    "dependency_added": _dependency("added"),
    "dependency_removed": _dependency("removed"),
}
"""What audit events of tasks say, by their type."""

TASK_KINDS = {
    "checkout": EventKind.CHECKOUT,
    "checkout_expired": EventKind.CHECKOUT,
    "released": EventKind.CHECKOUT,
    "unlocked": EventKind.CHECKOUT,
    "dependency_added": EventKind.DEPENDENCY,
    "dependency_removed": EventKind.DEPENDENCY,
}

ENTITY_KINDS = {
    "run": EventKind.RUN,
    "trigger": EventKind.RUN,
    "schedule": EventKind.RUN,
    "agent": EventKind.AGENT,
    "mailbox": EventKind.MAIL,
    "conversation": EventKind.MESSAGE,
    "message": EventKind.MESSAGE,
}

ALARMS = frozenset({"failed", "checkout_expired", "timeout", "error"})
"""What needs a person's eye."""

STOPPED = frozenset({"permission", "question", "error"})
"""States in which an agent needs a person."""

RUN_WORDS = {
    "running": "started",
    "completed": "completed",
    "failed": "failed",
    "timeout": "timed out",
    "cancelled": "cancelled",
}
"""Statuses of a run as people say it; the others are over in a moment."""
