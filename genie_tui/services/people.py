"""Who has to do with a task: its creator, assignees, reviewers, or any other role."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.text import line
from genie_tui.services import audit
from genie_tui.services.task_rows import no_task

__all__ = ["ASSIGNEE", "add_actor", "assign", "known", "remove_actor", "unassign"]

ASSIGNEE = "assignee"

ADD = """
    INSERT INTO task_actors (task_id, actor_type, actor_id, role)
    VALUES (%(task)s, %(type)s, %(id)s, %(role)s)
        ON CONFLICT DO NOTHING
 RETURNING task_id
"""

REMOVE = """
    DELETE FROM task_actors
     WHERE task_id = %(task)s AND actor_type = %(type)s AND actor_id = %(id)s AND role = %(role)s
 RETURNING task_id
"""


KNOWN = """
    SELECT type, id
      FROM (SELECT actor_type AS type, actor_id AS id, count(*) AS tasks
              FROM task_actors
             GROUP BY actor_type, actor_id
             UNION ALL
            SELECT 'local', coalesce(nullif(custom_name, ''), id), 0
              FROM agents) people
     GROUP BY type, id
     ORDER BY sum(tasks) DESC, id, type
     LIMIT %(limit)s
"""


async def known(conn: AsyncConnection, *, limit: int = 200) -> tuple[tuple[str, str], ...]:
    """Whoever has to do with a task or is an agent: type and id, the busiest first."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(KNOWN, {"limit": limit})
        return tuple((type_, id_) for type_, id_ in await cursor.fetchall())


async def add_actor(
    conn: AsyncConnection,
    task_id: str,
    actor: Actor,
    role: str,
    *,
    by: Actor | None = None,
    audited: bool = True,
) -> bool:
    """Give somebody a role in a task, on the word of `by`, else their own; False if they had it.

    Raises:
        NotFound: there is no such task.
    """
    role = line(role, "a role")
    try:
        added = await _changed(conn, ADD, task_id, actor, role)
    except errors.ForeignKeyViolation as error:
        raise no_task(task_id) from error
    if added and audited:
        await _tell(conn, task_id, actor, role, by or actor, now=True)
    return added


async def remove_actor(
    conn: AsyncConnection, task_id: str, actor: Actor, role: str, *, by: Actor | None = None
) -> bool:
    """Take a role in a task from somebody; False if they had it not."""
    removed = await _changed(conn, REMOVE, task_id, actor, role)
    if removed:
        await _tell(conn, task_id, actor, role, by or actor, now=False)
    return removed


async def assign(conn: AsyncConnection, task_id: str, actor: Actor, *, by: Actor) -> bool:
    """Make somebody responsible for a task; False if they are."""
    return await add_actor(conn, task_id, actor, ASSIGNEE, by=by)


async def unassign(conn: AsyncConnection, task_id: str, actor: Actor, *, by: Actor) -> bool:
    """Take the responsibility for a task from somebody; False if they had it not."""
    return await remove_actor(conn, task_id, actor, ASSIGNEE, by=by)


async def _changed(
    conn: AsyncConnection, query: str, task_id: str, actor: Actor, role: str
) -> bool:
    params = {"task": task_id, "type": actor.type, "id": actor.id, "role": role}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchone() is not None


async def _tell(
    conn: AsyncConnection, task_id: str, actor: Actor, role: str, by: Actor, *, now: bool
) -> None:
    event = ("assigned", "unassigned") if role == ASSIGNEE else ("actor_added", "actor_removed")
    key = f"actor:{actor.type}:{actor.id}:{role}"
    details: dict[str, Any] = {
        "type": actor.type,
        "id": actor.id,
        "role": role,
        "before": {key: not now},
        "after": {key: now},
    }
    await audit.record(conn, task_id, event[0] if now else event[1], by, details)
