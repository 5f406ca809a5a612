"""`genie-tui board`: boards, their columns and templates."""

from __future__ import annotations

import click

from genie_tui.cli.options import LazyGroup

__all__ = ["board"]

_HERE = "genie_tui.cli.board"

TABLE = {
    "list": (f"{_HERE}.reading:list_", "List the boards."),
    "show": (f"{_HERE}.reading:show", "Show a board's columns and how full they are."),
    "create": (f"{_HERE}.making:create", "Make a board."),
    "edit": (f"{_HERE}.making:edit", "Rename or describe a board."),
    "delete": (f"{_HERE}.making:delete", "Delete a board that no task refers to."),
    "column": (f"{_HERE}.column:column", "Add, change, move or remove columns."),
    "template": (f"{_HERE}.template:template", "What new boards are made from."),
    "reconcile": (f"{_HERE}.making:reconcile", "Repair the column ids of a board's tasks."),
    "export": ("genie_tui.cli.carrying:board_export", "Write a board to a file."),
    "import": ("genie_tui.cli.carrying:board_import", "Make a board from a file."),
}


@click.group(cls=LazyGroup, table=TABLE)
def board() -> None:
    """Boards: the columns through which tasks flow.

    A board is named by its id or its name: in this project, else a global one, else anywhere.

    \b
    genie-tui board list
    genie-tui board create Sprint-12 --template software
    genie-tui board column add Sprint-12 security --after review --gate human
    """
