"""Projects: one for each repository."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.domain.projects import Project
from genie_tui.errors import BadInput, Conflict, NotFound, Refused
from genie_tui.services import boards, projects, references, statuses
from genie_tui.services.feed import Feed
from tests.conftest import Connect
from tests.services.following import following
from tests.services.making import ADA, BOB, REPO, make, make_board, row_of, rows, waits


async def test_a_repositorys_project_is_made_on_first_use(conn: AsyncConnection) -> None:
    made = await projects.ensure_project(conn, "/src/acme", ADA)
    assert (made.name, made.repo_path) == ("acme", "/src/acme")
    assert await projects.ensure_project(conn, "/src/acme") == made
    (told,) = await rows(conn, "SELECT entity_type, entity_id, event_type FROM audit_events")
    assert tuple(told.values()) == ("project", made.id, "created")


async def test_another_repository_of_the_name_gets_a_number(conn: AsyncConnection) -> None:
    names = [
        (await projects.ensure_project(conn, path)).name
        for path in ("/a/acme", "/b/acme", "/c/acme")
    ]
    assert names == ["acme", "acme-2", "acme-3"]
    assert (await projects.ensure_project(conn, "/b/acme")).name == "acme-2"
    assert [project.name for project in await projects.list_projects(conn)] == names


async def test_the_root_directory_has_a_name_too(conn: AsyncConnection) -> None:
    assert (await projects.ensure_project(conn, "/")).name == "/"


async def test_of_two_projects_of_one_repository_the_older_is_used(conn: AsyncConnection) -> None:
    await conn.execute(
        "INSERT INTO projects (id, name, repo_path, created_at) VALUES"
        " ('p2', 'new', '/src/acme', now()), ('p1', 'old', '/src/acme', '-infinity')"
    )
    assert (await projects.ensure_project(conn, "/src/acme")).id == "p1"
    assert [project.id for project in await projects.list_projects(conn)] == ["p2", "p1"]


async def test_a_project_is_found_by_id_or_name_in_any_case(conn: AsyncConnection) -> None:
    made = await projects.ensure_project(conn, "/src/Acme")
    for name in (made.id, "Acme", "acme"):
        assert await projects.get_project(conn, name) == made
    with pytest.raises(NotFound, match="'genie-tui project list' shows them"):
        await projects.get_project(conn, "acne")


async def test_many_first_uses_at_once_make_one_project(connect: Connect) -> None:
    async def use(session: AsyncConnection, path: str) -> str:
        project = await projects.ensure_project(session, path)
        await session.commit()
        return project.id

    paths = ["/a/acme", "/b/acme"] * 4
    sessions = [await connect() for _ in paths]
    ids = await asyncio.gather(*map(use, sessions, paths))
    assert len(set(ids)) == 2
    assert len(set(ids[::2])) == 1


async def told(conn: AsyncConnection, project_id: str) -> list[tuple[str, Any]]:
    """What the audit log tells of a project."""
    found = await rows(
        conn,
        "SELECT event_type, details FROM audit_events"
        " WHERE entity_type = 'project' AND entity_id = %(id)s ORDER BY id",
        id=project_id,
    )
    return [(row["event_type"], row["details"]) for row in found]


async def object_of(conn: AsyncConnection, project: Project) -> dict[str, Any]:
    """A project as programs read it."""
    (found,) = await projects.objects(conn, [project.id])
    return found


async def test_a_project_is_made_by_hand_of_a_repository_or_of_none(conn: AsyncConnection) -> None:
    made = await projects.create_project(
        conn, " My  site ", repo_path="/src/site", description=" what ", actor=ADA
    )
    assert (made.name, made.repo_path, made.description) == ("My site", "/src/site", "what")
    assert await projects.ensure_project(conn, "/src/site") == made
    bare = await projects.create_project(conn, "ideas", actor=ADA)
    assert (bare.repo_path, bare.description) == (None, None)
    assert await told(conn, made.id) == [("created", {"name": "My site", "repo_path": "/src/site"})]


async def test_projects_are_listed_with_what_is_in_them(conn: AsyncConnection) -> None:
    task = await make(conn)
    await statuses.done_task(conn, task.id, ADA)
    unlinked = await make(conn)
    await conn.execute("UPDATE tasks SET project_id = NULL WHERE id = %s", (unlinked.id,))
    acme = await projects.get_project(conn, "acme")
    await make_board(conn, project_id=acme.id)
    await projects.create_project(conn, "ideas", actor=ADA)
    listed = await projects.objects(conn)
    assert [(p["name"], p["open"], p["all"], p["boards"]) for p in listed] == [
        ("acme", 1, 2, 1),
        ("ideas", 0, 0, 0),
    ]
    assert listed[0]["changed_at"] is not None
    assert listed[1]["changed_at"] is None


@pytest.mark.parametrize("name", ["acme", "ACME", "  Acme "])
async def test_a_name_that_another_project_has_is_taken(conn: AsyncConnection, name: str) -> None:
    acme = await projects.ensure_project(conn, "/src/acme")
    other = await projects.create_project(conn, "other", actor=ADA)
    with pytest.raises(Conflict, match="there is a project 'acme' already"):
        await projects.create_project(conn, name, actor=ADA)
    with pytest.raises(Conflict, match="there is a project 'acme' already"):
        await projects.edit_project(conn, other, name=name, actor=ADA)
    if name != "acme":
        assert await projects.edit_project(conn, acme, name=name, actor=ADA) == ("name",)


@pytest.mark.parametrize("name", ["", "  ", "a#1", "x\0", "x" * 101])
async def test_a_name_that_is_none_is_refused(conn: AsyncConnection, name: str) -> None:
    with pytest.raises(BadInput):
        await projects.create_project(conn, name, actor=ADA)
    assert await projects.list_projects(conn) == ()


async def test_a_repository_has_one_project_made_by_hand(conn: AsyncConnection) -> None:
    await projects.ensure_project(conn, "/src/acme")
    other = await projects.create_project(conn, "other", actor=ADA)
    with pytest.raises(Conflict, match="/src/acme is the repository of acme"):
        await projects.create_project(conn, "new", repo_path="/src/acme", actor=ADA)
    with pytest.raises(Conflict, match="/src/acme is the repository of acme"):
        await projects.edit_project(conn, other, repo_path="/src/acme", actor=ADA)


async def test_what_is_given_of_a_project_is_changed(conn: AsyncConnection) -> None:
    acme = await projects.ensure_project(conn, "/src/acme", ADA)
    changed = await projects.edit_project(
        conn, acme, name="shop", description="what", repo_path="", actor=BOB
    )
    assert changed == ("name", "description", "repo_path")
    shop = await projects.get_project(conn, "shop")
    assert (shop.id, shop.description, shop.repo_path) == (acme.id, "what", None)
    assert await projects.edit_project(conn, shop, name="shop", repo_path="", actor=BOB) == ()
    assert await projects.edit_project(conn, shop, description="", actor=BOB) == ("description",)
    events = await told(conn, acme.id)
    assert [event for event, _ in events] == ["created", "edited", "edited"]
    assert events[1][1] == {
        "name": "acme",
        "before": {"name": "acme", "description": None, "repo_path": "/src/acme"},
        "after": {"name": "shop", "description": "what", "repo_path": None},
    }


async def test_a_projects_tasks_follow_it_to_another_repository(conn: AsyncConnection) -> None:
    first, second = await make(conn), await make(conn)
    await conn.execute("UPDATE tasks SET project_id = NULL WHERE id = %s", (second.id,))
    elsewhere = await make(conn, repo="/src/other")
    acme = await projects.get_project(conn, "acme")
    await projects.edit_project(conn, acme, repo_path="/src/shop", actor=ADA)
    for task in (first, second):
        assert await references.resolve(conn, f"#{task.seq}", repo_path="/src/shop") == task.id
    assert (await row_of(conn, elsewhere.id))["repo_path"] == "/src/other"
    assert (await told(conn, acme.id))[-1][1]["tasks"] == 2
    third = await make(conn, repo="/src/shop")
    assert (third.seq, third.project_id) == (3, acme.id)


async def test_numbers_that_are_taken_there_keep_a_project_from_moving(
    conn: AsyncConnection,
) -> None:
    task = await make(conn)
    other = await make(conn, repo="/src/shop")
    await conn.execute("UPDATE tasks SET project_id = NULL WHERE id = %s", (other.id,))
    await conn.execute("DELETE FROM projects WHERE name = 'shop'")
    acme = await projects.get_project(conn, "acme")
    with pytest.raises(Refused, match=r"there are tasks #1 in /src/shop, too.*--leave-tasks"):
        await projects.edit_project(conn, acme, repo_path="/src/shop", actor=ADA)
    await projects.edit_project(conn, acme, repo_path="/src/shop", leave_tasks=True, actor=ADA)
    assert (await row_of(conn, task.id))["repo_path"] == REPO
    assert (await object_of(conn, acme))["all"] == 2


async def test_a_project_with_tasks_or_boards_is_not_deleted(conn: AsyncConnection) -> None:
    task = await make(conn)
    acme = await projects.get_project(conn, "acme")
    board = await make_board(conn, project_id=acme.id)
    with pytest.raises(Refused, match="acme has 1 task and 1 board; delete or move these first"):
        await projects.delete_project(conn, acme, ADA)
    await boards.delete_board(conn, board, ADA)
    await conn.execute("UPDATE tasks SET project_id = NULL WHERE id = %s", (task.id,))
    with pytest.raises(Refused, match="acme has 1 task;"):
        await projects.delete_project(conn, acme, ADA)
    await conn.execute("DELETE FROM tasks")
    await projects.delete_project(conn, acme, ADA)
    assert await projects.list_projects(conn) == ()
    assert (await told(conn, acme.id))[-1] == ("deleted", {"name": "acme", "repo_path": REPO})
    with pytest.raises(NotFound, match="the project is gone"):
        await projects.delete_project(conn, acme, ADA)
    with pytest.raises(NotFound, match="the project is gone"):
        await projects.edit_project(conn, acme, name="x", actor=ADA)


async def test_of_two_projects_of_one_repository_the_empty_one_can_go(
    conn: AsyncConnection,
) -> None:
    task = await make(conn)
    await conn.execute("UPDATE tasks SET project_id = NULL WHERE id = %s", (task.id,))
    await conn.execute("INSERT INTO projects (name, repo_path) VALUES ('twin', %s)", (REPO,))
    assert [each["all"] for each in await projects.objects(conn)] == [1, 1]
    await projects.delete_project(conn, await projects.get_project(conn, "twin"), ADA)
    with pytest.raises(Refused):
        await projects.delete_project(conn, await projects.get_project(conn, "acme"), ADA)


async def test_names_that_differ_in_case_only_are_told_apart(conn: AsyncConnection) -> None:
    await conn.execute("INSERT INTO projects (name) VALUES ('Odd'), ('ODD'), ('odd one')")
    assert len(await projects.objects(conn)) == 3
    assert (await projects.get_project(conn, "ODD")).name == "ODD"
    assert (await projects.get_project(conn, "Odd")).name == "Odd"


async def test_of_two_who_make_a_project_at_once_one_is_told_that_it_is_there(
    connect: Connect,
) -> None:
    async def create(name: str, repo_path: str | None) -> bool:
        session = await connect()
        try:
            await projects.create_project(session, name, repo_path=repo_path, actor=ADA)
        except Conflict:
            await session.rollback()
            return False
        await session.commit()
        return True

    same_name = await asyncio.gather(*(create("acme", None) for _ in range(3)))
    assert sum(same_name) == 1
    same_repo = await asyncio.gather(*(create(name, "/src/x") for name in ("a", "b", "c")))
    assert sum(same_repo) == 1


async def test_tasks_made_while_their_project_moves_have_numbers_of_their_own(
    connect: Connect,
) -> None:
    conn = await connect()
    await make(conn)
    acme = await projects.get_project(conn, "acme")
    await conn.commit()

    async def makes(repo: str) -> None:
        session = await connect()
        for _ in range(3):
            await make(session, repo=repo)
            await session.commit()

    async def moves() -> None:
        session = await connect()
        for path in ("/src/shop", REPO, "/src/shop"):
            try:
                await projects.edit_project(session, acme, repo_path=path, actor=ADA)
            except Refused:
                await session.rollback()
            else:
                await session.commit()

    await asyncio.gather(moves(), makes(REPO), makes("/src/shop"), makes(REPO))
    numbers = await rows(conn, "SELECT repo_path, seq FROM tasks")
    assert len({tuple(row.values()) for row in numbers}) == len(numbers) == 10


async def test_a_task_that_is_made_meanwhile_keeps_its_project(connect: Connect) -> None:
    conn, maker, deleter = [await connect() for _ in range(3)]
    acme = await projects.ensure_project(conn, REPO)
    await conn.commit()
    await make(maker)
    deleting = asyncio.create_task(projects.delete_project(deleter, acme, ADA))
    await waits(conn, deleter)
    await maker.commit()
    with pytest.raises(Refused, match="acme has 1 task;"):
        await deleting
    await deleter.rollback()
    assert await projects.get_project(conn, "acme") == acme


async def test_what_is_done_to_projects_is_told(database: Database, conn: AsyncConnection) -> None:
    await make(conn)
    acme = await projects.get_project(conn, "acme")
    await conn.commit()
    async with following(Feed(database)) as follower:
        made = await projects.create_project(conn, "ideas", actor=ADA)
        await projects.edit_project(conn, acme, repo_path="/src/shop", actor=ADA)
        await projects.edit_project(conn, acme, name="shop", description="x", actor=BOB)
        await projects.delete_project(conn, made, BOB)
        await conn.commit()
        await follower.told(4)
        assert follower.lines == [
            "project ideas created by ada",
            "project acme edited by ada: repo path, 1 task followed",
            "project acme renamed to shop by bob",
            "project ideas deleted by bob",
        ]
