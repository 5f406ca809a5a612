"""What is on the terminal before the dashboard is there: the board as it was last seen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.conftest import Home
from tests.acceptance.test_board_in_a_terminal import add_task
from tests.terminal import Terminal

SHOWS_MODES = "import subprocess, sys; subprocess.run(sys.argv[1:]); subprocess.run(['stty', '-a'])"


@pytest.fixture(autouse=True)
def task(home: Home) -> str:
    """The only task that there is."""
    subprocess.run([*home.command, "db", "migrate"], env=home.env, capture_output=True, check=True)
    return add_task(home, "Write the parser")


def look(home: Home, *, columns: int = 160, until: str = "Write the parser") -> str:
    """Open the board, wait until a text is there, and quit; what was on the screen."""
    with Terminal(home.command, home.env, columns=columns) as terminal:
        text = terminal.wait_for(lambda text: until in text and "live" in text)
        terminal.send("q")
        assert terminal.wait_for_end() == 0
    return text


@pytest.fixture
def broken(home: Home, tmp_path: Path) -> dict[str, str]:
    """An environment in which there is no Textual: nothing but the glimpse can be drawn."""
    place = tmp_path / "broken" / "textual"
    place.mkdir(parents=True)
    (place / "__init__.py").write_text("raise OSError('no Textual here')")
    return {**home.env, "PYTHONPATH": os.pathsep.join([str(place.parent), *sys.path])}


def test_the_board_as_it_was_last_seen_is_there_before_textual_is(
    home: Home, broken: dict[str, str]
) -> None:
    look(home)
    with Terminal([sys.executable, "-c", SHOWS_MODES, *home.command], broken) as terminal:
        terminal.wait_for_end()
        seen, _, after = bytes(terminal.raw).rpartition(b"\x1b[?1049l")
        assert b"Write the parser" in seen
        assert b"starting" in seen
        assert b"live" not in seen
        # What went wrong is said on a terminal that is as it was.
        assert b"no Textual here" in after
        assert b" echo " in after


def test_the_live_board_takes_its_place_and_hears_the_keys_typed_before(home: Home) -> None:
    look(home)
    home.write("UPDATE tasks SET title = 'Write the lexer'")
    with Terminal(home.command, home.env) as terminal:
        terminal.wait_for("starting")
        terminal.send("x")
        terminal.wait_for(lambda text: "Write the lexer" in text and "Screens" in text)
        assert "Write the parser" not in terminal.text()


def test_a_terminal_of_another_size_or_kind_gets_no_old_picture(home: Home) -> None:
    look(home)
    home.write("UPDATE tasks SET title = 'Write the lexer'")
    look(home, columns=100, until="Write the lexer")
    for columns, more in ((110, {}), (160, {"TERM": "xterm"})):
        with Terminal(home.command, {**home.env, **more}, columns=columns) as terminal:
            terminal.wait_for(lambda text: "Write the lexer" in text and "live" in text)
            assert b"Write the parser" not in terminal.raw


@pytest.mark.parametrize("picture", [b"", b"\xff\xfe\0 no picture", b"x" * (1024 * 1024 + 1)])
def test_a_picture_that_is_none_does_no_harm(home: Home, picture: bytes) -> None:
    look(home)
    (kept,) = (home.settings.home / "seen").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.write_bytes(picture)
    look(home)
