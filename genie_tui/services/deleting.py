"""Tasks deleted for good, with all that is theirs.

The database itself removes their children, and what refers to them. Their conversations it would
leave behind, as nothing there says whose they are but an id: other clients would list a `Task #12`
that leads nowhere, beside the next task of that number. So these are removed too. What remains is
the audit log.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.actors import Actor, Kind
from genie_tui.domain.tasks import holder
from genie_tui.errors import Conflict, LockLost
from genie_tui.services import audit
from genie_tui.services.cards import LOCK_ENDS
from genie_tui.services.task_rows import no_task

__all__ = ["Doomed", "Going", "delete_task", "delete_tasks", "what_goes"]

GOING = """
    WITH RECURSIVE below (id) AS (
        SELECT unnest(%(ids)s::text[])
         UNION
        SELECT t.id FROM below b JOIN tasks t ON t.parent_id = b.id)
    SELECT t.id, t.seq, coalesce(p.name, t.repo_path) AS project, t.title, t.parent_id,
           CASE WHEN ({ends} < now()) IS NOT TRUE THEN t.checkout_run_id END AS run_id
      FROM below JOIN tasks t ON t.id = below.id
      LEFT JOIN projects p ON p.id = t.project_id
     ORDER BY array_position(%(ids)s, t.id), t.repo_path, t.seq, t.id
"""

HOLD = "SELECT t.id FROM tasks t WHERE t.id = ANY(%(ids)s) ORDER BY t.id FOR UPDATE"

COMMENTS = """
    SELECT count(*)
      FROM conversations c JOIN messages m ON m.conversation_id = c.id
     WHERE c.linked_entity = 'task' AND c.linked_entity_id = ANY(%(ids)s)
"""

DEPENDENTS = """
    SELECT DISTINCT t.seq, t.id
      FROM (SELECT d.task_id AS id FROM task_dependencies d
             WHERE d.depends_on_id = ANY(%(ids)s) AND d.dep_type = 'depends_on'
             UNION
            SELECT d.depends_on_id FROM task_dependencies d
             WHERE d.task_id = ANY(%(ids)s) AND d.dep_type = 'blocks') waiting
      JOIN tasks t ON t.id = waiting.id
     WHERE t.id <> ALL(%(ids)s) AND t.status NOT IN ('done', 'cancelled')
     ORDER BY t.seq, t.id
"""

FREE = """
    DELETE FROM task_dependencies
     WHERE depends_on_id = ANY(%(ids)s) AND task_id <> ALL(%(ids)s)
 RETURNING task_id, depends_on_id, dep_type
"""

FORGET = """
    DELETE FROM conversations
     WHERE linked_entity = 'task' AND linked_entity_id = ANY(%(ids)s)
"""

DELETE = "DELETE FROM tasks WHERE id = ANY(%(ids)s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """A task that would be deleted; `run_id` is the run that holds its live lock."""

    id: str
    seq: int
    project: str
    title: str
    parent_id: str | None
    run_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doomed:
    """What would go with some tasks.

    `tasks` are those asked for, in their order, and then all that are parts of them. `comments`
    is how many were written on them. `dependents` are the numbers of the open tasks that stay and
    would no longer wait for them.
    """

    tasks: tuple[Going, ...]
    comments: int
    dependents: tuple[int, ...]

    @property
    def ids(self) -> frozenset[str]:
        """All tasks that go."""
        return frozenset(task.id for task in self.tasks)


async def what_goes(conn: AsyncConnection, task_ids: Sequence[str]) -> Doomed:
    """What would be deleted with these tasks.

    Raises:
        NotFound: one of them is not there.
    """
    tasks = await _going(conn, task_ids)
    params = {"ids": [task.id for task in tasks]}
    ((comments,),) = await _all(conn, COMMENTS, params)
    dependents = tuple(seq for seq, _ in await _all(conn, DEPENDENTS, params))
    return Doomed(tasks=tasks, comments=comments, dependents=dependents)


async def delete_task(conn: AsyncConnection, task_id: str, actor: Actor) -> Doomed:
    """Delete one task; see `delete_tasks`."""
    return await delete_tasks(conn, [task_id], actor)


async def delete_tasks(
    conn: AsyncConnection,
    task_ids: Sequence[str],
    actor: Actor,
    *,
    seen: Collection[str] | None = None,
) -> Doomed:
    """Delete tasks, what is part of them, and their comments; there is no undo. What went.

    `seen` are the ids of all that was shown to whom agreed to it.

    Raises:
        NotFound: one of the tasks is not there.
        Conflict: more would go than was shown.
        LockLost: an agent wants to delete what another run works on.
    """
    await _hold(conn, task_ids)
    doomed = await what_goes(conn, task_ids)
    if seen is not None and (more := [t for t in doomed.tasks if t.id not in seen]):
        listed = ", ".join(f"#{task.seq}" for task in more)
        raise Conflict(f"{listed} would go too by now; nothing was deleted, look again")
    _guard_locks(doomed, actor)
    params = {"ids": [task.id for task in doomed.tasks]}
    await conn.execute(FORGET, params)
    for waiter, waited, dep_type in await _all(conn, FREE, params):
        details = {"depends_on": waited, "type": dep_type}
        await audit.record(conn, waiter, "dependency_removed", actor, details)
    await conn.execute(DELETE, params)
    await _tell(conn, doomed, actor)
    return doomed


async def _tell(conn: AsyncConnection, doomed: Doomed, actor: Actor) -> None:
    """Keep in the audit log what each was called."""
    async with conn.pipeline():
        for task in doomed.tasks:
            told = {"title": task.title, "seq": task.seq, "project": task.project}
            below = {"parent_id": task.parent_id} if task.parent_id is not None else {}
            await audit.record(conn, task.id, "deleted", actor, told | below)


async def _hold(conn: AsyncConnection, task_ids: Sequence[str]) -> None:
    """Keep others from writing the tasks, from making parts of them, and conversations about them.

    There may be more parts once the last was waited for.
    """
    held: set[str] = set()
    while not held >= (ids := {task.id for task in await _going(conn, task_ids)}):
        await conn.execute(HOLD, {"ids": list(ids)})
        held |= ids


async def _going(conn: AsyncConnection, task_ids: Sequence[str]) -> tuple[Going, ...]:
    async with conn.cursor(row_factory=class_row(Going)) as cursor:
        await cursor.execute(GOING.format(ends=LOCK_ENDS), {"ids": list(task_ids)})
        found = tuple(await cursor.fetchall())
    if missing := set(task_ids) - {task.id for task in found}:
        raise no_task(min(missing))
    return found


def _guard_locks(doomed: Doomed, actor: Actor) -> None:
    """An agent does not delete what another works on; a person may: it is their board."""
    for task in doomed.tasks:
        if actor.kind is Kind.AGENT and task.run_id not in {None, actor.run_id}:
            who = holder(task.run_id or "")
            raise LockLost(f"#{task.seq} is locked by {who}, who works on it now; leave it to them")


async def _all(conn: AsyncConnection, query: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchall()
