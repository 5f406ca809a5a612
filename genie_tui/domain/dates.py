"""Dates and lengths of time as people type them."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

from genie_tui.errors import BadInput

__all__ = ["parse_date", "parse_length", "parse_past"]

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_PART = r"([0-9]{1,6}(?:\.[0-9]{1,3})?)([smhdw])"
_LENGTH = re.compile(f"(?:{_PART})+")
_DAY = re.compile("[0-9]{4}-?[0-9]{2}-?[0-9]{2}")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_EARLIEST, _LATEST = (datetime(year, 1, 1, tzinfo=UTC) for year in (1000, 9000))


def parse_length(text: str) -> timedelta:
    """A length of time: `90s`, `10m`, `1h30m`, `1.5h`, `2d`, `1w`.

    Raises:
        BadInput: it is none, or too long to count with.
    """
    written = text.strip().lower()
    if _LENGTH.fullmatch(written) is None:
        raise BadInput(f"{text!r} is no length of time; write it like 90s, 10m, 1h30m, 2d or 1w")
    parts = re.findall(_PART, written)
    try:
        return sum((float(amount) * _UNITS[unit] for amount, unit in parts), timedelta())
    except OverflowError:
        raise BadInput(f"{text!r} is too long to count with; write a shorter one") from None


def parse_date(text: str, now: datetime) -> datetime:
    """A moment: `2026-12-01`, `2026-12-01 14:30`, `today`, `tomorrow`, `friday`, `3d`, `2h`.

    A day without a time ends at its midnight. Without a zone it is in that of `now`; where `now`
    has none either, in this machine's, as its clocks are set on that day. A length of time is
    counted from `now`. What is returned has a zone.

    Raises:
        BadInput: it is none, or so far away that no program could show it.
    """
    try:
        found = _moment(text.strip().lower(), now)
    except (ValueError, OverflowError):
        raise _no_date(text) from None
    if not _EARLIEST <= found <= _LATEST:
        raise BadInput(f"{text!r} is too far away; write a year from 1000 to 9000")
    return found


def parse_past(text: str, now: datetime) -> datetime:
    """A moment that is over, written as `parse_date` has it, or `yesterday`.

    A day means its beginning, and a length of time is counted back from `now`.

    Raises:
        BadInput: it is none, or so far away that no program could show it.
    """
    written = text.strip().lower()
    if _LENGTH.fullmatch(written):
        aware = now.astimezone() if now.tzinfo is None else now
        with suppress(OverflowError):
            if (found := aware.astimezone(UTC) - parse_length(written)) >= _EARLIEST:
                return found.astimezone(aware.tzinfo)
        raise BadInput(f"{text!r} is too long ago; write a shorter time")
    if written == "yesterday":
        return _zoned(datetime.combine(now.date() - timedelta(days=1), time()), now)
    found = parse_date(text, now)
    if _DAY.fullmatch(written) or _day(written, now) is not None:
        return _zoned(datetime.combine(found.date(), time()), now)
    return found


def _moment(written: str, now: datetime) -> datetime:
    ahead = written.removeprefix("+")
    if _LENGTH.fullmatch(ahead):
        aware = now.astimezone() if now.tzinfo is None else now
        # Hours that pass, whatever the clocks do meanwhile.
        return (aware.astimezone(UTC) + parse_length(ahead)).astimezone(aware.tzinfo)
    if (day := _day(written, now)) is not None:
        return _zoned(_end_of(day), now)
    if _DAY.fullmatch(written):
        return _zoned(_end_of(date.fromisoformat(written)), now)
    return _zoned(datetime.fromisoformat(written.upper()), now)


def _day(written: str, now: datetime) -> date | None:
    today = now.date()
    if written in ("today", "tomorrow"):
        return today + timedelta(days=written == "tomorrow")
    names = [name for name in _DAYS if len(written) >= 3 and name.startswith(written)]
    if not names:
        return None
    ahead = (_DAYS.index(names[0]) - today.weekday()) % 7
    return today + timedelta(days=ahead or 7)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59))


def _zoned(found: datetime, now: datetime) -> datetime:
    if found.tzinfo is not None:
        return found
    return found.astimezone() if now.tzinfo is None else found.replace(tzinfo=now.tzinfo)


def _no_date(text: str) -> BadInput:
    return BadInput(
        f"{text!r} is no date; write it like 2026-12-01, '2026-12-01 14:30', tomorrow, friday or 3d"
    )
