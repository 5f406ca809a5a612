"""`genie-tui metrics`: how work flows on a board, as tables; the screen draws the same figures."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.options import Command
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.domain.metrics import DONE, ELSEWHERE, Aged, Metrics, Spent, per_week, spell
from genie_tui.services import boards, metrics, releases

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genie_tui.domain.boards import Board

__all__ = ["age", "burndown", "cycle", "flow", "machine", "throughput"]

WEEKS_FROM = 31
"""Of so many days and more, throughput is told by the week."""

DAYS = click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=30,
    show_default=True,
    help="How many days back, today included.",
)


@click.command(cls=Command)
@DAYS
@transaction
async def flow(here: Here, days: int) -> Answer:
    """Show how many tasks stood in each stage at the end of each day.

    With --json: the board and its `days`, each with its `stages`, and how many tasks were `done`
    and `elsewhere`, in no column of the board.

    \b
    genie-tui metrics flow --days 7
    genie-tui metrics flow --board 'Software Development' --json
    """
    board, found = await _read(here, days)
    stages = [place for place in found.flow if place not in (DONE, ELSEWHERE)]
    value = [
        {
            "day": str(day),
            "stages": {place: found.flow[place][n] for place in stages},
            "elsewhere": found.flow[ELSEWHERE][n] if ELSEWHERE in found.flow else 0,
            "done": found.flow[DONE][n] if DONE in found.flow else 0,
        }
        for n, day in enumerate(found.days.dates)
    ]
    headings = ("day", *(found.label(place) for place in found.flow))
    rows = [
        (day, *(series[n] for series in found.flow.values()))
        for n, day in enumerate(found.days.dates)
    ]
    return Answer(value=_of(board, days=value), text=_table(headings, rows, headings[1:]))


@click.command(cls=Command)
@DAYS
@transaction
async def cycle(here: Here, days: int) -> Answer:
    """Show how long tasks took in each stage, and in all: half of them, and 85 of 100.

    Of stays that ended in these days. `worked` is from a task's start to its end, `whole` from
    when it was made. With --json: the board, its `stages`, `worked` and `whole`, in seconds.

    \b
    genie-tui metrics cycle
    genie-tui metrics cycle --days 90 --json
    """
    board, found = await _read(here, days)
    ends = {"worked": found.worked, "whole": found.whole}
    value = _of(board, stages=[_stage(each) for each in found.spent])
    value |= {name: each and _lengths(each) for name, each in ends.items()}
    told = [(found.label(each.place), each) for each in found.spent]
    told += [(f"({name})", each) for name, each in ends.items() if each]
    rows = [(name, each.count, spell(each.half), spell(each.most)) for name, each in told]
    headings = ("stage", "tasks", "p50", "p85")
    return Answer(
        value=value,
        text=_table(headings, rows, ("stage",), nothing="no task left a stage in these days"),
    )


@click.command(cls=Command)
@DAYS
@transaction
async def throughput(here: Here, days: int) -> Answer:
    """Show how many tasks were made, done and cancelled, by the day; of 31 days and more by weeks.

    With --json: the board and its `days`.

    \b
    genie-tui metrics throughput
    genie-tui metrics throughput --days 365
    """
    board, found = await _read(here, days)
    dates, columns = found.days.dates, (found.made, found.done, found.dropped)
    each = list(zip(dates, *columns, strict=True))
    names = ("day", "created", "done", "cancelled")
    weekly = days >= WEEKS_FROM
    rows = [(at, *sums) for at, sums in per_week(dates, *columns)] if weekly else each
    value = [dict(zip(names, (str(row[0]), *row[1:]), strict=True)) for row in each]
    headings = ("week of" if weekly else "day", *names[1:])
    return Answer(value=_of(board, days=value), text=_table(headings, rows))


@click.command(cls=Command)
@DAYS
@click.option(
    "--release", metavar="NAME", type=arguments.RELEASE, help="Of a release, not of the board."
)
@transaction
async def burndown(here: Here, days: int, release: str | None) -> Answer:
    """Show how many open tasks were left at the end of each day, of a board or a release.

    With --json: the board or release, and its `days`.

    \b
    genie-tui metrics burndown
    genie-tui metrics burndown --release 2.0 --json
    """
    if release is None:
        board, read = await _read(here, days)
        span, found, of = read.days, read.burndown, _of(board)
    else:
        scope = await here.scope()
        await releases.find_release(here.conn, release, project_id=scope)
        span = metrics.last_days(days, datetime.now(UTC))
        found = await metrics.burndown(here.conn, span, release, project_id=scope)
        of = {"release": release}
    names = ("day", "left", "created", "closed")
    rows = list(zip(span.dates, found.left, found.made, found.closed, strict=True))
    value = [dict(zip(names, (str(row[0]), *row[1:]), strict=True)) for row in rows]
    return Answer(value={**of, "days": value}, text=_table(names, rows))


@click.command(cls=Command)
@transaction
async def age(here: Here) -> Answer:
    """Show how long the open tasks of each stage have been there, and which are the oldest.

    With --json: the board and its `stages`, with the `oldest` tasks of each; lengths in seconds.

    \b
    genie-tui metrics age
    """
    board, found = await _read(here, 1)
    value = [{**_stage(each), "oldest": each.oldest} for each in found.ages]
    rows = [
        (
            found.label(each.place),
            each.count,
            spell(each.half),
            spell(each.most),
            ", ".join(f"#{old.seq} {spell(found.now - old.since)}" for old in each.oldest),
        )
        for each in found.ages
    ]
    headings = ("stage", "open", "p50", "p85", "oldest")
    return Answer(
        value=_of(board, stages=value),
        text=_table(headings, rows, ("stage", "oldest"), nothing="no open tasks on this board"),
    )


@click.command(cls=Command)
@DAYS
@transaction
async def machine(here: Here, days: int) -> Answer:
    """Show what the machine carried, as the daemon noted it: means, and the peaks beside them.

    With --json: a list of intervals; `memory` is in megabytes, what was not noted is null.

    \b
    genie-tui metrics machine --days 7
    """
    _, found = await _read(here, days)
    load = found.load
    names = ("cpu", "cpu_peak", "memory", "workers", "workers_peak")
    columns = [getattr(load, name) for name in names]
    spans = list(pairwise(load.edges))
    value = [
        {"start": start, "end": end, **dict(zip(names, figures, strict=True))}
        for (start, end), *figures in zip(spans, *columns, strict=True)
    ]
    rows = [
        (output.moment(each["start"]), *(_rounded(each[name]) for name in names))
        for each in value
        if any(each[name] is not None for name in names)
    ]
    headings = ("from", "cpu %", "peak", "memory MB", "workers", "most")
    nothing = "nothing was noted; 'genie-tui daemon start' notes it"
    return Answer(value=value, text=_table(headings, rows, nothing=nothing))


async def _read(here: Here, days: int) -> tuple[Board, Metrics]:
    """The board that is meant, and its figures; one that several projects share is narrowed."""
    scope = await here.scope()
    board = await here.board() or await boards.first_board(here.conn, scope)
    project_id = scope if board.project_id is None else None
    return board, await metrics.lately(here.conn, board, days, project_id=project_id)


def _of(board: Board, **facts: Any) -> dict[str, Any]:
    return {"board_id": board.id, "board": board.name, **facts}


def _lengths(spent: Spent | Aged) -> dict[str, Any]:
    half, most = spent.half.total_seconds(), spent.most.total_seconds()
    return {"tasks": spent.count, "p50_seconds": half, "p85_seconds": most}


def _stage(spent: Spent | Aged) -> dict[str, Any]:
    return {"stage": spent.place, **_lengths(spent)}


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 1)


def _table(
    headings: Sequence[str],
    rows: Sequence[Sequence[object]],
    flexible: Sequence[str] = (),
    *,
    nothing: str = "",
) -> Callable[[], None]:
    def text() -> None:
        if rows:
            write_table(headings, rows, flexible=flexible)
        else:
            click.echo(nothing, err=True)

    return text
