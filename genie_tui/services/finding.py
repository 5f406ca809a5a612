"""Finding by name what somebody wants to go to: tasks, boards, agents."""

from __future__ import annotations

import re
from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg.rows import class_row

from genie_tui.domain.text import storable

__all__ = ["FoundAgent", "FoundTask", "agents", "tasks"]

LARGEST = 2**31 - 1

# Titles are read through where no project is meant: whoever types here waits for the answer, and
# the query is given up as soon as the next letter comes.
TASKS = """
    SELECT t.id, t.seq, t.title, t.stage, t.status, coalesce(p.name, '') AS project
      FROM tasks t LEFT JOIN projects p ON p.id = t.project_id
     WHERE (%(project)s::text IS NULL OR t.project_id = %(project)s)
       AND (t.seq = %(seq)s OR t.title ILIKE ALL (%(words)s))
     ORDER BY t.seq IS DISTINCT FROM %(seq)s, t.status IN ('done', 'cancelled'),
              t.updated_at DESC, t.id
     LIMIT %(limit)s
"""

AGENTS = """
    SELECT a.id, coalesce(a.custom_name, a.id) AS name, a.state, a.task_id, a.pane_id
      FROM agents a
     WHERE concat_ws(' ', a.custom_name, a.id, a.role, a.team) ILIKE ALL (%(words)s)
     ORDER BY a.state IN ('done', 'suspended'), name, a.id
     LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTask:
    """A task by what it is known by; `project` is empty where it has none."""

    id: str
    seq: int
    title: str
    stage: str
    status: str
    project: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAgent:
    """An agent by what it is known by."""

    id: str
    name: str
    state: str
    task_id: str | None
    pane_id: str


async def tasks(
    conn: AsyncConnection, text: str, *, project_id: str | None = None, limit: int = 20
) -> tuple[FoundTask, ...]:
    """Tasks of that number, then those with every word in their titles, the latest first."""
    number = re.fullmatch(r"#?(\d{1,10})", text.strip())
    seq = int(number[1]) if number and int(number[1]) <= LARGEST else None
    words = _patterns(text)
    if not words:
        return ()
    params = {"project": project_id, "seq": seq, "words": words, "limit": limit}
    cursor = conn.cursor(row_factory=class_row(FoundTask))
    await cursor.execute(TASKS, params)
    return tuple(await cursor.fetchall())


async def agents(conn: AsyncConnection, text: str, *, limit: int = 10) -> tuple[FoundAgent, ...]:
    """Agents with every word in their names, roles or teams."""
    if not (words := _patterns(text)):
        return ()
    cursor = conn.cursor(row_factory=class_row(FoundAgent))
    await cursor.execute(AGENTS, {"words": words, "limit": limit})
    return tuple(await cursor.fetchall())


def _patterns(text: str) -> list[str]:
    """A pattern for each word; what is a sign in patterns stands for itself."""
    if not storable(text):
        return []
    return ["%" + re.sub(r"([\\%_])", r"\\\1", word) + "%" for word in text.split()]
