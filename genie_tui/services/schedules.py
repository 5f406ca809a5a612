"""Schedules: what a person decides about runs that failed."""

from __future__ import annotations

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.errors import Conflict
from genie_tui.services import audit

__all__ = ["retry_run"]

# Only a row that is inserted is announced by the database itself.
RETRY = """
    WITH again AS (
        UPDATE triggers g
           SET status = 'pending', due_at = now(), leased_by = NULL, leased_until = NULL,
               started_at = NULL, completed_at = NULL
          FROM runs r
         WHERE r.id = %(run)s AND g.id = r.trigger_id AND g.status IN ('failed', 'completed')
     RETURNING g.id, g.schedule_id)
    SELECT id, schedule_id, pg_notify('genie_trigger_due', id) FROM again
"""


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
    trigger_id, schedule_id = row[:2]
    details = {"trigger": trigger_id, "run": run_id}
    await audit.record(conn, schedule_id, "retried", actor, details, entity_type="schedule")
    return str(trigger_id)
