"""The keys of every list with a cursor."""

from __future__ import annotations

from genie_tui.ui.keys.everywhere import APP
from genie_tui.ui.keys.key import look

__all__ = ["BACK", "LIST", "PANE", "SEARCH", "TOGETHER"]

LIST = (
    look("list.open", "enter", "open", "Open", "open"),
    look("list.down", "j,down", "go(1)", "Down", "down"),
    look("list.up", "k,up", "go(-1)", "Up", "up"),
    look("list.half_down", "ctrl+d,pagedown", "go_pages(0.5)", "Half a page down"),
    look("list.half_up", "ctrl+u,pageup", "go_pages(-0.5)", "Half a page up"),
    look("list.top", "g,home", "go_edge(False)", "To the first"),
    look("list.bottom", "G,end", "go_edge(True)", "To the last"),
)

PANE = (
    look("pane.down", "j,down", "scroll_lines(1)", "Down", "down"),
    look("pane.up", "k,up", "scroll_lines(-1)", "Up", "up"),
    look("pane.half_down", "ctrl+d,pagedown", "scroll_pages(0.5)", "Half a page down"),
    look("pane.half_up", "ctrl+u,pageup", "scroll_pages(-0.5)", "Half a page up"),
    look("pane.top", "g,home", "scroll_edge(False)", "To the beginning"),
    look("pane.bottom", "G,end", "scroll_edge(True)", "To the end"),
)
"""Of a text beside a list."""

SEARCH = (
    look("search.keep", "enter,down", "keep", "Keep what is found", "keep"),
    look("search.drop", "escape", "drop", "Show everything again", "all"),
)
"""Of a field that narrows a list down."""

BACK = (look("screen.back", "escape", "back", "To the board", "board"),)
"""Of every main screen but the board."""

TOGETHER = ((*APP, *BACK, *LIST), (*APP, *BACK, *PANE), SEARCH)
