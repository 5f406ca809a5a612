"""Releases: which tasks go out together."""

from __future__ import annotations

import asyncio

import pytest
from psycopg import AsyncConnection

from genie_tui.errors import BadInput, Conflict, NotFound
from genie_tui.services import projects, releases, statuses
from tests.conftest import Connect
from tests.services.making import ADA, BOB, audited, make, row_of, waits


async def in_release(conn: AsyncConnection, release: str, count: int = 1) -> list[str]:
    """The ids of new tasks in a release."""
    ids = [(await make(conn, title=f"{release} {number}")).id for number in range(count)]
    for task_id in ids:
        await releases.put(conn, task_id, release, ADA)
    return ids


async def test_a_release_is_the_tasks_that_are_in_it(conn: AsyncConnection) -> None:
    ids = await in_release(conn, "2.0", 4)
    await in_release(conn, "1.0")
    await make(conn)
    await statuses.done_task(conn, ids[0], ADA)
    await statuses.cancel_task(conn, ids[1], ADA)
    listed = await releases.objects(conn)
    assert [each["id"] for each in listed] == ["1.0", "2.0"]
    assert listed[1] == {
        "id": "2.0",
        "all": 4,
        "open": 2,
        "done": 1,
        "cancelled": 1,
        "progress": 0.333,
    }
    assert await releases.find_release(conn, "2.0") == listed[1]
    assert await releases.ids_of(conn, "2.0") == tuple(ids)


async def test_a_task_is_put_into_a_release_and_out_of_it(conn: AsyncConnection) -> None:
    task = await make(conn)
    assert await releases.put(conn, task.id, "2.0", ADA)
    assert not await releases.put(conn, task.id, "2.0", BOB)
    assert await releases.put(conn, task.id, None, BOB)
    assert (await row_of(conn, task.id))["release_id"] is None
    assert [entry[:2] for entry in (await audited(conn, task.id))[1:]] == [
        ("edited", "ada"),
        ("edited", "bob"),
    ]
    assert await releases.objects(conn) == []
    with pytest.raises(NotFound):
        await releases.put(conn, "task-00000000", "2.0", ADA)


async def test_what_was_cancelled_alone_leaves_nothing_to_do(conn: AsyncConnection) -> None:
    (task_id,) = await in_release(conn, "2.0")
    await statuses.cancel_task(conn, task_id, ADA)
    assert (await releases.find_release(conn, "2.0"))["progress"] == 1.0


async def test_releases_of_one_project_are_not_those_of_another(conn: AsyncConnection) -> None:
    await in_release(conn, "2.0", 2)
    other = await make(conn, repo="/src/other")
    await releases.put(conn, other.id, "2.0", ADA)
    loose = await make(conn, repo="/src/loose")
    await releases.put(conn, loose.id, "loose", ADA)
    await conn.execute("UPDATE tasks SET project_id = NULL WHERE id = %s", (loose.id,))
    await conn.execute("DELETE FROM projects WHERE name = 'loose'")
    acme = await projects.get_project(conn, "acme")
    (here,) = await releases.objects(conn, project_id=acme.id)
    assert (here["id"], here["all"]) == ("2.0", 2)
    assert len(await releases.ids_of(conn, "2.0", project_id=acme.id)) == 2
    of_none = {"project_id": "", "repo_path": "/src/loose"}
    assert [each["id"] for each in await releases.objects(conn, **of_none)] == ["loose"]
    assert await releases.ids_of(conn, "loose", **of_none) == (loose.id,)
    assert [each["all"] for each in await releases.objects(conn)] == [3, 1]
    await releases.rename_release(conn, "2.0", "3.0", ADA, project_id=acme.id)
    assert (await row_of(conn, other.id))["release_id"] == "2.0"


async def test_unlinked_tasks_of_a_projects_repository_are_its_own(conn: AsyncConnection) -> None:
    (task_id,) = await in_release(conn, "2.0")
    acme = await projects.get_project(conn, "acme")
    await conn.execute("UPDATE tasks SET project_id = NULL")
    assert await releases.ids_of(conn, "2.0", project_id=acme.id) == (task_id,)


async def test_a_renamed_release_takes_its_tasks_along(conn: AsyncConnection) -> None:
    ids = await in_release(conn, "2.0", 3)
    assert await releases.rename_release(conn, "2.0", " 2.1  beta ", BOB) == tuple(ids)
    assert {(await row_of(conn, task_id))["release_id"] for task_id in ids} == {"2.1 beta"}
    assert (await audited(conn, ids[0]))[-1][:2] == ("edited", "bob")
    assert await releases.rename_release(conn, "2.1 beta", "2.1 beta", BOB) == ()
    await in_release(conn, "3.0")
    with pytest.raises(Conflict, match=r"there is a release '3\.0' already"):
        await releases.rename_release(conn, "2.1 beta", "3.0", BOB)
    with pytest.raises(NotFound, match="'genie-tui release list' shows them"):
        await releases.rename_release(conn, "2.0", "4.0", BOB)


async def test_names_that_differ_in_case_are_two_releases(conn: AsyncConnection) -> None:
    await in_release(conn, "Beta")
    with pytest.raises(NotFound, match="there is 'Beta'"):
        await releases.find_release(conn, "beta")
    await in_release(conn, "beta")
    assert {each["id"] for each in await releases.objects(conn)} == {"Beta", "beta"}


@pytest.mark.parametrize("name", ["", "  ", "x\0", "x" * 101])
async def test_a_name_that_is_none_is_refused(conn: AsyncConnection, name: str) -> None:
    with pytest.raises(BadInput):
        releases.release_name(name)
    await in_release(conn, "2.0")
    with pytest.raises(BadInput):
        await releases.rename_release(conn, "2.0", name, ADA)


async def test_a_task_that_was_put_elsewhere_meanwhile_is_not_taken_along(
    connect: Connect,
) -> None:
    conn, first, second = [await connect() for _ in range(3)]
    ids = await in_release(conn, "2.0", 2)
    await conn.commit()
    await releases.put(first, ids[1], "9.9", BOB)
    renaming = asyncio.create_task(releases.rename_release(second, "2.0", "2.1", ADA))
    await waits(conn, second)
    await first.commit()
    with pytest.raises(Conflict):
        await renaming
    await second.rollback()
    assert [(await row_of(conn, task_id))["release_id"] for task_id in ids] == ["2.0", "9.9"]
