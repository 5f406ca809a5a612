"""Alerts: what is told, when, and that nothing is told twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.alerts import GATHER, REST, Alerts, priority_of, sentence
from genie_tui.domain.tasks import Priority
from genie_tui.domain.triage import Item, Need, Queue

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TICK = timedelta(seconds=1)


def item(key: str, need: Need = Need.AGENT) -> Item:
    return Item(key=key, needs=(need,), since=NOW, title=key)


def queue(*items: Item) -> Queue:
    return Queue(items=items)


def test_what_was_there_at_first_is_no_news() -> None:
    alerts = Alerts()
    assert alerts.take(queue(item("eng-1")), NOW) is None
    assert alerts.due(NOW + REST) == ()


def test_what_comes_together_is_told_together_and_once() -> None:
    alerts = Alerts()
    alerts.take(queue(), NOW)
    assert alerts.take(queue(item("eng-1")), NOW) == NOW + GATHER
    alerts.take(queue(item("eng-1"), item("run-1", Need.RUN)), NOW + TICK)
    assert alerts.due(NOW + TICK) == ()
    told = alerts.due(NOW + GATHER)
    assert [i.key for i in told] == ["eng-1", "run-1"]
    assert sentence(told) == "eng-1: an agent waits · run-1: its run failed"
    assert priority_of(told) is Priority.HIGH
    assert alerts.due(NOW + REST) == ()


def test_after_an_alert_there_is_a_rest_and_what_comes_meanwhile_is_told_then() -> None:
    alerts = Alerts()
    alerts.take(queue(), NOW)
    alerts.take(queue(item("eng-1")), NOW)
    at = NOW + GATHER
    alerts.due(at)
    assert alerts.take(queue(item("eng-1"), item("eng-2")), at + TICK) == at + REST
    assert [i.key for i in alerts.due(at + REST)] == ["eng-2"]


def test_what_was_decided_meanwhile_is_not_told() -> None:
    alerts = Alerts()
    alerts.take(queue(), NOW)
    alerts.take(queue(item("eng-1")), NOW)
    assert alerts.take(queue(), NOW + TICK) is None
    assert alerts.due(NOW + REST) == ()


def test_new_tasks_of_nobodys_ring_no_bell() -> None:
    alerts = Alerts()
    alerts.take(queue(), NOW)
    assert alerts.take(queue(item("task-1", Need.UNASSIGNED)), NOW) is None


def test_another_projects_queue_is_no_news() -> None:
    alerts = Alerts()
    alerts.take(queue(), NOW)
    alerts.forget()
    assert alerts.take(queue(item("eng-1")), NOW) is None


def test_a_long_list_is_told_in_short_and_harmlessly() -> None:
    items = [item(f"\x1b]0;x\x07{'long ' * 40}{n}") for n in range(5)]
    text = sentence(items)
    assert text.endswith("and 3 more")
    assert text.isprintable()
    assert len(text) < 200


names = st.sets(st.sampled_from([f"a{n}" for n in range(6)]))


@given(st.lists(st.tuples(names, st.integers(0, 30)), max_size=12))
def test_whatever_stays_in_the_queue_is_told_exactly_once(
    steps: list[tuple[set[str], int]],
) -> None:
    alerts, now, told = Alerts(), NOW, list[str]()
    alerts.take(queue(), now)
    seen: set[str] = set()
    came: list[str] = []
    for keys, wait in steps:
        came += sorted(keys - seen)
        seen = keys
        alerts.take(queue(*(item(key) for key in sorted(keys))), now)
        now += timedelta(seconds=wait)
        told += [i.key for i in alerts.due(now)]
    told += [i.key for i in alerts.due(now + GATHER + REST)]
    assert all(told.count(key) <= came.count(key) for key in told)
    assert seen <= set(told)
