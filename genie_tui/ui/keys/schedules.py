"""The keys of the schedules."""

from __future__ import annotations

from genie_tui.ui.keys.asking import CONFIRM
from genie_tui.ui.keys.everywhere import APP
from genie_tui.ui.keys.key import look, write
from genie_tui.ui.keys.lists import BACK, LIST, PANE

__all__ = ["SCHEDULES", "TOGETHER"]

SCHEDULES = (
    write("schedules.run", "N", "run_now", "Run it now, out of turn", "run now"),
    write("schedules.pause", "P", "pause", "Pause it, or have it fire again", "pause"),
    write("schedules.retry", "R", "retry", "Retry what failed, of all that is marked", "retry"),
    write("schedules.cancel", "X", "cancel_schedule", "Call it off for good", "call off"),
    look("schedules.mark", "space", "mark", "Mark it, to retry several", "mark"),
    look("schedules.mark_failed", "asterisk", "mark_failed", "Mark all that failed", "failed"),
    look("schedules.failures", "w", "failures", "Only what failed, or all", "failures"),
    write("schedules.search", "slash", "search", "Narrow down, as you type", "search"),
    look("schedules.wider", "minus", "zoom(1)", "More of the time to come"),
    look("schedules.closer", "plus,equals_sign", "zoom(-1)", "Less of the time to come", "zoom"),
    look("schedules.copy", "y", "copy", "Copy the schedule's id", "copy id"),
)

TOGETHER = (
    (*APP, *BACK, *LIST, *SCHEDULES),
    (*APP, *BACK, *PANE, *SCHEDULES),
    # Never the key that asked.
    (*CONFIRM, *(key for key in SCHEDULES if key.id in {"schedules.cancel", "schedules.retry"})),
)
