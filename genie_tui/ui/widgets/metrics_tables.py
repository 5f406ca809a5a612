"""The exact figures beside each chart, as content that is built from variables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from textual.content import Content

from genie_tui.domain.metrics import DONE, Metrics, per_week, spell
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.metrics_charts import (
    WEEKS_FROM,
    Chart,
    bands,
    letters,
    slot_name,
    spans,
)
from genie_tui.ui.widgets.plain import cell_len, clean, cut, fit
from genie_tui.ui.widgets.plot import color

__all__ = ["table"]

HEAD = "bold $primary"
DIM = "$foreground 55%"
ROWS_AT_MOST = 400
NAME_AT_MOST = 18

Row = Sequence[str]


def table(metrics: Metrics, chart: Chart, width: int, marks: Marks) -> Content:
    """The figures of a chart, in lines of so many cells."""
    parts = {
        Chart.FLOW: _flow,
        Chart.CYCLE: _lengths,
        Chart.THROUGHPUT: _throughput,
        Chart.BURNDOWN: _burndown,
        Chart.AGE: _ages,
        Chart.LOAD: _load,
    }[chart](metrics, width, marks)
    return Content("\n").join(parts)


def _flow(metrics: Metrics, width: int, marks: Marks) -> list[Content]:
    areas = bands(metrics)
    first = f"{metrics.days.dates[0].day} {metrics.days.dates[0]:%b}"
    rows: list[Row] = [("from top to bottom", first, "now", "change")]
    for place, name, _ in areas:
        numbers = metrics.flow[place]
        label = f"{name} in all" if place == DONE else name
        rows.append((label, *map(_number, (numbers[0], numbers[-1])), _change(numbers)))
    told = list(_lined(rows, width - 2, marks))
    keys = letters([name for _, name, _ in areas])
    swatches = ["  ", *(f"{key} " if marks.ellipsis.isascii() else "█ " for key in keys)]
    lines = [
        Content.assemble((swatch, color(number - 1)), line)
        for number, (swatch, line) in enumerate(zip(swatches, told, strict=True))
    ]
    shown = [(nth, f"{at.day:2} {at:%b}") for nth, at in _shown(metrics)]
    flow = [metrics.flow[place] for place, _, _ in areas]
    heads = ("by the end", *(fit(name, 5, "").rstrip() for _, name, _ in areas))
    days = [(at, *(_number(numbers[nth]) for numbers in flow)) for nth, at in shown]
    if sum(max(cell_len(row[n]) + 1 for row in (heads, *days)) for n in range(len(heads))) > width:
        days = [(at, *(_brief(numbers[nth]) for numbers in flow)) for nth, at in shown]
    each_day = _lined([heads, *days], width, marks, gap=1)
    return [_title("cumulative flow"), *lines, Content(""), *each_day]


def _shown(metrics: Metrics) -> Iterable[tuple[int, date]]:
    """The days that are told one by one, the newest first; of many, a day a week."""
    every = list(enumerate(metrics.days.dates))[::-1]
    return every if len(every) < WEEKS_FROM else every[::7]


def _lengths(metrics: Metrics, width: int, marks: Marks) -> list[Content]:
    rows: list[Row] = [("column", "tasks", "half", "85 of 100")]
    rows += [
        (name, _number(spent.count), spell(spent.half), spell(spent.most))
        for name, spent in spans(metrics, Chart.CYCLE)
    ]
    said = f"of those that left in these {len(metrics.days)} days"
    return [_title("time in each column"), _dim(said), *_lined(rows, width, marks)]


def _throughput(metrics: Metrics, width: int, marks: Marks) -> list[Content]:
    columns = (metrics.made, metrics.done, metrics.dropped)
    weeks = per_week(metrics.days.dates, *columns)
    rows: list[Row] = [("week of", "made", "done", "cancelled")]
    rows += [(_day(monday), *map(_number, numbers)) for monday, numbers in weeks[::-1]]
    rows.append(("all", *(_number(sum(numbers)) for numbers in columns)))
    a_week = sum(metrics.done) * 7 / len(metrics.days)
    days: list[Row] = [("day", "made", "done", "cancelled")]
    days += [
        (_day(at), *(_number(numbers[nth]) for numbers in columns))
        for nth, at in reversed(list(enumerate(metrics.days.dates)))
    ]
    return [
        _title("throughput"),
        _dim(f"{a_week:,.1f} done a week"),
        *_lined(rows, width, marks),
        Content(""),
        *_lined(days, width, marks),
    ]


def _burndown(metrics: Metrics, width: int, marks: Marks) -> list[Content]:
    told = metrics.burndown
    of = f"release {clean(told.release)}" if told.release else "the board"
    rows: list[Row] = [("day", "open", "made", "closed")]
    rows += [
        (_day(at), _number(told.left[nth]), _number(told.made[nth]), _number(told.closed[nth]))
        for nth, at in reversed(list(enumerate(metrics.days.dates)))
    ]
    return [
        _title(fit(f"burndown of {of}", width, marks.ellipsis).rstrip()),
        _dim(_forecast(metrics)),
        *_lined(rows, width, marks),
    ]


def _forecast(metrics: Metrics) -> str:
    told = metrics.burndown
    if not told.left[-1]:
        return "nothing is left"
    if told.ahead is None:
        return "at this pace there is no end: it does not get less"
    if told.ahead > timedelta(days=3650):
        return "at this pace nothing is left in ten years or more"
    end = (metrics.now + told.ahead).astimezone()
    return f"at this pace nothing is left by {end.day} {end:%b %Y}"


def _ages(metrics: Metrics, width: int, marks: Marks) -> list[Content]:
    rows: list[Row] = [("column", "open", "half", "85 of 100")]
    rows += [
        (name, _number(aged.count), spell(aged.half), spell(aged.most))
        for name, aged in spans(metrics, Chart.AGE)
    ]
    lines = [_title("how long open tasks have been there"), *_lined(rows, width, marks)]
    for aged in metrics.ages:
        lines += [Content(""), Content.styled(clean(metrics.label(aged.place)), "bold")]
        for old in aged.oldest:
            age = spell(metrics.now - old.since).rjust(8)
            head = f"{age}  #{old.seq} "
            title = fit(clean(old.title), max(width - cell_len(head), 1), marks.ellipsis)
            lines.append(
                Content.assemble((age, "$accent"), (f"  #{old.seq} ", "$primary"), title.rstrip())
            )
    return lines


def _load(metrics: Metrics, width: int, marks: Marks) -> list[Content]:
    load = metrics.load
    rows: list[Row] = [("from", "cpu", "peak", "GB", "workers")]
    columns = (load.cpu, load.cpu_peak, load.memory, load.workers)
    for nth in range(len(load.cpu) - 1, -1, -1):
        cpu, peak, memory, workers = (column[nth] for column in columns)
        if cpu is None and memory is None and workers is None:
            continue
        name = slot_name(load.edges[nth], len(metrics.days))
        gigabytes = None if memory is None else memory / 1024
        percent = (_decimal(cpu, "{:.0f}%"), _decimal(peak, "{:.0f}%"))
        rows.append((name, *percent, _decimal(gigabytes, "{:.1f}"), _decimal(workers, "{:.1f}")))
    lines = [_title("machine"), *_lined(rows[: ROWS_AT_MOST + 1], width, marks)]
    well, ill = metrics.runs
    runs: list[Row] = [("runs of", "well", "failed")]
    runs += [
        (_day(at), _number(well[nth]), _number(ill[nth]))
        for nth, at in reversed(list(enumerate(metrics.days.dates)))
        if well[nth] or ill[nth]
    ]
    if len(runs) == 1:
        return lines
    total = ("all", _number(sum(well)), _number(sum(ill)))
    return [
        _title("runs of schedules"),
        *_lined([*runs[:9], total], width, marks),
        Content(""),
        *lines,
    ]


def _lined(rows: Sequence[Row], width: int, marks: Marks, *, gap: int = 2) -> Iterable[Content]:
    """Rows under a heading: the first column gets what is left, the others stand at the right."""
    cleaned = [[clean(cell) for cell in row] for row in rows]
    count = max(len(cleaned[0]) - 1, 1)
    numbers = [max(map(cell_len, column)) for column in list(zip(*cleaned, strict=True))[1:]]
    first = min(max(cell_len(row[0]) for row in cleaned), NAME_AT_MOST)
    most = max((width - first) // count - gap, 3)
    numbers = [min(number, most) for number in numbers]
    for nth, row in enumerate(cleaned):
        cells = [fit(row[0], first, marks.ellipsis)]
        for cell, wide in zip(row[1:], numbers, strict=True):
            short = cut(cell, wide, marks.ellipsis)
            cells.append(f"{' ' * (gap + wide - cell_len(short))}{short}")
        line = "".join(cells)
        yield _dim(line) if nth == 0 else Content(line)


def _title(text: str) -> Content:
    return Content.styled(text, HEAD)


def _dim(text: str) -> Content:
    return Content.styled(text, DIM)


def _number(number: int) -> str:
    return f"{number:,}"


def _brief(number: int) -> str:
    """In four cells at most, up to a million."""
    if number < 1000:
        return str(number)
    return f"{number / 1000:.1f}k" if number < 9_950 else f"{round(number / 1000)}k"


def _change(numbers: Sequence[int]) -> str:
    change = numbers[-1] - numbers[0]
    return f"{change:+,}" if change else "0"


def _decimal(number: float | None, form: str) -> str:
    return "" if number is None else form.format(number)


def _day(at: date) -> str:
    return f"{at:%a} {at.day:2} {at:%b}"
