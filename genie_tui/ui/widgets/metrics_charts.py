"""What of the metrics is drawn: the figures of each chart, and what is said without any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from genie_tui.domain.metrics import DONE, Aged, Metrics, Spent, per_week, spell
from genie_tui.ui.widgets.figure import Figure, Series, Shape
from genie_tui.ui.widgets.plain import clean
from genie_tui.ui.widgets.plot import COLORS

__all__ = ["Chart", "bands", "by_week", "figures", "instead", "letters", "slot_name", "spans"]

WEEKS_FROM = 32
"""Days from which on bars are weeks."""


class Chart(StrEnum):
    """The charts, by their titles and in their order."""

    FLOW = "Flow"
    CYCLE = "Cycle time"
    THROUGHPUT = "Throughput"
    BURNDOWN = "Burndown"
    AGE = "Age"
    LOAD = "Machine"

    def other(self, step: int) -> Chart:
        """The one so many further; after the last comes the first."""
        every = list(Chart)
        return every[(every.index(self) + step) % len(every)]


def figures(metrics: Metrics, chart: Chart) -> tuple[Figure, ...]:
    """What is drawn; nothing where there is nothing to draw."""
    match chart:
        case Chart.FLOW:
            return _flow(metrics)
        case Chart.CYCLE | Chart.AGE:
            return _lengths(spans(metrics, chart))
        case Chart.THROUGHPUT:
            return _throughput(metrics)
        case Chart.BURNDOWN:
            return _burndown(metrics)
        case Chart.LOAD:
            return _load(metrics)


def instead(metrics: Metrics, chart: Chart) -> str:
    """What is said where nothing is drawn."""
    days = f"in these {len(metrics.days)} days"
    match chart:
        case Chart.CYCLE:
            return f"no task has left a column {days}; how long it took is told once one has"
        case Chart.THROUGHPUT:
            return f"no task was made or done {days}; + looks further back"
        case Chart.BURNDOWN:
            return f"no task was open {days}"
        case Chart.AGE:
            return "no task is open: nothing gets old"
        case Chart.LOAD:
            return f"nobody noted the machine's load {days};\nthe scheduler's daemon would"
        case _:
            return f"no task stood on this board {days}"


def bands(metrics: Metrics) -> list[tuple[str, str, tuple[int, ...]]]:
    """Place, name and numbers of each area, the uppermost first; of what is done, only what was
    done in these days: all there ever was would press everything else flat."""
    found = []
    for place, numbers in metrics.flow.items():
        shown = tuple(n - numbers[0] for n in numbers) if place == DONE else numbers
        found.append((place, clean(metrics.label(place)), tuple(max(n, 0) for n in shown)))
    return found


def letters(names: Sequence[str]) -> list[str]:
    """A letter for each name, its own where no other has it."""
    taken: list[str] = []
    for name in names:
        wanted = [letter for letter in name.upper() if letter.isascii() and letter.isalnum()]
        free = (letter for letter in (*wanted, *"#*+=ox%@") if letter not in taken)
        taken.append(next(free, "?"))
    return taken


def _flow(metrics: Metrics) -> tuple[Figure, ...]:
    areas = bands(metrics)
    if not any(any(numbers) for *_, numbers in areas):
        return ()
    marks = letters([name for _, name, _ in areas])
    drawn = [
        Series(values=numbers, style=f"s{place % len(COLORS)}", mark=mark)
        for place, ((*_, numbers), mark) in enumerate(zip(areas, marks, strict=True))
    ]
    names = tuple(map(_day, metrics.days.dates))
    return (Figure(shape=Shape.AREAS, series=tuple(drawn[::-1]), names=names),)


def spans(metrics: Metrics, chart: Chart) -> list[tuple[str, Spent | Aged]]:
    """What took how long, by name."""
    if chart is Chart.AGE:
        return [(clean(metrics.label(aged.place)), aged) for aged in metrics.ages]
    found: list[tuple[str, Spent | Aged]] = [
        (clean(metrics.label(spent.place)), spent) for spent in metrics.spent
    ]
    found += [("start to done", metrics.worked)] if metrics.worked else []
    return found + ([("made to done", metrics.whole)] if metrics.whole else [])


def _lengths(rows: Sequence[tuple[str, Spent | Aged]]) -> tuple[Figure, ...]:
    if not rows:
        return ()
    half = Series(
        values=tuple(spent.half.total_seconds() for _, spent in rows), style="s0", mark="="
    )
    most = Series(
        values=tuple(spent.most.total_seconds() for _, spent in rows), style="s0", mark="-"
    )
    return (
        Figure(
            shape=Shape.SPANS,
            series=(half, most),
            names=tuple(name for name, _ in rows),
            title="half of the tasks, and 85 of 100, took no longer",
            told=lambda seconds: spell(timedelta(seconds=seconds)),
        ),
    )


def by_week(metrics: Metrics) -> bool:
    """Are these too many days for bars of their own?"""
    return len(metrics.days) >= WEEKS_FROM


def _throughput(metrics: Metrics) -> tuple[Figure, ...]:
    if not any(metrics.done) and not any(metrics.made):
        return ()
    names, numbers, of = tuple(map(_day, metrics.days.dates)), metrics.done, "day"
    if by_week(metrics):
        weeks = per_week(metrics.days.dates, metrics.done)
        names, of = tuple(_day(monday) for monday, _ in weeks), "week"
        numbers = tuple(done for _, (done,) in weeks)
    series = Series(values=numbers, style="s4", mark="#")
    return (Figure(shape=Shape.BARS, series=(series,), names=names, title=f"done a {of}"),)


def _burndown(metrics: Metrics) -> tuple[Figure, ...]:
    left = metrics.burndown.left
    if not any(left):
        return ()
    release = metrics.burndown.release
    title = f"open tasks of release {clean(release)}" if release else "open tasks of the board"
    series = Series(values=left, style="s0", mark="*")
    names = tuple(map(_day, metrics.days.dates))
    return (Figure(shape=Shape.CURVES, series=(series,), names=names, title=title),)


def _load(metrics: Metrics) -> tuple[Figure, ...]:
    load = metrics.load
    if not any(value is not None for value in (*load.cpu, *load.memory, *load.workers)):
        return ()
    names = tuple(slot_name(at, len(metrics.days)) for at in load.edges[:-1])

    def figure(
        title: str,
        values: tuple[float | None, ...],
        peak: tuple[float | None, ...] = (),
        top: float = 1.0,
    ) -> Figure:
        series = [Series(values=peak, style="s1", mark="+")] if peak else []
        series.append(Series(values=values, style="s0", mark="*"))
        return Figure(shape=Shape.CURVES, series=tuple(series), names=names, title=title, top=top)

    gigabytes = tuple(None if m is None else m / 1024 for m in load.memory)
    return (
        figure("processor, %: mean and peak", load.cpu, load.cpu_peak, top=100.0),
        figure("workers: mean and peak", load.workers, load.workers_peak),
        figure("memory, GB", gigabytes),
    )


def slot_name(at: datetime, days: int) -> str:
    """What an interval of the machine's load is called: its hour, where it is not a day."""
    local = at.astimezone()
    if days > 30:
        return _day(local.date())
    return f"{_day(local.date())} {local:%H}h" if days <= 7 or local.hour else _day(local.date())


def _day(at: date) -> str:
    return f"{at.day} {at:%b}"
