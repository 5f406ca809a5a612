"""When schedules are due, beside a walk through every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from genie_tui.domain import schedules
from genie_tui.errors import BadInput

MINUTE = timedelta(minutes=1)
CHANGES = {
    "UTC": datetime(2026, 3, 29, 1, tzinfo=UTC),
    "Europe/Berlin": datetime(2026, 3, 29, 1, tzinfo=UTC),
    "Europe/London": datetime(2026, 10, 25, 1, tzinfo=UTC),
    "Europe/Dublin": datetime(2026, 3, 29, 1, tzinfo=UTC),
    "America/New_York": datetime(2026, 3, 8, 7, tzinfo=UTC),
    "America/St_Johns": datetime(2026, 11, 1, 4, 30, tzinfo=UTC),
    "America/Sao_Paulo": datetime(2018, 11, 4, 3, tzinfo=UTC),
    "America/Havana": datetime(2026, 3, 8, 5, tzinfo=UTC),
    "Asia/Tehran": datetime(2022, 3, 21, 20, 30, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 4, 4, 15, tzinfo=UTC),
    "Australia/Sydney": datetime(2026, 10, 3, 16, tzinfo=UTC),
    "Pacific/Apia": datetime(2011, 12, 30, 10, tzinfo=UTC),
    "Pacific/Chatham": datetime(2026, 9, 26, 14, tzinfo=UTC),
    "Africa/Casablanca": datetime(2026, 2, 15, 2, tzinfo=UTC),
    "Antarctica/Troll": datetime(2026, 10, 25, 1, tzinfo=UTC),
}
"""Zones, and a moment in UTC at which their clocks change."""

RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
NAMES = (
    "",
    "",
    "",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "sun mon tue wed thu fri sat",
)


def values(field: str, place: int) -> set[int]:
    """What a field lets through, by the letter of the rules."""
    low, high = RANGES[place]
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = low if first == "*" else number(first, place)
        end = number(last, place) if last else high if "*" in span or step else start
        found |= set(range(start, end + 1, int(step or 1)))
    return {value % 7 for value in found} if place == 4 else found


def number(text: str, place: int) -> int:
    """A value that may be a name."""
    names = NAMES[place].split()
    return names.index(text) + (place == 3) if text in names else int(text)


def fits(wall: datetime, sets: list[set[int]], fields: list[str]) -> bool:
    """Does a clock on the wall show what the fields want?"""
    minutes, hours, days, months, weekdays = sets
    of_month, of_week = wall.day in days, wall.isoweekday() % 7 in weekdays
    # A star that leaves nothing out restricts nothing; a list of all days does.
    either = not any("*" in fields[n] and len(sets[n]) == size for n, size in ((2, 31), (4, 7)))
    day = of_month or of_week if either else of_month and of_week
    return wall.minute in minutes and wall.hour in hours and wall.month in months and day


def walked(expression: str, zone: ZoneInfo, start: datetime, minutes: int) -> list[datetime]:
    """Every due minute after `start`, found by looking at every minute.

    What the clocks leave out is due at the minute to which they jump; what they show again is not.
    """
    fields = expression.split()
    sets = [values(field, place) for place, field in enumerate(fields)]
    due, shown = [], set()
    # What was shown shortly before, so that its second time is known for one.
    before = start - timedelta(hours=3)
    last = before.astimezone(zone).replace(tzinfo=None) - MINUTE
    for step in range(minutes + 180 + 1):
        at = before + step * MINUTE
        wall = at.astimezone(zone).replace(tzinfo=None)
        left_out = [last + n * MINUTE for n in range(1, int((wall - last) / MINUTE))]
        wanted = [wall] if wall not in shown else []
        if any(fits(one, sets, fields) for one in (*left_out, *wanted)) and at > start:
            due.append(at)
        shown.add(wall)
        shown.update(left_out)
        last = max(wall, last) if wall < last else wall
    return due


def fields() -> st.SearchStrategy[str]:
    """Cron expressions that are due now and then within two days."""

    def field(place: int) -> st.SearchStrategy[str]:
        low, high = RANGES[place]
        value = st.integers(low, high)
        span = st.tuples(value, value).map(lambda two: f"{min(two)}-{max(two)}")
        step = st.integers(1, 20)
        stepped = st.tuples(st.just("*") | span, step).map(lambda two: f"{two[0]}/{two[1]}")
        named = st.sampled_from(NAMES[place].split()) if NAMES[place] else value.map(str)
        part = value.map(str) | span | stepped | named
        return st.just("*") | st.lists(part, min_size=1, max_size=3).map(",".join)

    return st.tuples(*(field(place) for place in range(5))).map(" ".join)


@settings(max_examples=40, deadline=None)
@given(expression=fields(), name=st.sampled_from(sorted(CHANGES)), off=st.integers(-180, 180))
@example(expression="30 2 * * *", name="Europe/Berlin", off=-60)
@example(expression="*/20 * * * *", name="Antarctica/Troll", off=-60)
@example(expression="15,45 1 * * *", name="Australia/Lord_Howe", off=-120)
@example(expression="0 12 * * *", name="Pacific/Apia", off=-180)
@example(expression="0 0 * * *", name="America/Sao_Paulo", off=-90)
def test_what_is_due_is_what_a_walk_through_every_minute_finds(
    expression: str, name: str, off: int
) -> None:
    zone = ZoneInfo(name)
    start = CHANGES[name] + off * MINUTE
    wanted = walked(expression, zone, start, 2 * 24 * 60)[:60]
    try:
        timing = schedules.parse(expression, name)
    except BadInput:
        # The 30th of February, which no other test needs to tell from nonsense.
        assert wanted == []
        return
    found = schedules.upcoming(timing, start, len(wanted) + 1)
    assert found[: len(wanted)] == wanted
    assert len(wanted) == 60 or not found[len(wanted) :] or found[-1] > start + timedelta(days=2)


def test_a_time_that_the_clocks_leave_out_is_due_right_after() -> None:
    night = schedules.parse("30 2 * * *", "Europe/Berlin")
    found = schedules.upcoming(night, datetime(2026, 3, 28, 12, tzinfo=UTC), 2)
    assert found == [
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
    ]


def test_a_time_that_comes_twice_is_due_once() -> None:
    night = schedules.parse("30 2 * * *", "Europe/Berlin")
    found = schedules.upcoming(night, datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
    assert found == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [("@every 10m", 10), ("@every 1.5h", 90), ("@every 2d", 2880), ("@EVERY  1h30m", 90)],
)
def test_a_length_is_counted_from_the_time_before(expression: str, minutes: int) -> None:
    start = datetime(2026, 11, 23, 9, 30, 15, tzinfo=UTC)
    found = schedules.upcoming(schedules.parse(expression), start, 2)
    assert found == [start + minutes * MINUTE, start + 2 * minutes * MINUTE]


def test_once_is_never_due_again() -> None:
    assert schedules.upcoming(schedules.parse("@once"), datetime.now(UTC), 3) == []


@pytest.mark.parametrize(
    ("nickname", "fields"),
    [("@hourly", "0 * * * *"), ("@weekly", "0 0 * * sun"), ("@yearly", "0 0 1 jan *")],
)
def test_a_nickname_is_what_its_fields_are(nickname: str, fields: str) -> None:
    start = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    known, written = (schedules.parse(text, "Asia/Tokyo") for text in (nickname, fields))
    assert schedules.upcoming(known, start, 5) == schedules.upcoming(written, start, 5)


@pytest.mark.parametrize(
    ("expression", "zone", "said"),
    [
        ("", "UTC", "five fields"),
        ("* * * *", "UTC", "five fields"),
        ("* * * * * *", "UTC", "five fields"),
        ("60 * * * *", "UTC", "no cron expression"),
        ("* * 0 * *", "UTC", "no cron expression"),
        ("* * * foo *", "UTC", "no cron expression"),
        ("* * l * *", "UTC", "no day of month"),
        ("* * * * 5#2", "UTC", "no day of week"),
        ("h * * * *", "UTC", "no minute"),
        ("*/0 * * * *", "UTC", "no cron expression"),
        ("5-1 * * * *", "UTC", "ends before it begins"),
        ("* * * * fri-mon", "UTC", "ends before it begins"),
        ("* * * foo-bar *", "UTC", "no cron expression"),
        ("0 0 30 2 *", "UTC", "never due"),
        ("@reboot", "UTC", "there is no '@reboot'"),
        ("@every", "UTC", "needs a length"),
        ("@every 0s", "UTC", "needs a length"),
        ("@every soon", "UTC", "no length of time"),
        ("0 0 * * *", "Mars/Olympus", "no time zone"),
        ("0 0 * * *", "../etc/passwd", "no time zone"),
        ("0 0 * * *", "", "no time zone"),
    ],
)
def test_what_is_no_timing_is_refused_with_what_is_wrong(
    expression: str, zone: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        schedules.parse(expression, zone)
