"""Which tasks are meant: those of a project and a board that a filter lets through."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal, TypedDict, Unpack

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.filters import Filter
from genie_tui.services import filters
from genie_tui.services.cards import BOARD_KEY, IS_CLOSED, RANK

__all__ = ["OF_NO_PROJECT", "OF_PROJECT", "Order", "Which", "select", "statement"]

Order = Literal["board", "priority", "age", "due", "updated", "number"]

ORDERS: dict[Order, tuple[str, ...]] = {
    "board": (f"({IS_CLOSED})", f"({RANK})", "t.due_date", "t.created_at", "t.id"),
    "priority": (f"({RANK})", f"({IS_CLOSED})", "t.due_date", "t.created_at", "t.id"),
    "age": ("t.created_at", "t.id"),
    "due": ("t.due_date", "t.created_at", "t.id"),
    "updated": ("t.updated_at DESC", "t.id"),
    "number": ("t.repo_path", "t.seq", "t.id"),
}

# Tasks that other clients linked to no project belong to that of their repository.
OF_PROJECT = """(t.project_id = %(project)s OR (t.project_id IS NULL
    AND t.repo_path = (SELECT p.repo_path FROM projects p WHERE p.id = %(project)s)))"""

OF_NO_PROJECT = "(t.project_id IS NULL AND t.repo_path = %(repo_path)s)"

# With all the types there are, because the index on actors begins with the type.
ASSIGNED = """t.id IN (
    SELECT a.task_id FROM task_actors a
     WHERE a.actor_type IN ('local', 'genie_os_user', 'omni_agent') AND a.role = 'assignee'
       AND lower(a.actor_id) = lower(%(assignee)s))"""


class Which(TypedDict, total=False):
    """Where tasks are looked for, what else is asked of them, and how they are listed.

    `project_id` None means all projects, `""` those tasks of `repo_path` that belong to none. Of
    a board that is one project's own, all tasks are meant, whatever the project. `assignee` is an
    actor's id. Unless `closed` (the default), tasks that are done or cancelled are left out.
    """

    project_id: str | None
    repo_path: str | None
    board: Board | None
    release: str | None
    assignee: str | None
    closed: bool
    order: Order
    reverse: bool
    limit: int | None


async def select(
    conn: AsyncConnection, where: Filter, *, me: Actor, **which: Unpack[Which]
) -> tuple[str, ...]:
    """The ids of the tasks that match, in order; that of the board if nothing else is said."""
    query, params = statement(where, me=me, now=datetime.now(UTC), **which)
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params)
        return tuple(task_id for (task_id,) in await cursor.fetchall())


def statement(
    where: Filter, *, me: Actor, now: datetime, **which: Unpack[Which]
) -> tuple[str, dict[str, Any]]:
    """The statement that selects, and its parameters."""
    condition, params = filters.compile(where, now=now, me=me)
    conditions = [condition, *_place(which)]
    if which.get("release") is not None:
        conditions.append("t.release_id = %(release)s")
    if which.get("assignee") is not None:
        conditions.append(ASSIGNED)
    if not which.get("closed", True):
        conditions.append("t.status NOT IN ('done', 'cancelled')")
    order = _order(which.get("order", "board"), reverse=which.get("reverse", False))
    query = f"SELECT t.id FROM tasks t WHERE {' AND '.join(conditions)} ORDER BY {order}"
    if which.get("limit") is not None:
        query += " LIMIT %(limit)s"
    board = which.get("board")
    return query, {
        **params,
        "board": board.key if board else None,
        "project": which.get("project_id"),
        **{name: which.get(name) for name in ("repo_path", "release", "assignee", "limit")},
    }


def _place(which: Which) -> list[str]:
    board, project_id = which.get("board"), which.get("project_id")
    conditions = []
    if board is not None:
        conditions.append(f"{BOARD_KEY} = %(board)s")
    if project_id is not None and (board is None or board.project_id is None):
        conditions.append(OF_PROJECT if project_id else OF_NO_PROJECT)
    return conditions


def _order(order: Order, *, reverse: bool) -> str:
    keys = ORDERS[order]
    if reverse:
        keys = tuple(
            key.removesuffix(" DESC") if key.endswith(" DESC") else f"{key} DESC" for key in keys
        )
    return ", ".join(keys)
