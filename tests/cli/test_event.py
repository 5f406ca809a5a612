"""What happens, as lines: followed live, across a break, and listed; and tmux's one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest

from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.cli.programs import COMMAND, environment, genie
from tests.cli.tails import Tail, cut, following
from tests.ports import free_port
from tests.waiting import wait_until


def tailing(
    settings: Settings, repo: Path, tmp_path: Path, *options: str
) -> AbstractContextManager[Tail]:
    """`event tail` in a repository, until the end of the block."""
    return following(settings, repo, tmp_path, "event", "tail", *options)


def titles(lines: Sequence[str]) -> list[str]:
    """What was created, in the order in which it was told."""
    return [line.rpartition(": ")[2] for line in lines if "created by" in line and "#" in line]


def test_a_tail_tells_everything_once_and_in_order_across_a_cut_connection(
    cli: Cli, settings: Settings, repo: Path, tmp_path: Path
) -> None:
    cli("task", "create", "before")
    with tailing(settings, repo, tmp_path) as tail:
        tail.shows("before")
        for number in range(4):
            cli("task", "create", f"task {number}")
            cut(str(settings.dsn))
        tail.shows("task 3")
        assert titles(tail.lines) == ["before", *(f"task {number}" for number in range(4))]
        assert "reconnecting" in tail.said


def test_json_lines_are_whole_objects_and_the_scope_is_the_project(
    cli: Cli, settings: Settings, repo: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    cli("task", "create", "mine")
    with tailing(settings, repo, tmp_path, "--json", "--kind", "task", "--last", "0") as tail:
        wait_until(lambda: _listens(str(settings.dsn)))
        cli("task", "create", "theirs", at=other)
        cli("task", "create", "also mine")
        tail.shows("also mine")
        found = [json.loads(line) for line in tail.lines]
    assert [each["text"].rpartition(": ")[2] for each in found] == ["also mine"]
    assert set(found[0]) == {
        *("id", "kind", "at", "actor", "task_id", "task_seq", "text", "alarm"),
    }


def _listens(dsn: str) -> bool:
    with psycopg.connect(dsn) as conn:
        row = conn.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND query LIKE '%LISTEN%' AND pid <> pg_backend_pid()"
        ).fetchone()
    return bool(row and row[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_tail_ends_quietly_when_it_is_told_to(
    cli: Cli, settings: Settings, repo: Path, tmp_path: Path, number: int
) -> None:
    cli("task", "create", "before")
    with tailing(settings, repo, tmp_path) as tail:
        tail.shows("before")
        os.kill(tail.process.pid, number)
        tail.process.wait(20)
        assert tail.said.strip() == ""


def test_a_tail_whose_reader_has_gone_ends_at_once(
    cli: Cli, settings: Settings, repo: Path
) -> None:
    cli("task", "create", "before")
    with subprocess.Popen(
        [*COMMAND, "event", "tail", "--last", "1"],
        env=environment(settings, GENIE_DATABASE_URL=str(settings.dsn)),
        cwd=repo,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().endswith(b"before\n")
        process.stdout.close()
        assert process.wait(30) == 1
        assert process.stderr.read() == b""


def test_a_tail_begins_when_it_is_told_to(
    cli: Cli, settings: Settings, repo: Path, tmp_path: Path
) -> None:
    cli("task", "create", "long ago")
    with psycopg.connect(str(settings.dsn)) as conn:
        conn.execute("UPDATE audit_events SET created_at = created_at - interval '3 hours'")
    words = ["bug", "feature", "chore", "idea"]
    for word in words:
        cli("task", "tag", "1", word)
    with tailing(settings, repo, tmp_path, "--since", "1h") as tail:
        tail.shows("tagged idea")
        assert [line.split(" tagged ")[1].split()[0] for line in tail.lines] == words


def test_a_repository_without_a_project_is_followed_once_it_has_one(
    cli: Cli, settings: Settings, repo: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    cli("task", "create", "theirs", at=other)
    with tailing(settings, repo, tmp_path) as tail:
        wait_until(lambda: _listens(str(settings.dsn)))
        cli("task", "create", "theirs as well", at=other)
        cli("task", "create", "our first")
        tail.shows("our first")
        assert titles(tail.lines) == ["our first"]


def test_the_list_is_read_page_by_page_by_the_time_of_the_first(cli: Cli) -> None:
    for number in range(7):
        cli("task", "create", f"task {number}")
    whole = cli("event", "list", "--kind", "task", "--json").json
    pages = cli("event", "list", "--kind", "task", "--limit", "3", "--json").json
    while page := cli(
        *("event", "list", "--kind", "task", "--limit", "3", "--before", pages[0]["at"], "--json")
    ).json:
        pages = [*page, *pages]
    assert pages == whole
    assert len(pages) == 7
    assert cli("event", "list", "--before", "soon").code == 2


def test_the_list_goes_back_as_far_as_it_must(cli: Cli) -> None:
    task = cli("task", "create", "one", "--json").json
    cli("task", "comment", "1", "tests are green")
    cli("task", "create", "two")
    found = cli("event", "list", "--task", "1", "--json").json
    assert {each["task_id"] for each in found} == {task["id"]}
    assert [each["kind"] for each in found] == ["task", "message"]
    assert len(cli("event", "list", "--limit", "1").out.splitlines()) == 1
    assert "nothing like that" in cli("event", "list", "--kind", "run").out


def test_status_is_one_short_line_that_tells_what_waits(cli: Cli) -> None:
    assert cli("status").out == "genie ok\n"
    cli("task", "create", "one", "--assign", "ada")
    cli("task", "block", "1", "--reason", "no key")
    cli("task", "create", "two", "--assign", "ada")
    cli("task", "checkout", "2")
    assert cli("status").out == "genie 1 ⊘1 ⚿1\n"
    assert cli("status", "--ascii").out == "genie 1 %1 @1\n"
    assert cli("status", "--json").json == {
        "state": "running",
        "total": 1,
        "needs": {"blocked": 1},
        "locked": 1,
    }


def test_status_where_nothing_runs_says_so_and_starts_nothing(tmp_path: Path) -> None:
    nowhere = Settings(home=tmp_path / "home", port=free_port())
    found = genie(nowhere, "status")
    assert (found.code, found.out, found.err) == (0, "genie: stopped\n", "")
    assert genie(nowhere, "status", "--json").json == {"state": "stopped"}
    assert not nowhere.home.exists()
