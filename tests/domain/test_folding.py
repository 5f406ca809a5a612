"""Folding bursts, and narrowing the activity down."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.changes import Event, EventKind
from genie_tui.domain.event_filters import parse
from genie_tui.domain.folding import Burst, gathered, shown
from genie_tui.errors import BadInput

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def event(number: int, at: float = 0, **other: object) -> Event:
    told = {"kind": EventKind.TOOL, "actor": "eng-1", "burst": "tool calls"} | other
    return Event(
        key=("audit_events", str(number)),
        at=NOW + timedelta(seconds=at),
        text=f"event {number}",
        **told,  # type: ignore[arg-type]
    )


def texts(bursts: list[Burst], unfolded: frozenset[tuple[str, str]] = frozenset()) -> list[str]:
    return [line.text for line in shown(bursts, unfolded)]


def test_calls_of_one_actor_are_one_line_and_what_comes_between_parts_them() -> None:
    said = event(9, 3, kind=EventKind.MESSAGE, burst="")
    bursts = gathered([event(1), event(2, 1), event(3, 2), said, event(4, 4)])
    assert texts(bursts) == ["×3 tool calls eng-1", "event 9", "event 4"]
    told = texts(bursts, frozenset({event(1).key}))
    assert told == ["event 1", "event 2", "event 3", "event 9", "event 4"]


def test_a_fold_keeps_its_place_and_key_while_it_grows() -> None:
    before = gathered([event(1), event(2, 1)])
    after = gathered([event(3, 2)], before)
    assert [line.key for line in shown(before, frozenset())] == [
        line.key for line in shown(after, frozenset())
    ]
    assert texts(after) == ["×3 tool calls eng-1"]


def test_a_pause_an_alarm_and_words_are_never_folded_away() -> None:
    late = gathered([event(1), event(2, 61)])
    assert texts(late) == ["event 1", "event 2"]
    alarms = gathered([event(n, n, alarm=True) for n in range(6)])
    assert len(texts(alarms)) == 6
    words = gathered([event(n, n, kind=EventKind.MESSAGE, burst="") for n in range(6)])
    assert len(texts(words)) == 6


events = st.builds(
    event,
    st.integers(0, 10_000),
    st.floats(0, 10),
    kind=st.sampled_from(EventKind),
    actor=st.sampled_from(["eng-1", "eng-2", None]),
    burst=st.sampled_from(["", "tool calls"]),
    alarm=st.booleans(),
)


@given(st.lists(events, max_size=40, unique_by=lambda e: e.key), st.integers(0, 40))
def test_nothing_is_lost_or_moved_and_it_matters_not_how_it_came(
    all_: list[Event], cut: int
) -> None:
    bursts = gathered(all_[cut:], gathered(all_[:cut]))
    assert [e for burst in bursts for e in burst.events] == all_
    assert [b.events for b in bursts] == [b.events for b in gathered(all_)]
    keys = frozenset(burst.key for burst in bursts)
    assert [line.event for line in shown(bursts, keys)] == all_
    assert sum(line.count for line in shown(bursts, frozenset())) == len(all_)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [1, 2, 3]),
        ("EVENT", [1, 2, 3]),
        ('"event 2"', [2]),
        ("kind:tool,stage", [1, 3]),
        ("kind:tool !@eng-2", [1]),
        ("@ENG-2", [2, 3]),
        ("#47", [2]),
        ("!#47 !alarm", [1]),
        ("alarm", [3]),
        ("!!alarm", [3]),
        ("nothing", []),
    ],
)
def test_what_is_typed_narrows_down(text: str, found: list[int]) -> None:
    all_ = [
        event(1),
        event(2, actor="eng-2", kind=EventKind.MESSAGE, task_seq=47),
        event(3, actor="eng-2", alarm=True),
    ]
    wanted = parse(text)
    assert [int(e.key[1]) for e in all_ if wanted.matches(e)] == found


def test_a_kind_that_is_none_is_said() -> None:
    with pytest.raises(BadInput, match="did you mean message"):
        parse("kind:mesage")


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_filter_or_a_clear_error(text: str) -> None:
    with suppress(BadInput):
        assert parse(text).matches(event(1)) in (True, False)
