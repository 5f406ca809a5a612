"""Dependencies: which task waits for which; never in a circle by our doing."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.dependencies import Dependency
from genie_tui.domain.tasks import DepType
from genie_tui.errors import BadInput, Conflict, Refused
from genie_tui.services import audit
from genie_tui.services.task_rows import no_task

__all__ = ["add_dependency", "remove_dependency", "surroundings"]

# One at a time in the whole database: each add sees those before it, so that no two together
# close a circle.
LOCK_ALL = "SELECT pg_advisory_xact_lock(hashtextextended('genie-tui dependencies', 0))"

BOTH = """
    SELECT t.id, t.seq, d.dep_type
      FROM tasks t
      LEFT JOIN task_dependencies d
        ON d.task_id = %(task)s AND d.depends_on_id = %(other)s
     WHERE t.id IN (%(task)s, %(other)s)
"""

# The tasks on the way from the one that would be waited for back to the one that would wait; the
# UNION goes through each once, so that circles of other clients' making end it too.
CIRCLE = """
    WITH RECURSIVE waits (waiter, waited) AS (
        SELECT task_id, depends_on_id FROM task_dependencies WHERE dep_type = 'depends_on'
         UNION ALL
        SELECT depends_on_id, task_id FROM task_dependencies WHERE dep_type = 'blocks'),
    reached (id) AS (
        SELECT %(waited)s::text
         UNION
        SELECT w.waited FROM reached r JOIN waits w ON w.waiter = r.id)
    SELECT EXISTS (SELECT FROM reached WHERE id = %(waiter)s)
"""

ADD = """
    INSERT INTO task_dependencies (task_id, depends_on_id, dep_type)
    VALUES (%(task)s, %(other)s, %(type)s)
"""

REMOVE = """
    DELETE FROM task_dependencies
     WHERE task_id = %(task)s AND depends_on_id = %(other)s
 RETURNING dep_type
"""

# Who waits for whom is looked up by the end that is known, so that the indexes serve.
_WAITED = """
    SELECT d.task_id, d.depends_on_id, d.dep_type, d.depends_on_id AS id
      FROM task_dependencies d WHERE d.task_id = {known} AND d.dep_type = 'depends_on'
     UNION ALL
    SELECT d.task_id, d.depends_on_id, d.dep_type, d.task_id
      FROM task_dependencies d WHERE d.depends_on_id = {known} AND d.dep_type = 'blocks'"""

_WAITING = """
    SELECT d.task_id, d.depends_on_id, d.dep_type, d.task_id AS id
      FROM task_dependencies d WHERE d.depends_on_id = {known} AND d.dep_type = 'depends_on'
     UNION ALL
    SELECT d.task_id, d.depends_on_id, d.dep_type, d.depends_on_id
      FROM task_dependencies d WHERE d.task_id = {known} AND d.dep_type = 'blocks'"""

SURROUNDINGS = f"""
    WITH RECURSIVE before (id) AS (
        SELECT %(task)s::text
         UNION
        SELECT e.id FROM before b CROSS JOIN LATERAL ({_WAITED.format(known="b.id")}) e),
    after (id) AS (
        SELECT %(task)s::text
         UNION
        SELECT e.id FROM after a CROSS JOIN LATERAL ({_WAITING.format(known="a.id")}) e),
    found AS (
        SELECT e.task_id, e.depends_on_id, e.dep_type
          FROM before b CROSS JOIN LATERAL ({_WAITED.format(known="b.id")}) e
         UNION
        SELECT e.task_id, e.depends_on_id, e.dep_type
          FROM after a CROSS JOIN LATERAL ({_WAITING.format(known="a.id")}) e
         UNION
        SELECT d.task_id, d.depends_on_id, d.dep_type
          FROM task_dependencies d
         WHERE d.dep_type = 'relates_to' AND %(task)s IN (d.task_id, d.depends_on_id))
    SELECT f.task_id, f.depends_on_id, f.dep_type
      FROM found f
      JOIN tasks t ON t.id = f.task_id
      JOIN tasks o ON o.id = f.depends_on_id
     ORDER BY t.seq, t.id, o.seq, o.id
"""


async def surroundings(conn: AsyncConnection, task_id: str) -> tuple[Dependency, ...]:
    """All that a task waits for and all that wait for it, by whatever way; and its own links.

    Circles of other clients' making are gone through once.
    """
    async with conn.cursor(row_factory=class_row(Dependency)) as cursor:
        await cursor.execute(SURROUNDINGS, {"task": task_id})
        return tuple(await cursor.fetchall())


async def add_dependency(
    conn: AsyncConnection,
    task_id: str,
    depends_on_id: str,
    type: DepType | str = DepType.DEPENDS_ON,  # noqa: A002
    *,
    actor: Actor,
) -> bool:
    """Say that a task waits for another (`depends_on`), holds it up (`blocks`), or is related.

    False where that is said already.

    Raises:
        NotFound: there is no such task.
        Refused: it would wait for itself, directly or in a circle.
        Conflict: the two are linked already, with another type.
        BadInput: there is no such type.
    """
    wanted = _type(type)
    if task_id == depends_on_id:
        raise Refused("a task cannot depend on itself; name another")
    params: dict[str, Any] = {"task": task_id, "other": depends_on_id, "type": wanted.value}
    await conn.execute(LOCK_ALL)
    seqs, present = await _both(conn, params)
    if present == wanted:
        return False
    if present is not None:
        raise Conflict(f"#{seqs[0]} {present} #{seqs[1]} already; remove that first")
    await _refuse_circle(conn, params, wanted, seqs)
    try:
        await conn.execute(ADD, params)
    except errors.ForeignKeyViolation as error:
        owner = (error.diag.constraint_name or "").removeprefix("task_dependencies_")
        raise no_task(depends_on_id if owner.startswith("depends_on") else task_id) from error
    except errors.UniqueViolation as error:  # by another client, who does not take turns
        raise Conflict(f"#{seqs[0]} and #{seqs[1]} were linked just now; look again") from error
    details = {"depends_on": depends_on_id, "type": wanted.value}
    await audit.record(conn, task_id, "dependency_added", actor, details)
    return True


async def remove_dependency(
    conn: AsyncConnection, task_id: str, depends_on_id: str, *, actor: Actor
) -> bool:
    """Take back that a task depends on another; False where it does not."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(REMOVE, {"task": task_id, "other": depends_on_id})
        removed = await cursor.fetchone()
    if removed is None:
        return False
    details = {"depends_on": depends_on_id, "type": removed[0]}
    await audit.record(conn, task_id, "dependency_removed", actor, details)
    return True


async def _both(
    conn: AsyncConnection, params: dict[str, Any]
) -> tuple[tuple[int, int], str | None]:
    """The numbers of the two tasks, and how they are linked already."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(BOTH, params)
        rows = {row[0]: row[1:] for row in await cursor.fetchall()}
    for name in ("task", "other"):
        if params[name] not in rows:
            raise no_task(params[name])
    (seq, present), (other, _) = rows[params["task"]], rows[params["other"]]
    return (seq, other), present


async def _refuse_circle(
    conn: AsyncConnection, params: dict[str, Any], wanted: DepType, seqs: tuple[int, int]
) -> None:
    if wanted is DepType.RELATES_TO:
        return
    waiter, waited = params["task"], params["other"]
    if wanted is DepType.BLOCKS:
        waiter, waited, seqs = waited, waiter, (seqs[1], seqs[0])
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(CIRCLE, {"waiter": waiter, "waited": waited})
        row = await cursor.fetchone()
    if row and row[0]:
        raise Refused(
            f"#{seqs[1]} waits for #{seqs[0]} already, so neither could begin; "
            f"remove a dependency on the way first"
        )


def _type(value: DepType | str) -> DepType:
    try:
        return DepType(value)
    except ValueError:
        raise BadInput(f"no dependency type {value!r}; it is {', '.join(DepType)}") from None
