"""What the models cost that agents use: sums of what their sessions have reported.

Rows of `audit_events` of type `otel_api` have `details.cost_usd`; `entity_id` is the session, and
`actor` the agent. They are kept for 30 days.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.metrics import Days
from genie_tui.domain.session_facts import Spending

__all__ = ["BY", "cost_since", "costs", "of_sessions", "spent"]

# Another client may have written anything; what is no number costs nothing.
_AMOUNT = """CASE jsonb_typeof(e.details -> 'cost_usd')
            WHEN 'number' THEN (e.details ->> 'cost_usd')::numeric
            WHEN 'string' THEN substring(e.details ->> 'cost_usd'
                                         FROM '^[0-9]{1,9}(?:[.][0-9]{1,12})?$')::numeric END"""

_WHEN = """e.entity_type = 'otel_api'
       AND e.created_at >= %(since)s AND e.created_at < %(until)s"""

# Of whom a session is its own row says; else the agent's row, else whoever reported it.
COSTS = f"""
    SELECT coalesce(s.agent_id, a.id, e.actor, ''), sum({_AMOUNT})
      FROM audit_events e
      LEFT JOIN sessions s ON s.id = e.entity_id
      LEFT JOIN (SELECT DISTINCT ON (claude_session_id) claude_session_id, id FROM agents
                  WHERE claude_session_id IS NOT NULL ORDER BY claude_session_id, id) a
             ON a.claude_session_id = e.entity_id
     WHERE {_WHEN}
     GROUP BY 1
"""

_OF_PROJECT = """(%(project)s::text IS NULL
            OR EXISTS (
                SELECT FROM sessions s JOIN tasks t ON t.id = s.task_id
                 WHERE s.id = e.entity_id AND t.project_id = %(project)s)
            OR EXISTS (
                SELECT FROM sessions s JOIN projects p
                    ON p.repo_path = s.project_path
                       OR starts_with(s.project_path, p.repo_path || '/')
                 WHERE s.id = e.entity_id AND s.task_id IS NULL AND p.id = %(project)s)
            OR (NOT EXISTS (SELECT FROM sessions s WHERE s.id = e.entity_id)
                AND (e.actor IN (
                        SELECT unnest(ARRAY[a.id, a.custom_name])
                          FROM agents a JOIN projects p ON p.repo_path = a.repo_path
                         WHERE p.id = %(project)s)
                     OR e.entity_id IN (
                        SELECT a.claude_session_id
                          FROM agents a JOIN projects p ON p.repo_path = a.repo_path
                         WHERE p.id = %(project)s))))"""

SINCE = f"""
    SELECT sum({_AMOUNT})
      FROM audit_events e
     WHERE {_WHEN}
       AND {_OF_PROJECT}
"""


def _tokens(key: str) -> str:
    """How many tokens the rows report under a key."""
    return (
        f"sum(CASE WHEN jsonb_typeof(e.details -> '{key}') IN ('number', 'string') THEN"
        f" substring(e.details ->> '{key}' FROM '^[0-9]{{1,15}}')::numeric END)"
    )


BY: dict[str, str] = {
    "session": "e.entity_id",
    "agent": "coalesce(s.agent_id, a.id, e.actor)",
    "model": "e.details ->> 'model'",
    "task": "coalesce(s.task_id, e.details ->> 'task_id')",
    "day": "width_bucket(e.created_at, %(edges)s::timestamptz[])::text",
}
"""What spending is told by, and what that is of a row; of days, the number."""

SPENT = f"""
    SELECT coalesce(<by>, '') AS name, count(*) AS requests, coalesce(sum({_AMOUNT}), 0) AS cost,
           coalesce({_tokens("input_tokens")}, 0) AS input_tokens,
           coalesce({_tokens("output_tokens")}, 0) AS output_tokens,
           coalesce({_tokens("cache_read_tokens")}, 0) AS cache_read_tokens,
           coalesce({_tokens("cache_creation_tokens")}, 0) AS cache_creation_tokens
      FROM audit_events e
      LEFT JOIN sessions s ON s.id = e.entity_id
      LEFT JOIN (SELECT DISTINCT ON (claude_session_id) claude_session_id, id FROM agents
                  WHERE claude_session_id IS NOT NULL ORDER BY claude_session_id, id) a
             ON a.claude_session_id = e.entity_id
     WHERE {_WHEN}
       AND {_OF_PROJECT}
     GROUP BY 1
"""

OF_SESSIONS = f"""
    SELECT e.entity_id, sum({_AMOUNT})
      FROM audit_events e
     WHERE e.entity_type = 'otel_api' AND e.entity_id = ANY(%(ids)s)
     GROUP BY e.entity_id
"""


async def costs(
    conn: AsyncConnection, *, since: datetime | None = None, until: datetime | None = None
) -> dict[str, Decimal]:
    """Dollars by who spent them, an agent's id or name: from a moment on, and up to another."""
    params = {"since": since or "-infinity", "until": until or "infinity"}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(COSTS, params)
        return {who: amount for who, amount in await cursor.fetchall() if amount is not None}


async def cost_since(
    conn: AsyncConnection, project_id: str | None, since: datetime
) -> Decimal | None:
    """Dollars since a moment, of a project or of all; None where nothing was reported."""
    params = {"project": project_id, "since": since, "until": "infinity"}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(SINCE, params)
        row = await cursor.fetchone()
    return row[0] if row else None


async def spent(
    conn: AsyncConnection, by: str, days: Days, *, project_id: str | None = None
) -> tuple[Spending, ...]:
    """What was used in these days by each key of `BY`, the dearest first; days in their order.

    A name is empty where nobody said: of which model, on which task.
    """
    params = {
        "project": project_id,
        "since": days.edges[0],
        "until": days.edges[-1],
        "edges": list(days.edges[:-1]),
    }
    query = SPENT.replace("<by>", BY[by])
    async with conn.cursor(row_factory=class_row(Spending)) as cursor:
        await cursor.execute(query.encode(), params)
        found = await cursor.fetchall()
    if by != "day":
        return tuple(sorted(found, key=lambda one: (-one.cost, one.name)))
    named = {str(number): one for number, one in enumerate(map(str, days.dates), 1)}
    of = {named[one.name]: replace(one, name=named[one.name]) for one in found}
    return tuple(of.get(day) or Spending(name=day) for day in named.values())


async def of_sessions(conn: AsyncConnection, ids: list[str]) -> dict[str, Decimal]:
    """Dollars by session."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(OF_SESSIONS, {"ids": ids})
        return {id_: amount for id_, amount in await cursor.fetchall() if amount is not None}
