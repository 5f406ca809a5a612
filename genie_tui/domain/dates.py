"""Dates and lengths of time as people type them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from genie_tui.errors import BadInput

__all__ = ["parse_date", "parse_length"]

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_PART = r"([0-9]{1,6}(?:\.[0-9]{1,3})?)([smhdw])"
_LENGTH = re.compile(f"(?:{_PART})+")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_length(text: str) -> timedelta:
    """A length of time: `90s`, `10m`, `1h30m`, `1.5h`, `2d`, `1w`.

    Raises:
        BadInput: it is none, or too long to count with.
    """
    written = text.strip().lower()
    if _LENGTH.fullmatch(written) is None:
        raise BadInput(f"{text!r} is no length of time; write it like 90s, 10m, 1h30m, 2d or 1w")
    parts = re.findall(_PART, written)
    return sum((float(amount) * _UNITS[unit] for amount, unit in parts), timedelta())


def parse_date(text: str, now: datetime) -> datetime:
    """A moment: `2026-12-01`, `2026-12-01 14:30`, `today`, `tomorrow`, `friday`, `3d`, `2h`.

    A day without a time ends at its midnight; without a zone it is in that of `now`. A length of
    time is counted from `now`.

    Raises:
        BadInput: it is none.
    """
    written = text.strip().lower()
    if _LENGTH.fullmatch(written.removeprefix("+")):
        return _bounded(now, parse_length(written.removeprefix("+")), text)
    if (day := _day(written, now)) is not None:
        return _end_of(day, now)
    try:
        if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", written):
            return _end_of(date.fromisoformat(written), now)
        found = datetime.fromisoformat(written.upper())
    except (ValueError, OverflowError):
        raise _no_date(text) from None
    if found.tzinfo is not None:
        return found
    # The zone of `now` may have had another offset by then.
    return found.astimezone() if now.tzinfo is None else found.replace(tzinfo=now.tzinfo)


def _day(written: str, now: datetime) -> date | None:
    today = now.date()
    if written in ("today", "tomorrow"):
        return today + timedelta(days=written == "tomorrow")
    names = [name for name in _DAYS if len(written) >= 3 and name.startswith(written)]
    if not names:
        return None
    ahead = (_DAYS.index(names[0]) - today.weekday()) % 7
    return today + timedelta(days=ahead or 7)


def _end_of(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(23, 59, 59), tzinfo=now.tzinfo)


def _bounded(now: datetime, ahead: timedelta, text: str) -> datetime:
    try:
        return now + ahead
    except OverflowError:
        raise _no_date(text) from None


def _no_date(text: str) -> BadInput:
    return BadInput(
        f"{text!r} is no date; write it like 2026-12-01, '2026-12-01 14:30', tomorrow, friday or 3d"
    )
