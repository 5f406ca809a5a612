"""Releases: which tasks go out together. A release is a name that its tasks carry, and no row."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.text import line
from genie_tui.errors import NotFound
from genie_tui.services import editing

__all__ = ["find_release", "ids_of", "objects", "put", "release_name"]

OBJECTS = """
    SELECT t.release_id AS id, count(*) AS all,
           count(*) FILTER (WHERE t.status NOT IN ('done', 'cancelled')) AS open,
           count(*) FILTER (WHERE t.status = 'done') AS done
      FROM tasks t
     WHERE t.release_id IS NOT NULL
       AND (%(project)s::text IS NULL OR t.project_id = %(project)s)
       AND (%(id)s::text IS NULL OR t.release_id = %(id)s)
     GROUP BY t.release_id
     ORDER BY t.release_id
"""

TASKS = """
    SELECT t.id
      FROM tasks t
     WHERE t.release_id = %(id)s AND (%(project)s::text IS NULL OR t.project_id = %(project)s)
     ORDER BY t.repo_path, t.seq, t.id
"""


async def objects(
    conn: AsyncConnection, *, project_id: str | None = None, release_id: str | None = None
) -> list[dict[str, Any]]:
    """Releases by name, with how many tasks they have in `all`, still `open`, and `done`."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(OBJECTS, {"project": project_id, "id": release_id})
        return await cursor.fetchall()


async def find_release(
    conn: AsyncConnection, release_id: str, *, project_id: str | None = None
) -> dict[str, Any]:
    """One release.

    Raises:
        NotFound: no task is in it.
    """
    found = await objects(conn, project_id=project_id, release_id=release_id)
    if not found:
        raise NotFound(f"no release {release_id!r}; 'genie-tui release list' shows them")
    return found[0]


async def ids_of(
    conn: AsyncConnection, release_id: str, *, project_id: str | None = None
) -> tuple[str, ...]:
    """The ids of its tasks, by number."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(TASKS, {"id": release_id, "project": project_id})
        return tuple(task_id for (task_id,) in await cursor.fetchall())


async def put(conn: AsyncConnection, task_id: str, release_id: str | None, actor: Actor) -> bool:
    """Put a task into a release, or out of the one it is in; False where it is so already.

    Raises:
        NotFound: there is no such task.
    """
    return bool(await editing.edit_task(conn, task_id, {"release_id": release_id}, actor))


def release_name(text: str) -> str:
    """What a release is called, as it is stored."""
    return line(text, "a release's name")
