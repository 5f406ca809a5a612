"""Boards looked at: which there are, and how full their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.options import Command
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.domain.text import clean
from genie_tui.services import boards
from genie_tui.services.board_objects import object_of, objects

if TYPE_CHECKING:
    from genie_tui.domain.boards import Board, Column

__all__ = ["list_", "named_board", "named_or_first", "show", "write_columns", "write_settings"]


@click.command("list", cls=Command)
@transaction
async def list_(here: Here) -> Answer:
    """List the boards of the project, and those that all projects share.

    After them the boards that are made up for tasks without one. The counts are of the tasks of
    all projects. With --json: a list of boards, each with its `counts`.

    \b
    genie-tui board list
    genie-tui board list --all-projects --json
    """
    found = await objects(
        here.conn, await boards.list_boards(here.conn, project_id=await here.scope())
    )
    rows = [
        (
            board["name"],
            board["project"],
            len(board["counts"]["columns"]),
            board["counts"]["open"],
            board["counts"]["all"],
            board["id"] or f"type:{board['type_id']}",
        )
        for board in found
    ]

    def text() -> None:
        if rows:
            headings = ("board", "project", "columns", "open", "all", "id")
            write_table(
                headings, rows, flexible=("board", "project"), optional=("columns", "project")
            )
        else:
            click.echo("no boards; 'genie-tui board create NAME' makes one")

    return Answer(value=found, text=text)


@click.command(cls=Command)
@click.argument("name", metavar="[NAME]", required=False, type=arguments.BOARD)
@transaction
async def show(here: Here, name: str | None) -> Answer:
    """Show a board's columns and how full they are.

    Without a name, the project's first board. The gate tells whose word opens it (H a person's, A
    an agent's, H+A both), and » that tasks go on by themselves; ! marks more tasks than the limit.
    The counts are of the tasks of all projects. With --json: the board, its columns as they are
    stored, and `counts`.

    \b
    genie-tui board show
    genie-tui board show Sprint-12 --json
    """
    board = await named_or_first(here, name)
    found = await object_of(here.conn, board)

    def text() -> None:
        kind = None if board.id else "made up for tasks without a board; its columns stay"
        output.write_fields(
            {
                "board": clean(board.name),
                "project": board.project_name and clean(board.project_name),
                "about": board.description and clean(board.description),
                "id": found["id"],
                "kind": kind,
            }
        )
        click.echo()
        write_columns(board, found["counts"], arrow=">" if here.settings.ascii else "»")

    return Answer(value=found, text=text)


async def named_board(here: Here, name: str) -> Board:
    """The board that is named.

    Raises:
        NotFound, Ambiguous: there is none, or there are several.
    """
    project = await here.project()
    return await boards.find_board(here.conn, name, project_id=project.id if project else None)


async def named_or_first(here: Here, name: str | None) -> Board:
    """The board that is named, else that of --board, else the project's first."""
    named = await here.board(name)
    return named or await boards.first_board(here.conn, await here.scope())


def write_columns(board: Board, counts: Mapping[str, Any], *, arrow: str) -> None:
    """Print a board's columns, and that there are tasks in none."""
    rows = [
        (
            column.name,
            column.label,
            _gate(column, arrow),
            column.action,
            _limit(board.wip.get(column.name), count["all"]),
            count["open"],
            count["all"],
        )
        for column, count in zip(board.columns, counts["columns"], strict=True)
    ]
    headings = ("column", "label", "gate", "action", "limit", "open", "all")
    write_table(headings, rows, flexible=("column", "label"), optional=("label", "action", "limit"))
    if counts["orphaned"]:
        tasks = output.counted(counts["orphaned"], "task")
        verb = "stands" if counts["orphaned"] == 1 else "stand"
        listed = f"; 'genie-tui board reconcile {board.id}' lists them" if board.id else ""
        click.echo(f"\n{tasks} {verb} in no column{listed}")


def write_settings(columns: Sequence[Column], heading: str, *, ascii: bool) -> None:  # noqa: A002
    """Print what is said of columns that hold no tasks: a template's, or the stages of a type."""
    arrow = ">" if ascii else "»"
    rows = [
        (
            column.name,
            column.label,
            _gate(column, arrow),
            column.action,
            ", ".join(column.roles),
        )
        for column in columns
    ]
    headings = (heading, "label", "gate", "action", "roles")
    optional = ("label", "roles", "action")
    write_table(headings, rows, flexible=(heading, "label", "roles"), optional=optional)


def _gate(column: Column, arrow: str) -> str:
    return f"[{column.gate.short}{arrow if column.auto_advance else ''}]"


def _limit(limit: int | None, count: int) -> str | None:
    return None if limit is None else f"{limit}{'!' if count > limit else ''}"
