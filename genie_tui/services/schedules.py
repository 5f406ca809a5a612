"""Schedules: made, changed, paused, called off; and when one fires out of turn.

A schedule's next trigger stands in the table before it is due. Whoever fires it makes the one
after it (`services/leases.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row, tuple_row
from psycopg.types.json import Jsonb

from genie_tui.domain import schedules
from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import decoded
from genie_tui.domain.runs import ALL_MISSED, RunSpec, run_spec
from genie_tui.domain.schedules import ONCE, Every
from genie_tui.domain.text import given, name
from genie_tui.errors import Ambiguous, BadInput, Conflict, NotFound
from genie_tui.services import audit
from genie_tui.services.leases import add_trigger, new_id

__all__ = [
    "Plan",
    "Schedule",
    "cancel",
    "create",
    "edit",
    "find",
    "pause",
    "plan_of",
    "resume",
    "retry",
    "retry_run",
    "run_now",
]

_SCHEDULE = """
    SELECT s.id, s.name, s.cron_expression, coalesce(s.timezone, 'UTC') AS timezone,
           s.command, s.run_spec, s.metadata, s.status
      FROM schedules s"""

# A name may be given again once it was called off; what is there counts first.
NAMED = f"""{_SCHEDULE}
     WHERE s.id = %(name)s OR lower(s.name) = lower(%(name)s)
        OR (length(%(name)s) >= 4 AND starts_with(s.id, %(name)s))
     ORDER BY s.id = %(name)s DESC, s.status = 'deleted', s.id
     LIMIT 20
"""

LOCK_NAMES = "SELECT pg_advisory_xact_lock(hashtextextended('genie-tui schedules', 0))"
TAKEN = """
    SELECT FROM schedules
     WHERE lower(name) = lower(%(name)s) AND status <> 'deleted' AND id <> %(id)s
"""

CREATE = """
    INSERT INTO schedules (
        id, name, cron_expression, timezone, command, interval_ms, run_spec, metadata)
    VALUES (%(id)s, %(name)s, %(expression)s, %(timezone)s, %(command)s, %(interval)s, %(spec)s,
            %(metadata)s)
"""

EDIT = """
    UPDATE schedules
       SET name = %(name)s, cron_expression = %(expression)s, timezone = %(timezone)s,
           command = %(command)s, interval_ms = %(interval)s, run_spec = %(spec)s,
           metadata = %(metadata)s, updated_at = now()
     WHERE id = %(id)s
"""

SET_STATUS = """
    UPDATE schedules SET status = %(status)s, updated_at = now()
     WHERE id = %(id)s AND status = %(was)s
"""

# Only a row that is inserted is announced by the database itself.
WAKE = """
    SELECT pg_notify('genie_trigger_due', id)
      FROM triggers WHERE schedule_id = %(id)s AND status = 'pending' AND due_at <= now()
"""

SKIP = """
    UPDATE triggers SET status = 'skipped', completed_at = now()
     WHERE schedule_id = %(id)s AND status = 'pending'
"""

FORGET_PENDING = "DELETE FROM triggers WHERE schedule_id = %(id)s AND status = 'pending'"

RETRY = """
    WITH again AS (
        UPDATE triggers g
           SET status = 'pending', due_at = now(), leased_by = NULL, leased_until = NULL,
               started_at = NULL, completed_at = NULL
          FROM runs r
         WHERE r.id = %(run)s AND g.id = r.trigger_id AND g.status IN ('failed', 'completed')
     RETURNING g.id, g.schedule_id)
    SELECT again.id, s.id, s.name, pg_notify('genie_trigger_due', again.id)
      FROM again JOIN schedules s ON s.id = again.schedule_id
"""

NEWEST_FAILED = """
    SELECT r.id
      FROM triggers g JOIN runs r ON r.trigger_id = g.id
     WHERE g.schedule_id = %(id)s AND g.status = 'failed'
     ORDER BY g.due_at DESC, r.created_at DESC, r.id
     LIMIT 1
"""

NOW = "SELECT now()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule as it is stored; `run_spec` and `metadata` decoded."""

    id: str
    name: str
    cron_expression: str
    timezone: str
    command: str | None
    run_spec: Any
    metadata: Any
    status: str

    @property
    def spec(self) -> RunSpec:
        """How its command is run."""
        return run_spec(self.run_spec, self.command)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a schedule is to be; `first` is when it is due first, where its expression is `@once`.

    `spec` are the keys of its run spec; a key that is None is left out.
    """

    name: str
    expression: str
    command: str
    timezone: str = "UTC"
    first: datetime | None = None
    spec: Mapping[str, Any]
    catch_up: bool = False

    def checked(self) -> Plan:
        """The same, if it can be stored and run.

        Raises:
            BadInput: it cannot.
        """
        schedules.parse(self.expression, self.timezone)
        schedules.zone(self.timezone)
        if not given(self.command, "a schedule's command").strip():
            raise BadInput("a schedule runs a command; give one with --command")
        if self.expression == ONCE and self.first is None:
            raise BadInput("when? --at or --after says it")
        name(self.name, "a schedule's name")
        for key, value in self.spec.items():
            if isinstance(value, str):
                given(value, f"a run spec's {key}")
        return self


async def create(conn: AsyncConnection, plan: Plan, actor: Actor) -> Schedule:
    """Make a schedule, and its first trigger.

    Raises:
        BadInput: it could never be run.
        Conflict: another has that name.
    """
    plan = plan.checked()
    id_ = f"sched-{new_id('')[1:9]}"
    called = name(plan.name, "a schedule's name")
    await _check_free(conn, called, id_)
    await conn.execute(CREATE, {"id": id_, "name": called, **_columns(plan)})
    await _make_first(conn, id_, plan)
    details = {"name": called, "cron_expression": plan.expression, "timezone": plan.timezone}
    await audit.record(conn, id_, "created", actor, details, entity_type="schedule")
    return await find(conn, id_)


async def find(conn: AsyncConnection, reference: str) -> Schedule:
    """The schedule of that id, else of that name, or whose id begins so.

    Raises:
        NotFound: there is none.
        Ambiguous: there are several.
    """
    async with conn.cursor(row_factory=class_row(Schedule)) as cursor:
        await cursor.execute(NAMED, {"name": given(reference.strip(), "a schedule's name")})
        found = await cursor.fetchall()
    for narrower in (
        [one for one in found if one.id == reference],
        [one for one in found if one.status != "deleted"],
        found,
    ):
        if len(narrower) == 1:
            return narrower[0]
        if narrower:
            ids = ", ".join(one.id for one in narrower)
            raise Ambiguous(f"{reference!r} is each of {ids}; name one by its id")
    raise NotFound(f"no schedule {reference!r}; 'genie-tui schedule list' shows them")


async def edit(conn: AsyncConnection, schedule: Schedule, plan: Plan, actor: Actor) -> Schedule:
    """Make a schedule another one; where it is due at other times, its next trigger moves.

    Raises:
        BadInput: it could never be run.
        Conflict: another has that name, or this one was called off.
    """
    plan = plan.checked()
    _check_there(schedule)
    called = name(plan.name, "a schedule's name")
    await _check_free(conn, called, schedule.id)
    await conn.execute(EDIT, {"id": schedule.id, "name": called, **_columns(plan)})
    old = (schedule.cron_expression, schedule.timezone)
    if (plan.expression, plan.timezone) != old or plan.first is not None:
        await conn.execute(FORGET_PENDING, {"id": schedule.id})
        await _make_first(conn, schedule.id, plan)
    details = {"name": called, "cron_expression": plan.expression, "timezone": plan.timezone}
    await audit.record(conn, schedule.id, "edited", actor, details, entity_type="schedule")
    return await find(conn, schedule.id)


async def pause(conn: AsyncConnection, schedule: Schedule, actor: Actor) -> bool:
    """Have a schedule not fire for now; what is pending stays so. False where it is paused already.

    Raises:
        Conflict: it was called off.
    """
    _check_there(schedule)
    return await _set_status(conn, schedule, "paused", actor)


async def resume(conn: AsyncConnection, schedule: Schedule, actor: Actor) -> bool:
    """Have a schedule fire again; what it missed is made up for. False where it is not paused.

    Raises:
        Conflict: it was called off.
    """
    _check_there(schedule)
    resumed = await _set_status(conn, schedule, "active", actor)
    await conn.execute(WAKE, {"id": schedule.id})
    return resumed


async def cancel(conn: AsyncConnection, schedule: Schedule, actor: Actor) -> int:
    """Call a schedule off for good; how many pending triggers were skipped.

    A run that has begun goes on, and its history stays.
    """
    if schedule.status != "deleted":
        await _set_status(conn, schedule, "deleted", actor)
    return (await conn.execute(SKIP, {"id": schedule.id})).rowcount


async def run_now(conn: AsyncConnection, schedule: Schedule, actor: Actor) -> str:
    """Have a schedule fire out of turn; the trigger's id.

    Raises:
        Conflict: it is paused, or was called off.
    """
    _check_there(schedule)
    if schedule.status == "paused":
        said = f"{schedule.name} is paused; 'genie-tui schedule resume' lets it fire"
        raise Conflict(said)
    now = await _now(conn)
    trigger_id = await add_trigger(conn, schedule.id, now, by_hand=True)
    assert trigger_id is not None
    details = {"name": schedule.name, "trigger": trigger_id}
    await audit.record(conn, schedule.id, "run", actor, details, entity_type="schedule")
    return trigger_id


async def retry(conn: AsyncConnection, schedule: Schedule, actor: Actor) -> str:
    """Have the newest trigger of a schedule that failed fire again now; the trigger's id.

    Raises:
        Conflict: none failed.
    """
    _check_there(schedule)
    async with conn.cursor(row_factory=scalar_row) as cursor:
        run_id = await (await cursor.execute(NEWEST_FAILED, {"id": schedule.id})).fetchone()
    if run_id is None:
        raise Conflict(f"no run of {schedule.name} failed; 'genie-tui schedule run' runs it now")
    return await retry_run(conn, run_id, actor)


async def retry_run(conn: AsyncConnection, run_id: str, actor: Actor) -> str:
    """Have the trigger of a run that ended fire again now; the trigger's id.

    Raises:
        Conflict: it fires already, or is gone.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(RETRY, {"run": run_id})
        row = await cursor.fetchone()
    if row is None:
        raise Conflict("that run is tried again already, or is gone; look at its schedule")
    trigger_id, schedule_id, called = row[:3]
    details = {"name": called, "trigger": trigger_id, "run": run_id}
    await audit.record(conn, schedule_id, "retried", actor, details, entity_type="schedule")
    return str(trigger_id)


def plan_of(schedule: Schedule) -> Plan:
    """What a schedule is, for changing some of it."""
    spec, metadata = decoded(schedule.run_spec), decoded(schedule.metadata)
    catch_up = metadata.get("catch_up") if isinstance(metadata, Mapping) else None
    return Plan(
        name=schedule.name,
        expression=schedule.cron_expression,
        command=schedule.spec.command,
        timezone=schedule.timezone,
        spec=spec if isinstance(spec, Mapping) else {},
        catch_up=catch_up == ALL_MISSED,
    )


def _columns(plan: Plan) -> dict[str, Any]:
    timing = schedules.parse(plan.expression, plan.timezone)
    interval = timing.length if isinstance(timing, Every) else None
    spec = {key: value for key, value in plan.spec.items() if value is not None}
    return {
        "expression": plan.expression,
        "timezone": plan.timezone,
        "command": plan.command,
        "interval": None if interval is None else round(interval.total_seconds() * 1000),
        "spec": Jsonb(spec | {"command": plan.command}),
        "metadata": Jsonb({"catch_up": ALL_MISSED} if plan.catch_up else {}),
    }


async def _make_first(conn: AsyncConnection, schedule_id: str, plan: Plan) -> None:
    due = plan.first
    if due is None:
        due = schedules.parse(plan.expression, plan.timezone).after(await _now(conn))
    if due is not None:
        await add_trigger(conn, schedule_id, due)


async def _check_free(conn: AsyncConnection, called: str, id_: str) -> None:
    await conn.execute(LOCK_NAMES)
    if await (await conn.execute(TAKEN, {"name": called, "id": id_})).fetchone() is not None:
        raise Conflict(f"there is a schedule {called!r} already; choose another name")


def _check_there(schedule: Schedule) -> None:
    if schedule.status == "deleted":
        raise Conflict(f"{schedule.name} was called off; make it anew with 'schedule create'")


async def _set_status(conn: AsyncConnection, schedule: Schedule, status: str, actor: Actor) -> bool:
    if schedule.status == status:
        return False
    values = {"id": schedule.id, "status": status, "was": schedule.status}
    if (await conn.execute(SET_STATUS, values)).rowcount == 0:
        raise Conflict(f"{schedule.name} was changed meanwhile; look at it again")
    event = {"active": "resumed", "paused": "paused", "deleted": "cancelled"}[status]
    details = {"name": schedule.name}
    await audit.record(conn, schedule.id, event, actor, details, entity_type="schedule")
    return True


async def _now(conn: AsyncConnection) -> datetime:
    async with conn.cursor(row_factory=scalar_row) as cursor:
        now: datetime | None = await (await cursor.execute(NOW)).fetchone()
    assert now is not None
    return now
