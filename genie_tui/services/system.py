"""Looking at the server from within: sessions, tables, migrations, how quick it notifies."""

from __future__ import annotations

import time
from datetime import timedelta

from psycopg import AsyncConnection, sql
from psycopg.rows import class_row, tuple_row

from genie_tui.db import migrations
from genie_tui.domain.system import Applied, Connection, Report, Server, Table
from genie_tui.services.cards import clamped

__all__ = ["report"]

ANSWERS_WITHIN = 1.0
"""Seconds after which a notification is taken for lost."""

SERVER = """
    SELECT current_setting('server_version') AS version,
           coalesce(host(inet_server_addr()) || ':' || inet_server_port(), 'a local socket')
           AS address,
           pg_postmaster_start_time() AS started_at, pg_is_in_recovery() AS standby,
           current_database()::text AS database,
           pg_database_size(current_database()) AS database_size,
           current_setting('max_connections')::int AS connections_at_most,
           d.xact_commit AS commits, d.xact_rollback AS rollbacks, d.deadlocks,
           coalesce(d.blks_hit::float / nullif(d.blks_hit + d.blks_read, 0), 1.0) AS hits,
           pg_notification_queue_usage() AS queue
      FROM pg_stat_database d
     WHERE d.datname = current_database()
"""

APPLIED = f"""
    SELECT m.name, {clamped("m.applied_at")}
      FROM _genie_migrations m
     ORDER BY m.id
     LIMIT 500
"""

CONNECTIONS = """
    SELECT a.pid, coalesce(a.application_name, '') AS name, coalesce(a.usename::text, '') AS user,
           coalesce(a.state, '') AS state, a.state_change AS since,
           coalesce(a.wait_event_type || ': ' || a.wait_event, '') AS waits,
           CASE WHEN a.query = '<insufficient privilege>' THEN ''
                ELSE left(coalesce(a.query, ''), 300) END AS query,
           a.pid = pg_backend_pid() AS mine
      FROM pg_stat_activity a
     WHERE a.datname = current_database() AND a.backend_type = 'client backend'
     ORDER BY a.state = 'active' DESC, a.state_change DESC NULLS LAST, a.pid
     LIMIT 200
"""

TABLES = """
    SELECT c.relname::text AS name, pg_total_relation_size(c.oid) AS size,
           coalesce(s.n_live_tup, 0) AS rows, coalesce(s.n_dead_tup, 0) AS dead,
           greatest(s.last_vacuum, s.last_autovacuum) AS vacuumed_at
      FROM pg_class c LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
     WHERE c.relkind = 'r' AND pg_table_is_visible(c.oid)
       AND c.relnamespace <> 'pg_catalog'::regnamespace
     ORDER BY size DESC, name
     LIMIT 100
"""


async def report(conn: AsyncConnection) -> Report:
    """How everything stands now; commits, so that its own notification comes back."""
    async with conn.cursor(row_factory=class_row(Server)) as cursor:
        await cursor.execute(SERVER)
        server = await cursor.fetchone()
    if server is None:
        raise LookupError("a database has no statistics of its own")
    state = await migrations.state(conn)
    unknown = frozenset(state.unknown)
    async with conn.cursor(row_factory=tuple_row) as rows:
        await rows.execute(APPLIED)
        applied = [
            Applied(name=name, at=at, known=name not in unknown)
            for name, at in await rows.fetchall()
        ]
    async with conn.cursor(row_factory=class_row(Connection)) as sessions:
        await sessions.execute(CONNECTIONS)
        connections = await sessions.fetchall()
    async with conn.cursor(row_factory=class_row(Table)) as cursor_of_tables:
        await cursor_of_tables.execute(TABLES)
        tables = await cursor_of_tables.fetchall()
    return Report(
        server=server,
        applied=tuple(applied),
        pending=state.pending,
        connections=tuple(connections),
        tables=tuple(tables),
        round_trip=await _round_trip(conn),
    )


# A standby cannot listen, and through a pooler it would be somebody else who does.
LISTENS = "SELECT pg_is_in_recovery(), pg_backend_pid()"


async def _round_trip(conn: AsyncConnection) -> timedelta | None:
    """From the commit of a notification until it is here; None where none comes."""
    [row] = await (await conn.execute(LISTENS)).fetchall()
    if row != (False, conn.info.backend_pid):
        return None
    channel = sql.Identifier(f"tui_round_trip_{conn.info.backend_pid}")
    await conn.execute(sql.SQL("LISTEN {}").format(channel))
    await conn.execute(sql.SQL("NOTIFY {}").format(channel))
    begun = time.monotonic()
    await conn.commit()
    took = None
    async for _ in conn.notifies(timeout=ANSWERS_WITHIN, stop_after=1):
        took = timedelta(seconds=time.monotonic() - begun)
    await conn.execute(sql.SQL("UNLISTEN {}").format(channel))
    await conn.commit()
    return took
