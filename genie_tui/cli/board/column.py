"""`genie-tui board column`: the columns of a board."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.board.reading import named_board, write_columns
from genie_tui.cli.options import Group
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.domain.columns import Layout, Where
from genie_tui.errors import BadInput
from genie_tui.services import boards, columns
from genie_tui.services.board_objects import object_of

if TYPE_CHECKING:
    from genie_tui.domain.boards import Board
    from genie_tui.domain.column_fields import Settings

__all__ = ["column"]

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

NONE = "none"
"""What is written for no limit, no action or no target."""


class Limit(click.ParamType[int | str]):
    """A number of tasks, or `none`."""

    name = "limit"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        """Read it."""
        if str(value).lower() == NONE:
            return NONE
        try:
            return int(value)
        except ValueError:
            self.fail(f"{value!r} is no number of tasks, nor {NONE!r}", param, ctx)


BOARD = click.argument("board_name", metavar="BOARD", type=arguments.BOARD)
COLUMN = click.argument("name", metavar="COLUMN", type=arguments.STAGE)

SETTINGS = (
    click.option("--label", metavar="TEXT", help="What stands above it; its name unless said."),
    click.option(
        "--gate",
        type=click.Choice(["human", "agent", "human+agent"], case_sensitive=False),
        help="Whose word lets a task go on from there.",
    ),
    click.option("--action", metavar="SKILL", help="What an agent does there: /work, or none."),
    click.option(
        "--auto-advance/--no-auto-advance", default=None, help="Does what is complete go on?"
    ),
    click.option("--color", "--colour", metavar="#RRGGBB", help="Its colour."),
    click.option(
        "--role", "roles", metavar="NAME", multiple=True, help="Who works there; * for anyone."
    ),
    click.option("--parallel/--no-parallel", default=None, help="May several work there at once?"),
    click.option(
        "--on-fail",
        metavar="COLUMN",
        type=arguments.STAGE,
        help="Where a task is sent back to, or none: the column before.",
    ),
    click.option(
        "--transition",
        "transitions",
        metavar="EVENT=COLUMN",
        multiple=True,
        help="Where an event leads, such as advance=ship; EVENT=none takes that away.",
    ),
    click.option("--limit", metavar="N", type=Limit(), help="Soft limit of its tasks, or none."),
)

PLACE = (
    click.option("--after", metavar="COLUMN", type=arguments.STAGE, help="Right after this one."),
    click.option("--before", metavar="COLUMN", type=arguments.STAGE, help="Right before this one."),
    click.option("--first", is_flag=True, help="Before all others."),
    click.option("--last", is_flag=True, help="After all others."),
)


def _with(options: Sequence[Callable[[Any], Any]]) -> Callable[[Decorated], Decorated]:
    def decorate(command: Decorated) -> Decorated:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.group(cls=Group)
def column() -> None:
    """Columns of a board: the stages of its tasks.

    A column is named by its name, its label or its id. The columns of a board that is made up for
    tasks without one cannot be changed: make a board.

    \b
    genie-tui board column list Sprint-12
    genie-tui board column add Sprint-12 security --after review --gate human
    genie-tui board column edit Sprint-12 build --limit 4
    """


@column.command("list")
@BOARD
@transaction
async def list_(here: Here, board_name: str) -> Answer:
    """List a board's columns in their order.

    With --json: a list of the columns as they are stored, each with its `limit`, and how many of
    its tasks are `open` and how many there are in `all`.

    \b
    genie-tui board column list Sprint-12
    """
    board = await named_board(here, board_name)
    found = await object_of(here.conn, board)
    layout = Layout.read(found["columns"], found["config"])
    value = [
        {
            **layout.items[at],
            "limit": board.wip.get(column.name),
            "open": count["open"],
            "all": count["all"],
        }
        for (at, column), count in zip(layout.placed, found["counts"]["columns"], strict=True)
    ]

    def text() -> None:
        write_columns(board, found["counts"], arrow=">" if here.settings.ascii else "»")

    return Answer(value=value, text=text)


@column.command()
@BOARD
@click.argument("name")
@_with(PLACE)
@_with(SETTINGS)
@transaction
async def add(
    here: Here,
    /,
    board_name: str,
    name: str,
    after: str | None,
    before: str | None,
    first: bool,
    last: bool,
    **given: Any,
) -> Answer:
    """Add a column to a board, last unless said otherwise.

    With --json: the board.

    \b
    genie-tui board column add Sprint-12 security --after review --gate human
    genie-tui board column add Sprint-12 triage --first --gate agent --action /trace --limit 10
    """
    board = await named_board(here, board_name)
    where = _where(after, before, first=first, last=last) or Where()
    changed = await columns.add_column(
        here.conn, board, name, where=where, actor=here.me, **_settings(board, given)
    )
    return await _answer(here, board, f"{board.name}: added {changed.column}", ordered=True)


@column.command()
@BOARD
@COLUMN
@click.option("--name", "new_name", metavar="NEW", help="What it is to be called.")
@_with(SETTINGS)
@transaction
async def edit(
    here: Here, /, board_name: str, name: str, new_name: str | None, **given: Any
) -> Answer:
    """Change a column: what is not said stays.

    Where it is renamed, the stage of its tasks is, and all that leads to it; that is no move.
    With --json: the board.

    \b
    genie-tui board column edit Sprint-12 build --name make --label Make
    genie-tui board column edit Sprint-12 review --gate human+agent --on-fail make --limit 4
    genie-tui board column edit Sprint-12 qa --transition advance=ship --no-auto-advance
    """
    board = await named_board(here, board_name)
    fields: dict[str, Any] = dict(_settings(board, given))
    if new_name is not None:
        fields["name"] = new_name
    if not fields:
        raise BadInput("nothing to change; 'genie-tui board column edit --help' shows what can be")
    changed = await columns.edit_column(here.conn, board, name, actor=here.me, **fields)
    if not changed.keys:
        return await _answer(here, board, f"{board.name}: {changed.column} is like that already")
    return await _answer(here, board, f"{board.name}: {changed.said}")


@column.command()
@BOARD
@COLUMN
@_with(PLACE)
@transaction
async def move(
    here: Here,
    board_name: str,
    name: str,
    after: str | None,
    before: str | None,
    first: bool,
    last: bool,
) -> Answer:
    """Put a column elsewhere among the others.

    Tasks advance in the new order from then on. With --json: the board.

    \b
    genie-tui board column move Sprint-12 qa --before review
    """
    board = await named_board(here, board_name)
    if (where := _where(after, before, first=first, last=last)) is None:
        raise BadInput("where to? give --after, --before, --first or --last")
    changed = await columns.move_column(here.conn, board, name, where, actor=here.me)
    if not changed.keys:
        return await _answer(here, board, f"{board.name}: {changed.column} is there already")
    return await _answer(here, board, f"{board.name}: moved {changed.column}", ordered=True)


@column.command()
@BOARD
@COLUMN
@click.option("--to", metavar="COLUMN", type=arguments.STAGE, help="Move its tasks there.")
@transaction
async def remove(here: Here, board_name: str, name: str, to: str | None) -> Answer:
    """Remove a column; one that holds tasks only where --to says where they go.

    What led to it leads there, too. With --json: the board.

    \b
    genie-tui board column remove Sprint-12 security
    genie-tui board column remove Sprint-12 triage --to draft
    """
    board = await named_board(here, board_name)
    changed = await columns.remove_column(here.conn, board, name, to=to, actor=here.me)
    tasks = (
        f"; {output.counted(changed.tasks, 'task')} moved to {changed.to}" if changed.tasks else ""
    )
    return await _answer(here, board, f"{board.name}: removed {changed.column}{tasks}")


async def _answer(here: Here, board: Board, text: str, *, ordered: bool = False) -> Answer:
    """The board as it is now; in words, with the order of its columns where that was changed."""
    now = await boards.find_board(here.conn, board.key)
    order = f": {' → '.join(column.name for column in now.columns)}" if ordered else ""
    return Answer(value=await object_of(here.conn, now), text=f"{text}{order}")


def _where(after: str | None, before: str | None, *, first: bool, last: bool) -> Where | None:
    if (after is not None) + (before is not None) + first + last > 1:
        raise BadInput(
            "a column stands in one place; give one of --after, --before, --first, --last"
        )
    if after is None and before is None and not (first or last):
        return None
    return Where(after=after, before=before, first=first)


def _settings(board: Board, given: Mapping[str, Any]) -> Settings:
    """What was given of the options in SETTINGS."""
    settings: Settings = {}
    for key in ("label", "color", "auto_advance", "parallel", "gate"):
        if given[key] is not None:
            settings[key] = given[key]
    if given["action"] is not None:
        settings["action"] = None if given["action"].lower() == NONE else given["action"]
    if given["roles"]:
        settings["roles"] = given["roles"]
    if given["on_fail"] is not None:
        settings["on_fail"] = _target(board, given["on_fail"])
    if given["limit"] is not None:
        settings["limit"] = None if given["limit"] == NONE else given["limit"]
    if given["transitions"]:
        settings["transitions"] = dict(_transition(board, text) for text in given["transitions"])
    return settings


def _transition(board: Board, text: str) -> tuple[str, str | None]:
    event, sign, target = text.partition("=")
    if not sign or not event.strip():
        raise BadInput(f"{text!r} is no transition; write EVENT=COLUMN, such as advance=ship")
    return event, _target(board, target.strip())


def _target(board: Board, text: str) -> str | None:
    """A column's name; none, unless a column is called so."""
    named_so = board.column(text) is not None
    return text if named_so or text.lower() not in ("", NONE) else None
