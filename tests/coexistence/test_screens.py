"""Every screen opens on their database."""

from __future__ import annotations

from dataclasses import replace

from genie_tui.domain.actors import Actor
from genie_tui.settings import Settings
from genie_tui.ui.screens import MAIN
from tests.ui.running import running
from tests.ui.test_hostile import check


async def test_every_screen_opens_on_their_database(settings: Settings, ada: Actor) -> None:
    odd = replace(settings, all_projects=True, board="odd")
    async with running(odd, ada, size=(160, 46)) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        await desk.sees("todo 1", "Orphaned 1", "plain")
        for name in MAIN:
            await desk.app.action_show_screen(name)
            await desk.press("j", "G")
            check(desk, name, 160)
