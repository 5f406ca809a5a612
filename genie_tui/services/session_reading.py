"""Sessions as they are read: a list of them, one by its id, and words that were said in any."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.session_facts import CLOSE, OPEN, Hit, Overview
from genie_tui.domain.text import given
from genie_tui.errors import Ambiguous, BadInput, NotFound
from genie_tui.services import costs
from genie_tui.services.cards import clamped

__all__ = ["find", "overview", "search"]

# A session is a project's by its task, else by where the agent worked.
IN_SCOPE = """(%(project)s::text IS NULL
            OR EXISTS (SELECT FROM tasks t WHERE t.id = s.task_id AND t.project_id = %(project)s)
            OR (s.task_id IS NULL AND EXISTS (
                SELECT FROM projects p
                 WHERE p.id = %(project)s
                   AND (s.project_path = p.repo_path
                        OR starts_with(s.project_path, p.repo_path || '/')))))"""

_SESSION = f"""s.id, s.agent_id, s.team, s.role, s.task_id, t.seq AS task_seq,
           t.title AS task_title, s.status, s.project_path, s.jsonl_path,
           coalesce({clamped("s.started_at")}, s.created_at) AS started_at,
           {clamped("s.ended_at")} AS ended_at, coalesce(s.total_turns, 0) AS total_turns"""

OVERVIEW = f"""
    SELECT {_SESSION}
      FROM sessions s
      LEFT JOIN tasks t ON t.id = s.task_id
     WHERE {IN_SCOPE}
       AND (%(agent)s::text IS NULL OR s.agent_id = %(agent)s)
       AND (%(task)s::text IS NULL OR s.task_id = %(task)s)
     ORDER BY s.started_at DESC, s.id DESC
     LIMIT %(limit)s
"""

FIND = f"""
    SELECT {_SESSION}
      FROM sessions s
      LEFT JOIN tasks t ON t.id = s.task_id
     WHERE s.id = %(id)s OR starts_with(s.id, %(id)s)
     ORDER BY s.id <> %(id)s, s.id
     LIMIT 11
"""

# By id, not by time, so that of a frequent word the newest rows are read and no others.
SEARCH = f"""
    SELECT h.session_id, h.turn_index, h.role, h.tool_name, h.agent_id, h.timestamp,
           ts_headline('english', translate(h.content, %(open)s || %(close)s, ''), h.query,
                       %(marks)s) AS excerpt
      FROM (SELECT c.id, c.session_id, c.turn_index, c.role, c.tool_name, s.agent_id,
                   {clamped("c.timestamp")} AS timestamp, c.content, q.query
              FROM websearch_to_tsquery('english', %(words)s) AS q (query)
              JOIN session_content c ON to_tsvector('english', c.content) @@ q.query
              JOIN sessions s ON s.id = c.session_id
             WHERE {IN_SCOPE} AND (%(session)s::text IS NULL OR c.session_id = %(session)s)
             ORDER BY c.id DESC
             LIMIT %(limit)s) AS h
     ORDER BY h.id DESC
"""

MARKS = f"StartSel={OPEN}, StopSel={CLOSE}, MaxWords=30, MinWords=12"

EMPTY = "SELECT numnode(websearch_to_tsquery('english', %(words)s)) = 0"


async def overview(
    conn: AsyncConnection,
    *,
    project_id: str | None = None,
    agent: str | None = None,
    task_id: str | None = None,
    limit: int = 100,
) -> tuple[Overview, ...]:
    """The sessions of a project, or of all; the newest first, with what each has cost."""
    params = {"project": project_id, "agent": agent, "task": task_id, "limit": limit}
    return await _priced(conn, OVERVIEW, params)


async def find(conn: AsyncConnection, id_: str) -> Overview:
    """The session of an id, or of its beginning.

    Raises:
        NotFound: there is none.
        Ambiguous: several begin so.
    """
    wanted = given(id_, "a session's id")
    found = await _priced(conn, FIND, {"id": wanted}) if wanted else ()
    if not found:
        raise NotFound(f"no session {id_!r}; 'genie-tui session list --all-projects' shows them")
    if found[0].id != wanted and len(found) > 1:
        each = ", ".join(one.id for one in found[:10])
        raise Ambiguous(f"{id_!r} begins each of {each}; give more of its id")
    return found[0]


async def search(
    conn: AsyncConnection,
    words: str,
    *,
    project_id: str | None = None,
    session_id: str | None = None,
    limit: int = 50,
) -> tuple[Hit, ...]:
    """Turns that hold words, as a search engine takes them; what was stored last comes first.

    Raises:
        BadInput: nothing is left to look for.
    """
    params = {"words": given(words, "what to look for")}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(EMPTY, params)
        if (row := await cursor.fetchone()) is None or row[0]:
            raise BadInput(f"{words!r} has no word to look for; words like 'the' are in every turn")
    options = {"project": project_id, "session": session_id, "limit": limit}
    marks = {"open": OPEN, "close": CLOSE, "marks": MARKS}
    async with conn.cursor(row_factory=class_row(Hit)) as hits:
        await hits.execute(SEARCH, params | options | marks)
        return tuple(await hits.fetchall())


async def _priced(
    conn: AsyncConnection, query: LiteralString, params: dict[str, Any]
) -> tuple[Overview, ...]:
    async with conn.cursor(row_factory=class_row(Overview)) as cursor:
        await cursor.execute(query, params)
        found = await cursor.fetchall()
    spent = await costs.of_sessions(conn, [one.id for one in found])
    return tuple(replace(one, cost=spent.get(one.id)) for one in found)
