"""A schedule and one of its runs in full, as content that is built from variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from textual.content import Content

from genie_tui.domain.durations import short
from genie_tui.domain.schedule_rows import RunRow, ScheduleRow, typical
from genie_tui.domain.text import letters
from genie_tui.ui.widgets.figure import UP
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import brief
from genie_tui.ui.widgets.run_list import took

__all__ = ["about", "spark"]

DIM = "$foreground 55%"
STROKES = 30
"""So many runs are shown by how long they took."""
LINES_AT_MOST = 2000
"""Of an output, the last; more is read with 'genie-tui schedule history --output'."""

Local = Callable[[datetime], datetime]

LEVELS = "_.-=+*#@"
"""The heights where there is ASCII alone."""


def about(
    row: ScheduleRow,
    runs: Sequence[RunRow],
    run: RunRow | None,
    *,
    now: datetime,
    local: Local,
    marks: Marks,
) -> Content:
    """What it does and when; and of a run how it went, and all that it wrote."""
    parts = [
        Content.assemble((brief(row.name), "bold"), (f"  {row.status}", DIM)),
        *_rows(
            [
                ("when", f"{row.expression}, {row.timezone}"),
                ("next", _next(row, now, local)),
                ("command", row.command),
                ("in", row.repo),
                ("took", _took(runs, marks)),
            ]
        ),
        *(_run(run, local) if run is not None else []),
    ]
    return Content("\n").join(parts)


def spark(runs: Sequence[RunRow], *, plain: bool) -> str:
    """How long runs took, the newest last: a stroke each, as high as the longest is full."""
    seconds = [run.seconds for run in runs if run.seconds is not None][:STROKES][::-1]
    top = max(seconds, default=0.0)
    levels = LEVELS if plain else UP[1:]
    last = len(levels) - 1
    return "".join(levels[round(one / top * last) if top else 0] for one in seconds)


def _next(row: ScheduleRow, now: datetime, local: Local) -> str:
    if row.next_due_at is None:
        return "none is set"
    at = f"{local(row.next_due_at):%a %d %b %H:%M:%S}"
    if row.status != "active":
        return f"{at}, but it is {row.status}"
    return f"{at}, in {short(row.next_due_at - now)}" if row.next_due_at > now else f"{at}, due"


def _took(runs: Sequence[RunRow], marks: Marks) -> str:
    middle = typical(runs)
    if middle is None:
        return ""
    text = f"{middle:.1f}s" if middle < 10 else short(timedelta(seconds=middle))
    failed = sum(run.failed for run in runs)
    said = f", {failed} of {len(runs)} failed" if failed else ""
    return f"{spark(runs, plain=marks.ellipsis.isascii())}  {text} in the middle{said}"


def _run(run: RunRow, local: Local) -> list[Content]:
    ended = f"{local(run.completed_at):%d %b %H:%M:%S}" if run.completed_at is not None else ""
    lines = [
        Content(""),
        Content.assemble((f"run {brief(run.id)}", "bold $primary"), (f"  {run.word}", _tone(run))),
        *_rows(
            [
                ("due", f"{local(run.due_at):%d %b %H:%M:%S}"),
                ("began", f"{local(run.started_at):%d %b %H:%M:%S}" if run.started_at else ""),
                ("ended", ", ".join(part for part in (ended, took(run)) if part)),
                ("process", run.worker_id),
                ("trace", run.trace_id),
            ]
        ),
    ]
    if run.error:
        lines.append(Content.styled(brief(run.error), "$error"))
    lines.append(Content(""))
    written = run.output.rstrip("\n").splitlines()[-LINES_AT_MOST:]
    if written:
        lines += [Content(letters(line.expandtabs())) for line in written]
    else:
        said = "it has written nothing yet" if run.goes_on else "it wrote nothing"
        lines.append(Content.styled(said, DIM))
    return lines


def _tone(run: RunRow) -> str:
    if run.failed:
        return "bold $error"
    return "$success" if run.status == "completed" else "$accent"


def _rows(rows: Iterable[tuple[str, str]]) -> list[Content]:
    return [Content.assemble((f"{name:<9}", DIM), brief(text)) for name, text in rows if text]
