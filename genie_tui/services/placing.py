"""Where an imported project goes: its name, and repositories in which nobody has counted tasks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import PurePath

from psycopg import AsyncConnection

from genie_tui.domain.exports import Contents
from genie_tui.domain.projects import Project
from genie_tui.domain.text import given, line
from genie_tui.errors import Conflict, Refused
from genie_tui.services import import_rows
from genie_tui.services.import_rows import holds
from genie_tui.services.projects import LOCK_REPO, get_project
from genie_tui.services.selecting import OF_PROJECT

__all__ = ["Target", "one_repository", "place"]

# The first is what the trigger that counts a repository's tasks holds, too.
LOCK_NUMBERS = "SELECT pg_advisory_xact_lock(hashtext(%(repo_path)s))"

COUNTED = "SELECT FROM tasks WHERE repo_path = %(path)s LIMIT 1"

TAKEN = f"""
    ({COUNTED})
     UNION ALL
    (SELECT FROM projects WHERE repo_path = %(path)s LIMIT 1)
"""

NAMED = "SELECT name FROM projects WHERE lower(name) = lower(%(name)s) LIMIT 1"

# A task that is being made there refers to the project, and so has to wait.
HOLD_PROJECT = "SELECT FROM projects WHERE id = %(project)s FOR UPDATE"

FILLED = f"""
    (SELECT FROM tasks t WHERE {OF_PROJECT} LIMIT 1)
     UNION ALL
    (SELECT FROM boards b WHERE b.project_id = %(project)s LIMIT 1)
"""

ADD_PROJECT = """
    INSERT INTO projects (id, name, repo_path, description, created_at)
    VALUES (%(id)s, %(name)s, %(repo_path)s, %(description)s, %(created_at)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a project goes.

    `name` and `repo_path` stand for those of the file; `into` is a project, here, that has neither
    tasks nor boards.
    """

    name: str | None = None
    repo_path: str | None = None
    into: Project | None = None


async def place(
    conn: AsyncConnection, contents: Contents, target: Target
) -> tuple[Project, dict[str, str]]:
    """Make the project, or hold the one that it goes into; and where its repositories are.

    Raises:
        Conflict: there is such a project already, or its repository has tasks.
        Refused: the one that it is to go into is not empty.
        BadInput: the name or the directory cannot be one.
    """
    main, paths = contents.single[0].get("repo_path"), contents.repo_paths
    if (into := target.into) is not None:
        await _lock(conn, {*paths, *filter(None, (main, into.repo_path))})
        await _hold_empty(conn, into)
        known = {} if main is None or into.repo_path is None else {main: into.repo_path}
        return into, await _others(conn, {*paths, *filter(None, [main])}, into.name, known)
    await _lock(conn, {*paths, *filter(None, (main, target.repo_path))})
    name = await _free_name(conn, target.name, contents.single[0]["name"])
    home = await _home(conn, main, target, name)
    known = {} if main is None or home is None else {main: home}
    repos = await _others(conn, paths, name, known)
    return await _add_project(conn, contents, name, home), repos


async def _add_project(
    conn: AsyncConnection, contents: Contents, name: str, repo_path: str | None
) -> Project:
    row, _ = contents.single
    await import_rows.map_ids(conn, "project", {row["id"]: None})
    await import_rows.draw(conn, "project")
    params = {
        "id": await import_rows.new_id(conn, "project", row["id"]),
        "name": name,
        "repo_path": repo_path,
        "description": row.get("description"),
        "created_at": row["created_at"],
    }
    await conn.execute(ADD_PROJECT, params)
    return await get_project(conn, params["id"])


async def _hold_empty(conn: AsyncConnection, project: Project) -> None:
    params = {"project": project.id, "path": project.repo_path}
    await conn.execute(HOLD_PROJECT, params)
    if await holds(conn, FILLED, params) or await holds(conn, COUNTED, params):
        raise Refused(
            f"the project {project.name} has tasks or boards already, and a file is not mixed with"
            " them; --name NAME makes another project of it"
        )


async def _free_name(conn: AsyncConnection, wanted: str | None, own: str) -> str:
    name = own if wanted is None else line(wanted, "a project's name")
    if await holds(conn, NAMED, {"name": name}):
        raise Conflict(
            f"there is a project {name!r} already; --name NAME imports the file as another one, and"
            f" --into {name} fills it, if it has no tasks yet"
        )
    return name


async def _home(conn: AsyncConnection, main: str | None, target: Target, name: str) -> str | None:
    """The project's own repository."""
    if (wanted := target.repo_path or main) is None or await _is_free(conn, wanted):
        return wanted
    beside = _beside(wanted, name)
    if target.repo_path or target.name is None or not beside or not await _is_free(conn, beside):
        raise Conflict(
            f"{wanted} has a project or tasks here already; --repo DIR names another directory for"
            " this project's repository"
        )
    return beside


def _beside(path: str, name: str) -> str | None:
    """The directory of that name beside another one, as projects are called after theirs."""
    try:
        return str(PurePath(path).with_name(name))
    except ValueError:
        return None


async def _others(
    conn: AsyncConnection, paths: Iterable[str], name: str, known: dict[str, str]
) -> dict[str, str]:
    """Where a project's tasks are besides its own repository."""
    found = dict(known)
    for path in sorted(set(paths) - known.keys()):
        for number in count(0):
            suffix = "" if number == 0 else f"-{name}" if number == 1 else f"-{name}-{number}"
            candidate = path + suffix
            if candidate not in found.values() and await _is_free(conn, candidate):
                found[path] = candidate
                break
    return found


async def one_repository(
    conn: AsyncConnection, contents: Contents, project: Project
) -> tuple[dict[str, str], bool]:
    """Tasks of a board go to the project's repository; do they keep their numbers there?"""
    if project.repo_path is None:
        raise Refused(f"the project {project.name} has no repository for the board's tasks")
    await _lock(conn, [project.repo_path])
    counted = await holds(conn, COUNTED, {"path": project.repo_path})
    keep = len(contents.repo_paths) == 1 and not counted
    return dict.fromkeys(contents.repo_paths, project.repo_path), keep


async def _lock(conn: AsyncConnection, paths: Iterable[str]) -> None:
    """Let nobody make a task, or a project, in these repositories until the end."""
    for path in sorted(paths):
        params = {"repo_path": given(path, "the repository's path")}
        await conn.execute(LOCK_REPO, params)
        await conn.execute(LOCK_NUMBERS, params)


async def _is_free(conn: AsyncConnection, path: str) -> bool:
    return not await holds(conn, TAKEN, {"path": path})
