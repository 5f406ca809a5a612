"""Sessions that agents wrote to files, brought into the database batch by batch.

A batch is one transaction, which also moves `last_ingested_offset`: whoever is killed at any moment
has lost nothing, and whoever goes on doubles nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.sessions import LINE_AT_MOST, Entry, Malformed, entry, storable
from genie_tui.errors import BadInput, Conflict, NotFound
from genie_tui.services.cards import clamped

__all__ = ["Batch", "ingest"]

BATCH = 4 * 2**20
"""Bytes of lines that one transaction takes, about: the memory of an import is a few times that."""

TOLD = 100
"""Malformed lines of a batch that are told with their numbers; of all there is the count."""

NOTHING = Entry()

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When a turn was that says nothing of it, as none does before it."""

FIND = """
    SELECT id, jsonl_path
      FROM sessions
     WHERE jsonl_path = %(path)s OR id = %(id)s
     ORDER BY jsonl_path IS DISTINCT FROM %(path)s
     LIMIT 1
"""

# Whose session it is, the agent's own row knows.
BEGIN = """
    INSERT INTO sessions (id, jsonl_path, agent_id, team, wish_slug, task_id, role)
    SELECT %(id)s, %(path)s, a.id, a.team, a.wish_slug, a.task_id, a.role
      FROM (SELECT 1) AS one
      LEFT JOIN LATERAL (SELECT * FROM agents WHERE claude_session_id = %(id)s
                          ORDER BY id LIMIT 1) AS a ON true
        ON CONFLICT (id) DO NOTHING
"""

HOLD = """
    SELECT coalesce(last_ingested_offset, 0)
      FROM sessions
     WHERE id = %(id)s
       FOR UPDATE
"""

LAST = f"""
    SELECT turn_index + 1, {clamped("timestamp")}
      FROM session_content
     WHERE session_id = %(id)s
     ORDER BY turn_index DESC
     LIMIT 1
"""

COPY = """
    COPY session_content (session_id, turn_index, role, content, tool_name, timestamp) FROM STDIN
"""

REACHED = """
    UPDATE sessions
       SET last_ingested_offset = %(offset)s, total_turns = %(turns)s, jsonl_path = %(path)s,
           project_path = coalesce(project_path, %(cwd)s),
           started_at = least(started_at, %(first)s::timestamptz), updated_at = now()
     WHERE id = %(id)s
"""


@dataclass(slots=True, kw_only=True)
class Batch:
    """What one transaction took: turns, bytes, and the lines that it passed over.

    Of the `malformed` ones the first few have their number and what is wrong in `passed_over`;
    `done` where nothing whole is left in the file.
    """

    session: str
    turns: int = 0
    bytes: int = 0
    done: bool = False
    malformed: int = 0
    passed_over: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Lines:
    """Lines of a file from an offset on: what they hold, and the offset behind them."""

    offset: int
    entries: list[Entry] = field(default_factory=list)
    malformed: int = 0
    wrong: list[tuple[int, str]] = field(default_factory=list)
    done: bool = False


async def ingest(conn: AsyncConnection, file: Path) -> Batch:
    """Take the next lines of a session's file, in the caller's transaction.

    Raises:
        BadInput: its name cannot be stored.
        NotFound: there is no such file, or it cannot be read.
        Conflict: the session is another file's, or the file is shorter than it was.
    """
    path = _resolved(file)
    id_ = await _session(conn, path)
    start = await _offset(conn, id_)
    lines = _after(file, start)
    turns = await _store(conn, id_, path, lines) if lines.offset > start else 0
    return Batch(
        session=id_,
        turns=turns,
        bytes=lines.offset - start,
        done=lines.done,
        malformed=lines.malformed,
        passed_over=lines.wrong,
    )


def _resolved(file: Path) -> Path:
    path = file.resolve()
    if storable(str(path)) != str(path):
        raise BadInput("the file's name is not UTF-8; give it another one")
    return path


def _after(file: Path, start: int) -> _Lines:
    """The next lines of a file, behind those that were imported."""
    try:
        with file.open("rb") as source:
            if source.seek(0, 2) >= start:
                return _read(source, start)
    except OSError as error:
        raise NotFound(f"cannot read {file}: {error.strerror}; name a session's file") from error
    raise Conflict(
        f"{file} is shorter than what was imported of it ({start:,} bytes);"
        " it was written anew: import it under another name"
    )


def _there(file: str) -> bool:
    return Path(file).exists()


async def _session(conn: AsyncConnection, path: Path) -> str:
    """The id of the file's session, which is begun where there is none."""
    params = {"path": str(path), "id": path.stem}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(FIND, params)
        if (row := await cursor.fetchone()) is None:
            await cursor.execute(BEGIN, params)
            return path.stem
    id_, owner = row
    if owner not in (None, str(path)) and _there(owner):
        raise Conflict(f"the session {id_} is that of {owner}; give the other file another name")
    return str(id_)


async def _offset(conn: AsyncConnection, id_: str) -> int:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(HOLD, {"id": id_})
        row = await cursor.fetchone()
    return int(row[0]) if row else 0


def _read(source: BinaryIO, start: int) -> _Lines:
    """The next whole lines; of one that is too long, no more than it takes to pass it over."""
    lines = _Lines(start)
    source.seek(start)
    while lines.offset - start < BATCH:
        line = source.readline(LINE_AT_MOST)
        length, end = len(line), line[-1:]
        while end not in (b"\n", b""):
            rest = source.readline(BATCH)
            length, end = length + len(rest), rest[-1:]
        if end == b"":
            lines.done = True
            break
        try:
            if length > LINE_AT_MOST:
                raise Malformed(f"it is longer than {LINE_AT_MOST:,} bytes")
            if (found := entry(line)) != NOTHING:
                lines.entries.append(found)
        except Malformed as error:
            lines.malformed += 1
            if len(lines.wrong) < TOLD:
                lines.wrong.append((lines.offset, str(error)))
        lines.offset += length
    lines.wrong = _numbered(source, lines.wrong)
    return lines


def _numbered(source: BinaryIO, wrong: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Offsets as numbers of lines, for which the file is counted from its beginning."""
    numbered, line, at = [], 1, 0
    source.seek(0)
    for offset, why in wrong:
        while at < offset:
            piece = source.read(min(BATCH, offset - at))
            if not piece:
                break
            line, at = line + piece.count(b"\n"), at + len(piece)
        numbered.append((line, why))
    return numbered


async def _store(conn: AsyncConnection, id_: str, path: Path, lines: _Lines) -> int:
    """Write the turns behind those that are there, and how far the file was read."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(LAST, {"id": id_})
        first, at = await cursor.fetchone() or (0, LONG_AGO)
        turn = first
        async with cursor.copy(COPY) as copy:
            for each in lines.entries:
                at = (each.at or at) if each.said else at
                for said in each.said:
                    row = (id_, turn, said.role, said.content, said.tool, at)
                    await copy.write_row(row)
                    turn += 1
        reached = {
            "id": id_,
            "path": str(path),
            "offset": lines.offset,
            "turns": turn,
            "cwd": next((each.cwd for each in lines.entries if each.cwd), None),
            "first": min((each.at for each in lines.entries if each.at), default=None),
        }
        await cursor.execute(REACHED, reached)
    return int(turn - first)
