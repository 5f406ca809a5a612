"""`--ascii`: nothing but ASCII on any screen, at any width."""

from __future__ import annotations

from dataclasses import replace

import pytest

from genie_tui.domain.actors import Actor
from genie_tui.ui.screens import MAIN
from tests.ui.running import Desk, Room, running


def strange(desk: Desk) -> list[str]:
    """The lines of the screen that are not ASCII."""
    return [line for line in desk.text.splitlines() if not line.isascii()]


@pytest.mark.parametrize("width", [160, 80, 60])
async def test_every_screen_prompt_and_list_is_drawn_in_ascii(
    room: Room, ada: Actor, width: int
) -> None:
    async with running(replace(room.settings, ascii=True), ada, size=(width, 30)) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        for name in MAIN:
            await desk.app.action_show_screen(name)
            await desk.press("j")
            assert strange(desk) == [], name
        await desk.app.action_show_screen("board")
        for keys in (("E",), ("enter",), ("c",), ("n",), ("v",), ("colon",), ("question_mark",)):
            await desk.press(*keys)
            await desk.until(lambda: desk.app.screen is not desk.page)
            assert strange(desk) == [], keys
            await desk.press("escape")
            await desk.until(lambda: desk.app.screen is desk.page)
