"""`genie-tui demo` as it is started: what it says, and what it leaves, which is nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from genie_tui.demo import leftovers, simulation
from genie_tui.domain.runs import ENDED
from tests.waiting import wait_until

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path, temporary: Path) -> Iterator[Start]:
    """Starts a demo, with a home of the user's that must stay as it is: not there."""
    started: list[subprocess.Popen[str]] = []
    env = {
        **os.environ,
        "TMPDIR": str(temporary),
        "HOME": str(tmp_path / "user"),
        "GENIE_HOME": str(tmp_path / "user" / ".genie"),
        "GENIE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/never",
    }

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "genie_tui", "demo", "--pace", "0.05", *arguments]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    for root in temporary.iterdir():
        leftovers.clear(root)
    assert not (tmp_path / "user").exists()


def processes_in(directory: Path) -> list[psutil.Process]:
    """All processes that were told of a directory, or work in it."""
    found = []
    for process in psutil.process_iter():
        try:
            places = [*process.cmdline(), process.cwd()]
        except psutil.Error:
            continue
        if any(str(directory) in place for place in places):
            found.append(process)
    return found


def has_begun(temporary: Path) -> bool:
    """Has an agent claimed a task?"""
    journals = temporary.glob("*/simulation/*.jsonl")
    return any('"claim"' in journal.read_text() for journal in journals)


def result(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    summary: dict[str, Any] = json.loads(output)
    return summary


def test_a_headless_demo_works_says_what_happened_and_leaves_nothing(
    start: Start, temporary: Path
) -> None:
    summary = result(start("--no-ui", "4", "--json", "--seed", "7"))
    assert summary["disagreements"] == []
    assert summary["double_checkouts"] == 0
    for what in ("moves", "claims", "comments"):
        assert summary[what] > 0, summary
    assert {"eng-1", "eng-2", "eng-3", "qa-1", "spec-1", "mira"} >= set(summary["by_actor"])
    assert list(temporary.iterdir()) == []
    assert processes_in(temporary) == []


def test_its_schedules_are_fired_by_a_daemon_of_its_own(start: Start, temporary: Path) -> None:
    demo = start("--no-ui", "600", "--agents", "0")

    def journals() -> list[Path]:
        found = temporary.glob("*/simulation/daemon.jsonl")
        return [journal for journal in found if '"started"' in journal.read_text()]

    wait_until(journals)
    settings = simulation.settings_of(journals()[0].parents[1])
    with psycopg.connect(settings.dsn or "", autocommit=True) as conn:
        conn.execute(
            "INSERT INTO triggers (id, schedule_id, due_at)"
            " VALUES ('t', 'sched-verify-backup', now())"
        )
        query = "SELECT status, exit_code, output, error FROM runs WHERE trigger_id = 't'"
        wait_until(lambda: (conn.execute(query).fetchone() or [""])[0] in ENDED)
        said = "restoring\nrestored 48 tables, checksums equal\n"
        assert conn.execute(query).fetchone() == ("completed", 0, said, None)
    demo.terminate()
    demo.communicate()
    assert processes_in(temporary) == []


def test_a_demo_without_agents_or_hardly_any_task_is_one_too(start: Start) -> None:
    alone = start("--no-ui", "0.5", "--agents", "0", "--tasks", "1")
    output, errors = alone.communicate()
    assert alone.returncode == 0, errors
    assert "double checkouts       0" in output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_nothing_is_left_when_a_signal_ends_it(
    start: Start, temporary: Path, number: signal.Signals
) -> None:
    demo = start("--no-ui", "600", "--agents", "2")
    wait_until(lambda: has_begun(temporary))
    demo.send_signal(number)
    _, errors = demo.communicate()
    assert demo.returncode == 128 + number
    assert "Traceback" not in errors
    assert list(temporary.iterdir()) == []
    assert processes_in(temporary) == []


def test_nothing_is_left_after_a_kill_while_everybody_works(start: Start, temporary: Path) -> None:
    demo = start("--no-ui", "600")
    wait_until(lambda: has_begun(temporary))
    assert len(processes_in(temporary)) > 6
    demo.kill()
    wait_until(lambda: list(temporary.iterdir()) == [])
    wait_until(lambda: processes_in(temporary) == [])
