"""Dates and lengths of time as people type them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.dates import parse_date, parse_length, parse_past
from genie_tui.errors import BadInput

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 27, 12, 0, tzinfo=BERLIN)
"""A Friday, two days before the clocks go forward."""

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def midnight(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 23, 59, 59, tzinfo=BERLIN)


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine's clocks stand in Berlin."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("1h30m", 5400), ("1.5h", 5400), (" 2D ", 172800), ("1w", 604800)],
)
def test_a_length_is_read_as_it_is_typed(text: str, seconds: int) -> None:
    assert parse_length(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "10", "m", "-5m", "1h 30m", "1e3s", "²h", "5y", "1h30", "∞"])
def test_what_is_no_length_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInput, match="1h30m"):
        parse_length(text)


@given(st.lists(st.tuples(st.integers(0, 999_999), st.sampled_from(sorted(UNITS))), min_size=1))
def test_a_length_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    text = "".join(f"{amount}{unit}" for amount, unit in parts)
    seconds = sum(amount * UNITS[unit] for amount, unit in parts)
    if seconds > timedelta.max.total_seconds():
        with pytest.raises(BadInput):
            parse_length(text)
    else:
        assert parse_length(text) == timedelta(seconds=seconds)


def test_a_length_that_is_too_long_to_count_with_is_refused() -> None:
    with pytest.raises(BadInput, match="too long"):
        parse_length("999999w" * 200)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-12-01", midnight(12, 1)),
        ("20261201", midnight(12, 1)),
        ("2026-12-01 14:30", datetime(2026, 12, 1, 14, 30, tzinfo=BERLIN)),
        ("2026-12-01T14:30:05z", datetime(2026, 12, 1, 14, 30, 5, tzinfo=UTC)),
        ("2026-12-01t14:30-05:00", datetime(2026, 12, 1, 19, 30, tzinfo=UTC)),
        (" Today ", midnight(3, 27)),
        ("tomorrow", midnight(3, 28)),
        ("friday", midnight(4, 3)),
        ("sat", midnight(3, 28)),
        ("Mon", midnight(3, 30)),
        ("3d", datetime(2026, 3, 30, 11, 0, tzinfo=UTC)),
        ("+2h", datetime(2026, 3, 27, 13, 0, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_as_it_is_typed(text: str, meant: datetime) -> None:
    assert parse_date(text, NOW) == meant


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01", "2026-02-30", "fr", "x" * 9999, "12:30", "٢٠٢٦-١٢-٠١"]
)
def test_what_is_no_date_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInput, match="tomorrow"):
        parse_date(text, NOW)


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01T00:00+14:00", "999999w", "0999-01-01"])
def test_what_is_too_far_away_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_date(text, NOW)


@pytest.mark.usefixtures("berlin")
def test_a_day_in_summer_that_is_typed_in_winter_ends_at_its_own_midnight() -> None:
    winter = datetime.fromisoformat("2026-01-10 12:00")
    summer = parse_date("2026-07-01", winter)
    assert summer == datetime(2026, 7, 1, 23, 59, 59, tzinfo=BERLIN)
    assert summer.utcoffset() == timedelta(hours=2)
    assert parse_date("2026-02-01 08:00", winter).utcoffset() == timedelta(hours=1)


@pytest.mark.usefixtures("berlin")
def test_hours_are_those_that_pass_also_when_the_clocks_change() -> None:
    before = datetime.fromisoformat("2026-03-28 23:00")
    assert parse_date("4h", before) == datetime(2026, 3, 29, 4, 0, tzinfo=BERLIN)


MOMENTS = st.datetimes(
    datetime.fromisoformat("1000-01-02"),
    datetime.fromisoformat("8999-12-30"),
    timezones=st.sampled_from([UTC, BERLIN]),
)


@pytest.mark.usefixtures("berlin")
def test_what_is_over_is_counted_back_and_a_day_means_its_beginning() -> None:
    now = datetime.fromisoformat("2026-03-29 12:00")
    assert parse_past("10h", now) == datetime(2026, 3, 29, 1, 0, tzinfo=BERLIN)
    assert parse_past("today", now) == datetime(2026, 3, 29, tzinfo=BERLIN)
    assert parse_past("yesterday", now) == datetime(2026, 3, 28, tzinfo=BERLIN)
    assert parse_past("2026-01-10", now) == datetime(2026, 1, 10, tzinfo=BERLIN)
    assert parse_past("2026-01-10 08:00", now) == datetime(2026, 1, 10, 8, tzinfo=BERLIN)
    assert parse_past("2026-01-10T08:00:00.5Z", now).microsecond == 500_000
    for text in ("", "soon", "0999-01-01", "60000w", "999999w"):
        with pytest.raises(BadInput):
            parse_past(text, now)


@given(MOMENTS)
def test_a_moment_that_is_written_out_is_read_back(moment: datetime) -> None:
    # Python calls an hour that comes twice unequal to the same in every other zone.
    fixed = moment.astimezone(timezone(timedelta(hours=3)))
    assert parse_date(fixed.isoformat(), NOW) == fixed
    assert parse_date(fixed.isoformat(" "), NOW) == fixed


@given(st.text(), st.datetimes() | MOMENTS)
def test_any_text_at_any_time_is_a_date_with_a_zone_or_refused(text: str, now: datetime) -> None:
    with suppress(BadInput):
        assert parse_date(text, now).tzinfo is not None


@given(st.from_regex(r"\A\s*\+?([0-9]{1,6}(\.[0-9]{1,3})?[smhdw]|[0-9]{4}-[0-9]{2}-[0-9]{2})\s*\Z"))
def test_what_looks_like_a_date_never_fails_otherwise(text: str) -> None:
    with suppress(BadInput):
        assert parse_date(text, NOW).tzinfo is not None
