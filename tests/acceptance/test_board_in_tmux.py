"""The dashboard in tmux, where it is meant to live: keys are sent, the pane is read."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import libtmux
import pytest

from genie_tui.db import server
from tests.acceptance.conftest import Home
from tests.acceptance.test_board_in_a_terminal import add_task, column_at, stage_of
from tests.terminal import Terminal
from tests.waiting import wait_until


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[libtmux.Server]:
    """A tmux server of this test's own, ended with it."""
    assert shutil.which("tmux"), "tmux is missing: install it with your system's package manager"
    server = libtmux.Server(socket_path=str(tmp_path / "tmux"), config_file="/dev/null")
    yield server
    subprocess.run(["tmux", "-S", str(tmp_path / "tmux"), "kill-server"], check=False)


def test_in_tmux_a_key_advances_a_task_and_a_changed_row_moves_the_card(
    home: Home, tmux: libtmux.Server
) -> None:
    server.ensure(home.settings)
    environment = [f"{name}={value}" for name, value in home.env.items()]
    command = shlex.join(["env", *environment, *home.command])
    session = tmux.new_session(x=160, y=48, window_command=command)
    pane = session.active_pane
    assert pane is not None

    def screen() -> str:
        return "\n".join(pane.capture_pane())

    wait_until(lambda: "Draft" in screen() and "live" in screen())
    task_id = add_task(home, "Write the parser")
    wait_until(lambda: "Write the parser" in screen())
    pane.send_keys("g", enter=False)
    pane.send_keys("L", enter=False)
    wait_until(lambda: stage_of(home, task_id) == "brainstorm")
    before = column_at(screen(), "Write the parser")
    home.write("UPDATE tasks SET stage = 'qa', column_id = NULL WHERE id = %s", task_id)
    wait_until(lambda: column_at(screen(), "Write the parser") > before)


def test_it_runs_in_a_popup_over_whatever_one_works_at(
    home: Home, tmux: libtmux.Server, tmp_path: Path
) -> None:
    server.ensure(home.settings)
    environment = [f"{name}={value}" for name, value in home.env.items()]
    command = shlex.join(["env", *environment, *home.command])
    at = ["tmux", "-S", str(tmp_path / "tmux")]
    tmux.new_session(x=160, y=48, window_command="sleep 600")
    with Terminal([*at, "attach"], {"TERM": "xterm-256color"}) as client:
        client.wait_for("0:")
        popup = subprocess.Popen([*at, "display-popup", "-E", "-w", "90%", "-h", "90%", command])
        try:
            client.wait_for(lambda text: "Draft" in text and "live" in text)
            client.send("q")
            client.wait_for(lambda text: "Draft" not in text)
            assert popup.wait(10) == 0
        finally:
            popup.kill()
            popup.wait()
