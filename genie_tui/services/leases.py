"""Triggers that are due, the runs they begin, and the leases that keep others off.

What one daemon has leased no other begins. A run is `leased` until its process waits to begin, and
`running` from before it begins: so of a run that is `leased`, nothing was ever done.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from psycopg import AsyncConnection
from psycopg.rows import dict_row, scalar_row, tuple_row
from psycopg.types.json import Jsonb

from genie_tui.domain import schedules
from genie_tui.domain.boards import decoded
from genie_tui.domain.runs import (
    ALL_MISSED,
    Caps,
    Due,
    RunSpec,
    Spread,
    next_due,
    run_spec,
    startable,
)
from genie_tui.errors import BadInput
from genie_tui.services import audit
from genie_tui.services.cards import clamped

__all__ = [
    "BY_HAND",
    "Claim",
    "Ended",
    "add_trigger",
    "begin",
    "claim",
    "finish",
    "new_id",
    "renew",
    "until_next",
]

BY_HAND = "run:"
"""How the idempotency key of a trigger begins that a person asked for."""

BATCH = 200

CLASSES_LOCK = "SELECT pg_advisory_xact_lock(hashtext('genie_tui.claim'))"
"""Counting and claiming are one; other clients' daemons are kept off row by row."""

RUNNING = """
    SELECT s.run_spec
      FROM triggers g JOIN schedules s ON s.id = g.schedule_id
     WHERE g.status = 'executing' AND g.leased_until > now()
"""

DUE = f"""
    SELECT g.id, g.schedule_id, {clamped("g.due_at")} AS due_at, g.idempotency_key,
           s.name, s.command, s.run_spec, s.cron_expression, s.timezone, s.metadata, now() AS now
      FROM triggers g JOIN schedules s ON s.id = g.schedule_id
     WHERE g.status = 'pending' AND g.due_at <= now() AND s.status = 'active'
       AND g.schedule_id <> ALL(%(full)s::text[])
     ORDER BY g.due_at, g.id
     LIMIT %(limit)s
"""

NEXT_DUE = """
    SELECT extract(epoch FROM g.due_at - clock_timestamp())::float8
      FROM triggers g JOIN schedules s ON s.id = g.schedule_id
     WHERE g.status = 'pending' AND g.due_at > now() AND s.status = 'active'
     ORDER BY g.due_at
     LIMIT 1
"""

LEASE = """
    UPDATE triggers g
       SET status = 'executing', leased_by = %(daemon)s, started_at = now(), completed_at = NULL,
           leased_until = now() + %(timeout)s
      FROM (SELECT id FROM triggers
             WHERE id = %(id)s AND status = 'pending' FOR UPDATE SKIP LOCKED) free
     WHERE g.id = free.id
 RETURNING EXISTS (SELECT FROM runs r WHERE r.trigger_id = g.id) AS again
"""

ADD_RUN = """
    INSERT INTO runs (id, trigger_id, status, trace_id, lease_timeout_ms)
    VALUES (%(id)s, %(trigger)s, 'leased', %(trace)s, %(milliseconds)s)
"""

ADD_TRIGGER = """
    INSERT INTO triggers (id, schedule_id, due_at, idempotency_key)
    VALUES (%(id)s, %(schedule)s, %(due)s, %(key)s)
    ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
 RETURNING id
"""

# The trigger is written to as well, so that of this and of its being fired again only one happens.
BEGIN = """
    WITH held AS (
        UPDATE triggers g
           SET leased_until = now() + %(timeout)s
         WHERE g.id = %(trigger)s AND g.status = 'executing' AND g.leased_by = %(daemon)s
     RETURNING g.id)
    UPDATE runs r
       SET status = 'running', worker_id = %(pid)s, started_at = now()
      FROM held
     WHERE r.id = %(run)s AND r.trigger_id = held.id AND r.status = 'leased'
 RETURNING r.id
"""

BEAT = """
    INSERT INTO heartbeats (id, worker_id, run_id, status, context)
    VALUES (%(id)s, %(pid)s, %(run)s, 'alive', %(context)s)
"""

RENEW = """
    UPDATE triggers g
       SET leased_until = now() + make_interval(secs => r.lease_timeout_ms / 1000.0)
      FROM runs r
     WHERE g.id = ANY(%(triggers)s) AND g.status = 'executing' AND g.leased_by = %(daemon)s
       AND r.trigger_id = g.id AND r.status IN ('leased', 'running')
"""

END_RUN = """
    UPDATE runs r
       SET status = %(status)s, exit_code = %(exit_code)s, output = %(output)s, error = %(error)s,
           completed_at = now()
     WHERE r.id = %(run)s AND r.status IN ('pending', 'leased', 'running')
 RETURNING r.trigger_id, extract(epoch FROM now() - r.started_at)::float8
"""

END_TRIGGER = """
    UPDATE triggers g
       SET status = %(status)s, completed_at = now(), leased_by = NULL, leased_until = NULL
     WHERE g.id = %(id)s AND g.status = 'executing'
 RETURNING g.schedule_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A trigger that is ours to fire, and the run that was made for it.

    `wrong` is why it cannot be, as its schedule's expression or command is no good.
    """

    trigger_id: str
    schedule_id: str
    name: str
    run_id: str
    trace_id: str
    spec: RunSpec
    wrong: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended: `completed`, `failed`, `timeout` or `cancelled`; `output` is its tail."""

    status: str
    exit_code: int | None = None
    output: str = ""
    error: str | None = None


def new_id(kind: str) -> str:
    """`run-…`: random enough for any number of rows."""
    return f"{kind}-{uuid4().hex[:16]}"


async def claim(
    conn: AsyncConnection, daemon: str, caps: Caps, spread: Spread
) -> tuple[list[Claim], float | None]:
    """Lease what is due and there is room for; and the seconds until something else is due.

    Each schedule's next trigger is made along with the run of this one.
    """
    await conn.execute(CLASSES_LOCK)
    async with conn.cursor(row_factory=scalar_row) as cursor:
        running = [run_spec(spec) for spec in await (await cursor.execute(RUNNING)).fetchall()]
    rows = await _due(conn, running, caps)
    ready = spread.ready([_as_due(row) for row in rows.values()])
    claims = [
        claimed
        for one in startable(ready, running, caps)
        if (claimed := await _lease(conn, daemon, one, rows[one.id])) is not None
    ]
    return claims, await until_next(conn)


async def until_next(conn: AsyncConnection) -> float | None:
    """Seconds until the next trigger is due that is not yet; None where none is known."""
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return await (await cursor.execute(NEXT_DUE)).fetchone()


async def add_trigger(
    conn: AsyncConnection, schedule_id: str, due: datetime, *, by_hand: bool = False
) -> str | None:
    """Have a schedule fire at a time; None where that was said already.

    The insertion wakes the daemons.
    """
    id_ = new_id("trig")
    key = f"{BY_HAND}{id_}" if by_hand else f"{schedule_id}:{due.isoformat()}"
    values = {"id": id_, "schedule": schedule_id, "due": due, "key": key}
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return await (await cursor.execute(ADD_TRIGGER, values)).fetchone()


async def begin(
    conn: AsyncConnection, claimed: Claim, daemon: str, pid: int, context: dict[str, Any]
) -> bool:
    """Note that a claim's process is about to begin; false where the lease was lost meanwhile."""
    values = {
        "run": claimed.run_id,
        "trigger": claimed.trigger_id,
        "pid": str(pid),
        "daemon": daemon,
        "timeout": claimed.spec.timeout,
    }
    row = await (await conn.execute(BEGIN, values)).fetchone()
    if row is None:
        return False
    await conn.execute(BEAT, values | {"id": new_id("beat"), "context": Jsonb(context)})
    details = {"schedule": claimed.name, "trigger": claimed.trigger_id, "pid": pid}
    await audit.record(conn, claimed.run_id, "running", None, details, entity_type="run")
    return True


async def renew(conn: AsyncConnection, daemon: str, triggers: Collection[str]) -> None:
    """Keep what one has leased for another full lease."""
    await conn.execute(RENEW, {"daemon": daemon, "triggers": list(triggers)})


async def finish(conn: AsyncConnection, run_id: str, ended: Ended, name: str) -> bool:
    """End a run, and its trigger with it; false where it had ended already."""
    values = {
        "run": run_id,
        "status": ended.status,
        "exit_code": ended.exit_code,
        "output": ended.output,
        "error": ended.error,
    }
    async with conn.cursor(row_factory=tuple_row) as cursor:
        row = await (await cursor.execute(END_RUN, values)).fetchone()
        if row is None:
            return False
        status = "completed" if ended.status == "completed" else "failed"
        await cursor.execute(END_TRIGGER, {"id": row[0], "status": status})
    details = {
        "schedule": name,
        "trigger": row[0],
        "exit_code": ended.exit_code,
        "error": ended.error,
        "duration_ms": None if row[1] is None else round(row[1] * 1000),
    }
    await audit.record(conn, run_id, ended.status, None, details, entity_type="run")
    return True


async def _due(
    conn: AsyncConnection, running: list[RunSpec], caps: Caps
) -> dict[str, dict[str, Any]]:
    """The rows of what is due, by their ids; what has no room does not hide what has."""
    full: set[str] = set()
    while True:
        async with conn.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(DUE, {"full": list(full), "limit": BATCH})
            rows = {row["id"]: row for row in await cursor.fetchall()}
        crowded = {
            row["schedule_id"]
            for row in rows.values()
            if not caps.has_room(run_spec(row["run_spec"], row["command"]), running)
        }
        if len(rows) < BATCH or not crowded:
            return rows
        full |= crowded


def _as_due(row: dict[str, Any]) -> Due:
    return Due(
        id=row["id"],
        schedule_id=row["schedule_id"],
        name=row["name"],
        due_at=row["due_at"],
        spec=run_spec(row["run_spec"], row["command"]),
        asked=(row["idempotency_key"] or BY_HAND).startswith(BY_HAND),
    )


async def _lease(conn: AsyncConnection, daemon: str, due: Due, row: dict[str, Any]) -> Claim | None:
    """Take a trigger, if nobody else did."""
    values = {"id": due.id, "daemon": daemon, "timeout": due.spec.timeout}
    async with conn.cursor(row_factory=scalar_row) as cursor:
        fired_before = await (await cursor.execute(LEASE, values)).fetchone()
    if fired_before is None:
        return None
    run_id, trace_id = new_id("run"), uuid4().hex
    # What is tried again made the one after it when it was first tried.
    wrong = None if fired_before else await _make_next(conn, due, row)
    if wrong is None and not due.spec.command:
        wrong = "its schedule has no command; 'genie-tui schedule edit' gives it one"
    run = {
        "id": run_id,
        "trigger": due.id,
        "trace": trace_id,
        "milliseconds": round(due.spec.timeout.total_seconds() * 1000),
    }
    await conn.execute(ADD_RUN, run)
    return Claim(
        trigger_id=due.id,
        schedule_id=due.schedule_id,
        name=due.name,
        run_id=run_id,
        trace_id=trace_id,
        spec=due.spec,
        wrong=wrong,
    )


async def _make_next(conn: AsyncConnection, due: Due, row: dict[str, Any]) -> str | None:
    """Make the trigger after this one; why that cannot be, where it cannot."""
    if (row["idempotency_key"] or "").startswith(BY_HAND):
        return None  # the schedule's own chain goes on beside it
    metadata = decoded(row["metadata"])
    catch_up = metadata.get("catch_up") if isinstance(metadata, dict) else None
    try:
        timing = schedules.parse(row["cron_expression"], row["timezone"] or "UTC")
    except BadInput as error:
        return f"its schedule says when in a way that is not understood: {error}"
    following = next_due(timing, due.due_at, row["now"], all_missed=catch_up == ALL_MISSED)
    if following is not None:
        await add_trigger(conn, due.schedule_id, following)
    return None
