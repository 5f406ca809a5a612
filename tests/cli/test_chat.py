"""The chat of a team, followed."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import psycopg

from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.cli.flows import AGENT
from tests.cli.tails import cut, following

FOLLOW = ("chat", "read", "backend", "--follow")


def said(lines: list[str]) -> list[str]:
    """The words alone."""
    return [line.strip() for line in lines if line.startswith("    ")]


def test_what_is_said_is_told_once_and_in_order_across_a_cut_connection(
    cli: Cli, settings: Settings, repo: Path, tmp_path: Path
) -> None:
    for number in range(3):
        cli("chat", "post", "backend", f"before {number}")
    with following(settings, repo, tmp_path, *FOLLOW, "--limit", "2") as tail:
        tail.shows("before 2")
        for number in range(3):
            cli("chat", "post", "backend", f"after {number}", env=AGENT)
            cut(str(settings.dsn))
        cli("chat", "post", "frontend", "not for us")
        tail.shows("after 2")
        os.kill(tail.process.pid, signal.SIGINT)
        tail.process.wait(20)
        assert said(tail.lines) == [
            *("before 1", "before 2"),
            *("after 0", "after 1", "after 2"),
        ]
        assert "Traceback" not in tail.said


def test_words_whose_transaction_was_long_are_not_missed(
    cli: Cli, settings: Settings, repo: Path, tmp_path: Path
) -> None:
    cli("chat", "post", "backend", "before")
    with following(settings, repo, tmp_path, *FOLLOW, "--json") as tail:
        tail.shows("before")
        with psycopg.connect(str(settings.dsn)) as slow:
            slow.execute(
                "INSERT INTO team_chat (id, team, repo_path, sender, body)"
                " VALUES ('elsewhere', 'backend', %s, 'system', %s)",
                (str(repo), "begun first\x1b[2J"),
            )
            cli("chat", "post", "backend", "committed first")
            tail.shows("committed first")
        tail.shows("begun first")
        found = [json.loads(line)["body"] for line in tail.lines]
    assert found == ["before", "committed first", "begun first\x1b[2J"]
    assert "\x1b" not in "".join(tail.lines)
