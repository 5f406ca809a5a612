"""The screens: the main ones, between which `[` and `]` go, by their names and where they are."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from textual.screen import Screen

    from genie_tui.ui.workspace import Workspace

__all__ = ["MAIN", "TITLES", "Main", "made"]


class Main(NamedTuple):
    """A main screen: its title in the header, and its class, which is imported when first shown."""

    title: str
    module: str
    page: str


MAIN: dict[str, Main] = {
    "board": Main("Board", "board", "BoardPage"),
    "triage": Main("Triage", "triage", "TriagePage"),
    "activity": Main("Activity", "activity", "ActivityPage"),
    "graph": Main("Graph", "graph", "GraphPage"),
    "messages": Main("Messages", "messages", "MessagesPage"),
    "agents": Main("Agents", "agents", "AgentsPage"),
    "schedules": Main("Schedules", "schedules", "SchedulesPage"),
    "sessions": Main("Sessions", "sessions", "SessionsPage"),
    "metrics": Main("Metrics", "metrics", "MetricsPage"),
    "registry": Main("Registry", "registry", "RegistryPage"),
    "system": Main("System", "system", "SystemPage"),
}
"""The modes of the app, in their order."""

TITLES = tuple(main.title for main in MAIN.values())


def made(name: str, workspace: Workspace) -> Screen[Any]:
    """One of the main screens, new."""
    main = MAIN[name]
    page = getattr(import_module(f"genie_tui.ui.screens.{main.module}"), main.page)
    screen: Screen[Any] = page(workspace)
    # It gets the styles as they are now; Textual would style everything twice over again.
    screen._css_update_count = workspace.app._css_update_count
    return screen
