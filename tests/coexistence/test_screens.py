"""Every screen opens on their database."""

from __future__ import annotations

from dataclasses import replace

from genie_tui.domain.actors import Actor
from genie_tui.settings import Settings
from genie_tui.ui.screens import MAIN
from tests.ui.running import running
from tests.ui.test_hostile import check


async def test_every_screen_opens_on_their_database(settings: Settings, ada: Actor) -> None:
    async with running(replace(settings, all_projects=True), ada, size=(160, 46)) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        for name in MAIN:
            await desk.app.action_show_screen(name)
            await desk.press("j", "G")
            check(desk, name, 160)


async def test_their_oddest_board_is_shown(settings: Settings, ada: Actor) -> None:
    only = replace(settings, all_projects=True, board="odd")
    async with running(only, ada, size=(120, 30)) as desk:
        await desk.sees("todo", "doing", "done", "Orphaned")
        await desk.press("G", "l", "j")
        check(desk, "odd", 120)
