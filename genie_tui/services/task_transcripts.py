"""The sessions in which agents worked on a task, and what was said in them, by pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.task_parts import Session, Transcript, Turn
from genie_tui.services.cards import clamped

__all__ = ["after", "before", "sessions", "text_of"]

LETTERS = 2_000
"""Of each turn; the rest is read when somebody wants to see it."""

FIRST, LAST = -(2**31), 2**31 - 1

SESSIONS = f"""
    SELECT s.id, s.agent_id AS agent, s.role, s.status, {clamped("s.started_at")} AS started_at,
           {clamped("s.ended_at")} AS ended_at,
           (SELECT count(*) FROM session_content c WHERE c.session_id = s.id) AS turns
      FROM (SELECT w.id FROM sessions w WHERE w.task_id = %(task)s
             UNION
            SELECT t.session_id FROM tasks t WHERE t.id = %(task)s) AS own
      JOIN sessions s ON s.id = own.id
     ORDER BY s.started_at DESC, s.id DESC
     LIMIT %(limit)s
"""

_TURN = f"""c.turn_index AS index, c.role, c.tool_name AS tool,
           left(c.content, %(letters)s) AS text, length(c.content) AS letters,
           {clamped("c.timestamp")} AS at"""

BEFORE = f"""
    SELECT {_TURN}
      FROM session_content c
     WHERE c.session_id = %(session)s AND c.turn_index < %(turn)s
     ORDER BY c.turn_index DESC
     LIMIT %(limit)s
"""

AFTER = f"""
    SELECT {_TURN}
      FROM session_content c
     WHERE c.session_id = %(session)s AND c.turn_index > %(turn)s
     ORDER BY c.turn_index
     LIMIT %(limit)s
"""

BESIDE = """
    SELECT count(*) FILTER (WHERE c.turn_index < %(first)s),
           count(*) FILTER (WHERE c.turn_index > %(last)s)
      FROM session_content c
     WHERE c.session_id = %(session)s
"""

TEXT = """
    SELECT left(c.content, %(letters)s)
      FROM session_content c
     WHERE c.session_id = %(session)s AND c.turn_index = %(turn)s
"""


async def sessions(conn: AsyncConnection, task_id: str, *, limit: int = 100) -> tuple[Session, ...]:
    """The sessions that name a task, or that it names; the newest first."""
    async with conn.cursor(row_factory=class_row(Session)) as cursor:
        await cursor.execute(SESSIONS, {"task": task_id, "limit": limit})
        return tuple(await cursor.fetchall())


async def before(
    conn: AsyncConnection,
    session_id: str,
    turn: int | None = None,
    *,
    limit: int = 100,
    letters: int = LETTERS,
) -> Transcript:
    """The turns before another one, or the last ones; in turn order."""
    params = {"turn": LAST if turn is None else turn, "limit": limit, "letters": letters}
    return await _page(conn, session_id, BEFORE, params)


async def after(
    conn: AsyncConnection,
    session_id: str,
    turn: int | None = None,
    *,
    limit: int = 100,
    letters: int = LETTERS,
) -> Transcript:
    """The turns after another one, or the first ones; in turn order."""
    params = {"turn": FIRST if turn is None else turn, "limit": limit, "letters": letters}
    return await _page(conn, session_id, AFTER, params)


async def _page(
    conn: AsyncConnection, session_id: str, query: LiteralString, params: Mapping[str, Any]
) -> Transcript:
    async with conn.cursor(row_factory=class_row(Turn)) as cursor:
        await cursor.execute(query, {"session": session_id, **params})
        turns = sorted(await cursor.fetchall(), key=lambda turn: turn.index)
    if not turns:
        return Transcript()
    ends = {"session": session_id, "first": turns[0].index, "last": turns[-1].index}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(BESIDE, ends)
        row = await cursor.fetchone()
    earlier, later = row or (0, 0)
    return Transcript(turns=tuple(turns), before=earlier, after=later)


async def text_of(conn: AsyncConnection, session_id: str, turn: int, *, letters: int) -> str:
    """What a turn says, as far as so many letters go; empty where there is none."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(TEXT, {"session": session_id, "turn": turn, "letters": letters})
        row = await cursor.fetchone()
    return str(row[0]) if row else ""
