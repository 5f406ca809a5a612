"""A screen that shows what it reads: once it is looked at, and whenever that has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events

from genie_tui.domain.changes import Change, LinkState
from genie_tui.errors import GenieError
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.page import Page
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.workspace import Place, Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["ReadingPage"]


class ReadingPage(Page):
    """Says by `read` what it reads and shows, and by `concerned` whether a change is about it.

    It reads when it is first shown, when the board is another one, when something that concerns it
    changes, and every `AGAIN` seconds where that is not 0; never while another screen is shown,
    and never twice within `EVERY` seconds.
    """

    EVERY: ClassVar[float] = 0.25
    AGAIN: ClassVar[float] = 0.0

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._stale = True
        self._reader: Latest[None] = Latest(self._read_now, every=self.EVERY)

    async def read(self, backend: Backend) -> None:
        """Read, and show it. A GenieError that is raised is said; what is shown stays."""
        raise NotImplementedError

    def concerned(self, change: Change) -> bool:
        """Is it about what is shown here?"""
        return bool(change.cards or change.gone or change.reread or change.events)

    def reread(self) -> None:
        """Read again: at once where this screen is looked at, else once it is."""
        self._stale = True
        if self.is_current or self.app.screen.is_modal:
            self._reader.ask(None)

    def on_mount(self) -> None:
        """Hear of what changes, and read for the first time."""
        self.workspace.changes.subscribe(self, self._hear, immediate=True)
        self.workspace.placed.subscribe(self, self._placed, immediate=True)
        self.run_worker(self._reader.run(), group="reading")
        if self.AGAIN:
            self.set_interval(self.AGAIN, self._look_again)
        self._reader.ask(None)

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """What changed while another screen was shown."""
        if self._stale:
            self._reader.ask(None)

    def _hear(self, change: Change) -> None:
        if self.concerned(change):
            self.reread()

    def _placed(self, _: Place) -> None:
        self.reread()

    def _look_again(self) -> None:
        if self.is_current:
            self._reader.ask(None)

    async def _read_now(self, _: None) -> None:
        backend, link = self.workspace.backend, self.workspace.link
        if backend is None or self.workspace.place is None or link is LinkState.RECONNECTING:
            # Once the link is back, everything is told to read again.
            return
        self._stale = False
        try:
            await self.read(backend)
        except GenieError as error:
            self._stale = True
            if self.workspace.link.connected and self.is_current:
                self.say(str(error), tone=Tone.BAD)

    async def action_back(self) -> None:
        """To the board."""
        await self.run_action("app.show_screen('board')")
