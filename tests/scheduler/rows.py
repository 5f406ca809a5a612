"""Schedules as tests make them, and what became of their runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from genie_tui.services.leases import new_id

PATIENCE = 20.0

Rows = list[dict[str, Any]]


async def schedule(
    conn: AsyncConnection,
    command: str | None = "true",
    *,
    expression: str = "@once",
    spec: Any = None,
    name: str = "work",
    metadata: Any = None,
    zone: str | None = "UTC",
    status: str = "active",
) -> str:
    """A schedule as any client writes it, with no trigger yet; its id."""
    id_ = new_id("sched")
    await conn.execute(
        """INSERT INTO schedules (id, name, cron_expression, timezone, command, run_spec, metadata,
                                  status)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (id_, name, expression, zone, command, Jsonb(spec or {}), Jsonb(metadata or {}), status),
    )
    await conn.commit()
    return id_


async def trigger(
    conn: AsyncConnection, schedule_id: str, *, due: datetime | str = "now", key: str | None = None
) -> str:
    """A trigger of a schedule that waits; its id."""
    id_ = new_id("trig")
    await conn.execute(
        "INSERT INTO triggers (id, schedule_id, due_at, idempotency_key) VALUES (%s, %s, %s, %s)",
        (id_, schedule_id, due, key),
    )
    await conn.commit()
    return id_


async def due(conn: AsyncConnection, command: str = "true", **how: Any) -> str:
    """A trigger that is due now, of a schedule of its own; its id."""
    return await trigger(conn, await schedule(conn, command, **how))


async def rows(conn: AsyncConnection, query: str, *values: object) -> Rows:
    """Rows as they are committed by now."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, values)
        found = await cursor.fetchall()
    await conn.commit()
    return found


async def runs(conn: AsyncConnection, trigger_id: str) -> Rows:
    """The runs of a trigger, in the order in which they were made."""
    return await rows(
        conn, "SELECT * FROM runs WHERE trigger_id = %s ORDER BY created_at, id", trigger_id
    )


async def trigger_row(conn: AsyncConnection, trigger_id: str) -> dict[str, Any]:
    """A trigger as it stands."""
    (row,) = await rows(conn, "SELECT * FROM triggers WHERE id = %s", trigger_id)
    return row


async def until(holds: Callable[[], Awaitable[Any]]) -> Any:
    """Look again and again until something holds; what that was."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await holds()):  # noqa: ASYNC110 - rows are no events
            await asyncio.sleep(0.02)
        return found


async def ended(conn: AsyncConnection, trigger_id: str) -> dict[str, Any]:
    """The run with which a trigger ended, once it has."""

    async def over() -> bool:
        row = await trigger_row(conn, trigger_id)
        return row["status"] in {"completed", "failed", "skipped"}

    await until(over)
    return (await runs(conn, trigger_id))[-1]


async def running(conn: AsyncConnection, trigger_id: str) -> dict[str, Any]:
    """The run of a trigger, once its command has begun."""

    async def begun() -> dict[str, Any] | None:
        found = [run for run in await runs(conn, trigger_id) if run["status"] == "running"]
        return found[0] if found else None

    found: dict[str, Any] = await until(begun)
    return found
