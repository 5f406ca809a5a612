"""Projects: one for each repository, made at its first use, or by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import class_row, dict_row, tuple_row

from genie_tui.domain import text
from genie_tui.domain.actors import Actor
from genie_tui.domain.projects import Project, name_of
from genie_tui.domain.text import given, line
from genie_tui.errors import BadInput, Conflict, NotFound, Refused
from genie_tui.services import audit
from genie_tui.services.cards import clamped
from genie_tui.services.updating import update

__all__ = [
    "check_unused",
    "create_project",
    "delete_project",
    "edit_project",
    "ensure_project",
    "get_project",
    "list_projects",
    "objects",
    "of_repository",
]

LISTED = 5
"""So many numbers are named."""

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

# Tasks that other clients linked to no project belong to that of their repository.
OBJECTS = f"""
    SELECT p.id, p.name, p.repo_path, p.description, {clamped("p.created_at")} AS created_at,
           (SELECT count(*) FROM boards b WHERE b.project_id = p.id) AS boards,
           t.open, t.all, {clamped("t.changed_at")} AS changed_at
      FROM projects p CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE t.status NOT IN ('done', 'cancelled')) AS open,
               count(*) AS all, max(t.updated_at) AS changed_at
          FROM tasks t
         WHERE t.project_id = p.id OR (t.project_id IS NULL AND t.repo_path = p.repo_path)) t
     WHERE %(ids)s::text[] IS NULL OR p.id = ANY(%(ids)s)
     ORDER BY p.name, p.id
"""

# Tasks of the repository that are linked to no project stay another project's, if it has one.
USES = """
    SELECT (SELECT count(*)
              FROM tasks t
             WHERE t.project_id = p.id
                OR (t.project_id IS NULL AND t.repo_path = p.repo_path AND NOT EXISTS (
                    SELECT FROM projects o WHERE o.repo_path = p.repo_path AND o.id <> p.id))),
           (SELECT count(*) FROM boards b WHERE b.project_id = p.id)
      FROM projects p
     WHERE p.id = %(id)s
"""

ALIKE = "SELECT name FROM projects WHERE lower(name) = lower(%(name)s) AND id <> %(id)s LIMIT 1"

# As whoever makes tasks there locks it, to number them.
LOCK_NUMBERS = "SELECT pg_advisory_xact_lock(hashtext(%(repo_path)s))"

_OF_OLD = "t.repo_path = %(old)s AND (t.project_id = %(id)s OR t.project_id IS NULL)"

CLASHING = f"""
    SELECT t.seq
      FROM tasks t JOIN tasks there ON there.repo_path = %(new)s AND there.seq = t.seq
     WHERE {_OF_OLD}
     ORDER BY t.seq
"""

HOLD_FOLLOWERS = f"""
    SELECT t.id
      FROM tasks t
     WHERE {_OF_OLD}
     ORDER BY t.id
       FOR NO KEY UPDATE
"""

FOLLOW = f"UPDATE tasks t SET repo_path = %(new)s, updated_at = now() WHERE {_OF_OLD}"

_ROW = f"SELECT {_COLUMNS} FROM projects WHERE id = %(id)s"

# NO KEY: whoever makes a task in it, and holds its repository's numbers, does not have to wait.
HOLD = f"{_ROW} FOR NO KEY UPDATE"

HOLD_ALONE = f"{_ROW} FOR UPDATE"

ADD = """
    INSERT INTO projects (name, repo_path, description)
    VALUES (%(name)s, %(repo_path)s, %(description)s)
        ON CONFLICT (name) DO NOTHING
 RETURNING id
"""

DELETE = "DELETE FROM projects WHERE id = %(id)s"


async def objects(conn: AsyncConnection, ids: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Projects as programs read them, by name: all, or those of these ids.

    Beside the columns: how many `boards`, how many tasks are `open` and there in `all`, and when
    one was `changed_at` last.
    """
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(OBJECTS, {"ids": None if ids is None else list(ids)})
        return await cursor.fetchall()


async def create_project(
    conn: AsyncConnection,
    name: str,
    *,
    repo_path: str | None = None,
    description: str | None = None,
    actor: Actor,
) -> Project:
    """Make a project, of a repository or of none.

    Raises:
        Conflict: the name, or the repository, is another project's.
        BadInput: the name says nothing, or something cannot be stored.
    """
    params = {
        "name": _named(name),
        "repo_path": given(repo_path, "the repository's path") if repo_path else None,
        "description": given(description or "", "the description").strip() or None,
    }
    await _check_free(conn, params)
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(ADD, params)
        row = await cursor.fetchone()
    if row is None:
        raise _taken(str(params["name"]))
    told = {"name": params["name"], "repo_path": params["repo_path"]}
    await audit.record(conn, row[0], "created", actor, told, entity_type="project")
    return await _held(conn, row[0])


async def edit_project(
    conn: AsyncConnection,
    project: Project,
    *,
    name: str | None = None,
    description: str | None = None,
    repo_path: str | None = None,
    leave_tasks: bool = False,
    actor: Actor,
) -> tuple[str, ...]:
    """Rename, describe or move a project; what was changed. An empty text takes it away.

    The tasks that were made in its repository follow it to another one, with their numbers, unless
    it is said that they be left.

    Raises:
        NotFound: it is gone.
        Conflict: the name, or the repository, is another project's.
        Refused: tasks of that repository have the numbers of some that would follow.
        BadInput: the name says nothing, or something cannot be stored.
    """
    asked = _asked(name, description, repo_path)
    held = await _held(conn, project.id)
    values = {key: value for key, value in asked.items() if getattr(held, key) != value}
    if not values:
        return ()
    await _check_free(conn, values, but=held.id)
    told: dict[str, Any] = {"name": held.name}
    if values.get("repo_path") and held.repo_path and not leave_tasks:
        told["tasks"] = await _follow(conn, held, str(values["repo_path"]))
    try:
        await update(conn, "projects", held.id, values)
    except errors.UniqueViolation as error:
        raise _taken(str(values["name"])) from error
    before = {key: getattr(held, key) for key in values}
    told |= {"before": before, "after": values}
    await audit.record(conn, held.id, "edited", actor, told, entity_type="project")
    return tuple(values)


def _asked(
    name: str | None, description: str | None, repo_path: str | None
) -> dict[str, str | None]:
    """What is to be written of what was given."""
    asked: dict[str, str | None] = {}
    if name is not None:
        asked["name"] = _named(name)
    if description is not None:
        asked["description"] = given(description, "the description").strip() or None
    if repo_path is not None:
        asked["repo_path"] = given(repo_path, "the repository's path") or None
    return asked


async def _follow(conn: AsyncConnection, held: Project, new: str) -> int:
    """Let the tasks of a project's repository be another's; how many."""
    for repo_path in sorted({str(held.repo_path), new}):
        await conn.execute(LOCK_NUMBERS, {"repo_path": repo_path})
    params = {"id": held.id, "old": held.repo_path, "new": new}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(CLASHING, params)
        numbers = [f"#{seq}" for (seq,) in await cursor.fetchall()]
    if numbers:
        listed = ", ".join(numbers[:LISTED]) + (", …" if len(numbers) > LISTED else "")
        raise Refused(
            f"there are tasks {listed} in {new}, too, so that these numbers would mean two each; "
            "--leave-tasks leaves those of this project where they were made"
        )
    await conn.execute(HOLD_FOLLOWERS, params)
    return (await conn.execute(FOLLOW, params)).rowcount


async def check_unused(conn: AsyncConnection, project: Project) -> None:
    """Can a project be deleted?

    Raises:
        Refused: it has tasks or boards; how many.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(USES, {"id": project.id})
        counts = zip(("task", "board"), await cursor.fetchone() or (), strict=False)
    if parts := [f"{n} {noun}{'' if n == 1 else 's'}" for noun, n in counts if n]:
        raise Refused(f"{project.name} has {' and '.join(parts)}; delete or move these first")


async def delete_project(conn: AsyncConnection, project: Project, actor: Actor) -> None:
    """Delete a project that has neither tasks nor boards.

    Raises:
        NotFound: it is gone.
        Refused: it has some; how many of what.
    """
    held = await _held(conn, project.id, HOLD_ALONE)
    await check_unused(conn, held)
    await conn.execute(DELETE, {"id": held.id})
    told = {"name": held.name, "repo_path": held.repo_path}
    await audit.record(conn, held.id, "deleted", actor, told, entity_type="project")


async def _held(conn: AsyncConnection, project_id: str, query: str = HOLD) -> Project:
    """A project as it is now; nobody else changes it until the transaction ends."""
    async with conn.cursor(row_factory=class_row(Project)) as cursor:
        await cursor.execute(query, {"id": project_id})
        if (project := await cursor.fetchone()) is None:
            raise NotFound("the project is gone; 'genie-tui project list' shows the rest")
        return project


async def _check_free(
    conn: AsyncConnection, values: Mapping[str, str | None], *, but: str = ""
) -> None:
    """Is what is to be written no other project's? Names are other ones by more than their case."""
    if (repo_path := values.get("repo_path")) is not None:
        await conn.execute(LOCK_REPO, {"repo_path": repo_path})
        if (other := await _first(conn, OF_REPO, repo_path)) is not None and other.id != but:
            raise Conflict(f"{repo_path} is the repository of {other.name}; edit that project")
    if (name := values.get("name")) is not None:
        async with conn.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(ALIKE, {"name": name, "id": but})
            if (row := await cursor.fetchone()) is not None:
                raise _taken(row[0])


def _named(name: str) -> str:
    wanted = text.name(name, "a project's name")
    if "#" in wanted:
        raise BadInput("a project's name has no #, which parts it from a task's number: acme#12")
    return wanted


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a project {name!r} already; choose another name")


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
