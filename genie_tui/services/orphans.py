"""What daemons left behind that are no more: triggers whose lease is over, and runs of the dead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row
from psycopg.types.json import Jsonb

from genie_tui.domain import schedules
from genie_tui.errors import BadInput
from genie_tui.services.cards import clamped
from genie_tui.services.leases import Ended, add_trigger, finish, new_id

__all__ = [
    "Executing",
    "Running",
    "adopt",
    "again",
    "beat",
    "close",
    "executing",
    "let_go",
    "mend_chains",
    "running",
    "settle_dead",
]

AT_MOST = 1000

# Another client's lease may have no end; then the run's own time has to be over.
EXECUTING = f"""
    SELECT g.id AS trigger_id, g.xmin::text AS version, g.leased_by, s.name,
           coalesce(g.leased_until, g.started_at + coalesce(r.lease_timeout_ms, 300000)
                    * interval '1 millisecond', g.created_at) < now() AS expired,
           r.id AS run_id, r.status AS run_status, r.worker_id,
           {clamped("r.started_at")} AS started_at,
           coalesce(r.lease_timeout_ms, 300000) * interval '1 millisecond'
           - (now() - r.started_at) AS left, beat.context
      FROM triggers g
      JOIN schedules s ON s.id = g.schedule_id
      LEFT JOIN LATERAL (
           SELECT * FROM runs r WHERE r.trigger_id = g.id
            ORDER BY r.created_at DESC, r.id DESC LIMIT 1) r ON true
      LEFT JOIN LATERAL (
           SELECT h.context FROM heartbeats h WHERE h.run_id = r.id
            ORDER BY h.created_at, h.id LIMIT 1) beat ON true
     WHERE g.status = 'executing'
     ORDER BY g.leased_until NULLS FIRST, g.id
     LIMIT {AT_MOST}
"""

_AS_IT_WAS = "g.id = %(trigger)s AND g.status = 'executing' AND g.xmin::text = %(version)s"

AGAIN = f"""
    WITH free AS (
        UPDATE triggers g
           SET status = 'pending', leased_by = NULL, leased_until = NULL, started_at = NULL
         WHERE {_AS_IT_WAS}
     RETURNING g.id),
    ended AS (
        UPDATE runs r
           SET status = 'failed', completed_at = now(), error = %(why)s
          FROM free
         WHERE r.trigger_id = free.id AND r.status IN ('pending', 'leased'))
    SELECT pg_notify('genie_trigger_due', id) FROM free
"""

ADOPT = f"""
    UPDATE triggers g
       SET leased_by = %(daemon)s, leased_until = now() + greatest(%(left)s, interval '30 seconds')
     WHERE {_AS_IT_WAS}
 RETURNING g.id
"""

LET_GO = """
    UPDATE triggers g
       SET leased_until = now()
     WHERE g.status = 'executing' AND g.leased_by = %(daemon)s
"""

CLOSE = f"""
    UPDATE triggers g
       SET status = CASE WHEN r.status = 'completed' THEN 'completed' ELSE 'failed' END,
           completed_at = coalesce(r.completed_at, now()), leased_by = NULL, leased_until = NULL
      FROM runs r
     WHERE r.id = %(run)s AND {_AS_IT_WAS}
"""

RUNNING = f"""
    SELECT r.id AS run_id, r.worker_id, {clamped("r.started_at")} AS started_at, s.name,
           beat.context
      FROM runs r
      JOIN triggers g ON g.id = r.trigger_id
      JOIN schedules s ON s.id = g.schedule_id
      LEFT JOIN LATERAL (
           SELECT h.context FROM heartbeats h WHERE h.run_id = r.id
            ORDER BY h.created_at, h.id LIMIT 1) beat ON true
     WHERE r.status = 'running' AND r.worker_id IS NOT NULL
     ORDER BY r.started_at DESC NULLS LAST, r.id
     LIMIT {AT_MOST}
"""

BEAT = """
    INSERT INTO heartbeats (id, worker_id, run_id, status, context)
    VALUES (%(id)s, %(worker)s, %(run)s, %(status)s, %(context)s)
"""

# Two looks, one after the other, have found the worker dead.
DEAD = """
    SELECT r.id, s.name
      FROM runs r
      JOIN triggers g ON g.id = r.trigger_id
      JOIN schedules s ON s.id = g.schedule_id
     CROSS JOIN LATERAL (
           SELECT array_agg(h.status) AS statuses
             FROM (SELECT status FROM heartbeats WHERE run_id = r.id
                    ORDER BY created_at DESC, id DESC LIMIT 2) h) last
     WHERE r.status = 'running' AND last.statuses = ARRAY['dead', 'dead']
       AND (g.leased_by = %(daemon)s OR g.leased_until IS NULL OR g.leased_until < now())
       AND r.id <> ALL(%(held)s::text[])
"""

# What has no trigger to come, and none under way that would make one.
UNCHAINED = """
    SELECT s.id, s.name, s.cron_expression, s.timezone, now()
      FROM schedules s
     WHERE s.status = 'active' AND s.cron_expression <> '@once'
       AND EXISTS (SELECT FROM triggers g WHERE g.schedule_id = s.id)
       AND NOT EXISTS (
           SELECT FROM triggers g
            WHERE g.schedule_id = s.id AND g.status IN ('pending', 'executing'))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executing:
    """A trigger that is being executed, its newest run, and what that run's first heartbeat said.

    `left` is what the command may still take, `version` the trigger's row's.
    """

    trigger_id: str
    version: str
    name: str
    leased_by: str | None
    expired: bool
    run_id: str | None
    run_status: str | None
    worker_id: str | None
    started_at: datetime | None
    left: timedelta | None
    context: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A run that is said to be running, and what its first heartbeat said."""

    run_id: str
    name: str
    worker_id: str
    started_at: datetime | None
    context: Any


async def executing(conn: AsyncConnection) -> list[Executing]:
    """The triggers that are being executed, those first whose lease ends first."""
    async with conn.cursor(row_factory=class_row(Executing)) as cursor:
        return await (await cursor.execute(EXECUTING)).fetchall()


async def again(conn: AsyncConnection, one: Executing, why: str) -> bool:
    """Have a trigger fire whose command was never begun; false where somebody was quicker."""
    return await _still(conn, AGAIN, one, why=why)


async def adopt(conn: AsyncConnection, one: Executing, daemon: str) -> bool:
    """Take over the lease of a command that goes on; false where somebody was quicker."""
    return await _still(conn, ADOPT, one, daemon=daemon, left=one.left or timedelta())


async def let_go(conn: AsyncConnection, daemon: str) -> None:
    """End the leases of a daemon that leaves; the next one takes over what runs."""
    await conn.execute(LET_GO, {"daemon": daemon})


async def close(conn: AsyncConnection, one: Executing) -> None:
    """End a trigger whose run has ended."""
    await _still(conn, CLOSE, one, run=one.run_id)


async def running(conn: AsyncConnection) -> list[Running]:
    """All runs that are said to be running, whoever began them, the latest first."""
    async with conn.cursor(row_factory=class_row(Running)) as cursor:
        return await (await cursor.execute(RUNNING)).fetchall()


async def beat(
    conn: AsyncConnection, looked_at: Collection[tuple[Running, bool]], context: dict[str, Any]
) -> None:
    """A heartbeat for each run: does its worker live?"""
    async with conn.pipeline():
        for run, alive in looked_at:
            values = {
                "id": new_id("beat"),
                "worker": run.worker_id,
                "run": run.run_id,
                "status": "alive" if alive else "dead",
                "context": Jsonb(context),
            }
            await conn.execute(BEAT, values)


async def settle_dead(conn: AsyncConnection, daemon: str, held: Collection[str]) -> list[str]:
    """Fail the runs whose workers were dead twice over, but those in `held`; their ids."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(DEAD, {"daemon": daemon, "held": list(held)})
        found = await cursor.fetchall()
    why = "orphaned: its worker is dead, and what became of it is not known"
    ended = Ended(status="failed", error=why)
    return [run_id for run_id, name in found if await finish(conn, run_id, ended, name)]


async def mend_chains(conn: AsyncConnection) -> list[str]:
    """Give schedules a next trigger that should have one and have none; their names.

    Others' daemons may die between a trigger and the next one.
    """
    mended = []
    async with conn.cursor(row_factory=tuple_row) as cursor:
        found = await (await cursor.execute(UNCHAINED)).fetchall()
    for id_, name, expression, zone, now in found:
        try:
            due = schedules.parse(expression, zone or "UTC").after(now)
        except BadInput:
            continue
        if due is not None and await add_trigger(conn, id_, due):
            mended.append(name)
    return mended


async def _still(conn: AsyncConnection, query: str, one: Executing, **values: Any) -> bool:
    """Do something about a trigger that is as it was seen."""
    was = {"trigger": one.trigger_id, "version": one.version}
    return (await conn.execute(query, {**was, **values})).rowcount > 0
