"""The keys of the screen on which a board itself is edited."""

from __future__ import annotations

from genie_tui.ui.keys.everywhere import APP
from genie_tui.ui.keys.key import look, write
from genie_tui.ui.keys.lists import LIST, PANE

__all__ = ["COLUMNS", "TOGETHER"]

COLUMNS = (
    look("columns.close", "escape", "close", "Back to the board", "back"),
    write("columns.lower", "J", "shift(1)", "Move the column down, to the right", "move down"),
    write("columns.raise", "K", "shift(-1)", "Move the column up, to the left", "move up"),
    write("columns.new", "n", "new", "New column after this one", "new"),
    write("columns.edit", "e", "edit", "Edit the column", "edit"),
    write("columns.color", "c", "color", "Another colour", "colour"),
    write("columns.limit", "w", "limit", "How many tasks it may hold", "limit"),
    write("columns.remove", "X", "remove", "Remove the column; its tasks go to another", "remove"),
    write("columns.rename", "b", "board", "The board's own name and description", "board"),
    write("columns.new_board", "N", "new_board", "New board, empty or of a template", "new board"),
    write("columns.duplicate", "Y", "duplicate", "New board with these columns", "one like this"),
    write("columns.template", "T", "template", "Keep these columns as a template", "template"),
    write("columns.delete", "Z", "delete", "Delete the board", "delete"),
)

TOGETHER = ((*APP, *COLUMNS, *LIST), (*APP, *COLUMNS, *PANE))
