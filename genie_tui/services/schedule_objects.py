"""Schedules and their runs as programs and screens read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from genie_tui.domain.boards import decoded
from genie_tui.domain.runs import run_spec
from genie_tui.domain.schedule_rows import RunRow, ScheduleRow
from genie_tui.services.cards import clamped

__all__ = ["history", "objects", "rows", "runs"]

AT_MOST = 1000

_RUN = f"""
    SELECT r.id, r.trigger_id, r.status, r.worker_id, r.exit_code, r.error, r.trace_id,
           r.lease_timeout_ms, {clamped("g.due_at")} AS due_at,
           {clamped("r.started_at")} AS started_at, {clamped("r.completed_at")} AS completed_at,
           {clamped("r.created_at")} AS created_at,
           extract(epoch FROM coalesce(r.completed_at, CASE WHEN r.status = 'running'
                   THEN now() END) - r.started_at)::float8 AS seconds,
           (SELECT h.status FROM heartbeats h WHERE h.run_id = r.id
             ORDER BY h.created_at DESC, h.id DESC LIMIT 1) AS worker,
           right(r.output, %(letters)s) AS output"""

OBJECTS = f"""
    SELECT s.id, s.name, s.cron_expression, s.timezone, s.command, s.interval_ms, s.run_spec,
           s.metadata, s.status, {clamped("s.created_at")} AS created_at,
           {clamped("s.updated_at")} AS updated_at, {clamped("next.due_at")} AS next_due_at,
           CASE WHEN last.id IS NOT NULL THEN to_jsonb(last) END AS last_run
      FROM schedules s
      LEFT JOIN LATERAL (
           SELECT g.due_at FROM triggers g
            WHERE g.schedule_id = s.id AND g.status = 'pending'
            ORDER BY g.due_at LIMIT 1) next ON true
      LEFT JOIN LATERAL ({_RUN}
             FROM triggers g JOIN runs r ON r.trigger_id = g.id
            WHERE g.schedule_id = s.id
            ORDER BY r.created_at DESC, r.id DESC LIMIT 1) last ON true
     WHERE (%(id)s::text IS NULL AND (%(all)s OR s.status <> 'deleted')) OR s.id = %(id)s
     ORDER BY s.status <> 'active', next.due_at NULLS LAST, lower(s.name), s.id
     LIMIT {AT_MOST}
"""

HISTORY = f"""{_RUN}, s.id AS schedule_id, s.name AS schedule
      FROM schedules s
      JOIN triggers g ON g.schedule_id = s.id
      JOIN runs r ON r.trigger_id = g.id
     WHERE (%(id)s::text IS NULL OR s.id = %(id)s)
       AND (NOT %(failed)s OR r.status IN ('failed', 'timeout'))
     ORDER BY r.created_at DESC, r.id DESC
     LIMIT %(limit)s
"""


async def objects(
    conn: AsyncConnection, *, id_: str | None = None, all_: bool = False
) -> list[dict[str, Any]]:
    """Schedules by when they are due next: the columns, `next_due_at` and `last_run`.

    Those that were called off are left out, unless `all_`; `id_` names the only one.
    """
    params = {"id": id_, "all": all_, "letters": 400}
    async with conn.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(OBJECTS, params)).fetchall()
    for row in rows:
        row["run_spec"], row["metadata"] = decoded(row["run_spec"]), decoded(row["metadata"])
    return rows


async def history(
    conn: AsyncConnection,
    id_: str | None = None,
    *,
    limit: int = 20,
    letters: int = 65_536,
    failed: bool = False,
) -> list[dict[str, Any]]:
    """The newest runs of a schedule, or of all; with so many letters of the output's end.

    `worker` is what the last heartbeat said; `seconds` how long it took, or takes by now.
    """
    params = {"id": id_, "limit": limit, "letters": letters, "failed": failed}
    async with conn.cursor(row_factory=dict_row) as cursor:
        return await (await cursor.execute(HISTORY, params)).fetchall()


async def rows(conn: AsyncConnection) -> tuple[ScheduleRow, ...]:
    """The schedules as screens show them, by when they are due next."""
    return tuple(_row(each) for each in await objects(conn))


async def runs(conn: AsyncConnection, id_: str, *, limit: int) -> tuple[RunRow, ...]:
    """The newest runs of a schedule as screens show them, the newest first."""
    return tuple(_run(each) for each in await history(conn, id_, limit=limit))


def _row(each: Mapping[str, Any]) -> ScheduleRow:
    spec = run_spec(each["run_spec"], each["command"])
    return ScheduleRow(
        id=each["id"],
        name=each["name"],
        expression=each["cron_expression"],
        timezone=each["timezone"] or "UTC",
        command=spec.command,
        repo=spec.repo or "",
        status=each["status"],
        next_due_at=each["next_due_at"],
        last=_run(each["last_run"]) if each["last_run"] is not None else None,
    )


def _run(each: Mapping[str, Any]) -> RunRow:
    return RunRow(
        id=each["id"],
        trigger_id=each["trigger_id"],
        status=each["status"],
        due_at=_moment(each["due_at"]) or _EPOCH,
        created_at=_moment(each["created_at"]) or _EPOCH,
        started_at=_moment(each["started_at"]),
        completed_at=_moment(each["completed_at"]),
        seconds=each["seconds"],
        exit_code=each["exit_code"],
        error=each["error"] or "",
        worker_id=each["worker_id"] or "",
        worker=each["worker"],
        trace_id=each["trace_id"] or "",
        output=_COLOURS.sub("", each["output"] or ""),
    )


def _moment(value: Any) -> datetime | None:
    """A time, also as JSON has it."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


_COLOURS = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")
"""What a command tells its terminal to look like."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
