"""Text that is meant to do harm is shown harmlessly on every screen, in the right width."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from genie_tui.domain.actors import Actor
from genie_tui.ui.screens import MAIN
from tests.ui import hostile
from tests.ui.running import Desk, Room, running

NOTHING_WRITTEN = {"graph", "metrics", "system"}
"""Screens on which nothing of it need be seen at once."""


def check(desk: Desk, where: str, width: int) -> None:
    """Is there nothing on the screen that steers a terminal, and no line too long?"""
    strips = desk.app.screen._compositor.render_strips()
    for strip in strips:
        found = [mark for mark in hostile.MARKS if mark in strip.text]
        assert found == [], f"{where}: {found!r} in {strip.text!r}"
        assert strip.text.isprintable(), f"{where}: {strip.text!r}"
        assert cell_len(strip.text) <= width, f"{where}: {cell_len(strip.text)} of {width} cells"


@pytest.mark.parametrize(("width", "height"), [(160, 46), (60, 36)])
async def test_no_screen_lets_through_what_is_meant_to_do_harm(
    room: Room, ada: Actor, width: int, height: int
) -> None:
    await hostile.fill(room.conn, room.tasks[0].id)
    settings = replace(room.settings, project=None, all_projects=True)
    async with running(settings, ada, size=(width, height)) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        await desk.until(lambda: desk.app.workspace.queue.total > 3)
        check(desk, "board", width)
        for name in MAIN:
            await desk.app.action_show_screen(name)
            if name not in NOTHING_WRITTEN:
                await desk.sees("no markup")
            for key in ("j", "G", "tab", "k"):
                await desk.press(key)
                check(desk, f"{name} after {key}", width)
        await desk.app.action_show_screen("board")
        await desk.pilot.pause()
        desk.page.set_focus(desk.page.board)
        desk.page.board.move_to(room.tasks[0].id)
        await desk.press("enter")
        await desk.until(lambda: desk.app.page is not desk.page)
        await desk.sees("description")
        for key in ("G", "2", "3", "4", "5", "6"):
            await desk.press(key)
            check(desk, f"the task after {key}", width)
