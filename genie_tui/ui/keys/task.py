"""The keys of a task in full."""

from __future__ import annotations

from genie_tui.ui.keys.everywhere import APP, TASK
from genie_tui.ui.keys.key import look

__all__ = ["STEPS", "TOGETHER", "VIEW"]

VIEW = (
    look("view.close", "escape", "close", "Back", "back"),
    look("view.down", "j,down", "scroll_lines(1)", "Down", "down"),
    look("view.up", "k,up", "scroll_lines(-1)", "Up", "up"),
    look("view.half_down", "ctrl+d,pagedown", "scroll_pages(0.5)", "Half a page down"),
    look("view.half_up", "ctrl+u,pageup", "scroll_pages(-0.5)", "Half a page up"),
    look("view.top", "g,home", "scroll_edge(False)", "To the beginning"),
    look("view.bottom", "G,end", "scroll_edge(True)", "To the end"),
)

STEPS = (
    look("view.next", "J", "step(1)", "The next card", "next"),
    look("view.previous", "K", "step(-1)", "The card before"),
)

TOGETHER = ((*APP, *TASK, *VIEW, *STEPS),)
