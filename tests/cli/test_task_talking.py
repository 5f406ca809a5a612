"""`task comment` and `task comments`."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg import AsyncConnection

from genie_tui.services import conversations
from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.cli.flows import AGENT, flow, terminal
from tests.services.making import rows


async def _bodies(conn: AsyncConnection, task_id: str) -> list[str]:
    found = [said.body for said in await conversations.comments(conn, task_id)]
    await conn.rollback()
    return found


def _editor(at: Path, script: str) -> dict[str, str]:
    """An editor that does to its file, `$1`, what a script says."""
    editor = at / "editor.sh"
    editor.write_text(f"#!/bin/sh\n{script}\n")
    editor.chmod(0o700)
    return {"EDITOR": str(editor), "VISUAL": ""}


async def test_comments_are_written_answered_and_listed(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    assert cli("task", "comments", "1").out == "no comments\n"
    assert await rows(conn, "SELECT FROM conversations") == []
    first = cli("task", "comment", "1", "tests are green", "--json", env=AGENT).json
    assert (first["body"], first["sender_id"]) == ("tests are green", "eng-1")
    answer = cli("task", "comment", "1", "-", "--reply-to", str(first["id"]), stdin="why?\nsay\n")
    assert answer.out == f"comment {first['id'] + 1} on #1 a task\n"
    listed = cli("task", "comments", "1", "--json").json
    assert [(said["body"], said["reply_to_id"]) for said in listed] == [
        ("tests are green", None),
        ("why?\nsay", first["id"]),
    ]
    shown = cli("task", "comments", "1").out
    assert f"in reply to {first['id']}\n    why?\n    say\n" in shown
    assert await _bodies(conn, task.id) == ["tests are green", "why?\nsay"]


async def test_what_cannot_be_said_is_refused(conn: AsyncConnection, cli: Cli, repo: Path) -> None:
    (task,) = await flow(conn, repo, "build")
    assert cli("task", "comment", "1").code == 2
    assert cli("task", "comment", "1", " ").code == 2
    assert cli("task", "comment", "1", "-", stdin="a\0b").code == 2
    assert cli("task", "comment", "9", "hello").code == 3
    unknown = cli("task", "comment", "1", "yes", "--reply-to", "77", "--json")
    assert (unknown.out, unknown.code, unknown.error["code"]) == ("", 3, "not_found")
    assert await _bodies(conn, task.id) == []


async def test_comments_cannot_steer_the_terminal(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await flow(conn, repo, "build")
    assert cli("task", "comment", "1", "red \x1b[31m, bell \a").code == 0
    shown = cli("task", "comments", "1").out
    assert "\x1b" not in shown
    assert "\a" not in shown
    assert "red" in shown


async def test_without_a_text_the_editor_opens_on_a_terminal(
    conn: AsyncConnection, settings: Settings, repo: Path, tmp_path: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    writes = _editor(tmp_path, 'grep -q "#1 a task" "$1" && echo "# It works" >> "$1"')
    with terminal(settings, repo, "task", "comment", "1", env=writes) as screen:
        assert screen.wait_for_end() == 0
    assert await _bodies(conn, task.id) == ["# It works"]


@pytest.mark.parametrize("script", ["true", ': > "$1"', "exit 1"])
async def test_an_editor_that_is_left_says_nothing(
    conn: AsyncConnection, settings: Settings, repo: Path, tmp_path: Path, script: str
) -> None:
    (task,) = await flow(conn, repo, "build")
    leaves = _editor(tmp_path, script)
    with terminal(settings, repo, "task", "comment", "1", env=leaves) as screen:
        assert screen.wait_for_end() != 0
        assert "error: " in screen.text()
        assert "Traceback" not in screen.text()
    assert await _bodies(conn, task.id) == []


async def test_what_was_typed_is_kept_where_it_cannot_be_said(
    conn: AsyncConnection, settings: Settings, repo: Path, tmp_path: Path
) -> None:
    await flow(conn, repo, "build")
    writes = _editor(tmp_path, 'echo "a long thought" >> "$1"')
    kept = tmp_path / "kept"
    kept.mkdir()
    env = {**writes, "TMPDIR": str(kept)}
    answer = ("task", "comment", "1", "--reply-to", "77")
    with terminal(settings, repo, *answer, env=env) as screen:
        assert screen.wait_for_end() == 3
        assert "what you wrote is in" in screen.text()
    (file,) = kept.glob("genie-tui-*.md")
    assert file.read_text().endswith("a long thought\n")
