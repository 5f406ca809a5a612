"""The keys of the sessions."""

from __future__ import annotations

from genie_tui.ui.keys.everywhere import APP
from genie_tui.ui.keys.key import look, write
from genie_tui.ui.keys.lists import BACK, LIST, PANE

__all__ = ["SESSIONS", "TOGETHER"]

SESSIONS = (
    write("sessions.search", "slash", "search", "Find words in all that was said", "search"),
    look("sessions.fold", "w", "fold", "What tools were asked and gave in full, or not", "tools"),
    look("sessions.cost", "m", "cost", "What was spent, or the transcript", "cost"),
    look("sessions.copy", "y", "copy", "Copy the session's id", "copy id"),
)

TOGETHER = ((*APP, *BACK, *LIST, *SESSIONS), (*APP, *BACK, *PANE, *SESSIONS))
