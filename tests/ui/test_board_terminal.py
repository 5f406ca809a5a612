"""The board in a real pseudo-terminal, as somebody at it sees it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.terminal import Terminal

ROOT = Path(__file__).parents[2]

PROGRAM = """
from dataclasses import replace
from genie_tui.domain.changes import Change
from tests.ui.boards import BOARD, Rows, card
from tests.ui.test_board import BoardApp

TITLES = {titles!r}

class Program(BoardApp):
    def key_a(self) -> None:
        at = self.view.cursor_card
        self.view.follow(at.id)
        self.change(replace(at, stage="build", column_id="c-build"))

cards = [card(n, TITLES[n % len(TITLES)]) for n in range(1, 60)]
Program(Rows(BOARD, [*cards, card(70, "pg pool", "build")])).run()
"""


TITLES = ["日本語のタイトル", "👩‍👩‍👧 plan", "\x1b[2J\x1b[31m red", "line\nbreak \u202e bidi"]


def start(titles: Sequence[str] = ("a title",)) -> Terminal:
    """A board in a terminal, with those titles in turn."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    program = PROGRAM.format(titles=list(titles))
    return Terminal([sys.executable, "-c", program], environment, columns=120, rows=30)


def frame_is_whole(terminal: Terminal) -> bool:
    """Does every border of the head line go on down to the bottom?

    The cells are looked at, since a wide character takes two of them.
    """
    cells = terminal.screen.buffer
    borders = [x for x in range(terminal.screen.columns) if cells[1][x].data == "│"]
    down = range(1, terminal.screen.lines - 1)
    return len(borders) > 2 and all(cells[y][x].data in "│├┼┤" for x in borders for y in down)


def test_titles_of_any_kind_leave_the_frame_whole_and_steer_nothing() -> None:
    with start(TITLES) as terminal:
        terminal.wait_for("pg pool")
        text = terminal.wait_for(lambda _: frame_is_whole(terminal))
        assert "�[2J�[31m red" in text
        assert "line break � bidi" in text
        assert b"\x1b[31m red" not in terminal.raw


def test_a_key_moves_the_cursor_and_another_the_card() -> None:
    with start() as terminal:
        terminal.wait_for("▌#1 ")
        terminal.send("j")
        terminal.wait_for("▌#2 ")
        terminal.send("a")
        text = terminal.wait_for("Build 2/4")
        assert "Wish 58" in text
        line = next(line for line in text.splitlines() if "▌#2 " in line)
        assert line.index("▌#2 ") > line.index("#1 ")


def test_the_window_can_be_made_smaller_and_larger() -> None:
    with start() as terminal:
        terminal.wait_for("#1 ")
        terminal.resize(60, 20)
        terminal.wait_for("1/5")
        terminal.resize(100, 30)
        terminal.wait_for(lambda text: "┌" in text and "▌#1 " in text and "pg pool" in text)
