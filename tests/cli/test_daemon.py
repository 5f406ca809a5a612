"""`genie-tui daemon`: a real process, started, asked after and stopped."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator

import psutil
import pytest

from genie_tui.db import processes
from genie_tui.scheduler import pidfile
from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.waiting import wait_until


@pytest.fixture
def daemon(cli: Cli, settings: Settings) -> Iterator[int]:
    """The pid of a daemon; it is ended with the test, however that went."""
    started = cli("daemon", "start", "--json")
    assert started.code == 0, started.err
    pid: int = started.json["pid"]
    yield pid
    if (left := pidfile.holder(settings.home)) is not None:
        os.kill(left.pid, signal.SIGKILL)
        psutil.Process(left.pid).wait(20)


def test_a_daemon_goes_on_until_it_is_stopped(cli: Cli, settings: Settings, daemon: int) -> None:
    status = cli("daemon", "status", "--json").json
    assert (status["running"], status["ready"], status["pid"]) == (True, True, daemon)
    assert psutil.Process(daemon).environ()["GENIE_HOME"] == str(settings.home)
    again = cli("daemon", "start")
    assert (again.code, str(daemon) in again.err) == (4, True)
    assert cli("daemon", "stop").out == "stopped\n"
    wait_until(lambda: not processes.exists(daemon))
    assert cli("daemon", "stop").out == "no daemon was running\n"
    gone = cli("daemon", "status")
    assert (gone.code, "daemon start" in gone.err) == (3, True)


def test_it_fires_what_is_due_and_tells_so_in_its_log(cli: Cli, daemon: int) -> None:
    assert daemon
    cli("schedule", "create", "job", "--every", "1h", "--command", "echo secret-word")
    cli("schedule", "run", "job")

    def events() -> list[str]:
        lines = cli("daemon", "logs", "--json").out.splitlines()
        return [json.loads(line)["event"] for line in lines]

    wait_until(lambda: "completed" in events())
    assert {"started", "live", "begun"} <= set(events())
    text = cli("daemon", "logs").out
    assert "schedule=job" in text
    assert "secret-word" not in text


def test_a_daemon_that_was_killed_is_nobody(cli: Cli, settings: Settings, daemon: int) -> None:
    psutil.Process(daemon).kill()
    wait_until(lambda: pidfile.holder(settings.home) is None)
    assert cli("daemon", "status").code == 3
    assert cli("daemon", "start").code == 0


def test_what_keeps_a_daemon_from_starting_is_said(cli: Cli) -> None:
    result = cli("daemon", "start", "--dsn", "postgresql://127.0.0.1:1/none")
    assert result.code == 1
    assert "could not be started" in result.err
    for options, reason in ((("--read-only",), "--read-only"), (("--max-concurrent", "0"), "0")):
        refused = cli("daemon", "start", *options)
        assert (refused.code, reason in refused.err) == (2, True)
    wrong = cli("daemon", "status", env={"GENIE_MAX_CONCURRENT": "many"})
    assert (wrong.code, "GENIE_MAX_CONCURRENT" in wrong.err) == (2, True)
