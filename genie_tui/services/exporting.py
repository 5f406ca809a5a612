"""Exports: a project, or a board, written out as a file (`domain/exports.py`).

What is written is one moment's picture, and comes in pieces: memory does not grow with the tasks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from genie_tui.domain.exports import VERSION, Format, are_columns
from genie_tui.errors import NotFound
from genie_tui.services import export_rows

__all__ = ["Exported", "export_board", "export_project", "snapshot"]

Write = Callable[[str], object]
"""Takes a piece of the file."""

Progress = Callable[[str], object]

BATCH = 1000
"""So many tasks are read at once."""

# JSON's own escapes do not cover these; a terminal would obey them.
CONTROLS = re.compile("[\\x7f-\\x9f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export holds: how many of each."""

    tasks: int = 0
    boards: int = 0
    task_types: int = 0
    tags: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """Boards that are not the project's own, and where each of their columns' ids stands."""

    lines: Sequence[str]
    boards: Sequence[str]
    columns: Sequence[tuple[str, str, str]]


async def snapshot(conn: AsyncConnection) -> None:
    """Let the transaction see one moment of the database, and write nothing; before all else."""
    assert conn.info.transaction_status == TransactionStatus.IDLE
    await conn.execute(export_rows.SNAPSHOT)


async def export_project(
    conn: AsyncConnection,
    project_id: str,
    write: Write,
    *,
    history: bool = False,
    progress: Progress = lambda _: None,
) -> Exported:
    """Write a project's file, with all that belongs to it; in a transaction made by `snapshot`.

    Raises:
        NotFound: there is no such project.
    """
    scope = {"project": project_id, "board": None}
    rows = await _rows(conn, export_rows.PROJECT, scope)
    if not rows:
        raise NotFound(f"no project {project_id!r}; 'genie-tui project list' shows them")
    ids = [row[0] for row in await _rows(conn, export_rows.PROJECT_TASKS, scope)]
    boards = _with_columns(await _rows(conn, export_rows.BOARDS, scope), "columns")
    shared = await _shared(conn, project_id)
    types, tags = await _vocabulary(conn, ids)
    document = _Document(write, "project", history=history)
    document.single("project", rows[0][0])
    document.list("task_types", types)
    document.list("tags", tags)
    document.list("shared_boards", shared.lines)
    document.list("boards", boards)
    await _write_tasks(conn, document, ids, shared, history=history, progress=progress)
    document.end()
    return Exported(
        tasks=len(ids),
        boards=len(boards) + len(shared.lines),
        task_types=len(types),
        tags=len(tags),
    )


async def export_board(
    conn: AsyncConnection,
    board_id: str,
    write: Write,
    *,
    tasks: bool = False,
    project_id: str | None = None,
    history: bool = False,
    progress: Progress = lambda _: None,
) -> Exported:
    """Write a board's file; with its tasks, or those of them that are a project's, if wanted.

    Raises:
        NotFound: there is no such board.
    """
    scope = {"project": None, "board": board_id}
    boards = _with_columns(await _rows(conn, export_rows.BOARDS, scope), "columns")
    if not boards:
        raise NotFound(f"no board {board_id!r}; 'genie-tui board list' shows them")
    document = _Document(write, "board", history=history)
    document.single("board", boards[0])
    done = Exported(boards=1)
    if tasks:
        scope["project"] = project_id
        ids = [row[0] for row in await _rows(conn, export_rows.BOARD_TASKS, scope)]
        types, tags = await _vocabulary(conn, ids)
        document.list("task_types", types)
        document.list("tags", tags)
        none = _Shared(lines=[], boards=[], columns=[])
        await _write_tasks(conn, document, ids, none, history=history, progress=progress)
        done = Exported(boards=1, tasks=len(ids), task_types=len(types), tags=len(tags))
    document.end()
    return done


async def _vocabulary(conn: AsyncConnection, ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """The types and tags of tasks."""
    tags = await _rows(conn, export_rows.TAGS, {"tasks": ids})
    of_tags = [type_id for _, type_id in tags if type_id is not None]
    types = await _rows(conn, export_rows.TASK_TYPES, {"tasks": ids, "types": of_tags})
    return _with_columns(types, "stages"), [line for line, _ in tags]


async def _shared(conn: AsyncConnection, project_id: str) -> _Shared:
    found = await _rows(conn, export_rows.SHARED_BOARDS, {"project": project_id})
    boards = [row[2] for row in found]
    places = await _rows(conn, export_rows.COLUMN_IDS, {"boards": boards})
    # Of two columns with one id, the first is where its tasks stand.
    first: dict[tuple[str, str], int] = {}
    for board_id, column_id, place in places:
        first.setdefault((board_id, column_id), place)
    return _Shared(
        lines=_with_columns(found, "columns"),
        boards=boards,
        columns=[(board, column, str(place)) for (board, column), place in first.items()],
    )


async def _write_tasks(
    conn: AsyncConnection,
    document: _Document,
    ids: Sequence[str],
    shared: _Shared,
    *,
    history: bool,
    progress: Progress,
) -> None:
    params: dict[str, Any] = {
        "history": history,
        "shared": shared.boards,
        "column_boards": [board for board, _, _ in shared.columns],
        "column_ids": [column for _, column, _ in shared.columns],
        "column_places": [place for _, _, place in shared.columns],
    }
    document.open("tasks")
    for start in range(0, len(ids), BATCH):
        progress(f"writing task {start} of {len(ids)}")
        batch = ids[start : start + BATCH]
        document.rows(
            [row[0] for row in await _rows(conn, export_rows.TASKS, params | {"ids": batch})]
        )
    document.close()


def _with_columns(found: Iterable[tuple[Any, ...]], name: str) -> list[str]:
    """Rows of which columns or stages come first, as objects that have them under a name."""
    lines = []
    for columns, rest, *_ in found:
        name_now = name if are_columns(_parsed(columns)) else f"stored_{name}"
        lines.append(f'{{"{name_now}": {columns}, {rest[1:]}')
    return lines


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # Deeper, or with larger numbers, than Python reads.
        return None


async def _rows(conn: AsyncConnection, query: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchall()


class _Document:
    """An object whose members are written one by one, a row of a list on each line."""

    def __init__(self, write: Write, format_: Format, *, history: bool) -> None:
        self._write = write
        head = {"format": format_, "history": history, "version": VERSION}
        write(f'{{\n"genie": {json.dumps(head)}')
        self._empty = True

    def single(self, name: str, line: str) -> None:
        """A member that is one row."""
        self._write(f',\n"{name}": {_line(line)}')

    def list(self, name: str, lines: Sequence[str]) -> None:
        """A member that is a list of rows."""
        self.open(name)
        self.rows(lines)
        self.close()

    def open(self, name: str) -> None:
        """A list begins."""
        self._write(f',\n"{name}": [')
        self._empty = True

    def rows(self, lines: Sequence[str]) -> None:
        """Rows of the list."""
        if lines:
            first = "\n" if self._empty else ",\n"
            self._write(first + ",\n".join(_line(line) for line in lines))
            self._empty = False

    def close(self) -> None:
        """The list ends."""
        self._write("]" if self._empty else "\n]")

    def end(self) -> None:
        """The file ends."""
        self._write("\n}\n")


def _line(text: str) -> str:
    return CONTROLS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
