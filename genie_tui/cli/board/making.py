"""Boards made, renamed, described, repaired and deleted."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import YES, confirm
from genie_tui.cli.board.reading import named_board
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.transactions import Answer, Here, reply, transaction, within
from genie_tui.domain.column_fields import named
from genie_tui.domain.text import clean
from genie_tui.errors import BadInput
from genie_tui.services import boards, projects
from genie_tui.services.board_objects import object_of
from genie_tui.services.reconciling import Astray, Reconciled
from genie_tui.services.reconciling import reconcile as repair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genie_tui.domain.boards import Board
    from genie_tui.domain.projects import Project
    from genie_tui.settings import Settings

__all__ = ["create", "delete", "edit", "reconcile"]

NAMED = 20
"""So many tasks are named one by one."""


@click.command(cls=Command)
@click.argument("name")
@click.option(
    "--template", metavar="NAME", type=arguments.TEMPLATE, help="Columns like this one's."
)
@click.option("--columns", metavar="A,B,C", help="Columns of these names.")
@click.option("--global", "shared", is_flag=True, help="For all projects.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@transaction
async def create(
    here: Here,
    name: str,
    template: str | None,
    columns: str | None,
    shared: bool,
    description: str | None,
) -> Answer:
    """Make a board, of this project unless it is --global.

    Its columns are those of the template `software`, unless said otherwise; they can be changed
    later. With --json: the board.

    \b
    genie-tui board create Sprint-12 --template software
    genie-tui board create Chores --columns todo,doing,done --project acme
    genie-tui board create Hiring --template hiring --global
    """
    if template is not None and columns is not None:
        raise BadInput("--template and --columns both say which columns; give one of them")
    project = await _project(here, shared=shared)
    board = await boards.create_board(
        here.conn,
        name,
        project_id=project.id if project else None,
        description=description,
        template=template,
        columns=named(columns.split(",")) if columns is not None else None,
        actor=here.me,
    )
    place = f"in {project.name}" if project else "for all projects"
    listed = ", ".join(column.name for column in board.columns)
    return await _answer(here, board, f"made the board {board.name} {place}: {listed}")


async def _project(here: Here, *, shared: bool) -> Project | None:
    """Whose a new board is; this repository's project is made if need be."""
    settings = here.settings
    if shared:
        if settings.project is not None:
            raise BadInput("--global is of no project; leave out one of --global and --project")
        return None
    if settings.all_projects:
        raise BadInput("a board is of one project or, with --global, of all; leave out one of them")
    return await here.project() or await projects.ensure_project(
        here.conn, await here.repository(), here.me
    )


@click.command(cls=Command)
@click.argument("board_name", metavar="NAME", type=arguments.BOARD)
@click.option("--name", metavar="NEW", help="What it is to be called.")
@click.option("--description", metavar="TEXT", help="What it is for; '' takes that away.")
@transaction
async def edit(here: Here, board_name: str, name: str | None, description: str | None) -> Answer:
    """Rename or describe a board.

    With --json: the board.

    \b
    genie-tui board edit Sprint-12 --name Sprint-13
    genie-tui board edit Sprint-13 --description 'until the end of June'
    """
    if name is None and description is None:
        raise BadInput("nothing to change; give --name or --description")
    board = await named_board(here, board_name)
    changed = await boards.edit_board(
        here.conn, board, name=name, description=description, actor=here.me
    )
    said = f"changed the {' and '.join(changed)} of {board.name}" if changed else "nothing changed"
    after = await boards.find_board(here.conn, board.key)
    said += f", now {after.name}" if after.name != board.name else ""
    return await _answer(here, after, said)


@click.command(cls=Command)
@click.argument("name", type=arguments.BOARD)
@YES
@pass_settings
def delete(settings: Settings, name: str, yes: bool) -> None:
    """Delete a board that no task refers to.

    With --json: the board as it was.

    \b
    genie-tui board delete Sprint-12
    """

    async def look(here: Here) -> Board:
        board = await named_board(here, name)
        await boards.check_unused(here.conn, board)
        return board

    async def act(here: Here) -> Answer:
        was = await object_of(here.conn, doomed)
        await boards.delete_board(here.conn, doomed, here.me)
        return Answer(value=was, text=f"deleted the board {doomed.name}")

    doomed = within(settings, look)
    if doomed.id is not None:
        columns = output.counted(len(doomed.columns), "column")
        confirm(f"This deletes the board {clean(doomed.name)} with its {columns}.", yes=yes)
    reply(within(settings, act))


@click.command(cls=Command)
@click.argument("name", metavar="[NAME]", required=False, type=arguments.BOARD)
@click.option("--dry-run", is_flag=True, help="Only say what is wrong.")
@transaction
async def reconcile(here: Here, name: str | None, dry_run: bool) -> Answer:
    """Repair the column ids of a board's tasks.

    A task whose column is gone gets the one that its stage names; when it was changed last stays
    as it was. One whose stage names none either stays orphaned: move it to a stage of the board.
    Without a name, all boards of the project and those that all share.

    With --json: a list of boards, each with the tasks that were `repaired` and are `orphaned`.

    \b
    genie-tui board reconcile Sprint-12
    genie-tui board reconcile --dry-run --all-projects
    """
    given = await here.board(name)
    found = [given] if given else await _real_boards(here)
    done = [await repair(here.conn, board, here.me, dry_run=dry_run) for board in found]
    lines = [_said(each, dry_run=dry_run) for each in done]
    return Answer(
        value=[_value(each) for each in done],
        text="\n".join(lines) or "no boards to repair",
    )


async def _real_boards(here: Here) -> Sequence[Board]:
    """In the order of their ids, so that two who repair at once wait for each other."""
    found = await boards.list_boards(here.conn, project_id=await here.scope())
    return sorted((board for board in found if board.id is not None), key=lambda board: board.key)


def _value(done: Reconciled) -> dict[str, Any]:
    return {
        "id": done.board.id,
        "name": done.board.name,
        "repaired": [asdict(task) for task in done.repaired],
        "orphaned": [asdict(task) for task in done.orphaned],
    }


def _said(done: Reconciled, *, dry_run: bool) -> str:
    name = clean(done.board.name)
    if not (done.repaired or done.orphaned):
        return f"{name}: every task stands in its column"
    parts = []
    if done.repaired:
        verb = "to repair" if dry_run else "repaired"
        parts.append(f"{verb} {_listed(done.repaired)}")
    if done.orphaned:
        parts.append(f"orphaned {_listed(done.orphaned)}")
    return f"{name}: {'; '.join(parts)}"


def _listed(tasks: Sequence[Astray]) -> str:
    named = ", ".join(f"#{task.seq} ({clean(task.stage)})" for task in tasks[:NAMED])
    more = f" and {len(tasks) - NAMED} more" if len(tasks) > NAMED else ""
    return f"{output.counted(len(tasks), 'task')}: {named}{more}"


async def _answer(here: Here, board: Board, text: str) -> Answer:
    return Answer(value=await object_of(here.conn, board), text=text)
