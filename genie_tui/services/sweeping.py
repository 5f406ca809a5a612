"""Locks that are over: who held them, and how they are cleared (`behaviour.md` › Checkout)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from genie_tui.domain.actors import Actor
from genie_tui.services.cards import LOCK_ENDS, LOCKED_AT, clamped

__all__ = ["Expired", "expired_locks", "sweep_expired"]

_EXPIRED = f"""
        SELECT t.id, t.seq, t.checkout_run_id AS run_id, {clamped(LOCKED_AT)} AS since,
               t.pane_id, t.execution_locked_at AS locked_at, t.status
          FROM tasks t
         WHERE t.checkout_run_id IS NOT NULL AND {LOCK_ENDS} < now()
           AND t.checkout_run_id <> ALL(%(spare)s::text[])"""

EXPIRED = f"""
    WITH old AS ({_EXPIRED})
    SELECT id, seq, run_id, since, pane_id FROM old ORDER BY since, id
"""

SWEEP = f"""
    WITH old AS ({_EXPIRED}
           FOR NO KEY UPDATE OF t SKIP LOCKED),
    swept AS (
        UPDATE tasks t
           SET checkout_run_id = NULL,
               execution_locked_at = NULL,
               status = CASE WHEN t.status = 'in_progress' THEN 'ready' ELSE t.status END,
               updated_at = now()
          FROM old
         WHERE t.id = old.id
     RETURNING t.id, t.status),
    told AS (
        INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)
        SELECT 'task', old.id, 'checkout_expired', %(actor)s, jsonb_build_object(
                   'run', old.run_id, 'since', old.since,
                   'before', jsonb_build_object(
                       'checkout_run_id', old.run_id, 'status', old.status,
                       'execution_locked_at', {clamped("old.locked_at")}),
                   'after', jsonb_build_object(
                       'checkout_run_id', NULL, 'execution_locked_at', NULL,
                       'status', swept.status))
          FROM old JOIN swept ON swept.id = old.id)
    SELECT old.id, old.seq, old.run_id, old.since, old.pane_id
      FROM old JOIN swept ON swept.id = old.id
     ORDER BY old.since, old.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A lock that is over; `pane_id` is the tmux pane in which its owner worked, if known."""

    id: str
    seq: int
    run_id: str
    since: datetime
    pane_id: str | None


async def expired_locks(conn: AsyncConnection) -> tuple[Expired, ...]:
    """The locks that are over, the oldest first."""
    return await _expired(conn, EXPIRED, {"spare": []})


async def sweep_expired(
    conn: AsyncConnection, *, spare: Collection[str] = (), actor: Actor | None = None
) -> tuple[Expired, ...]:
    """Clear the locks that are over, but those of the runs in `spare`, which are known to live.

    A lock that is renewed meanwhile stays.
    """
    params = {"spare": list(spare), "actor": actor.id if actor else None}
    return await _expired(conn, SWEEP, params)


async def _expired(
    conn: AsyncConnection, query: str, params: dict[str, Any]
) -> tuple[Expired, ...]:
    async with conn.cursor(row_factory=class_row(Expired)) as cursor:
        await cursor.execute(query, params)
        return tuple(await cursor.fetchall())
