"""The system: the server, its migrations, sessions, tables and log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from genie_tui.domain.changes import Change
from genie_tui.domain.system import Report
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.lists import BACK
from genie_tui.ui.screens.reading import ReadingPage
from genie_tui.ui.widgets.pane import Pane
from genie_tui.ui.widgets.system_parts import connections, log, migrations, server, tables
from genie_tui.ui.workspace import Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["SystemPage"]


class SystemPage(ReadingPage):
    """Five panes; tab goes from one to the next."""

    NAME = "System"
    BINDINGS: ClassVar[list[BindingType]] = bindings(BACK)
    AGAIN = 2.0
    HINTS = ("app.next_panel", "pane.down", "pane.up", "app.reload", "app.palette", "screen.back")
    DEFAULT_CSS = """
    SystemPage {
        #system { layout: grid; grid-size: 2; grid-columns: 1fr 1fr; grid-rows: 17 1fr 1fr;
                  height: 1fr; }
        Pane { border-bottom: solid $foreground 22%; }
        #server, #sessions { border-right: solid $foreground 22%; }
        #log { column-span: 2; border-bottom: none; }
        &.-narrow, &.-pair, &.-compact {
            #system { layout: vertical; overflow-y: auto; }
            Pane { height: auto; max-height: 18; width: 100%; }
            #server, #sessions { border-right: none; }
        }
        &.-status #system { display: none; }
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._report: Report | None = None
        self.panes = {
            name: Pane(id=name) for name in ("server", "migrations", "sessions", "tables", "log")
        }

    def body(self) -> Iterable[Widget]:
        """All five."""
        yield Container(*self.panes.values(), id="system")

    def on_mount(self) -> None:
        """The first has the keys."""
        self.set_focus(self.panes["server"])

    def concerned(self, change: Change) -> bool:
        """It is read every so often anyway."""
        return change.reread

    async def read(self, backend: Backend) -> None:
        """How everything stands."""
        first = self._report is None
        self._report = await backend.system.report()
        self._show()
        if first:
            self.panes["log"].end_when_laid_out()

    def on_resize(self, event: events.Resize) -> None:
        """Tables get another width."""
        del event
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        if (report := self._report) is None:
            return
        now = datetime.now(UTC)
        self.panes["server"].show(server(report, self._feed(now), now))
        self.panes["migrations"].show(migrations(report))
        self.panes["sessions"].show(connections(report, self._room("sessions"), now))
        self.panes["tables"].show(tables(report, self._room("tables"), now))
        self.panes["log"].show(log(report))

    def _room(self, name: str) -> int:
        return max(self.panes[name].scrollable_content_region.width - 1, 40)

    def _feed(self, now: datetime) -> str:
        """How the listener stands, and when it last had something to tell."""
        workspace = self.workspace
        state = str(workspace.link)
        if not len(workspace.journal):
            return state
        newest = workspace.journal[workspace.journal.end - 1].at
        seconds = max((now - newest).total_seconds(), 0)
        return f"{state}; the last event {seconds:,.0f} s ago"
