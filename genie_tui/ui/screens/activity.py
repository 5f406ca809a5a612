"""Everything that happens, across the whole screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from genie_tui.ui.keys.activity import ACTIVITY
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.lists import BACK
from genie_tui.ui.screens.page import Page
from genie_tui.ui.widgets.activity_log import ActivityLog
from genie_tui.ui.workspace import Workspace

__all__ = ["ActivityPage"]


class ActivityPage(Page):
    """Newest last; older events are read as one scrolls up."""

    NAME = "Activity"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*ACTIVITY, *BACK))
    HINTS = (
        "log.up",
        "log.down",
        "log.top",
        "log.bottom",
        "activity.follow",
        "screen.back",
        "app.boards",
        "app.palette",
    )
    DEFAULT_CSS = """
    ActivityPage.-status ActivityLog { display: none; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.log_view = ActivityLog(workspace.journal, ascii=self.ascii)

    def body(self) -> Iterable[Widget]:
        """The log alone."""
        yield self.log_view

    def on_mount(self) -> None:
        """Hear what happens."""
        self.set_focus(self.log_view)
        self.workspace.logged.subscribe(self, lambda _: self._logged(), immediate=True)

    def on_screen_resume(self) -> None:
        """What happened while another screen was shown."""
        self._logged()

    def _logged(self) -> None:
        self.log_view.changed()
        if self.has_class("-status"):
            self.show_bearings()

    @on(ActivityLog.OlderWanted)
    def _older_wanted(self, event: ActivityLog.OlderWanted) -> None:
        event.stop()
        self.workspace.older.ask(None)

    def action_follow(self) -> None:
        """Follow the newest, or stand still."""
        if self.log_view.following:
            self.log_view.stand_still()
        else:
            self.log_view.follow()

    async def action_back(self) -> None:
        """To the board."""
        await self.run_action("app.show_screen('board')")
