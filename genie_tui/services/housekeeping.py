"""What is written about the machine, and what is thrown away when it is old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import scalar_row
from psycopg.types.json import Jsonb

from genie_tui.services.leases import new_id

__all__ = ["BEATS_KEPT", "OTEL_KEPT", "SNAPSHOTS_KEPT", "Load", "forget", "snapshot", "turn"]

BEATS_KEPT = timedelta(days=7)
SNAPSHOTS_KEPT = timedelta(days=30)
OTEL_KEPT = timedelta(days=30)

AT_ONCE = 10_000
"""So many rows go in one transaction; the rest in the next."""

TURN = """
    SELECT pg_try_advisory_xact_lock(hashtext('genie_tui.minute'), hashtext(%(host)s))
           AND NOT EXISTS (
               SELECT FROM machine_snapshots m
                WHERE m.created_at > now() - %(apart)s AND m.created_at <= now()
                  AND m.context ->> 'host' = %(host)s)
"""

SNAPSHOT = """
    INSERT INTO machine_snapshots (
        id, active_workers, active_teams, tmux_sessions, cpu_percent, memory_mb, context)
    VALUES (
        %(id)s, %(workers)s, (SELECT count(*) FROM teams t WHERE t.status = 'in_progress'),
        %(sessions)s, %(cpu)s, %(memory)s, %(context)s)
"""

_OLD = {
    "heartbeats": "last_seen_at < now() - %(kept)s",
    "machine_snapshots": "created_at < now() - %(kept)s",
}

FORGET = """
    DELETE FROM {table} WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM {table} WHERE {old} LIMIT %(limit)s))
"""

# What is not thrown away stays old for ever; only what has aged since the last look is looked at.
FORGET_OTEL = """
    DELETE FROM audit_events WHERE id = ANY (ARRAY(
        SELECT id FROM audit_events
         WHERE created_at < now() - %(kept)s AND created_at >= %(since)s
           AND entity_type LIKE 'otel\\_%%'
         ORDER BY created_at LIMIT %(limit)s))
"""

CUT = "SELECT now() - %(kept)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a machine is at: the agents that live, tmux's sessions, CPU in percent, MB in use."""

    workers: int
    sessions: int
    cpu: float
    memory: float


async def turn(conn: AsyncConnection, host: str, apart: timedelta) -> bool:
    """Is it this daemon's turn, of those on one host, as none looked around of late?"""
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return bool(await (await cursor.execute(TURN, {"host": host, "apart": apart})).fetchone())


async def snapshot(conn: AsyncConnection, load: Load, context: dict[str, Any]) -> None:
    """Write down what the machine is at."""
    values = {
        "id": new_id("snap"),
        "workers": load.workers,
        "sessions": load.sessions,
        "cpu": load.cpu,
        "memory": load.memory,
        "context": Jsonb(context),
    }
    await conn.execute(SNAPSHOT, values)


async def forget(conn: AsyncConnection, since: datetime | None) -> tuple[int, datetime | None]:
    """Throw away what is old: how many rows, and what to give as `since` the next time.

    `since` None looks at everything.
    """
    gone = 0
    for table, kept in (("heartbeats", BEATS_KEPT), ("machine_snapshots", SNAPSHOTS_KEPT)):
        query = FORGET.format(table=table, old=_OLD[table])
        gone += (await conn.execute(query, {"kept": kept, "limit": AT_ONCE})).rowcount
    async with conn.cursor(row_factory=scalar_row) as cursor:
        cut = await (await cursor.execute(CUT, {"kept": OTEL_KEPT})).fetchone()
        values = {"kept": OTEL_KEPT, "since": since or "-infinity", "limit": AT_ONCE}
        otel = (await cursor.execute(FORGET_OTEL, values)).rowcount
    return gone + otel, since if otel == AT_ONCE else cut
