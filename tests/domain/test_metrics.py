"""Series from what happened: nothing is lost between days, and the days are the reader's own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from genie_tui.domain.metrics import (
    DONE,
    ELSEWHERE,
    RANGES,
    Burndown,
    at_day_ends,
    days_until,
    in_order,
    per_day,
    per_week,
    slots,
    spell,
    today_names,
)

BERLIN = ZoneInfo("Europe/Berlin")


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BERLIN)


def test_a_day_on_which_the_clock_is_put_back_is_longer_and_no_moment_is_in_two() -> None:
    days = days_until(date(2026, 10, 26), 3, midnight)
    lengths = [(end.astimezone(UTC) - begin.astimezone(UTC)) for begin, end in pairwise(days.edges)]
    assert [length / timedelta(hours=1) for length in lengths] == [24, 25, 24]
    assert days.dates[0] == date(2026, 10, 24)
    assert days.day(datetime(2026, 10, 24, 21, 59, tzinfo=UTC)) == 0
    assert days.day(datetime(2026, 10, 24, 22, 0, tzinfo=UTC)) == 1
    assert days.day(datetime(2026, 10, 25, 22, 59, tzinfo=UTC)) == 1
    assert [days.day(days.edges[0] - timedelta(1)), days.day(days.edges[-1])] == [-1, 3]


@given(st.integers(0, 3000), st.sampled_from(RANGES))
def test_the_slots_of_the_machine_begin_and_end_with_the_days(shift: int, count: int) -> None:
    days = days_until(date(2024, 1, 1) + timedelta(days=shift), count, midnight)
    found = slots(days)
    assert [found[0], found[-1]] == [days.edges[0], days.edges[-1]]
    assert list(found) == sorted(found)
    assert len(found) - 1 <= 365


moves = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.integers(0, 6)), max_size=30
)


@settings(max_examples=50)
@given(moves, st.dictionaries(st.sampled_from("abc"), st.integers(0, 9)))
def test_reckoned_back_is_the_same_as_replayed(
    moved: list[tuple[str, str, int]], before: dict[str, int]
) -> None:
    count = 5
    stands = {place: before.get(place, 0) for place in "abc"}
    ends = []
    for bucket in range(count + 2):
        for was, becomes, on in moved:
            if on == bucket:
                stands[was] -= 1
                stands[becomes] += 1
        ends.append(dict(stands))
    deltas = [d for was, becomes, on in moved for d in ((was, on, -1), (becomes, on, 1))]
    found = at_day_ends(ends[-1], deltas, count)
    assert found == {place: [ends[day][place] for day in range(1, count + 1)] for place in "abc"}


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 41), st.integers(1, 9))), st.integers(0, 2000))
def test_sums_by_day_and_by_week_are_the_same_and_nothing_is_a_zero(
    counts: list[tuple[int, int]], shift: int
) -> None:
    days = days_until(date(2024, 1, 1) + timedelta(days=shift), 40, midnight)
    a_day = per_day(counts, 40)
    assert len(a_day) == 40
    assert sum(a_day) == sum(number for bucket, number in counts if 1 <= bucket <= 40)
    weeks = per_week(days.dates, a_day)
    assert sum(number for _, (number,) in weeks) == sum(a_day)
    assert all(monday.weekday() == 0 for monday, _ in weeks)
    assert [b - a for (a, _), (b, _) in pairwise(weeks)] == [timedelta(days=7)] * (len(weeks) - 1)


def test_what_is_in_no_column_is_elsewhere_and_what_is_done_comes_last() -> None:
    found = {"qa": [1, 2], "old": [1, 0], "older": [0, 1], DONE: [3, 4], "draft": [5, 5]}
    told = in_order(found, ["draft", "build", "qa"])
    assert list(told) == ["draft", "build", "qa", ELSEWHERE, DONE]
    assert told["build"] == (0, 0)
    assert told[ELSEWHERE] == (1, 1)


def test_a_column_that_was_renamed_twice_is_one() -> None:
    renames = [("todo", "next"), ("next", "ready"), ("a", "b"), ("b", "gone")]
    assert today_names(renames, ["ready", "done"]) == {"todo": "ready", "next": "ready"}
    assert today_names([("a", "b"), ("c", "a")], ["a", "b"]) == {"c": "a"}


def test_an_end_is_told_only_where_there_is_one() -> None:
    falling = Burndown(left=(30, 25, 20), made=(0, 0, 0), closed=(5, 5, 5))
    assert falling.ahead == timedelta(days=4)
    assert Burndown(left=(20, 25), made=(0, 5), closed=(0, 0)).ahead is None
    assert Burndown(left=(), made=(), closed=()).ahead is None


def test_a_length_is_told_in_its_two_largest_units() -> None:
    hours = timedelta(hours=1)
    told = [spell(length) for length in (76 * hours, 48 * hours, 5.1 * hours, hours / 4)]
    assert told == ["3d 4h", "2d", "5h 6m", "15m"]
    assert spell(timedelta(seconds=-3)) == "0s"
