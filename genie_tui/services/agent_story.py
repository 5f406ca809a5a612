"""What an agent did last, and in which sessions."""

from __future__ import annotations

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import class_row, dict_row

from genie_tui.domain.agents import Agent, Session
from genie_tui.domain.changes import Event
from genie_tui.services.activity import event
from genie_tui.services.cards import clamped
from genie_tui.services.costs import of_sessions
from genie_tui.services.logs import AUDIT, Row

__all__ = ["events_of", "sessions_of"]

RECENT = 50_000
"""Newest audit rows in which one looks for an agent's own."""

SESSIONS_AT_MOST = 8

# What a model's answer cost is told as a sum; between these one would not see the rest.
OF_AGENT = f"""(
       SELECT {AUDIT.columns}
         FROM {AUDIT.table}
        WHERE id > (SELECT max(id) FROM {AUDIT.table}) - {RECENT}
          AND (actor = ANY(%(names)s) OR (entity_type = 'agent' AND entity_id = ANY(%(names)s)))
          AND entity_type <> 'otel_api'
        ORDER BY id DESC
        LIMIT %(limit)s) AS l"""

SESSIONS = f"""
    SELECT s.id, coalesce(s.status, '') AS status, coalesce(s.total_turns, 0) AS turns,
           {clamped("s.started_at")} AS started_at, {clamped("s.ended_at")} AS ended_at,
           t.seq AS task_seq
      FROM sessions s LEFT JOIN tasks t ON t.id = s.task_id
     WHERE s.agent_id = ANY(%(names)s)
     ORDER BY s.started_at DESC, s.id
     LIMIT %(limit)s
"""


async def events_of(conn: AsyncConnection, agent: Agent, *, limit: int = 10) -> tuple[Event, ...]:
    """The newest of what an agent did, or came to be, among all that happened lately."""
    query = AUDIT.select.format(source=OF_AGENT, order="l.id DESC")
    cursor: AsyncCursor[Row] = conn.cursor(row_factory=class_row(AUDIT.row))
    await cursor.execute(query, {"names": list(agent.names), "limit": limit})
    return tuple(told for row in await cursor.fetchall() if (told := event(row)) is not None)


async def sessions_of(conn: AsyncConnection, agent: Agent) -> tuple[Session, ...]:
    """An agent's newest sessions, with what they cost."""
    names = [*agent.names]
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SESSIONS, {"names": names, "limit": SESSIONS_AT_MOST})
        rows = await cursor.fetchall()
    spent = await of_sessions(conn, [row["id"] for row in rows])
    return tuple(Session(**row, cost=spent.get(row["id"])) for row in rows)
