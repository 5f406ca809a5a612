"""Approvals: whose word has been given that a task may leave its stage.

They are cleared by the database when the task leaves it, whichever client moves it.
"""

from __future__ import annotations

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.actors import Actor, Kind
from genie_tui.services import audit
from genie_tui.services.task_rows import TaskRow

__all__ = ["approve", "approved", "forget"]

APPROVED = """
    SELECT kind
      FROM tui_approvals
     WHERE task_id = %(id)s AND stage = %(stage)s
"""

APPROVE = """
    INSERT INTO tui_approvals (task_id, stage, kind, actor_type, actor_id)
    VALUES (%(id)s, %(stage)s, %(kind)s, %(type)s, %(actor)s)
        ON CONFLICT DO NOTHING
 RETURNING kind
"""


FORGET = """
    DELETE FROM tui_approvals
     WHERE task_id = %(id)s
"""


async def approved(conn: AsyncConnection, row: TaskRow) -> frozenset[Kind]:
    """Which sides have given their word at the present stage."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(APPROVED, {"id": row.id, "stage": row.stage})
        return frozenset(Kind(kind) for (kind,) in await cursor.fetchall())


async def approve(conn: AsyncConnection, row: TaskRow, actor: Actor) -> None:
    """Record an actor's word; the first of each side counts, a second changes nothing."""
    params = {
        "id": row.id,
        "stage": row.stage,
        "kind": actor.kind.value,
        "type": actor.type,
        "actor": actor.id,
    }
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(APPROVE, params)
        given = await cursor.fetchone()
    if given is not None:
        details = {"kind": actor.kind.value, "stage": row.stage}
        await audit.record(conn, row.id, "approval", actor, details)


async def forget(conn: AsyncConnection, task_id: str) -> None:
    """Take back all words for a task whose stage stays; where it changes, the database does."""
    await conn.execute(FORGET, {"id": task_id})
