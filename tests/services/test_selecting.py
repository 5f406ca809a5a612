"""Which tasks are listed, and in which order."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.filters import parse
from genie_tui.services import boards, projects, selecting, tasks
from genie_tui.services.selecting import Order
from tests.services.making import ADA, ENG, REPO, make, make_board

EVERYTHING = parse("")


async def seqs(conn: AsyncConnection, text: str = "", **which: Any) -> list[int]:
    """The numbers of the tasks that are selected."""
    ids = await selecting.select(conn, parse(text), me=ADA, **{"order": "number", **which})
    found = {task.id: task.seq for task in await tasks.cards(conn, ids)}
    return [found[id_] for id_ in ids]


async def test_only_tasks_of_the_project_are_selected(conn: AsyncConnection) -> None:
    here = await make(conn)
    there = await make(conn, repo="/src/other")
    assert await selecting.select(conn, EVERYTHING, me=ADA, project_id=here.project_id) == (
        here.id,
    )
    assert set(await selecting.select(conn, EVERYTHING, me=ADA)) == {here.id, there.id}
    assert await selecting.select(conn, EVERYTHING, me=ADA, project_id="proj-none") == ()


async def test_a_task_of_no_project_belongs_to_that_of_its_repository(
    conn: AsyncConnection,
) -> None:
    owned, loose = await make(conn), await make(conn)
    other = await make(conn, repo="/src/other")
    await conn.execute(
        "UPDATE tasks SET project_id = NULL WHERE id = ANY(%s)", ([loose.id, other.id],)
    )
    assert await seqs(conn, project_id=owned.project_id) == [1, 2]
    found = await selecting.select(conn, EVERYTHING, me=ADA, project_id="", repo_path="/src/other")
    assert found == (other.id,)


async def test_of_a_board_that_is_one_projects_own_all_tasks_are_meant(
    conn: AsyncConnection,
) -> None:
    project = await projects.ensure_project(conn, REPO)
    own = await make_board(conn, project_id=project.id)
    shared = await boards.create_board(conn, "Shared")
    guest = await make(conn, own, repo="/src/other")
    assert guest.project_id != project.id
    await make(conn, shared, repo="/src/other")
    host = await make(conn, own)
    assert await seqs(conn, board=own, project_id=project.id) == [1, 1]
    assert await seqs(conn, board=own, project_id="") == [1, 1]
    assert await seqs(conn, board=shared, project_id=project.id) == []
    assert await seqs(conn, board=shared) == [2]
    assert (await selecting.select(conn, EVERYTHING, me=ADA, project_id=project.id)) == (host.id,)


async def test_the_board_made_up_for_a_type_has_its_tasks(conn: AsyncConnection) -> None:
    await make(conn, await make_board(conn))
    await make(conn)
    board = await boards.find_board(conn, "software")
    assert await seqs(conn, board=board) == [2]


async def test_filter_release_and_assignee_must_all_hold(conn: AsyncConnection) -> None:
    await make(conn, release_id="1.2", assignees=[ENG], title="auth")
    await make(conn, release_id="1.2", title="auth")
    await make(conn, assignees=[ENG], title="auth")
    assert await seqs(conn, "auth", release="1.2") == [1, 2]
    assert await seqs(conn, "auth", assignee="ENG-1") == [1, 3]
    assert await seqs(conn, "auth", release="1.2", assignee="eng-1") == [1]
    assert await seqs(conn, "login", release="1.2", assignee="eng-1") == []


async def test_closed_tasks_can_be_left_out(conn: AsyncConnection) -> None:
    for status in ("done", "cancelled", "failed", "ready"):
        task = await make(conn)
        await conn.execute("UPDATE tasks SET status = %s WHERE id = %s", (status, task.id))
    assert await seqs(conn) == [1, 2, 3, 4]
    assert await seqs(conn, closed=False) == [3, 4]


async def fill(conn: AsyncConnection) -> None:
    """Tasks of which no two orders agree."""
    for status, priority, due, age, updated in (
        ("done", "urgent", "3 days", "1 day", "5 hours"),
        ("ready", "low", "1 day", "4 days", "2 hours"),
        ("ready", "high", None, "3 days", "9 hours"),
        ("ready", "low", None, "2 days", "1 hour"),
        ("ready", "high", "infinity", "5 days", "3 hours"),
    ):
        task = await make(conn)
        await conn.execute(
            "UPDATE tasks SET status = %s, priority = %s, created_at = now() - %s::interval,"
            " due_date = CASE WHEN %s = 'infinity' THEN 'infinity' ELSE now() + %s::interval END,"
            " updated_at = now() - %s::interval WHERE id = %s",
            (status, priority, age, due, due if due != "infinity" else None, updated, task.id),
        )


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("board", [5, 3, 2, 4, 1]),
        ("priority", [1, 5, 3, 2, 4]),
        ("age", [5, 2, 3, 4, 1]),
        ("due", [2, 1, 5, 3, 4]),
        ("updated", [4, 2, 5, 1, 3]),
        ("number", [1, 2, 3, 4, 5]),
    ],
)
async def test_tasks_are_listed_in_the_order_that_is_asked_for(
    conn: AsyncConnection, order: Order, expected: list[int]
) -> None:
    await fill(conn)
    assert await seqs(conn, order=order) == expected
    assert await seqs(conn, order=order, reverse=True) == expected[::-1]
    assert await seqs(conn, order=order, limit=2) == expected[:2]
    assert await seqs(conn, order=order, reverse=True, limit=2) == expected[:-3:-1]


def test_each_order_is_tested() -> None:
    assert set(get_args(Order)) == set(selecting.ORDERS)
