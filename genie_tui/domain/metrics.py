"""How work flows: what the metrics screen tells, and the rules by which figures become series.

Days are the reader's own: from one local midnight to the next, whatever their length in hours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

__all__ = [
    "DONE",
    "ELSEWHERE",
    "RANGES",
    "Aged",
    "Burndown",
    "Days",
    "Delta",
    "Load",
    "Metrics",
    "Old",
    "Spent",
    "at_day_ends",
    "days_until",
    "in_order",
    "per_day",
    "per_week",
    "slots",
    "spell",
    "today_names",
]

RANGES = (7, 30, 90, 365)
"""For how many days back one may look."""

DONE = "\0done"
ELSEWHERE = "\0elsewhere"
"""Where a task stands that is in no column: no column can be called like this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Days in a row, and the moments between which they lie: one more than there are days."""

    dates: tuple[date, ...]
    edges: tuple[datetime, ...]

    def __len__(self) -> int:
        return len(self.dates)

    def day(self, at: datetime) -> int:
        """Which day a moment is in, from 0; -1 before the first, their number after the last."""
        return sum(edge <= at for edge in self.edges) - 1


def days_until(last: date, count: int, midnight: Callable[[date], datetime]) -> Days:
    """The days up to one, that one included; `midnight` is when a day begins for the reader."""
    first = last - timedelta(days=count - 1)
    dates = tuple(first + timedelta(days=n) for n in range(count))
    edges = tuple(midnight(first + timedelta(days=n)) for n in range(count + 1))
    return Days(dates=dates, edges=edges)


def slots(days: Days) -> tuple[datetime, ...]:
    """The moments between which the machine's load is told: hours of a week, else quarters of a
    day or whole ones, so that there are never more than a screen has columns."""
    parts = 24 if len(days) <= 7 else 4 if len(days) <= 30 else 1
    edges = [
        begin + (end - begin) * part / parts
        for begin, end in pairwise(days.edges)
        for part in range(parts)
    ]
    return (*edges, days.edges[-1])


Delta = tuple[str, int, int]
"""So many tasks more (or fewer) in a place, on a day as PostgreSQL's width_bucket counts them:
from 1, with 0 for before the first and their number plus 1 for after the last."""


def at_day_ends(
    now: Mapping[str, int], deltas: Iterable[Delta], count: int
) -> dict[str, list[int]]:
    """How many stood in each place at the end of each of `count` days, and stand there now.

    Reckoned back from now, so that what happened before the first day need not be known.
    """
    later = {place: [0] * (count + 2) for place in now}
    for place, bucket, change in deltas:
        later.setdefault(place, [0] * (count + 2))[bucket] += change
    found = {}
    for place, changes in later.items():
        held = now.get(place, 0) - changes[count + 1]
        ends = []
        for day in range(count, 0, -1):
            ends.append(held)
            held -= changes[day]
        found[place] = ends[::-1]
    return found


def per_day(counts: Iterable[tuple[int, int]], count: int) -> tuple[int, ...]:
    """Numbers by the day, from (bucket, number); a day that is missing is 0."""
    days = [0] * count
    for bucket, number in counts:
        if 1 <= bucket <= count:
            days[bucket - 1] += number
    return tuple(days)


def per_week(
    dates: Sequence[date], *columns: Sequence[int]
) -> tuple[tuple[date, tuple[int, ...]], ...]:
    """Sums by the week, named by its Monday; the first and the last may be parts of one."""
    weeks: dict[date, list[int]] = {}
    for at, *numbers in zip(dates, *columns, strict=True):
        sums = weeks.setdefault(at - timedelta(days=at.weekday()), [0] * len(columns))
        for place, number in enumerate(numbers):
            sums[place] += number
    return tuple((monday, tuple(sums)) for monday, sums in weeks.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """How long tasks took in a place: how many that were, half and 85 of 100 took no longer."""

    place: str
    count: int
    half: timedelta
    most: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """An open task, and since when it has been in its column."""

    id: str
    seq: int
    title: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """The open tasks of a column: how long they have been there by now, the oldest first."""

    place: str
    count: int
    half: timedelta
    most: timedelta
    oldest: tuple[Old, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The machine over time: means and peaks of each interval, None where nothing was noted.

    `cpu` is a percentage, `memory` megabytes.
    """

    edges: tuple[datetime, ...] = ()
    cpu: tuple[float | None, ...] = ()
    cpu_peak: tuple[float | None, ...] = ()
    memory: tuple[float | None, ...] = ()
    workers: tuple[float | None, ...] = ()
    workers_peak: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Burndown:
    """Open tasks at the end of each day, with those made and closed on it: of a board, or of a
    release."""

    left: tuple[int, ...]
    made: tuple[int, ...]
    closed: tuple[int, ...]
    release: str = ""

    @property
    def ahead(self) -> timedelta | None:
        """How long until nothing is left, at the pace of these days; None where it grows."""
        fallen = self.left[0] - self.left[-1] if self.left else 0
        if fallen <= 0 or not self.left[-1]:
            return None
        return timedelta(days=self.left[-1] * (len(self.left) - 1) / fallen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """All that the screen shows of a board over some days, by `now`.

    `flow` has a series a place, the columns' names in their order, then ELSEWHERE and DONE: how
    many tasks stood there at the end of each day. `made`, `done` and `dropped` are per day.
    `worked` is from a task's start to its end, `whole` from when it was made. `runs` are those
    that went well and those that did not, per day.
    """

    days: Days
    now: datetime
    labels: Mapping[str, str]
    flow: Mapping[str, tuple[int, ...]]
    spent: tuple[Spent, ...]
    worked: Spent | None
    whole: Spent | None
    made: tuple[int, ...]
    done: tuple[int, ...]
    dropped: tuple[int, ...]
    burndown: Burndown
    ages: tuple[Aged, ...]
    load: Load
    runs: tuple[tuple[int, ...], tuple[int, ...]]

    def label(self, place: str) -> str:
        """What a place is called."""
        return {DONE: "done", ELSEWHERE: "elsewhere"}.get(place) or self.labels.get(place, place)


def in_order(
    found: Mapping[str, Sequence[int]], order: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    """The places in order; those that are none of these become one, where any task stood there."""
    places = {place: tuple(found[place]) for place in order if place in found}
    others = [numbers for place, numbers in found.items() if place not in order and place != DONE]
    missing = {place: (0,) * len(next(iter(found.values()), ())) for place in order}
    columns = {place: places.get(place, missing[place]) for place in order}
    away = tuple(sum(numbers) for numbers in zip(*others, strict=True))
    if any(away):
        columns[ELSEWHERE] = away
    if DONE in found:
        columns[DONE] = tuple(found[DONE])
    return columns


def today_names(renames: Iterable[tuple[str, str]], names: Iterable[str]) -> dict[str, str]:
    """What columns were called before -> what they are called, from renames in their order.

    A name that a column has today means that one, whatever else was called so.
    """
    current = frozenset(names)
    now: dict[str, str] = {}
    for old, new in renames:
        now = {was: new if called == old else called for was, called in now.items()}
        now[old] = new
    return {was: name for was, name in now.items() if was not in current and name in current}


def spell(length: timedelta) -> str:
    """How long, in its two largest units: `3d 4h`, `5h 6m`, `38m`, `12s`."""
    seconds = max(int(length.total_seconds()), 0)
    for size, unit, less, name in ((86400, "d", 3600, "h"), (3600, "h", 60, "m")):
        if seconds >= size:
            rest = seconds % size // less
            return f"{seconds // size}{unit} {rest}{name}" if rest else f"{seconds // size}{unit}"
    return f"{seconds // 60}m" if seconds >= 60 else f"{seconds}s"
