"""The keys of the agents."""

from __future__ import annotations

from genie_tui.ui.keys.asking import CONFIRM
from genie_tui.ui.keys.everywhere import APP, TASK
from genie_tui.ui.keys.key import look, write
from genie_tui.ui.keys.lists import BACK, LIST, PANE

__all__ = ["AGENTS", "TOGETHER", "UNDOING"]

AGENTS = (
    look("agents.pane", "o", "pane", "Go to its tmux pane", "pane"),
    write("agents.mail", "m", "mail", "Write it a letter", "mail"),
    write("agents.assign", "a", "assign", "Give it a task that is ready", "assign"),
    write("agents.release", "X", "release", "Release what it has locked; ask if it lives", "free"),
    write("agents.search", "slash", "search", "Narrow down by name or team", "search"),
    look("agents.teams", "t", "teams", "By teams, or all together", "teams"),
    look("agents.attention", "w", "attention", "Only those that need somebody, or all", "need you"),
    look("agents.copy", "y", "copy", "Copy the agent's id", "copy id"),
)

UNDOING = tuple(key for key in TASK if key.id in {"task.undo", "task.redo"})
"""What was released or assigned can be taken back here, too."""

TOGETHER = (
    (*APP, *BACK, *LIST, *AGENTS, *UNDOING),
    (*APP, *BACK, *PANE, *AGENTS, *UNDOING),
    # Never the key that asked.
    (*CONFIRM, *(key for key in AGENTS if key.id == "agents.release")),
)
