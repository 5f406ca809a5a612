"""Projects: one for each repository."""

from __future__ import annotations

import asyncio

import pytest
from psycopg import AsyncConnection

from genie_tui.errors import NotFound
from genie_tui.services import projects
from tests.conftest import Connect
from tests.services.making import ADA, rows


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
