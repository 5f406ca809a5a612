"""Imports: a project, or a board, made from a file (`domain/exports.py`).

All is written in the caller's transaction, or nothing. What is here already is never changed: ids
that are taken are drawn anew, and every reference follows. A task's number is the database's to
give, whatever a client sends: tasks are therefore made in the order of their numbers, where there
are none yet, and those that come out otherwise, because a number was left out or is there twice,
get theirs by an update afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Required, TypedDict, Unpack

from psycopg import AsyncConnection, errors

from genie_tui.domain.actors import Actor
from genie_tui.domain.elsewhere import board_of
from genie_tui.domain.exports import Contents, NoObject
from genie_tui.domain.json_stream import Member, members
from genie_tui.domain.projects import Project
from genie_tui.domain.shapes import WrongShape
from genie_tui.domain.text import line
from genie_tui.errors import BadInput, Conflict
from genie_tui.services import audit, import_rows
from genie_tui.services.import_rows import holds
from genie_tui.services.placing import Target, one_repository, place
from genie_tui.services.sharing import OnConflict, Sharing

__all__ = ["Imported", "import_board", "import_project"]

Read = Callable[[int], str]
"""Gives so many characters of the file at most, "" at its end."""

Progress = Callable[[str], object]

ADD_BOARD = """
    INSERT INTO boards (id, name, project_id, description, columns, config, created_at, updated_at)
    SELECT %(id)s, %(name)s, %(project)s, %(row)s::jsonb ->> 'description',
           coalesce(%(row)s::jsonb -> 'columns', %(row)s::jsonb -> 'stored_columns', '[]'),
           coalesce(%(row)s::jsonb -> 'config', '{}'),
           coalesce((%(row)s::jsonb ->> 'created_at')::timestamptz, now()),
           coalesce((%(row)s::jsonb ->> 'updated_at')::timestamptz, now())
"""

BOARD_NAMED = """
    SELECT FROM boards WHERE name = %(name)s AND project_id IS NOT DISTINCT FROM %(project)s
"""


NONE_OF_OURS = (
    'it is not the file of a project, which begins with "genie"; a board made elsewhere is read by'
    " 'genie-tui board import FILE'"
)

SAID_EVERY = 1000
"""Progress is told after so many tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import has made: the project or board, how many tasks and boards with it.

    `made` names the types, tags and boards of others that were not here yet, `left_out` what could
    not be taken over.
    """

    id: str
    name: str
    repo_path: str | None = None
    tasks: int = 0
    boards: int = 0
    made: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class _Named(TypedDict, total=False):
    """What an import has made, and where."""

    id: Required[str]
    name: Required[str]
    repo_path: str | None
    boards: int


async def import_project(
    conn: AsyncConnection,
    read: Read,
    *,
    actor: Actor,
    target: Target | None = None,
    on_conflict: OnConflict = "refuse",
    progress: Progress = lambda _: None,
) -> Imported:
    """Make a project from a file that `export_project` has written.

    Raises:
        BadInput: the file is not one; a WrongShape says where.
        Conflict: there is such a project already, its repository has tasks, or what the file
            shares with others is different here.
        Refused: the project that it is to go into is not empty.
    """
    contents = Contents("project")
    await _put_aside(conn, read, contents, progress)
    contents.finish()
    sharing = Sharing(conn=conn, on_conflict=on_conflict)
    with _taken_meanwhile():
        project, repos = await place(conn, contents, target or Target())
        left_out = await _fill(conn, contents, sharing, project, repos, progress=progress)
    done = _imported(
        contents,
        sharing,
        left_out,
        id=project.id,
        name=project.name,
        repo_path=project.repo_path,
        boards=len(contents.rows("boards")),
    )
    told = {"name": done.name, "tasks": done.tasks, "boards": done.boards}
    await _tell(conn, "project", done, actor, told)
    return done


async def import_board(
    conn: AsyncConnection,
    read: Read,
    *,
    actor: Actor,
    home: Callable[[], Awaitable[Project]],
    name: str | None = None,
    everywhere: bool = False,
    on_conflict: OnConflict = "refuse",
    progress: Progress = lambda _: None,
) -> Imported:
    """Make a board from a file: one of `export_board`, or one made elsewhere (`elsewhere`).

    It becomes a board of the project that `home` gives, or, with `everywhere`, a global one. Tasks
    that the file holds become that project's, and keep their numbers if they are its repository's
    first.

    Raises:
        BadInput: the file is none; a WrongShape says where.
        Conflict: there is a board of that name, or what the file shares is different here.
        Refused: the project has no repository for the tasks.
    """
    contents = Contents("board")
    loose = await _put_aside(conn, read, contents, progress)
    row, text = _board(contents, loose)
    named = _board_name(name, row, ours=contents.head is not None)
    sharing = Sharing(conn=conn, on_conflict=on_conflict)
    left_out: list[str] = []
    with _taken_meanwhile():
        project = None if everywhere and not contents.tasks else await home()
        owner = None if everywhere or project is None else project.id
        board_id = (await _add_boards(conn, [(row, text)], owner=owner, name=named))[0]
        if project is not None and contents.tasks:
            repos, keep = await one_repository(conn, contents, project)
            left_out = await _fill(
                conn, contents, sharing, project, repos, keep_numbers=keep, progress=progress
            )
    done = _imported(contents, sharing, left_out, id=board_id, name=named, boards=1)
    await _tell(conn, "board", done, actor, {"name": named, "tasks": done.tasks})
    return done


def _board(contents: Contents, loose: list[Member]) -> tuple[dict[str, Any], str]:
    """The board of a file of ours, or of what was made elsewhere."""
    if contents.head is not None:
        contents.finish()
        return contents.single
    row = board_of(loose)
    return row, json.dumps(row)


async def _put_aside(
    conn: AsyncConnection, read: Read, contents: Contents, progress: Progress
) -> list[Member]:
    """Look at all that a file holds; its tasks are put aside, the rest of an unknown file given.

    What is wrong is told once it is clear that the file is of our kind and version.
    """
    await import_rows.make_room(conn)
    wrong: BadInput | None = None
    loose: list[Member] = []
    async with conn.cursor() as cursor, cursor.copy(import_rows.PUT_ASIDE) as copy:
        for member in members(read):
            try:
                is_task = contents.take(member)
            except (WrongShape, NoObject) as error:
                if contents.head is not None:
                    raise
                wrong = wrong or error
                is_task = False
            if is_task:
                await copy.write_row((member.index, member.value["id"], member.text))
                if contents.tasks % SAID_EVERY == 0:
                    progress(f"reading task {contents.tasks}")
            if contents.head is None:
                loose.append(member)
    if wrong is not None and (contents.head is not None or contents.format == "project"):
        raise (
            wrong if contents.head is not None or _is_about_head(wrong) else BadInput(NONE_OF_OURS)
        )
    return loose


def _is_about_head(error: BadInput) -> bool:
    return isinstance(error, WrongShape) and error.path[:1] == ("genie",)


async def _fill(
    conn: AsyncConnection,
    contents: Contents,
    sharing: Sharing,
    project: Project,
    repos: dict[str, str],
    *,
    keep_numbers: bool = True,
    progress: Progress,
) -> list[str]:
    """Write a file's boards and tasks; what was left out."""
    types = await sharing.types(contents.rows("task_types"))
    tags = await sharing.tags(contents.rows("tags"), types)
    shared, columns = await sharing.boards(contents.rows("shared_boards"))
    sharing.check()
    boards = await _add_boards(conn, contents.rows("boards"), owner=project.id)
    if contents.format == "board":
        boards = [await import_rows.new_id(conn, "board", contents.single[0]["id"])]
    # After the others' ids were drawn: these are here already, and meant to be.
    await import_rows.map_ids(conn, "board", shared)
    for kind, ids in (("type", types), ("tag", tags), ("column", columns), ("repo", repos)):
        await import_rows.map_ids(conn, kind, ids)
    return list(
        await import_rows.insert_tasks(
            conn,
            project=project,
            boards=[*boards, *shared.values()],
            types=types.values(),
            keep_numbers=keep_numbers,
            progress=progress,
        )
    )


async def _add_boards(
    conn: AsyncConnection,
    rows: Sequence[tuple[dict[str, Any], str]],
    *,
    owner: str | None,
    name: str | None = None,
) -> list[str]:
    """Write boards of a project, or everybody's; their ids. `name` stands for the row's own."""
    if not rows:
        return []
    await import_rows.map_ids(conn, "board", {row.get("id") or "": None for row, _ in rows})
    await import_rows.draw(conn, "board")
    ids = []
    for row, text in rows:
        params = {"name": name or row["name"], "project": owner, "row": text}
        if await holds(conn, BOARD_NAMED, params):
            raise Conflict(
                f"there is a board {params['name']!r} already; --name gives the file's another name"
            )
        ids.append(await import_rows.new_id(conn, "board", row.get("id") or ""))
        await conn.execute(ADD_BOARD, params | {"id": ids[-1]})
    return ids


def _board_name(wanted: str | None, row: dict[str, Any], *, ours: bool) -> str:
    if wanted is not None:
        return line(wanted, "a board's name")
    if ours:
        return str(row["name"])
    if not row.get("name"):
        raise BadInput("the file gives the board no name; --name NAME does")
    return line(row["name"], "a board's name")


def _imported(
    contents: Contents, sharing: Sharing, left_out: Sequence[str], **more: Unpack[_Named]
) -> Imported:
    return Imported(
        tasks=contents.tasks, made=tuple(sharing.made), left_out=tuple(left_out), **more
    )


async def _tell(
    conn: AsyncConnection, noun: str, done: Imported, actor: Actor, told: dict[str, Any]
) -> None:
    await audit.record(conn, done.id, "imported", actor, told, entity_type=noun)
    await import_rows.clear(conn)


@contextmanager
def _taken_meanwhile() -> Iterator[None]:
    """What only another transaction at the same time can bring about; and what no index holds."""
    try:
        yield
    except errors.UniqueViolation as error:
        raise Conflict(
            f"somebody else was writing the same ({error.diag.message_primary}); nothing was"
            " imported, repeat it"
        ) from error
    except errors.ProgramLimitExceeded as error:
        raise BadInput(
            f"a value is too long for the database ({error.diag.message_primary}); shorten it"
        ) from error
