"""The keys of a log, and of the screen that shows nothing else."""

from __future__ import annotations

from genie_tui.ui.keys.everywhere import APP
from genie_tui.ui.keys.key import look
from genie_tui.ui.keys.lists import BACK

__all__ = ["ACTIVITY", "LOG", "TOGETHER"]

ACTIVITY = (look("activity.follow", "f", "follow", "Follow the newest, or stand still", "follow"),)

LOG = (
    look("log.up", "k,up", "older(1)", "Older", "older"),
    look("log.down", "j,down", "older(-1)", "Newer", "newer"),
    look("log.half_up", "ctrl+u,pageup", "older_pages(0.5)", "Half a page up"),
    look("log.half_down", "ctrl+d,pagedown", "older_pages(-0.5)", "Half a page down"),
    look("log.top", "g,home", "oldest", "The oldest that is loaded", "oldest"),
    look("log.bottom", "G,end", "newest", "The newest, and follow", "newest"),
)

TOGETHER = ((*APP, *BACK, *ACTIVITY, *LOG),)
