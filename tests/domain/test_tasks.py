"""Tasks: their locks, and the order in which their cards stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from genie_tui.domain.tasks import Card, Lock, Priority, Status

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def card(**more: Any) -> Card:
    fields: dict[str, Any] = {
        "id": "task-00000001",
        "seq": 1,
        "repo_path": "/src/acme",
        "project_id": None,
        "board_id": None,
        "type_id": "software",
        "column_id": None,
        "stage": "build",
        "status": Status.READY,
        "priority": Priority.NORMAL,
        "title": "a task",
        "created_at": NOW,
        "updated_at": NOW,
        "staged_at": NOW,
    }
    return Card(**(fields | more))


def test_open_stands_before_closed_then_priority_due_age_and_id() -> None:
    ordered = [
        card(priority=Priority.URGENT, due=NOW),
        card(priority=Priority.URGENT, due=NOW + timedelta(1)),
        card(priority=Priority.URGENT),
        card(priority=Priority.HIGH, created_at=NOW - timedelta(1)),
        card(priority=Priority.HIGH),
        card(priority=Priority.HIGH, id="task-00000002"),
        card(status=Status.FAILED),
        card(priority=Priority.LOW, status=Status.BLOCKED),
        card(priority=Priority.URGENT, status=Status.DONE, due=NOW),
        card(status=Status.CANCELLED),
    ]
    shuffled = [*ordered[1::2], *ordered[0::2]]
    assert sorted(shuffled, key=lambda card: card.order) == ordered


def test_what_failed_is_not_closed() -> None:
    closed = {status for status in Status if card(status=status).closed}
    assert closed == {Status.DONE, Status.CANCELLED}


@pytest.mark.parametrize(
    ("run_id", "holder"),
    [
        ("agent-eng-1", "eng-1"),
        ("tui-ada@desk", "ada"),
        ("tui-a@b@desk", "a@b"),
        ("tui-@desk", "tui-@desk"),
        ("tui-ada", "tui-ada"),
        ("run-17", "run-17"),
    ],
)
def test_a_run_is_read_as_whom_people_know(run_id: str, holder: str) -> None:
    assert Lock(run_id=run_id, since=NOW, timeout=timedelta(minutes=10)).holder == holder


def test_a_lock_has_less_and_less_time_left() -> None:
    lock = Lock(run_id="agent-eng-1", since=NOW, timeout=timedelta(minutes=10))
    assert lock.left(NOW + timedelta(minutes=4)) == timedelta(minutes=6)
    assert lock.left(NOW + timedelta(minutes=11)) == -timedelta(minutes=1)
