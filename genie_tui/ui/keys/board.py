"""The keys of the board."""

from __future__ import annotations

from textual.binding import Binding

from genie_tui.ui.keys.activity import LOG
from genie_tui.ui.keys.everywhere import APP, TASK
from genie_tui.ui.keys.key import Key, look, write
from genie_tui.ui.widgets.board_keys import KEYS as BOARD_KEYS

__all__ = ["BOARD", "MOVES", "TOGETHER", "VIEWING"]

BOARD = (
    write("board.new", "n", "new", "New task in this column", "new"),
    write("board.filter", "slash", "filter", "Filter, as you type", "filter"),
    look("board.clear", "escape", "clear", "Mark nothing; clear the filter"),
    look("board.follow", "f", "follow", "Follow the newest activity, or stand still"),
)

VIEWING = (
    look("board.sort", "s", "sort", "Sort by priority, age, due date, last change", "sort"),
    look("board.group", "semicolon", "group", "Lanes by assignee, priority, tag, parent, project"),
    write("board.columns", "E", "columns", "Edit the board: columns, gates, limits", "edit board"),
    write("board.limit", "W", "limit", "How many tasks the column may hold", "limit"),
    look("board.waits_for", "less_than_sign", "waits_for", "Go to what the task waits for", "deps"),
    look("board.holds", "greater_than_sign", "holds", "Go to what the task holds up"),
    look("board.hide_done", "full_stop", "hide_done", "Hide what is done, or show it"),
    look("board.hide_blocked", "comma", "hide_blocked", "Hide what is blocked, or show it"),
    write("board.save_view", "V", "save_view", "Save this view under a name, for everybody"),
    write("board.rename_view", "ctrl+r", "rename_view", "Rename a saved view"),
    write("board.delete_view", "ctrl+x", "delete_view", "Delete a saved view"),
)

MOVES = tuple(
    Key(
        id=binding.id or "",
        keys=binding.key,
        action=binding.action,
        says=binding.description,
        label="open" if binding.id == "board.open" else "",
        guarded=False,
    )
    for binding in BOARD_KEYS
    if isinstance(binding, Binding)
)
"""Those of the board itself, which are declared with it."""

TOGETHER = (
    (*APP, *TASK, *BOARD, *VIEWING, *MOVES),
    (*APP, *TASK, *BOARD, *VIEWING, *LOG),
)
