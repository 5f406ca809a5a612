"""The keys of triage."""

from __future__ import annotations

from genie_tui.ui.keys.everywhere import APP, TASK
from genie_tui.ui.keys.key import look
from genie_tui.ui.keys.lists import BACK, LIST

__all__ = ["QUEUE", "TOGETHER"]

QUEUE = (look("queue.skip", "space", "skip", "Next, without a verdict", "skip"),)

TOGETHER = ((*APP, *TASK, *BACK, *QUEUE, *LIST),)
