"""References: how people name a task (`behaviour.md` › References)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from psycopg import AsyncConnection
from psycopg.rows import namedtuple_row

from genie_tui.domain.references import Reference, parse
from genie_tui.domain.text import given
from genie_tui.errors import Ambiguous, NotFound

__all__ = ["resolve"]

LISTED = 10

_FOUND = "SELECT t.id, t.seq, t.title, coalesce(p.name, t.repo_path) AS project"

IN_REPO = f"""{_FOUND}
      FROM tasks t LEFT JOIN projects p ON p.id = t.project_id
     WHERE t.repo_path = %(repo_path)s AND t.seq = %(seq)s
     ORDER BY t.created_at, t.id
     LIMIT %(limit)s
"""

# Tasks that other clients linked to no project belong to that of their repository.
IN_PROJECT = f"""{_FOUND}
      FROM projects p JOIN tasks t ON t.project_id = p.id
     WHERE lower(p.name) = lower(%(project)s) AND t.seq = %(seq)s
     UNION
    {_FOUND}
      FROM projects p JOIN tasks t ON t.repo_path = p.repo_path AND t.project_id IS NULL
     WHERE lower(p.name) = lower(%(project)s) AND t.seq = %(seq)s
     ORDER BY id
     LIMIT %(limit)s
"""

BY_ID = f"""{_FOUND}
      FROM tasks t LEFT JOIN projects p ON p.id = t.project_id
     WHERE t.id = %(text)s
"""

# The range is what an index can search; the rest of the condition is right in any collation.
BY_PREFIX = f"""{_FOUND}
      FROM tasks t LEFT JOIN projects p ON p.id = t.project_id
     WHERE t.id >= %(prefix)s AND t.id < %(prefix)s || 'g' AND starts_with(t.id, %(prefix)s)
     ORDER BY t.id
     LIMIT %(limit)s
"""


class Found(NamedTuple):
    """A task that a reference fits."""

    id: str
    seq: int
    title: str
    project: str


async def resolve(conn: AsyncConnection, reference: str, *, repo_path: str) -> str:
    """The id of the task that is meant.

    Raises:
        NotFound: nothing goes by that name.
        Ambiguous: it fits more than one task; the message lists them.
    """
    wanted = parse(reference)
    given(repo_path, "the repository's path")
    for query, params in _searches(wanted, repo_path):
        found = await _look(conn, query, params)
        if len(found) == 1:
            return found[0].id
        if found:
            raise Ambiguous(f"{wanted.text} is each of {_listed(found)}; name one by its id")
    raise NotFound(_nothing(wanted, repo_path))


def _searches(wanted: Reference, repo_path: str) -> Sequence[tuple[str, dict[str, object]]]:
    searches: list[tuple[str, dict[str, object]]] = []
    if wanted.seq is not None and wanted.project is not None:
        searches.append((IN_PROJECT, {"project": wanted.project, "seq": wanted.seq}))
    elif wanted.seq is not None:
        searches.append((IN_REPO, {"repo_path": repo_path, "seq": wanted.seq}))
    searches.append((BY_ID, {"text": wanted.text}))
    if wanted.prefix is not None:
        searches.append((BY_PREFIX, {"prefix": wanted.prefix}))
    return searches


async def _look(conn: AsyncConnection, query: str, params: dict[str, object]) -> Sequence[Found]:
    async with conn.cursor(row_factory=namedtuple_row) as cursor:
        await cursor.execute(query, {**params, "limit": LISTED + 1})
        return [Found(*row) for row in await cursor.fetchall()]


def _listed(found: Sequence[Found]) -> str:
    shown = [f"{task.id} ({task.project}#{task.seq} {task.title})" for task in found[:LISTED]]
    return ", ".join(shown) + (", …" if len(found) > LISTED else "")


def _nothing(wanted: Reference, repo_path: str) -> str:
    if wanted.project is not None:
        where = f"in project {wanted.project}"
    else:
        where = f"in {repo_path}" if wanted.seq is not None else "with that id"
    return f"no task {wanted.text} {where}; 'genie-tui task list --all-projects' shows them all"
