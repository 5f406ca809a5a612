"""The keys of a log, and of the screen that shows all that happens."""

from __future__ import annotations

from genie_tui.domain.changes import EventKind
from genie_tui.ui.keys.everywhere import APP
from genie_tui.ui.keys.key import look, write
from genie_tui.ui.keys.lists import LIST, PANE

__all__ = ["ACTIVITY", "KINDS", "LOG", "TOGETHER"]

KINDS = tuple(EventKind)
"""In the order of the digits that show and hide them."""

ACTIVITY = (
    look("activity.follow", "f", "follow", "Follow the newest, or stand still", "follow"),
    write("activity.search", "slash", "search", "Narrow down, as you type", "search"),
    look("activity.fold", "z", "fold", "Fold a burst, or unfold it", "fold"),
    look("activity.actor", "at", "actor", "Only what this actor does, or all", "actor"),
    look("activity.of_task", "number_sign", "of_task", "Only what is of this task, or all", "task"),
    look("activity.pin", "space", "pin", "Pin it, or not any more", "pin"),
    look("activity.unpin", "minus", "unpin", "Take all pins away", "unpin"),
    look("activity.pane", "o", "pane", "Go to its task's tmux pane", "pane"),
    look("activity.copy", "y", "copy", "Copy its task's id", "copy id"),
    look("activity.all", "0", "all_kinds", "Show every kind again"),
    *(
        look(f"activity.kind_{n}", str(n % 10), f"kind({n - 1})", f"Show or hide: {kind.value}")
        for n, kind in enumerate(KINDS[:9], 1)
    ),
    look("activity.back", "escape", "back", "Show all again; then to the board", "board"),
)

LOG = (
    look("log.up", "k,up", "older(1)", "Older", "older"),
    look("log.down", "j,down", "older(-1)", "Newer", "newer"),
    look("log.half_up", "ctrl+u,pageup", "older_pages(0.5)", "Half a page up"),
    look("log.half_down", "ctrl+d,pagedown", "older_pages(-0.5)", "Half a page down"),
    look("log.top", "g,home", "oldest", "The oldest that is loaded", "oldest"),
    look("log.bottom", "G,end", "newest", "The newest, and follow", "newest"),
)

TOGETHER = ((*APP, *ACTIVITY, *LIST), (*APP, *ACTIVITY, *PANE))
