"""`genie-tui demo` as one sees it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from genie_tui.demo import leftovers
from tests.terminal import Terminal
from tests.waiting import wait_until


def opened(tmp_path: Path, temporary: Path) -> Terminal:
    """A terminal in which a demo starts."""
    env = {
        "TMPDIR": str(temporary),
        "HOME": str(tmp_path),
        "GENIE_HOME": str(tmp_path / ".genie"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(leftovers.__file__).parents[2]),
    }
    command = [sys.executable, "-m", "genie_tui", "demo", "--pace", "0.3", "--agents", "3"]
    return Terminal(command, env)


def by_key(terminal: Terminal) -> int:
    terminal.send("q")
    return 0


def by_signal(terminal: Terminal) -> int:
    terminal.process.send_signal(signal.SIGTERM)
    return 128 + signal.SIGTERM


@pytest.mark.parametrize("end", [by_key, by_signal])
def test_the_demo_shows_a_live_board_and_is_gone_without_a_trace(
    tmp_path: Path, temporary: Path, end: Callable[[Terminal], int]
) -> None:
    with opened(tmp_path, temporary) as terminal:
        screen = terminal.wait_for("● live")
        assert "acme/Sprint 12" in screen
        assert "you" in screen
        terminal.wait_for(lambda text: " took #" in text or " released #" in text)
        code = end(terminal)
        assert terminal.wait_for_end() == code
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / ".genie").exists()


def test_closing_the_terminal_ends_the_demo(tmp_path: Path, temporary: Path) -> None:
    with opened(tmp_path, temporary) as terminal:
        terminal.wait_for("● live")
        terminal.process.send_signal(signal.SIGHUP)
        terminal.wait_for_end()
    wait_until(lambda: list(temporary.iterdir()) == [])
