"""The dashboard under a pilot, on a real database, and what is on its screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.tasks import Task
from genie_tui.settings import Settings
from genie_tui.ui.app import GenieApp
from genie_tui.ui.burst import Burst
from genie_tui.ui.screens.board import BoardPage

PATIENCE = 20.0
"""Seconds after which what has not become true will not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A running dashboard."""

    app: GenieApp
    pilot: Pilot[None]

    @property
    def text(self) -> str:
        """All that is on the screen, a line a row."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    @property
    def notice(self) -> str:
        """What the screen says to whoever looks."""
        return self.app.page.notice.text

    @property
    def page(self) -> BoardPage:
        """The board's screen."""
        page = self.app.screen_stack[0]
        assert isinstance(page, BoardPage)
        return page

    @property
    def under_cursor(self) -> str:
        """The title of the card under the cursor; empty where there is none."""
        card = self.page.board.cursor_card
        return card.title if card else ""

    async def until(self, holds: Callable[[], Any], *, seconds: float = PATIENCE) -> None:
        """Let the application run until something holds."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"still not so:\n{self.text}\n{self.notice}"
            await asyncio.sleep(0.01)

    async def sees(self, *texts: str) -> None:
        """Wait until texts are on the screen."""
        await self.until(lambda: all(text in self.text for text in texts))

    async def told(self, text: str) -> None:
        """Wait until a notice holds a text."""
        await self.until(lambda: text in self.notice)

    async def press(self, *keys: str) -> None:
        """Press keys, and let each take effect."""
        await self.pilot.press(*keys)

    async def go_to(self, screen: str) -> None:
        """Show one of the main screens."""
        await self.press("x")
        await self.until(lambda: self.app.screen.is_modal)
        await self.type(screen)
        await self.press("enter")
        await self.until(lambda: self.app.current_mode == screen.lower())

    async def type(self, text: str) -> None:
        """Press the keys of a text, one right after the other."""
        for letter in text[:-1]:
            key = letter if letter.isalnum() else _character_to_key(letter)
            self.app.post_message(events.Key(key, letter))
        await self.pilot.press("space" if text[-1] == " " else text[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A board with tasks, and a connection beside the dashboard's."""

    conn: AsyncConnection
    settings: Settings
    board: Board
    tasks: tuple[Task, ...]


def no_guard() -> Burst:
    """A pilot types faster than anybody."""
    return Burst(lambda _: False, lambda _: True)


@asynccontextmanager
async def running(
    settings: Settings,
    me: Actor,
    *,
    size: tuple[int, int] = (120, 40),
    burst: Burst | None = None,
    ready: bool = True,
) -> AsyncIterator[Desk]:
    """A dashboard; with `ready`, its board has been read when the block begins."""
    app = GenieApp(settings, me, burst=burst or no_guard())
    async with app.run_test(size=size) as pilot:
        desk = Desk(app=app, pilot=pilot)
        if ready:
            await desk.until(lambda: app.workspace.opened and app.workspace.summary is not None)
        yield desk
