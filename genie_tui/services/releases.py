"""Releases: which tasks go out together. A release is a name that its tasks carry, and no row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain import text
from genie_tui.domain.actors import Actor
from genie_tui.errors import Conflict, NotFound
from genie_tui.services import bulk, editing
from genie_tui.services.selecting import OF_NO_PROJECT, OF_PROJECT

__all__ = ["find_release", "ids_of", "objects", "put", "release_name", "rename_release"]

_WHERE = f"""t.release_id IS NOT NULL
       AND CASE WHEN %(project)s::text IS NULL THEN true
                WHEN %(project)s = '' THEN {OF_NO_PROJECT}
                ELSE {OF_PROJECT} END
       AND (%(id)s::text IS NULL OR t.release_id = %(id)s)"""

OBJECTS = f"""
    SELECT t.release_id AS id, count(*) AS all,
           count(*) FILTER (WHERE t.status NOT IN ('done', 'cancelled')) AS open,
           count(*) FILTER (WHERE t.status = 'done') AS done,
           count(*) FILTER (WHERE t.status = 'cancelled') AS cancelled
      FROM tasks t
     WHERE {_WHERE}
     GROUP BY t.release_id
     ORDER BY t.release_id
"""

TASKS = f"""
    SELECT t.id
      FROM tasks t
     WHERE {_WHERE}
     ORDER BY t.repo_path, t.seq, t.id
"""


async def objects(
    conn: AsyncConnection,
    *,
    project_id: str | None = None,
    repo_path: str | None = None,
    release_id: str | None = None,
) -> list[dict[str, Any]]:
    """Releases by name, with how many of `all` their tasks are `open`, `done` and `cancelled`.

    Of a project; of all without one; with `""` of what in `repo_path` belongs to no project.
    `progress` is the share of what is done, from 0 to 1, of all that was not cancelled.
    """
    params = {"project": project_id, "repo_path": repo_path, "id": release_id}
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(OBJECTS, params)
        return [{**row, "progress": _progress(row)} for row in await cursor.fetchall()]


async def find_release(
    conn: AsyncConnection,
    release_id: str,
    *,
    project_id: str | None = None,
    repo_path: str | None = None,
) -> dict[str, Any]:
    """One release, whose name is written as it is.

    Raises:
        NotFound: no task is in it.
    """
    text.given(release_id, "the release's name")
    listed = await objects(conn, project_id=project_id, repo_path=repo_path)
    for release in listed:
        if release["id"] == release_id:
            return release
    alike = [each["id"] for each in listed if each["id"].casefold() == release_id.casefold()]
    hint = f"there is {alike[0]!r}" if alike else "'genie-tui release list' shows them"
    raise NotFound(f"no release {release_id!r} here; {hint}")


async def ids_of(
    conn: AsyncConnection,
    release_id: str,
    *,
    project_id: str | None = None,
    repo_path: str | None = None,
) -> tuple[str, ...]:
    """The ids of its tasks, by number."""
    params = {"id": release_id, "project": project_id, "repo_path": repo_path}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(TASKS, params)
        return tuple(task_id for (task_id,) in await cursor.fetchall())


async def put(
    conn: AsyncConnection,
    task_id: str,
    release_id: str | None,
    actor: Actor,
    *,
    seen: Mapping[str, Any] | None = None,
) -> bool:
    """Put a task into a release, or out of the one it is in; False where it is so already.

    `seen` may say in which it was seen.

    Raises:
        NotFound: there is no such task.
        EditConflict: it is not in that one any more.
    """
    values = {"release_id": release_id}
    return bool(await editing.edit_task(conn, task_id, values, actor, seen=seen))


async def rename_release(
    conn: AsyncConnection,
    old: str,
    new: str,
    actor: Actor,
    *,
    project_id: str | None = None,
    repo_path: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Sequence[str]:
    """Give a release another name: each of its tasks is put there; their ids.

    Raises:
        NotFound: no task is in it.
        Conflict: there is a release of the new name; or a task was put elsewhere meanwhile.
        BadInput: the name says nothing, or cannot be stored.
    """
    called = release_name(new)
    await find_release(conn, old, project_id=project_id, repo_path=repo_path)
    if called == old:
        return ()
    if await objects(conn, project_id=project_id, repo_path=repo_path, release_id=called):
        raise Conflict(f"there is a release {called!r} already; 'release add' puts tasks into it")
    ids = await ids_of(conn, old, project_id=project_id, repo_path=repo_path)
    held = await bulk.hold_all(conn, ids)

    async def one(task: bulk.Seen) -> bool:
        return await put(conn, task.id, called, actor, seen={"release_id": old})

    await bulk.act(conn, held, one, progress=progress)
    return ids


def release_name(wanted: str) -> str:
    """What a release is called, as it is stored.

    Raises:
        BadInput: it says nothing, is too long or cannot be stored.
    """
    return text.name(wanted, "a release's name")


def _progress(row: Mapping[str, int]) -> float:
    wanted = row["all"] - row["cancelled"]
    return round(row["done"] / wanted, 3) if wanted else 1.0
