"""All there is to know of a task: what it waits for, its parts, comments and history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from genie_tui.domain.boards import decoded
from genie_tui.services import activity, conversations, logs
from genie_tui.services.cards import clamped
from genie_tui.services.task_objects import object_of

__all__ = ["audit_lines", "audit_rows", "details_of", "stage_rows", "stays"]

_OTHER = """o.id, o.seq, o.title, o.stage, o.status, o.repo_path, o.project_id,
           p.name AS project"""

# Both ways from the task, each task once, so that circles of other clients' making end it too;
# the one that is reached both ways lies on a circle with it.
LINKS = f"""
    WITH RECURSIVE waits (waiter, waited) AS (
        SELECT task_id, depends_on_id FROM task_dependencies WHERE dep_type = 'depends_on'
         UNION ALL
        SELECT depends_on_id, task_id FROM task_dependencies WHERE dep_type = 'blocks'),
    ahead (id) AS (
        SELECT waited FROM waits WHERE waiter = %(id)s
         UNION
        SELECT w.waited FROM ahead a JOIN waits w ON w.waiter = a.id),
    behind (id) AS (
        SELECT waiter FROM waits WHERE waited = %(id)s
         UNION
        SELECT w.waiter FROM behind b JOIN waits w ON w.waited = b.id)
    SELECT {_OTHER}, link.dep_type, link.way,
           CASE link.way WHEN 'dependencies' THEN o.id IN (SELECT id FROM behind)
                         WHEN 'dependents' THEN o.id IN (SELECT id FROM ahead)
                         ELSE false END AS cycle
      FROM (SELECT d.depends_on_id AS id, d.dep_type,
                   CASE d.dep_type WHEN 'depends_on' THEN 'dependencies'
                                   WHEN 'blocks' THEN 'dependents' ELSE 'related' END AS way
              FROM task_dependencies d WHERE d.task_id = %(id)s
             UNION ALL
            SELECT d.task_id, d.dep_type,
                   CASE d.dep_type WHEN 'depends_on' THEN 'dependents'
                                   WHEN 'blocks' THEN 'dependencies' ELSE 'related' END
              FROM task_dependencies d WHERE d.depends_on_id = %(id)s) link
      JOIN tasks o ON o.id = link.id
      LEFT JOIN projects p ON p.id = o.project_id
     ORDER BY o.status IN ('done', 'cancelled'), o.repo_path, o.seq, o.id
"""

FAMILY = f"""
    SELECT {_OTHER}, o.parent_id IS NOT DISTINCT FROM %(id)s AS child
      FROM tasks o LEFT JOIN projects p ON p.id = o.project_id
     WHERE o.parent_id = %(id)s OR o.id = (SELECT t.parent_id FROM tasks t WHERE t.id = %(id)s)
     ORDER BY o.repo_path, o.seq, o.id
"""

STAGE_LOG = f"""
    SELECT l.id, l.task_id, l.from_stage, l.to_stage, l.actor_type, l.actor_id, l.run_id,
           l.gate_type, {clamped("l.created_at")} AS created_at
      FROM task_stage_log l
     WHERE l.task_id = %(id)s
     ORDER BY l.id
"""

AUDIT = f"""
    SELECT e.id, e.entity_type, e.entity_id, e.event_type, e.actor, e.details,
           {clamped("e.created_at")} AS created_at
      FROM audit_events e
     WHERE e.entity_type = 'task' AND e.entity_id = %(id)s
     ORDER BY e.id
"""

AUDIT_OF_TASK = """(
       SELECT {log.columns}
         FROM {log.table}
        WHERE entity_type = 'task' AND entity_id = %(id)s) AS l"""


async def details_of(conn: AsyncConnection, task_id: str) -> dict[str, Any]:
    """A task as `object_of` has it, with all that hangs on it.

    `dependencies` are the tasks that it waits for, `dependents` those that wait for it, `related`
    those with a mere link; open ones first, each with its `dep_type` and whether the two wait for
    each other in a `cycle`. `parent` may be None. `log` is the stage log.

    Raises:
        NotFound: there is none of that id.
    """
    task = await object_of(conn, task_id)
    family = await _rows(conn, FAMILY, task_id)
    links = await _rows(conn, LINKS, task_id)
    ways = [link.pop("way") for link in links]
    return task | {
        "parent": next(
            (_plain(other) for other in family if other["id"] == task["parent_id"]), None
        ),
        "children": [_plain(other) for other in family if other["child"]],
        **{
            way: [link for link, its in zip(links, ways, strict=True) if its == way]
            for way in ("dependencies", "dependents", "related")
        },
        "comments": list(await conversations.comments(conn, task_id)),
        "log": await stage_rows(conn, task_id),
    }


def _plain(other: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in other.items() if name != "child"}


async def stage_rows(conn: AsyncConnection, task_id: str) -> list[dict[str, Any]]:
    """The rows of a task's stage log, the first one first."""
    return await _rows(conn, STAGE_LOG, task_id)


async def audit_rows(conn: AsyncConnection, task_id: str) -> list[dict[str, Any]]:
    """What the audit log tells of a task, the first event first."""
    found = await _rows(conn, AUDIT, task_id)
    return [row | {"details": decoded(row["details"])} for row in found]


async def audit_lines(conn: AsyncConnection, task_id: str) -> list[tuple[datetime, str]]:
    """The same as the activity feed says it; what the stage log tells already is left out."""
    query = logs.AUDIT.select.format(source=AUDIT_OF_TASK.format(log=logs.AUDIT), order="l.id")
    async with conn.cursor(row_factory=class_row(logs.AuditRow)) as cursor:
        await cursor.execute(query, {"id": task_id, "limit": None})
        events = [activity.event(row) for row in await cursor.fetchall()]
    return [(event.at, event.text) for event in events if event is not None]


def stays(
    task: Mapping[str, Any], log: Sequence[Mapping[str, Any]], now: datetime
) -> list[dict[str, Any]]:
    """The stages that a task was in: from when to when, and for how many seconds.

    It still is in the one that has no `left_at`, unless it is closed: then that ended with it.
    Where a client moved it without saying so, it is not known from when on it is where it is now,
    nor how long it was where it was before.
    """
    first = log[0]["from_stage"] if log else task["stage"]
    entered = [(first or log[0]["to_stage"], task["created_at"])]
    entered += [(row["to_stage"], row["created_at"]) for row in log]
    lefts: list[datetime | None] = [at for _, at in entered[1:]]
    unsaid = entered[-1][0] != task["stage"]
    closed = task["status"] in ("done", "cancelled")
    ended = task["ended_at"] if closed and not unsaid else None
    found = [
        {"stage": stage, "entered_at": at, "left_at": left, "seconds": _seconds(at, left)}
        for (stage, at), left in zip(entered, [*lefts, ended], strict=True)
    ]
    if unsaid:
        unknown = {"entered_at": None, "left_at": None, "seconds": None}
        return [*found, {"stage": task["stage"], **unknown}]
    if not closed:
        found[-1]["seconds"] = _seconds(found[-1]["entered_at"], now)
    return found


def _seconds(since: datetime, until: datetime | None) -> int | None:
    return None if until is None else max(int((until - since).total_seconds()), 0)


async def _rows(conn: AsyncConnection, query: str, task_id: str) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, {"id": task_id})
        return await cursor.fetchall()
