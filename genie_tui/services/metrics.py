"""Reading how work flows, and what the machine that does it carries; nothing is read row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain.boards import Board
from genie_tui.domain.metrics import (
    DONE,
    Aged,
    Burndown,
    Days,
    Delta,
    Load,
    Metrics,
    Old,
    Spent,
    at_day_ends,
    days_until,
    in_order,
    per_day,
    slots,
)
from genie_tui.services.flow import CLOSED_AT, flow

__all__ = ["burndown", "last_days", "lately", "metrics"]

T = TypeVar("T", Spent, Aged)


OF_RELEASE = f"""
    SELECT width_bucket(t.created_at, %(edges)s::timestamptz[]) AS made,
           width_bucket({CLOSED_AT}, %(edges)s::timestamptz[]) AS closed, count(*) AS tasks
      FROM tasks t
     WHERE t.release_id = %(release)s
       AND (%(project)s::text IS NULL OR t.project_id = %(project)s)
     GROUP BY 1, 2
"""

LOAD = """
    SELECT width_bucket(m.created_at, %(edges)s::timestamptz[]) AS slot,
           avg(m.cpu_percent)::float8 AS cpu, max(m.cpu_percent)::float8 AS cpu_peak,
           avg(m.memory_mb)::float8 AS memory,
           avg(m.active_workers)::float8 AS workers, max(m.active_workers)::float8 AS workers_peak
      FROM machine_snapshots m
     WHERE m.created_at >= %(start)s AND m.created_at < %(end)s
     GROUP BY slot
"""

RUNS = """
    SELECT width_bucket(r.created_at, %(edges)s::timestamptz[]) AS day,
           r.status = 'completed' AS well, count(*) AS runs
      FROM runs r
     WHERE r.created_at >= %(start)s AND r.created_at < %(end)s
       AND r.status IN ('completed', 'failed', 'timeout')
     GROUP BY 1, 2
"""


def last_days(count: int, now: datetime) -> Days:
    """The last days up to now, today included, as they are in this machine's time zone."""
    return days_until(now.astimezone().date(), count, _midnight)


def _midnight(day: date) -> datetime:
    """When a day begins here."""
    return datetime.combine(day, time.min).astimezone()


async def lately(
    conn: AsyncConnection,
    board: Board,
    count: int,
    *,
    project_id: str | None = None,
    release: str = "",
) -> Metrics:
    """How work flowed on a board in the last days, up to now."""
    now = datetime.now(UTC)
    days = last_days(count, now)
    return await metrics(
        conn, board, days, slots(days), project_id=project_id, release=release, now=now
    )


async def metrics(
    conn: AsyncConnection,
    board: Board,
    days: Days,
    parts: Sequence[datetime],
    *,
    project_id: str | None = None,
    release: str = "",
    now: datetime,
) -> Metrics:
    """How work flowed on a board over some days; the machine's load in the parts between moments.

    With `release`, the burndown is that of a release, on whatever board its tasks are.
    """
    return _metrics(
        board,
        days,
        await flow(conn, board, days, project_id=project_id, now=now),
        now=now,
        burndown=await burndown(conn, days, release, project_id=project_id) if release else None,
        load=await _load(conn, parts),
        runs=await _runs(conn, days),
    )


async def burndown(
    conn: AsyncConnection, days: Days, release: str, *, project_id: str | None = None
) -> Burndown:
    """How many tasks of a release were left at the end of each day."""
    params = {"release": release, "project": project_id, "edges": list(days.edges)}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(OF_RELEASE, params)
        rows = await cursor.fetchall()
    return _burned(
        sum(tasks for _, closed, tasks in rows if closed is None),
        [(made, tasks) for made, _, tasks in rows],
        [(closed, tasks) for _, closed, tasks in rows if closed is not None],
        len(days),
        release=release,
    )


async def _load(conn: AsyncConnection, slots: Sequence[datetime]) -> Load:
    params = {"edges": list(slots), "start": slots[0], "end": slots[-1]}
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(LOAD, params)
        found = {row.pop("slot"): row for row in await cursor.fetchall()}
    kinds = ("cpu", "cpu_peak", "memory", "workers", "workers_peak")
    rows = [found.get(slot, {}) for slot in range(1, len(slots))]
    columns = {kind: tuple(row.get(kind) for row in rows) for kind in kinds}
    return Load(edges=tuple(slots), **columns)


async def _runs(conn: AsyncConnection, days: Days) -> tuple[tuple[int, ...], tuple[int, ...]]:
    params = {"edges": list(days.edges), "start": days.edges[0], "end": days.edges[-1]}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(RUNS, params)
        rows = await cursor.fetchall()
    well, ill = (
        per_day(((day, runs) for day, went, runs in rows if went is wanted), len(days))
        for wanted in (True, False)
    )
    return well, ill


# From rows to what is told


def _metrics(
    board: Board,
    days: Days,
    facts: Mapping[str, Any],
    *,
    now: datetime,
    burndown: Burndown | None,
    load: Load,
    runs: tuple[tuple[int, ...], tuple[int, ...]],
) -> Metrics:
    count = len(days)
    columns = [column.name for column in board.columns]
    made = [(row["day"], row["tasks"]) for row in facts["made"] or ()]
    ends = {
        status: [(r["day"], r["tasks"]) for r in facts["closed"] or () if r["status"] == status]
        for status in ("done", "cancelled")
    }
    standing = {row["place"]: row["tasks"] for row in facts["aged"] or ()}
    return Metrics(
        days=days,
        now=now,
        labels={column.name: column.label for column in board.columns},
        flow=in_order(_flow(facts, count), columns),
        spent=tuple(_in_columns(map(_spent, facts["spent"] or ()), columns)),
        worked=_whole(facts["ended"], "worked"),
        whole=_whole(facts["ended"], "whole"),
        made=per_day(made, count),
        done=per_day(ends["done"], count),
        dropped=per_day(ends["cancelled"], count),
        burndown=burndown
        or _burned(sum(standing.values()), made, [*ends["done"], *ends["cancelled"]], count),
        ages=tuple(_in_columns(_aged(facts), columns)),
        load=load,
        runs=runs,
    )


def _flow(facts: Mapping[str, Any], count: int) -> dict[str, list[int]]:
    deltas: list[Delta] = []
    for row in facts["moved"] or ():
        deltas += [
            (row["was"], row["day"], -row["tasks"]),
            (row["becomes"], row["day"], row["tasks"]),
        ]
    deltas += [(row["stage"], row["day"], row["tasks"]) for row in facts["made"] or ()]
    for row in facts["closed"] or ():
        deltas.append((row["stage"], row["day"], -row["tasks"]))
        if row["status"] == "done":
            deltas.append((DONE, row["day"], row["tasks"]))
    now = {row["place"]: row["tasks"] for row in facts["aged"] or ()} | {DONE: facts["done"]}
    return at_day_ends(now, deltas, count)


def _burned(
    left: int,
    made: Sequence[tuple[int, int]],
    closed: Sequence[tuple[int, int]],
    count: int,
    *,
    release: str = "",
) -> Burndown:
    deltas = [("", day, tasks) for day, tasks in made]
    deltas += [("", day, -tasks) for day, tasks in closed]
    return Burndown(
        left=tuple(at_day_ends({"": left}, deltas, count)[""]),
        made=per_day(made, count),
        closed=per_day(closed, count),
        release=release,
    )


def _spent(row: Mapping[str, Any]) -> Spent:
    half, most = (timedelta(seconds=seconds) for seconds in row["times"])
    return Spent(place=row["place"], count=row["tasks"], half=half, most=most)


def _whole(row: Mapping[str, Any] | None, which: str) -> Spent | None:
    if not row or not row["tasks"]:
        return None
    return _spent({"place": "", "tasks": row["tasks"], "times": row[which]})


def _aged(facts: Mapping[str, Any]) -> Iterable[Aged]:
    for row in facts["aged"] or ():
        spent = _spent(row)
        yield Aged(
            place=spent.place,
            count=spent.count,
            half=spent.half,
            most=spent.most,
            oldest=tuple(
                Old(
                    id=old["id"],
                    seq=old["seq"],
                    title=old["title"],
                    since=datetime.fromisoformat(old["since"]),
                )
                for old in facts["oldest"] or ()
                if old["place"] == spent.place
            ),
        )


def _in_columns(found: Iterable[T], columns: Sequence[str]) -> list[T]:
    """Those in the board's columns, in their order."""
    of = {spent.place: spent for spent in found}
    return [of[column] for column in columns if column in of]
