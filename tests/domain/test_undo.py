"""Which change is the last that is not undone, and which undo the last that is not redone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.undo import Change, to_redo, to_undo, told

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def change(number: int, event: str = "priority", **more: Any) -> Change:
    at = NOW + timedelta(seconds=number)
    fields: dict[str, Any] = {"id": number, "task_id": "t", "event": event, "at": at}
    return Change(**({"before": {}, "after": {}} | fields | more))


def test_the_rows_of_one_transaction_are_one_change_whatever_stands_between() -> None:
    together = [change(5, at=NOW), change(4, at=NOW, task_id="u"), change(2, at=NOW)]
    history = [*together[:2], change(3, task_id="v"), together[2], change(1)]
    assert to_undo(history) == tuple(together)


def test_with_nothing_changed_there_is_nothing_to_undo_or_redo() -> None:
    assert to_undo([]) == ()
    assert to_redo([]) == ()
    assert to_redo([change(1)]) == ()


@given(st.lists(st.sampled_from(["change", "undo", "redo"]), max_size=30))
def test_they_are_a_pair_of_stacks(steps: list[str]) -> None:
    history: list[Change] = []
    done: list[int] = []
    undone: list[tuple[int, int]] = []
    for number, step in enumerate(steps, 1):
        found, again = to_undo(reversed(history)), to_redo(reversed(history))
        assert [c.id for c in found] == done[-1:]
        assert [c.id for c in again] == [number for number, _ in undone[-1:]]
        if step == "change":
            history.append(change(number))
            done.append(number)
            undone.clear()
        elif step == "undo" and found:
            history.append(change(number, "undo", events=(found[0].id,)))
            undone.append((number, done.pop()))
        elif step == "redo" and again:
            history.append(change(number, "redo", undo=again[0].id))
            done.append(undone.pop()[1])


def test_it_says_what_the_task_will_be_like() -> None:
    assert told({"stage": "build", "column_id": "c", "status": "in_progress"}) == (
        "to build, in progress"
    )
    assert told({"checkout_run_id": "agent-eng-1"}) == "locked by eng-1"
    assert told({"checkout_run_id": None}) == "not locked"
    assert told({"tag:a:b": False, "actor:local:x:y:assignee": True}) == (
        "tag a:b off, x:y assignee"
    )
    assert told({"blocked_reason": "no key"}) == "the rest as it was"
