"""Which tasks are meant: those of a project and a board that a filter lets through."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.filters import Filter
from genie_tui.services import filters
from genie_tui.services.cards import BOARD_KEY, IS_CLOSED, ORDER, RANK

__all__ = ["Order", "select", "statement"]

Order = Literal["board", "priority", "age", "due", "updated", "number"]

ORDERS: dict[Order, str] = {
    "board": ORDER,
    "priority": f"({RANK}), ({IS_CLOSED}), t.due_date, t.created_at, t.id",
    "age": "t.created_at, t.id",
    "due": "t.due_date, t.created_at, t.id",
    "updated": "t.updated_at DESC, t.id",
    "number": "t.repo_path, t.seq, t.id",
}


async def select(
    conn: AsyncConnection,
    where: Filter,
    *,
    project_id: str | None = None,
    board: Board | None = None,
    me: Actor,
    closed: bool = True,
    order: Order = "board",
    limit: int | None = None,
) -> tuple[str, ...]:
    """The ids of the tasks that match, in order; `project_id` None means all projects.

    Without `closed`, tasks that are done or cancelled are left out.
    """
    query, params = statement(
        where,
        project_id=project_id,
        board=board,
        me=me,
        now=datetime.now(UTC),
        closed=closed,
        order=order,
        limit=limit,
    )
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params)
        return tuple(task_id for (task_id,) in await cursor.fetchall())


def statement(
    where: Filter,
    *,
    project_id: str | None,
    board: Board | None,
    me: Actor,
    now: datetime,
    closed: bool,
    order: Order,
    limit: int | None,
) -> tuple[str, dict[str, Any]]:
    """The statement that selects, and its parameters."""
    condition, params = filters.compile(where, now=now, me=me)
    conditions = [condition]
    if board is not None:
        conditions.append(f"{BOARD_KEY} = %(board)s")
        params["board"] = board.key
    if project_id is not None:
        conditions.append("t.project_id = %(project)s")
        params["project"] = project_id
    if not closed:
        conditions.append("t.status NOT IN ('done', 'cancelled')")
    query = f"SELECT t.id FROM tasks t WHERE {' AND '.join(conditions)} ORDER BY {ORDERS[order]}"
    if limit is not None:
        query += " LIMIT %(limit)s"
        params["limit"] = limit
    return query, params
