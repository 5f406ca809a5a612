"""The first rows, which another process fetches while this one imports Textual."""

from __future__ import annotations

import asyncio
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from genie_tui.domain.actors import Actor
from genie_tui.domain.filters import parse
from genie_tui.domain.lanes import Group
from genie_tui.domain.views import View
from genie_tui.errors import NoDatabase
from genie_tui.settings import Settings
from genie_tui.ui.ahead import Fetching, fetch
from genie_tui.ui.memory import Memory, Remembered
from tests.ports import free_port
from tests.ui.running import Room, running


async def test_it_brings_what_the_dashboard_opens_with(room: Room, ada: Actor) -> None:
    ahead = await fetch(room.settings, ada)
    assert ahead is not None
    async with running(room.settings, ada) as desk:
        workspace = desk.app.workspace
        assert workspace.place is not None
        assert workspace.summary == ahead.window.summary
        shown = workspace.place
        told = (shown.board, shown.project_id, shown.project_name)
        assert told == (ahead.board, ahead.project_id, ahead.project_name)
        loaded = {page.column_id: page.cards for page in ahead.window.pages}
        assert desk.page.board.cursor_card in loaded[ahead.board.columns[0].id]


async def test_it_looks_at_the_board_as_it_was_left(room: Room, ada: Actor) -> None:
    project = room.tasks[0].project_id
    last = Remembered(
        board=room.board.key, filter=parse("second"), view=View(hide_done=True), theme=""
    )
    memory = Memory.of_home(room.settings.home)
    memory.keep(project, last)
    ahead = await fetch(room.settings, ada)
    assert ahead is not None
    assert (ahead.filter, ahead.view) == (last.filter, last.view)
    assert [card.title for page in ahead.window.pages for card in page.cards] == ["second"]
    # Rows in lanes are read by the dashboard itself.
    memory.keep(project, replace(last, view=View(group=Group.PRIORITY)))
    assert await fetch(room.settings, ada) is None


async def test_it_starts_and_migrates_nothing(room: Room, ada: Actor, tmp_path: Path) -> None:
    nowhere = Settings(home=tmp_path / "nowhere", port=free_port())
    with pytest.raises((NoDatabase, psycopg.Error)):
        await fetch(nowhere, ada)
    assert not nowhere.home.exists()
    await room.conn.execute("DELETE FROM _genie_migrations WHERE name = 'tui_003_filters'")
    await room.conn.commit()
    assert await fetch(room.settings, ada) is None


def taking(*command: str) -> subprocess.Popen[bytes]:
    """What a process answers is taken, which holds the other end of the pipe."""
    reads, writes = os.pipe()
    process = subprocess.Popen(command, pass_fds=[writes])
    os.close(writes)
    assert asyncio.run(Fetching(process.pid, reads).take()) is None
    return process


@pytest.mark.parametrize("command", [("sleep", "600"), ("true",)])
def test_who_does_not_answer_is_not_waited_for_nor_left_behind(command: tuple[str, ...]) -> None:
    process = taking(*command)
    with pytest.raises(ChildProcessError):
        os.waitpid(process.pid, 0)
    process.returncode = 0
