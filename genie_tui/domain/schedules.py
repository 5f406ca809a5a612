"""When a schedule is due: cron in a time zone, lengths of time, and moments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from genie_tui.domain.dates import parse_length
from genie_tui.errors import BadInput

if TYPE_CHECKING:
    from croniter import croniter

__all__ = ["ONCE", "Cron", "Every", "Once", "Timing", "parse", "upcoming", "zone"]

ONCE = "@once"
NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
SHORTEST = timedelta(seconds=1)
"""Between two times of `@every`."""

_DAYS = "sun mon tue wed thu fri sat"
_VALUE = r"(?:\*|[0-9]{1,2}|[a-z]{3})"
_PART = rf"{_VALUE}(?:-{_VALUE})?(?:/[0-9]{{1,2}})?"
_FIELD = re.compile(rf"{_PART}(?:,{_PART})*", re.ASCII)
_RANGE = re.compile(r"([0-9]+|[a-z]+)-([0-9]+|[a-z]+)(?:/[0-9]+)?", re.ASCII)
_NAMES = {
    name: str(value)
    for names, first in (("jan feb mar apr may jun jul aug sep oct nov dec", 1), (_DAYS, 0))
    for value, name in enumerate(names.split(), first)
}
_FIELDS = ("minute", "hour", "day of month", "month", "day of week")
_DAYS_IN = {2: 31, 4: 7}
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Cron:
    """Five fields: minute, hour, day of month, month, day of week.

    Where both kinds of day are restricted, either will do. A time that the clocks leave out when
    they are put forward is due at the first minute that there is after it; one that comes twice
    when they are put back is due the first time alone.
    """

    fields: str
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime | None:
        """The first time after a moment, in UTC; None where there is none in fifty years."""
        from croniter import CroniterBadDateError

        clock = self._walk
        clock.set_current(moment.astimezone(self.zone).replace(tzinfo=None), force=True)
        try:
            while (due := self._moment(clock.get_next(datetime))) <= moment:
                pass
        except CroniterBadDateError:
            return None
        return due

    @cached_property
    def _walk(self) -> croniter:
        from croniter import croniter

        return croniter(self.fields, datetime(2000, 1, 1), day_or=True)  # noqa: DTZ001 - a wall's

    def _moment(self, wall: datetime) -> datetime:
        """The moment at which a clock on the wall first shows a time, or would have."""
        at = wall.replace(tzinfo=self.zone).astimezone(UTC)
        if _wall(at, self.zone) == wall:
            return at
        # Left out: read with what was in force before, it lies behind the jump by as much as it
        # lies within it.
        within = at
        while _wall(within - _MINUTE, self.zone) > wall:
            within -= _MINUTE
        return within


@dataclass(frozen=True)
class Every:
    """After a length of time, again and again."""

    length: timedelta

    def after(self, moment: datetime) -> datetime | None:
        """A length later; None where no calendar goes that far."""
        try:
            return moment.astimezone(UTC) + self.length
        except OverflowError:
            return None


@dataclass(frozen=True)
class Once:
    """Never again."""

    def after(self, moment: datetime) -> datetime | None:  # noqa: ARG002 - as of any timing
        """None."""
        return None


Timing = Cron | Every | Once


def parse(expression: str, zone_name: str = "UTC") -> Timing:
    """A cron expression, `@hourly` … `@yearly`, `@every 10m` or `@once`.

    Raises:
        BadInput: it is none of them, is never due, or there is no such time zone.
    """
    written = " ".join(expression.lower().split())
    if written == ONCE:
        return Once()
    if written == "@every" or written.startswith("@every "):
        return _every(written.removeprefix("@every").strip())
    fields = NICKNAMES.get(written, written)
    if fields.startswith("@"):
        known = ", ".join((*NICKNAMES, "@every 10m", ONCE))
        raise BadInput(f"there is no {expression.strip()!r}; there are {known}")
    return _cron(fields, zone(zone_name))


def zone(name: str) -> ZoneInfo:
    """A time zone by its name in the tz database: `UTC`, `Europe/Berlin`.

    Raises:
        BadInput: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        said = f"there is no time zone {name!r}; write one like UTC or Europe/Berlin"
        raise BadInput(said) from None


def upcoming(timing: Timing, after: datetime, count: int) -> list[datetime]:
    """The next times, in UTC: as many as there are, `count` at most."""

    def times() -> Iterator[datetime]:
        moment: datetime | None = after
        while moment is not None and (moment := timing.after(moment)) is not None:
            yield moment

    return list(islice(times(), count))


def _every(text: str) -> Every:
    length = parse_length(text) if text else timedelta()
    if length < SHORTEST:
        raise BadInput("@every needs a length of time of a second or more, like @every 10m")
    return Every(length)


def _cron(fields: str, where: ZoneInfo) -> Cron:
    from croniter import CroniterError, croniter

    given = fields.split(" ")
    if len(given) != len(_FIELDS):
        wanted = ", ".join(_FIELDS)
        raise BadInput(f"a cron expression has five fields ({wanted}), {fields!r} has {len(given)}")
    for name, field in zip(_FIELDS, given, strict=True):
        if _FIELD.fullmatch(field) is None:
            raise BadInput(
                f"{field!r} is no {name} of a cron expression; write one like 5, 1-5, */2"
            )
    fields = " ".join(_RANGE.sub(_range, field) for field in given)
    try:
        expanded = croniter(fields).expanded
    except (CroniterError, ValueError, KeyError) as error:
        raise BadInput(f"{fields!r} is no cron expression: {error}") from None
    fields = _days_told_apart(fields.split(" "), expanded)
    found = Cron(fields, where)
    if found.after(datetime.now(UTC)) is None:
        raise BadInput(f"{fields!r} is never due; there is no such day")
    return found


def _days_told_apart(fields: list[str], expanded: Sequence[Sequence[object]]) -> str:
    """Fields of which croniter understands the days as everybody does.

    A star that leaves nothing out restricts nothing, however it is written; a list of all days
    does, so that every day will do.
    """
    all_of_them = [n for n in (2, 4) if "*" in expanded[n] or len({*expanded[n]}) >= _DAYS_IN[n]]
    listed = any("*" not in fields[n] for n in all_of_them)
    for n in (2, 4) if listed else all_of_them:
        fields[n] = "*"
    return " ".join(fields)


def _range(found: re.Match[str]) -> str:
    """A range as croniter understands it: to it, 5-5 is every value there is, and 5-1 wraps."""
    first, last = (_NAMES.get(end, end) for end in (found[1], found[2]))
    if not (first.isdigit() and last.isdigit()):
        return found[0]
    if int(first) > int(last):
        raise BadInput(f"{found[0]!r} ends before it begins; write the smaller value first")
    return first if first == last else found[0]


def _wall(at: datetime, where: ZoneInfo) -> datetime:
    return at.astimezone(where).replace(tzinfo=None)
