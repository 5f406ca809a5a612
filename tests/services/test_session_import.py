"""Sessions imported from files that grow, break and lie."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.errors import Conflict
from genie_tui.services import sessions
from tests.services.making import rows


def line(text: str, **more: Any) -> bytes:
    """A line in which a person says something."""
    said = {"type": "user", "message": {"content": text}, "cwd": "/src/acme", **more}
    return json.dumps(said).encode() + b"\n"


HOSTILE = b"".join(
    (
        line("first", timestamp="2026-01-02T03:04:05Z"),
        b'{"type": "summary", "timestamp": "2026-02-02T00:00:00Z"}\n',
        line("no time"),
        b"{ broken\n\n",
        line("nul \0, half \ud800, tab \t, slash \\N"),
        b"\xff\xfe\n",
        line("last", timestamp="2026-01-02T04:00:00+01:00"),
    )
)


async def imported(conn: AsyncConnection, file: Path) -> list[tuple[int, str]]:
    """Import what there is; the lines that were passed over."""
    wrong = []
    while True:
        batch = await sessions.ingest(conn, file)
        await conn.commit()
        wrong += batch.passed_over
        if batch.done:
            return wrong


async def turns(conn: AsyncConnection, session: str) -> list[tuple[Any, ...]]:
    """What stands in the database of a session."""
    found = await rows(
        conn,
        "SELECT turn_index, role, content, timestamp FROM session_content"
        " WHERE session_id = %(id)s ORDER BY turn_index",
        id=session,
    )
    return [tuple(row.values()) for row in found]


async def test_however_a_file_grows_the_same_is_read(
    conn: AsyncConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "whole.jsonl"
    whole.write_bytes(HOSTILE)
    told = await imported(conn, whole)
    expected = await turns(conn, "whole")
    assert ([number for number, _ in told], len(expected)) == ([4, 7], 4)
    chance = random.Random(1)
    for size in range(12):
        monkeypatch.setattr(sessions, "BATCH", chance.randint(1, 300))
        file, wrong = tmp_path / f"{size}.jsonl", []
        for cut in [*sorted(chance.sample(range(len(HOSTILE)), 6)), len(HOSTILE)]:
            file.write_bytes(HOSTILE[:cut])
            wrong += await imported(conn, file)
        assert await turns(conn, str(size)) == expected
        assert wrong == told


async def test_what_is_rolled_back_is_read_again(conn: AsyncConnection, tmp_path: Path) -> None:
    file = tmp_path / "killed.jsonl"
    file.write_bytes(HOSTILE)
    await sessions.ingest(conn, file)
    await conn.rollback()
    await imported(conn, file)
    await imported(conn, file)
    assert len(await turns(conn, "killed")) == 4


async def test_no_turn_is_too_much_for_the_search_index(
    conn: AsyncConnection, tmp_path: Path
) -> None:
    file = tmp_path / "big.jsonl"
    letters = "".join(chr(0x10400 + n % 40) + (" " if n % 3 == 0 else "") for n in range(200_000))
    words = " ".join(f"/a{n}/b{n}-c{n}.d{n}" for n in range(60_000))
    file.write_bytes(line(letters) + line(words))
    await imported(conn, file)
    assert "".join(row[2] for row in await turns(conn, "big")) == letters + words


async def test_a_line_that_is_too_long_is_passed_over(
    conn: AsyncConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "LINE_AT_MOST", 500)
    file = tmp_path / "long.jsonl"
    file.write_bytes(line("a") + line("b" * 5000) + line("c"))
    assert [number for number, _ in await imported(conn, file)] == [2]
    assert [row[2] for row in await turns(conn, "long")] == ["a", "c"]


async def test_another_file_and_a_shorter_one_are_refused(
    conn: AsyncConnection, tmp_path: Path
) -> None:
    file, other = tmp_path / "one.jsonl", tmp_path / "other" / "one.jsonl"
    other.parent.mkdir()
    for each in (file, other):
        each.write_bytes(HOSTILE)
    await imported(conn, file)
    with pytest.raises(Conflict, match="is that of"):
        await imported(conn, other)
    file.write_bytes(HOSTILE[:20])
    with pytest.raises(Conflict, match="shorter"):
        await imported(conn, file)
