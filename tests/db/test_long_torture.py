"""Whoever judges the feed, or a long run, finds what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.faults.feed import names, torture
from benchmarks.faults.feed_breaks import BREAKS
from benchmarks.faults.feed_judging import Told, Truth
from benchmarks.faults.flatness import BOUNDS, figures
from genie_tui.domain.boards import Board
from genie_tui.domain.changes import Event, EventKind
from genie_tui.settings import Settings
from tests.services.writing import LOGS

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TRUTH = Truth(
    ids={
        "messages": frozenset({1, 2}),
        "task_stage_log": frozenset({7}),
        "audit_events": frozenset(),
    },
    times={
        ("messages", 1): (NOON, NOON),
        ("messages", 2): (NOON + timedelta(seconds=1), NOON + timedelta(seconds=1)),
        ("task_stage_log", 7): (NOON, NOON + timedelta(seconds=2)),
    },
    board=Board(id="b", name="Flow", columns=()),
    counts={},
    cards={},
    wrong=(),
)


def told(*keys: tuple[str, int]) -> Told:
    """What a feed has told of a task, in this order."""
    events = [
        Event(
            key=(table, str(id_)), kind=EventKind.OTHER, at=NOON, text=f"{table} {id_}", task_id="t"
        )
        for table, id_ in keys
    ]
    return Told(dict.fromkeys(LOGS, 0), events)


def found(one: Told) -> list[str]:
    """What is wrong with it; the task is still there."""
    return [*one.missing(TRUTH), *one.judge(TRUTH, frozenset())]


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        ((("messages", 1), ("task_stage_log", 7), ("messages", 2)), []),
        ((("messages", 1), ("messages", 2)), ["task_stage_log 7 is not told"]),
        (
            (("messages", 1), ("messages", 1), ("messages", 2), ("task_stage_log", 7)),
            ["messages 1 is told twice"],
        ),
        (
            (("messages", 2), ("messages", 1), ("task_stage_log", 7)),
            ["told too late: messages 1"],
        ),
        (
            (("messages", 1), ("messages", 2), ("messages", 3), ("task_stage_log", 7)),
            ["told of what is not there, or again: messages 3"],
        ),
    ],
)
def test_what_is_missing_doubled_late_or_made_up_in_the_feed_is_found(
    keys: Sequence[tuple[str, int]], wrong: Sequence[str]
) -> None:
    assert found(told(*keys)) == wrong


def test_what_was_judged_before_and_is_told_again_is_found() -> None:
    one = told(("messages", 1), ("messages", 2), ("task_stage_log", 7))
    assert found(one) == []
    one.events += told(("messages", 1)).events
    assert "told of what is not there, or again: messages 1" in one.judge(
        replace(TRUTH, ids=dict.fromkeys(LOGS, frozenset[int]())), frozenset()
    )


@pytest.mark.parametrize("name", ["dashboard memory", "agents' descriptors", "commit to screen"])
def test_what_grows_in_a_long_run_is_found_and_only_that(name: str) -> None:
    samples = [
        (10.0 * n, {one: 100.0 + (3 * n if one == name else n % 2) for one in BOUNDS})
        for n in range(99)
    ]
    assert [figure.name for figure in figures(samples) if not figure.flat] == [name]


async def test_a_few_breaks_leave_nothing_wrong_on_two_dashboards(home: Settings) -> None:
    kinds = ["server killed", "wire cut"]
    count = await torture(home, kinds, number=2, bulk=400)
    assert count.wrong == []
    assert count.breaks.total() == len(kinds)
    assert count.told["task_stage_log"]
    assert count.links["reconnecting"]


def test_two_hundred_breaks_are_of_every_kind() -> None:
    assert set(names(200, seed=1)) == set(BREAKS)
