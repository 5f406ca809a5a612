"""Who may begin a run, when a schedule is due next, and what becomes of what was left behind."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from genie_tui.domain.runs import (
    AT_ONCE,
    ENDED,
    Caps,
    Due,
    Fate,
    Leased,
    RunSpec,
    Spread,
    fate,
    next_due,
    run_spec,
    startable,
)
from genie_tui.domain.schedules import Every, parse

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
specs = st.builds(
    RunSpec,
    command=st.just("true"),
    concurrency_class=st.none() | st.sampled_from("abc"),
    concurrency_limit=st.integers(1, 3),
)
numbers = count()
dues = st.builds(
    Due,
    id=st.builds(lambda: f"trig-{next(numbers)}"),
    schedule_id=st.just("s"),
    name=st.just("n"),
    due_at=st.just(NOW),
    spec=specs,
    asked=st.booleans(),
)


@given(json, st.none() | st.text())
@example({"lease_timeout_ms": 10**40, "concurrency_limit": True, "repo": " "}, None)
def test_any_run_spec_is_borne(value: Any, command: str | None) -> None:
    found = run_spec(value, command)
    assert timedelta(0) < found.timeout < timedelta(days=21)
    assert found.concurrency_limit >= 1
    assert found.repo is None or found.repo.strip()


@given(st.lists(dues), st.lists(specs, max_size=6), st.integers(1, 6), st.integers(1, 3))
def test_no_cap_is_passed_and_nothing_waits_that_has_room(
    due: list[Due], running: list[RunSpec], total: int, limit: int
) -> None:
    caps = Caps(total=total, classes={"a": limit})
    chosen = startable(due, running, caps)
    going = [*running, *(one.spec for one in chosen)]
    assert len(chosen) <= max(total - len(running), 0)
    assert [one for one in due if one in chosen] == chosen
    before = Counter(spec.concurrency_class for spec in running)
    for name, many in Counter(spec.concurrency_class for spec in going).items():
        if name is not None and many > before[name]:
            mine = [one.spec for one in chosen if one.spec.concurrency_class == name]
            assert many <= max(caps.of(spec) for spec in mine)
    for one in due:
        if one not in chosen:
            assert len(going) >= total or not caps.has_room(one.spec, going)


@given(st.lists(dues, max_size=12), st.lists(st.floats(0, 12), max_size=8))
def test_what_is_spread_waits_once_and_no_longer_than_it_may(
    due: list[Due], steps: list[float]
) -> None:
    clock = [0.0]
    draws = iter([n / 7 % 1 for n in range(1000)])
    spread = Spread(30.0, lambda: next(draws), lambda: clock[0])
    first = spread.ready(due)
    crowd = sum(not one.asked for one in due) > AT_ONCE
    assert {one.id for one in due if one.asked} <= {one.id for one in first}
    assert crowd or first == due
    seen = {one.id for one in first}
    for step in steps:
        clock[0] += step
        ready = {one.id for one in spread.ready(due)}
        assert seen <= ready
        seen = ready
        wait = spread.wait()
        assert (wait is None) == (len(ready) == len(due))
        assert wait is None or 0 < wait <= 30
    clock[0] += 30
    assert spread.ready(due) == due


@given(
    st.sampled_from(["@every 1m", "@every 7s", "*/5 * * * *", "0 2 * * *", "@once"]),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_what_was_missed_is_due_once_more_and_then_in_time(
    expression: str, seconds: int, all_missed: bool
) -> None:
    timing = parse(expression)
    due = NOW - timedelta(seconds=seconds)
    following = next_due(timing, due, NOW, all_missed=all_missed)
    if expression == "@once":
        assert following is None
        return
    assert following is not None
    assert following > due
    if all_missed:
        assert following == timing.after(due)
    elif following != timing.after(due):
        assert following > NOW
    if isinstance(timing, Every):
        assert (following - due) % timing.length == timedelta(0)
        assert all_missed or following - max(due, NOW) <= timing.length


leased = st.builds(
    Leased,
    run_status=st.none() | st.sampled_from([*ENDED, "pending", "leased", "running"]),
    lost=st.booleans(),
    lives=st.none() | st.booleans(),
    ours=st.booleans(),
)


@given(leased)
def test_what_may_have_begun_never_begins_again(one: Leased) -> None:
    if fate(one) is Fate.AGAIN:
        assert one.lost
        assert one.run_status in {None, "pending", "leased"}
    if one.run_status == "running":
        assert fate(one) in {Fate.LEAVE, Fate.ADOPT, Fate.SETTLE}
    if not one.lost:
        assert fate(one) is Fate.LEAVE


@given(leased)
def test_what_is_lost_is_looked_after_where_anybody_can_tell(one: Leased) -> None:
    assume(one.lost and one.lives is not None)
    assert (fate(one) is Fate.LEAVE) == (
        one.run_status == "running" and bool(one.lives) and not one.ours
    )
