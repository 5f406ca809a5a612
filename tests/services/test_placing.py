"""Where an imported project goes, and where it may not."""

from __future__ import annotations

import asyncio
import json

import pytest
from psycopg import AsyncConnection

from genie_tui.errors import Conflict, Refused
from genie_tui.services import projects
from genie_tui.services.placing import Target
from tests.conftest import Connect
from tests.services.making import ADA, BOB, REPO, make, rows, waits
from tests.services.projects_made import exported, imported, make_project


async def test_the_same_file_twice_is_refused_with_what_to_do(conn: AsyncConnection) -> None:
    file = await exported(conn, await make_project(conn))
    with pytest.raises(Conflict, match="--name NAME"):
        await imported(conn, file)


async def test_of_two_who_import_a_file_at_once_one_is_refused(
    conn: AsyncConnection, other: AsyncConnection, other_dsn: str
) -> None:
    file = await exported(conn, await make_project(conn))
    async with (
        await AsyncConnection.connect(other_dsn) as second,
        await AsyncConnection.connect(other_dsn) as watcher,
    ):
        await imported(other, file)
        importing = asyncio.create_task(imported(second, file))
        await waits(watcher, second)
        await other.commit()
        with pytest.raises(Conflict):
            await importing
        await second.rollback()


async def test_a_repository_that_counts_tasks_already_is_not_mixed(conn: AsyncConnection) -> None:
    project = await make_project(conn)
    file = await exported(conn, project)
    await conn.execute("UPDATE projects SET name = 'renamed'")
    with pytest.raises(Conflict, match="--repo DIR"):
        await imported(conn, file)
    with pytest.raises(Conflict, match="--repo DIR"):
        await imported(conn, file, target=Target(name="x/y"))
    with pytest.raises(Conflict, match="--repo DIR"):
        await imported(conn, file, target=Target(name="copy", repo_path=REPO))


async def test_a_copy_goes_where_it_is_told(conn: AsyncConnection) -> None:
    file = await exported(conn, await make_project(conn))
    done = await imported(conn, file, target=Target(name="copy", repo_path="/elsewhere"))
    found = await rows(
        conn, "SELECT DISTINCT repo_path FROM tasks WHERE project_id = %(id)s", id=done.id
    )
    assert (done.repo_path, found) == ("/elsewhere", [{"repo_path": "/elsewhere"}])


async def test_an_empty_project_can_be_filled(
    conn: AsyncConnection, other: AsyncConnection
) -> None:
    file = await exported(conn, await make_project(conn))
    empty = await projects.ensure_project(other, "/home/bob/acme", BOB)
    done = await imported(other, file, target=Target(into=empty))
    assert (done.id, done.name, done.repo_path) == (empty.id, "acme", "/home/bob/acme")
    found = json.loads(await exported(other, empty.id))
    assert [task["seq"] for task in found["tasks"]] == [1, 3, 4, 4]
    assert {task["repo_path"] for task in found["tasks"]} == {"/home/bob/acme"}
    with pytest.raises(Refused, match="has tasks or boards already"):
        await imported(other, file, target=Target(into=empty))


async def test_what_is_being_filled_gets_no_other_task_meanwhile(
    conn: AsyncConnection, connect: Connect
) -> None:
    file = await exported(conn, await make_project(conn))
    empty = await projects.ensure_project(conn, "/src/empty", ADA)
    await conn.commit()
    await imported(conn, file, target=Target(into=empty))
    writer, watcher = await connect(), await connect()

    making = asyncio.create_task(make(writer, repo="/src/empty"))
    await waits(watcher, writer)
    await conn.commit()
    assert (await making).seq == 5


async def test_other_repositories_of_a_project_are_moved_only_where_they_are_taken(
    conn: AsyncConnection, other: AsyncConnection
) -> None:
    project = await make_project(conn)
    await conn.execute(
        "UPDATE tasks SET repo_path = '/src/lib', seq = 1 WHERE title = 'on everybody''s board'"
    )
    file = await exported(conn, project)
    await imported(other, file)
    assert await exported(other, project) == file
    done = await imported(conn, file, target=Target(name="copy"))
    found = await rows(
        conn,
        "SELECT repo_path FROM tasks WHERE project_id = %(id)s GROUP BY repo_path ORDER BY 1",
        id=done.id,
    )
    assert [row["repo_path"] for row in found] == ["/src/copy", "/src/lib-copy"]
