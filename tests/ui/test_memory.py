"""What is remembered between two starts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.actors import Actor
from genie_tui.domain.filters import parse
from genie_tui.domain.lanes import Group
from genie_tui.domain.tasks import Sort
from genie_tui.domain.views import View
from genie_tui.ui.memory import PROJECTS_AT_MOST, Memory, Remembered
from tests.services.making import make_board
from tests.ui.running import Room, running

LAST = Remembered(
    board="board-1",
    filter=parse('"rate limit" !tag:bug'),
    view=View(sort=Sort.DUE, hide_done=True, folded=("b", "c"), group=Group.TAG),
)


def test_what_is_kept_is_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "home" / "tui.state.json"
    Memory(path).keep("proj-1", LAST)
    Memory(path).keep(None, replace(LAST, board="board-2"))
    assert Memory(path).of("proj-1") == LAST
    assert Memory(path).of(None) == replace(LAST, board="board-2")
    assert Memory(path).of("proj-2") is None
    assert list(path.parent.iterdir()) == [path]


def test_of_very_many_projects_the_latest_are_remembered(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "tui.state.json")
    for number in range(PROJECTS_AT_MOST + 1):
        memory.keep(f"proj-{number}", LAST)
    assert memory.of("proj-0") is None
    assert memory.of("proj-1") == LAST


def test_a_home_that_cannot_be_written_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no directory")
    memory = Memory(tmp_path / "home" / "tui.state.json")
    memory.keep("proj-1", LAST)
    assert memory.of("proj-1") == LAST


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
KEYS = ("filter", "sort", "hide_done", "hide_blocked", "folded", "group", "theme")


@given(
    found=values | st.fixed_dictionaries({"board": values}, optional=dict.fromkeys(KEYS, values))
)
def test_nonsense_in_the_file_is_never_an_error(
    tmp_path_factory: pytest.TempPathFactory, found: object
) -> None:
    path = tmp_path_factory.mktemp("state") / "tui.state.json"
    path.write_text(json.dumps({"projects": {"proj-1": found}}))
    last = Memory(path).of("proj-1")
    assert last is None or isinstance(last.board, str)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"projects": 1}', "\x00"])
def test_a_file_that_is_none_of_ours_is_forgotten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tui.state.json"
    path.write_text(text)
    assert Memory(path).of("proj-1") is None


async def test_a_dashboard_opens_as_it_was_left(room: Room, ada: Actor) -> None:
    other = await make_board(room.conn, name="Other", project_id=room.tasks[0].project_id)
    await room.conn.commit()
    async with running(room.settings, ada) as desk:
        await desk.press("full_stop", "s", "slash")
        await desk.type("first")
        await desk.press("enter")
        await desk.sees("by age, without done", "filter: first", "1/3 tasks")
    async with running(replace(room.settings, board=None), ada) as desk:
        await desk.sees("acme/Flow", "by age, without done", "filter: first", "1/3 tasks")
    async with running(replace(room.settings, board=other.name), ada) as desk:
        await desk.sees("acme/Other", "0 tasks")
        assert "filter" not in desk.text.splitlines()[1]
    async with running(replace(room.settings, board=None), ada) as desk:
        await desk.sees("acme/Other")


async def test_a_board_that_is_gone_by_then_is_not_missed(room: Room, ada: Actor) -> None:
    other = await make_board(room.conn, name="Other", project_id=room.tasks[0].project_id)
    await room.conn.commit()
    async with running(replace(room.settings, board=other.name), ada) as desk:
        await desk.press("s")
        await desk.sees("by age")
    await room.conn.execute("DELETE FROM boards WHERE id = %s", (other.id,))
    await room.conn.commit()
    async with running(replace(room.settings, board=None), ada) as desk:
        await desk.sees("acme/Flow")


async def test_the_theme_that_was_chosen_is_there_from_the_next_start_on(
    room: Room, ada: Actor
) -> None:
    async with running(room.settings, ada) as desk:
        desk.app.theme = "genie-light"
        await desk.pilot.pause()
    async with running(room.settings, ada) as desk:
        assert desk.app.theme == "genie-light"
    async with running(replace(room.settings, theme="nord"), ada) as desk:
        assert desk.app.theme == "nord"
