"""Reaching somebody who looks elsewhere, through a real tmux."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from genie_tui.services import alerting
from tests.terminal import Terminal


@pytest.fixture
def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A tmux of the test's own, in which the test seems to run."""
    socket = tmp_path / "tmux"
    command = ["tmux", "-S", str(socket)]
    subprocess.run([*command, "-f", "/dev/null", "new-session", "-d", "sleep 60"], check=True)
    monkeypatch.setenv("TMUX", f"{socket},{os.getpid()},0")
    yield command
    subprocess.run([*command, "kill-server"], check=False)


def test_a_message_is_shown_as_it_is_and_nothing_of_it_is_run(
    tmux: list[str], tmp_path: Path
) -> None:
    assert alerting.in_tmux()
    hostile = f"100% #(touch {tmp_path / 'run'}) #{{pane_id}} %H -d"
    with Terminal([*tmux, "attach"], {"TERM": "xterm"}, columns=240) as client:
        client.wait_for("0:")
        alerting.tell_tmux(hostile)
        client.wait_for(f"genie: {hostile}")
    assert not (tmp_path / "run").exists()


def test_without_tmux_or_a_desktop_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not alerting.in_tmux()
    assert not alerting.can_tell_desktop()


def test_the_desktop_gets_the_text_and_no_markup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nfor part; do echo "$part"; done > {tmp_path}/said\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":0")
    assert alerting.can_tell_desktop()
    alerting.tell_desktop("<b>#1</b> & $(touch x)")
    said = (tmp_path / "said").read_text().splitlines()
    assert said == ["--app-name=genie-tui", "--", "genie", "&lt;b&gt;#1&lt;/b&gt; &amp; $(touch x)"]
