"""How a task went: the stages with the time in each, and what the audit log tells, by pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row, tuple_row

from genie_tui.domain.changes import Event
from genie_tui.domain.marks import LAST
from genie_tui.domain.task_parts import Stay, Story
from genie_tui.services import activity, logs
from genie_tui.services.cards import clamped
from genie_tui.services.task_details import stays
from genie_tui.services.task_rows import no_task

__all__ = ["events", "story"]

TASK = f"""
    SELECT t.stage, t.status, {clamped("t.created_at")} AS created_at,
           {clamped("t.ended_at")} AS ended_at, {clamped("now()")} AS now
      FROM tasks t
     WHERE t.id = %(task)s
"""

# By time: where another client loads a log from elsewhere, ids come as it pleases.
NEWEST = f"""
    SELECT l.from_stage, l.to_stage, l.actor_id, l.run_id, l.gate_type,
           {clamped("l.created_at")} AS created_at
      FROM task_stage_log l
     WHERE l.task_id = %(task)s
     ORDER BY l.created_at DESC, l.id DESC
     LIMIT %(limit)s
"""

COUNT = "SELECT count(*) FROM task_stage_log l WHERE l.task_id = %(task)s"

# OFFSET 0: the rows of the task are found by it, and not by going down the whole log.
EVENTS = """(
       SELECT {log.columns}
         FROM (SELECT {log.columns}
                 FROM {log.table}
                WHERE entity_type = 'task' AND entity_id = %(task)s AND id < %(before)s
               OFFSET 0) AS own
        ORDER BY id DESC
        LIMIT %(limit)s) AS l"""


async def story(conn: AsyncConnection, task_id: str, *, limit: int = 200) -> Story:
    """The stages of a task's newest moves, with how long it was in each.

    Raises:
        NotFound: there is no such task.
    """
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(TASK, {"task": task_id})
        if (task := await cursor.fetchone()) is None:
            raise no_task(task_id)
        await cursor.execute(NEWEST, {"task": task_id, "limit": limit + 1})
        log = list(reversed(await cursor.fetchall()))
    if len(log) <= limit:
        return Story(stays=_stays(task, log))
    # With the first of these it came to the stage that is shown first.
    entry, *rest = log
    shown = _stays({**task, "created_at": entry["created_at"]}, rest)
    return Story(stays=shown, earlier=await _count(conn, task_id) - len(rest))


def _stays(task: Mapping[str, Any], log: Sequence[Mapping[str, Any]]) -> tuple[Stay, ...]:
    """Each with the move that ended it."""
    found = []
    for number, stay in enumerate(stays(task, log, task["now"])):
        move = log[number] if number < len(log) else {}
        seconds = stay["seconds"]
        found.append(
            Stay(
                stage=stay["stage"],
                entered=stay["entered_at"],
                left=stay["left_at"],
                length=None if seconds is None else timedelta(seconds=seconds),
                by=move.get("actor_id"),
                gate=move.get("gate_type"),
                run=move.get("run_id"),
            )
        )
    return tuple(found)


async def events(
    conn: AsyncConnection, task_id: str, *, before: int | None = None, limit: int = 100
) -> tuple[tuple[Event, ...], int | None]:
    """What the audit log tells of a task, newest first, and before which id to go on.

    That is None where there is no more. What the stage log tells already is left out.
    """
    query = logs.AUDIT.select.format(source=EVENTS.format(log=logs.AUDIT), order="l.id DESC")
    params = {"task": task_id, "before": before or LAST, "limit": limit}
    async with conn.cursor(row_factory=class_row(logs.AuditRow)) as cursor:
        await cursor.execute(query, params)
        rows = await cursor.fetchall()
    told = tuple(event for row in rows if (event := activity.event(row)) is not None)
    return told, rows[-1].id if len(rows) == limit else None


async def _count(conn: AsyncConnection, task_id: str) -> int:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(COUNT, {"task": task_id})
        row = await cursor.fetchone()
    return int(row[0]) if row else 0
