"""The keys of the dependency graph."""

from __future__ import annotations

from genie_tui.ui.keys.everywhere import APP, TASK
from genie_tui.ui.keys.key import look, write
from genie_tui.ui.keys.lists import BACK

__all__ = ["GRAPH", "TOGETHER", "WALK"]

WALK = (
    look("graph.open", "enter", "open", "Open", "open"),
    look("graph.left", "h,left", "walk('left')", "To what it waits for", "waits for"),
    look("graph.right", "l,right", "walk('right')", "To what waits for it", "holds up"),
    look("graph.down", "j,down", "walk('down')", "Down", "down"),
    look("graph.up", "k,up", "walk('up')", "Up", "up"),
    look("graph.half_down", "ctrl+d,pagedown", "walk_pages(0.5)", "Half a page down"),
    look("graph.half_up", "ctrl+u,pageup", "walk_pages(-0.5)", "Half a page up"),
    look("graph.first", "g,home", "edge(False)", "To what waits for nothing"),
    look("graph.last", "G,end", "edge(True)", "To the end of the longest way"),
    look("graph.critical", "n", "next_critical", "The next on the critical path", "critical"),
    look("graph.circle", "exclamation_mark", "next_circle", "The next task on a cycle", "cycles"),
    look("graph.centre", "space", "centre", "Put the task into the middle", "centre"),
    look("graph.focus", "z", "focus_near", "Only what is near the task, or all", "focus"),
    look("graph.wider", "plus,equals_sign", "widen(1)", "A step more around the task", "wider"),
    look("graph.narrower", "minus", "widen(-1)", "A step less around the task"),
    look("graph.hide_done", "full_stop", "hide_done", "Hide what is done, or show it", "hide done"),
)

GRAPH = (
    look("graph.scope", "w", "scope", "Of the task, its board, or the project", "scope"),
    write("graph.find", "slash", "find", "Find a task by number or title", "find"),
)

TOGETHER = ((*APP, *TASK, *BACK, *WALK, *GRAPH),)
