"""Projects: one for each repository, made at its first use."""

from __future__ import annotations

from itertools import count

from psycopg import AsyncConnection
from psycopg.rows import class_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.projects import Project, name_of
from genie_tui.domain.text import given, line
from genie_tui.errors import NotFound
from genie_tui.services import audit
from genie_tui.services.cards import clamped

__all__ = ["ensure_project", "get_project", "list_projects", "of_repository"]

_COLUMNS = f"id, name, repo_path, description, {clamped('created_at')} AS created_at"

OF_REPO = f"""
    SELECT {_COLUMNS}
      FROM projects
     WHERE repo_path = %(repo_path)s
     ORDER BY created_at, id
     LIMIT 1
"""

LOCK_REPO = """
    SELECT pg_advisory_xact_lock(hashtextextended('genie-tui project ' || %(repo_path)s, 0))
"""

CREATE = f"""
    INSERT INTO projects (name, repo_path)
    VALUES (%(name)s, %(repo_path)s)
        ON CONFLICT (name) DO NOTHING
 RETURNING {_COLUMNS}
"""

LIST = f"""
    SELECT {_COLUMNS}
      FROM projects
     ORDER BY name
"""

NAMED = f"""
    SELECT {_COLUMNS}
      FROM projects
     WHERE id = %(name)s OR lower(name) = lower(%(name)s)
     ORDER BY id = %(name)s DESC, name = %(name)s DESC, name
     LIMIT 1
"""


async def ensure_project(
    conn: AsyncConnection, repo_path: str, actor: Actor | None = None
) -> Project:
    """The project of a repository; made where there is none.

    It is called what the repository's directory is; where another has that name, `name-2` and so
    on. Two who ask at once get the same one.

    Raises:
        BadInput: the path cannot be stored.
    """
    given(repo_path, "the repository's path")
    if (found := await _first(conn, OF_REPO, repo_path)) is not None:
        return found
    await conn.execute(LOCK_REPO, {"repo_path": repo_path})
    return await _first(conn, OF_REPO, repo_path) or await _create(conn, repo_path, actor)


async def of_repository(conn: AsyncConnection, repo_path: str) -> Project | None:
    """The project of a repository; None where it has none yet."""
    return await _first(conn, OF_REPO, given(repo_path, "the repository's path"))


async def list_projects(conn: AsyncConnection) -> tuple[Project, ...]:
    """All projects, by name."""
    async with conn.cursor(row_factory=class_row(Project)) as cursor:
        await cursor.execute(LIST)
        return tuple(await cursor.fetchall())


async def get_project(conn: AsyncConnection, name: str) -> Project:
    """The project of that id or name, which is compared without regard to case.

    Raises:
        NotFound: there is none.
    """
    async with conn.cursor(row_factory=class_row(Project)) as cursor:
        await cursor.execute(NAMED, {"name": given(name, "the project's name")})
        if (project := await cursor.fetchone()) is None:
            raise NotFound(f"no project {name!r}; 'genie-tui project list' shows them")
        return project


async def _create(conn: AsyncConnection, repo_path: str, actor: Actor | None) -> Project:
    wanted = line(name_of(repo_path), "the repository's path")
    for number in count(1):
        name = wanted if number == 1 else f"{wanted}-{number}"
        async with conn.cursor(row_factory=class_row(Project)) as cursor:
            await cursor.execute(CREATE, {"name": name, "repo_path": repo_path})
            project = await cursor.fetchone()
        if project is not None:
            details = {"name": name, "repo_path": repo_path}
            await audit.record(conn, project.id, "created", actor, details, entity_type="project")
            return project
    raise AssertionError("there is always a free number")


async def _first(conn: AsyncConnection, query: str, repo_path: str) -> Project | None:
    async with conn.cursor(row_factory=class_row(Project)) as cursor:
        await cursor.execute(query, {"repo_path": repo_path})
        return await cursor.fetchone()
