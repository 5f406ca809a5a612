"""Boards and tasks to test with, and what the tables say of them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board, Column, Transition
from genie_tui.domain.gates import Gate
from genie_tui.domain.tasks import Task
from genie_tui.services import boards, stages, tasks

ADA = Actor.human("ada", "desk")
BOB = Actor.human("bob", "desk")
ENG = Actor.agent("eng-1")
QA = Actor.agent("qa-1")

REPO = "/src/acme"

EXPIRE = """
    UPDATE tasks SET execution_locked_at = now() - interval '2 days' WHERE id = %(id)s
"""


def column(
    name: str,
    gate: str = "human",
    *,
    auto: bool = False,
    action: str | None = "/work",
    on_fail: str | None = None,
    advance_to: str | None = None,
) -> Column:
    """A column of a board that is to be made."""
    target = (Transition(event="advance", target=advance_to),) if advance_to else ()
    return Column(
        id="",
        name=name,
        label=name.title(),
        gate=Gate(gate),
        auto_advance=auto,
        action=action,
        on_fail=on_fail,
        transitions=target,
    )


FLOW = (
    column("draft"),
    column("build", "agent", auto=True),
    column("review", "human+agent", on_fail="build"),
    column("qa", "agent"),
    column("ship"),
)
"""Each kind of gate once."""


async def make_board(
    conn: AsyncConnection, *columns: Column, name: str = "Flow", project_id: str | None = None
) -> Board:
    """A board with these columns, or those of FLOW."""
    return await boards.create_board(conn, name, columns=columns or FLOW, project_id=project_id)


async def make(
    conn: AsyncConnection,
    board: Board | None = None,
    stage: str | None = None,
    *,
    repo: str = REPO,
    title: str = "a task",
    actor: Actor = ADA,
    **more: Any,
) -> Task:
    """A task."""
    return await tasks.create_task(
        conn, repo, title=title, actor=actor, board=board, stage=stage, **more
    )


async def rows(conn: AsyncConnection, query: str, **params: Any) -> list[dict[str, Any]]:
    """What a query gives."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchall()


async def row_of(conn: AsyncConnection, task_id: str) -> dict[str, Any]:
    """A task's row."""
    (row,) = await rows(conn, "SELECT * FROM tasks WHERE id = %(id)s", id=task_id)
    return row


async def audited(conn: AsyncConnection, task_id: str) -> list[tuple[str, str | None, Any]]:
    """What the audit log tells of a task: event, actor, details without what undo needs."""
    found = await rows(
        conn,
        "SELECT event_type, actor, details - 'before' - 'after' AS details FROM audit_events"
        " WHERE entity_type = 'task' AND entity_id = %(id)s ORDER BY id",
        id=task_id,
    )
    return [(row["event_type"], row["actor"], row["details"]) for row in found]


async def events(conn: AsyncConnection, task_id: str) -> list[str]:
    """The names of what the audit log tells of a task after it was made."""
    return [event for event, _, _ in await audited(conn, task_id)][1:]


async def approvals(conn: AsyncConnection, task_id: str) -> set[tuple[str, str, str]]:
    """The words given for a task: stage, kind, actor."""
    found = await rows(
        conn, "SELECT stage, kind, actor_id FROM tui_approvals WHERE task_id = %(id)s", id=task_id
    )
    return {(row["stage"], row["kind"], row["actor_id"]) for row in found}


async def gates_passed(conn: AsyncConnection, task_id: str) -> list[tuple[str, str, str]]:
    """From where, to where, and how the gate was opened."""
    return [
        (str(move.from_stage), move.to_stage, str(move.gate_type))
        for move in await stages.stage_log(conn, task_id)
    ]


async def an_agent(conn: AsyncConnection, name: str, state: str) -> None:
    """An agent of the repository in a state."""
    await conn.execute(
        "INSERT INTO agents (id, pane_id, session, started_at, state, repo_path, custom_name)"
        " VALUES (%(name)s, '%%1', 's', now(), %(state)s, %(repo)s, %(name)s)",
        {"name": name, "state": state, "repo": REPO},
    )


async def expire(conn: AsyncConnection, task_id: str) -> None:
    """Let a task's lock be over."""
    await conn.execute(EXPIRE, {"id": task_id})


async def waits(watcher: AsyncConnection, waiter: AsyncConnection) -> None:
    """Return once a connection waits for a lock that another transaction holds.

    Raises:
        AssertionError: it does not within ten seconds.
    """
    deadline = time.monotonic() + 10
    pid = waiter.info.backend_pid
    while not (await rows(watcher, "SELECT pg_blocking_pids(%(pid)s) AS by", pid=pid))[0]["by"]:
        assert time.monotonic() < deadline, "it does not wait"
        await asyncio.sleep(0.005)
