"""What is done to boards, projects, types, tags and groups, as lines that a person can read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from genie_tui.domain.boards import decoded
from genie_tui.services.logs import AuditRow

__all__ = ["board_line", "renamed"]

Facts = Mapping[str, Any]

PREFERENCE = "notification_preference"

NOUNS = {
    "board": "board",
    "board_template": "template",
    "project": "project",
    "task_type": "type",
    "tag": "tag",
    "view": "view",
    "conversation": "conversation",
    PREFERENCE: "preference of",
}
"""Entity type -> how a line begins; a name follows."""

RENAMES = {("board", "column_edited"), ("task_type", "stage_renamed")}
"""After these, tasks may have followed with their stages."""


def board_line(row: AuditRow, details: Any) -> str | None:
    """The line of an audit row about a board and the like; None where it is of nothing known."""
    facts: Facts = details if isinstance(details, dict) else {}
    name = row.entity_id if row.entity_type == PREFERENCE else facts.get("name")
    known = LINES.get((row.entity_type, row.event_type))
    if known is None or not isinstance(name, str):
        return None
    by = f" by {row.actor}" if row.actor else ""
    return f"{NOUNS[row.entity_type]} {name}{known(by, facts)}"


def renamed(row: AuditRow) -> tuple[str, str] | None:
    """The old and the new name of a column, or a stage of a type, of which a row tells."""
    if (row.entity_type, row.event_type) not in RENAMES:
        return None
    details = decoded(row.details)
    facts: Facts = details if isinstance(details, dict) else {}
    old, new = (_object(facts, key).get("name") for key in ("before", "after"))
    return (old, new) if isinstance(old, str) and isinstance(new, str) else None


def _did(verb: str) -> Callable[[str, Facts], str]:
    return lambda by, _: f" {verb}{by}"


def _edited(by: str, facts: Facts) -> str:
    after = _object(facts, "after")
    if "name" in after:
        return f" renamed to {after['name']}{by}"
    changed = [*after, *(["columns"] if "columns" in facts else [])]
    return f" edited{by}{_listed(changed)}"


def _column(verb: str) -> Callable[[str, Facts], str]:
    return lambda by, facts: f": column {facts.get('column', '?')} {verb}{by}"


def _column_edited(by: str, facts: Facts) -> str:
    after = _object(facts, "after")
    if "name" in after:
        renamed = _column(f"renamed to {after['name']}")
        return f"{renamed(by, facts)}{_tasks(facts, 'followed')}"
    return f"{_column('changed')(by, facts)}{_listed([key.replace('_', ' ') for key in after])}"


def _stage_renamed(by: str, facts: Facts) -> str:
    new = _object(facts, "after").get("name", "?")
    followed = _tasks(facts, "followed")
    return f": stage {facts.get('stage', '?')} renamed to {new}{by}{followed}"


def _moved(by: str, facts: Facts) -> str:
    return f"{_edited(by, facts)}{_tasks(facts, 'followed')}"


def _tag_deleted(by: str, facts: Facts) -> str:
    return f" deleted{by}{_tasks(facts, 'lost it')}"


def _preference(by: str, facts: Facts) -> str:
    """What holds now; of one that was there only what was changed."""
    after = _object(facts, "after")
    said = [f"from {after['priority_threshold']} on"] if "priority_threshold" in after else []
    said += ["enabled" if after["enabled"] else "disabled"] if "enabled" in after else []
    said += ["default"] if after.get("is_default") else []
    return f": {facts.get('channel', '?')} set{by}{_listed(said)}"


def _forgotten(by: str, facts: Facts) -> str:
    return f": {facts.get('channel', '?')} forgotten{by}"


def _member(verb: str) -> Callable[[str, Facts], str]:
    return lambda by, facts: f": {facts.get('id', '?')} {verb}{by}"


def _role(by: str, facts: Facts) -> str:
    return f": {facts.get('id', '?')} {facts.get('from', '?')} → {facts.get('to', '?')}{by}"


def _column_removed(by: str, facts: Facts) -> str:
    return _column("removed")(by, facts) + _tasks(facts, f"to {facts.get('to')}")


def _reconciled(by: str, facts: Facts) -> str:
    orphaned = facts.get("orphaned")
    more = f", {orphaned} orphaned" if orphaned else ""
    return f": {_count(facts.get('repaired'))} repaired{by}{more}"


def _tasks(facts: Facts, what: str) -> str:
    return f", {_count(facts['tasks'])} {what}" if facts.get("tasks") else ""


def _count(number: object) -> str:
    return f"{number} task{'' if number == 1 else 's'}"


def _listed(changed: list[str]) -> str:
    words = [str(key).removesuffix("_id").replace("_", " ") for key in changed]
    return f": {', '.join(words)}" if words else ""


def _object(facts: Facts, key: str) -> Facts:
    value = facts.get(key)
    return value if isinstance(value, dict) else {}


LINES: Mapping[tuple[str, str], Callable[[str, Facts], str]] = {
    ("conversation", "created"): _did("created"),
    ("conversation", "edited"): _edited,
    ("conversation", "member_added"): _member("added"),
    ("conversation", "member_removed"): _member("removed"),
    ("conversation", "role_changed"): _role,
    ("board", "edited"): _edited,
    ("board", "deleted"): _did("deleted"),
    ("board", "reconciled"): _reconciled,
    ("board", "column_added"): _column("added"),
    ("board", "column_edited"): _column_edited,
    ("board", "column_moved"): _column("moved"),
    ("board", "column_removed"): _column_removed,
    ("board_template", "created"): _did("created"),
    ("board_template", "edited"): _edited,
    ("board_template", "deleted"): _did("deleted"),
    ("project", "edited"): _moved,
    ("project", "deleted"): _did("deleted"),
    ("task_type", "created"): _did("created"),
    ("task_type", "edited"): _edited,
    ("task_type", "stage_renamed"): _stage_renamed,
    ("task_type", "deleted"): _did("deleted"),
    ("tag", "edited"): _edited,
    ("tag", "deleted"): _tag_deleted,
    ("view", "created"): _did("saved"),
    ("view", "edited"): _edited,
    ("view", "deleted"): _did("deleted"),
    ("notification_preference", "set"): _preference,
    ("notification_preference", "removed"): _forgotten,
}
"""What audit events say, by entity and event type."""
