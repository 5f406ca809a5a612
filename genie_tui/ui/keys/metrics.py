"""The keys of the metrics."""

from __future__ import annotations

from genie_tui.ui.keys.everywhere import APP
from genie_tui.ui.keys.key import look, write
from genie_tui.ui.keys.lists import BACK, PANE

__all__ = ["METRICS", "TOGETHER"]

METRICS = (
    look("metrics.next", "l,right", "turn(1)", "The next chart", "next"),
    look("metrics.previous", "h,left", "turn(-1)", "The chart before", "previous"),
    look("metrics.longer", "plus,equals_sign", "lengthen(1)", "More days back", "more days"),
    look("metrics.shorter", "minus", "lengthen(-1)", "Fewer days back", "fewer"),
    look("metrics.week", "1", "look_back(7)", "7 days", "7 d"),
    look("metrics.month", "2", "look_back(30)", "30 days", "30 d"),
    look("metrics.quarter", "3", "look_back(90)", "90 days", "90 d"),
    look("metrics.year", "4", "look_back(365)", "365 days", "a year"),
    write("metrics.release", "w", "release", "Burn down a release, or the board", "release"),
)

TOGETHER = ((*APP, *BACK, *PANE, *METRICS),)
