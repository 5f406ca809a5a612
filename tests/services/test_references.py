"""How people name tasks."""

from __future__ import annotations

import pytest
from psycopg import AsyncConnection

from genie_tui.errors import Ambiguous, BadInput, NotFound
from genie_tui.services import tasks
from tests.services.making import REPO, make, row_of

ADD = """
    INSERT INTO tasks (id, seq, repo_path, title) VALUES (%(id)s, 0, %(repo)s, %(title)s)
"""


async def add(conn: AsyncConnection, task_id: str, repo: str = REPO) -> None:
    await conn.execute(ADD, {"id": task_id, "repo": repo, "title": f"title of {task_id}"})


async def test_a_number_is_one_of_the_current_repository(conn: AsyncConnection) -> None:
    here, there = await make(conn), await make(conn, repo="/src/other")
    for reference in ("#1", "1", " #1 ", "#01"):
        assert await tasks.resolve(conn, reference, repo_path=REPO) == here.id
        assert await tasks.resolve(conn, reference, repo_path="/src/other") == there.id


async def test_a_number_can_name_its_project(conn: AsyncConnection) -> None:
    task = await make(conn)
    await make(conn, repo="/src/other")
    for reference in ("acme#1", "ACME#1"):
        assert await tasks.resolve(conn, reference, repo_path="/src/other") == task.id
    await conn.execute("UPDATE tasks SET project_id = null")
    assert await tasks.resolve(conn, "acme#1", repo_path="/src/other") == task.id


async def test_an_id_or_the_beginning_of_one_does(conn: AsyncConnection) -> None:
    await add(conn, "task-1a2b3c4d")
    await add(conn, "task-1a2bffff")
    for reference in ("task-1a2b3c4d", "1a2b3c4d", "task-1a2b3", "1a2b3", "1A2B3"):
        assert await tasks.resolve(conn, reference, repo_path="/") == "task-1a2b3c4d"


async def test_an_id_of_another_clients_making_does(conn: AsyncConnection) -> None:
    for odd in ("my task: 5", "12", "Ünïcode"):
        await add(conn, odd)
        assert await tasks.resolve(conn, odd, repo_path="/elsewhere") == odd


async def test_digits_are_a_number_first_and_an_id_where_there_is_none(
    conn: AsyncConnection,
) -> None:
    await add(conn, "task-12345678")
    numbered = await make(conn)
    await conn.execute("UPDATE tasks SET seq = 1234 WHERE id = %s", (numbered.id,))
    assert await tasks.resolve(conn, "1234", repo_path=REPO) == numbered.id
    assert await tasks.resolve(conn, "12345", repo_path=REPO) == "task-12345678"
    with pytest.raises(NotFound):
        await tasks.resolve(conn, "#12345", repo_path=REPO)


async def test_what_fits_more_than_one_lists_them(conn: AsyncConnection) -> None:
    await add(conn, "task-1a2b3c4d")
    await add(conn, "task-1a2bffff")
    with pytest.raises(Ambiguous, match=r"task-1a2b3c4d .*title of task-1a2b3c4d.*task-1a2bffff"):
        await tasks.resolve(conn, "1a2b", repo_path=REPO)
    await conn.execute("UPDATE tasks SET seq = 7")
    with pytest.raises(Ambiguous, match=r"#7 is each of .*; name one by its id"):
        await tasks.resolve(conn, "#7", repo_path=REPO)


async def test_a_project_of_two_repositories_can_have_a_number_twice(
    conn: AsyncConnection,
) -> None:
    first, second = await make(conn), await make(conn, repo="/src/other")
    await conn.execute("UPDATE tasks SET project_id = %s", (first.project_id,))
    with pytest.raises(Ambiguous, match=second.id):
        await tasks.resolve(conn, "acme#1", repo_path=REPO)
    assert (await row_of(conn, await tasks.resolve(conn, "#1", repo_path=REPO)))["id"] == first.id


@pytest.mark.parametrize("reference", ["#99", "99", "acme#99", "1a2", "1a2b", "task-", "nothing"])
async def test_what_fits_none_says_what_to_do(conn: AsyncConnection, reference: str) -> None:
    await make(conn)
    with pytest.raises(NotFound, match="'genie-tui task list --all-projects' shows them all"):
        await tasks.resolve(conn, reference, repo_path=REPO)


@pytest.mark.parametrize("reference", ["", "  ", "a\0b", "\udcff"])
async def test_what_cannot_be_a_name_says_so(conn: AsyncConnection, reference: str) -> None:
    with pytest.raises(BadInput, match="a task is named"):
        await tasks.resolve(conn, reference, repo_path=REPO)
