"""`genie-tui type`: task types, and the stages of tasks that have no board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import YES, confirm
from genie_tui.cli.board.reading import named_board, write_settings
from genie_tui.cli.files import STANDARD, reading
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, reply, transaction, within
from genie_tui.domain import types as domain
from genie_tui.domain.text import clean
from genie_tui.errors import BadInput
from genie_tui.services import types

if TYPE_CHECKING:
    from genie_tui.domain.types import Restage, Stages
    from genie_tui.services.types import TaskType
    from genie_tui.settings import Settings

__all__ = ["create", "delete", "edit", "list_", "show"]

NAME = click.argument("name", type=arguments.TASK_TYPE)
STAGES = click.option("--stages", metavar="A,B,C", help="Stages of these names.")
FROM_TYPE = click.option(
    "--from-type", metavar="NAME", type=arguments.TASK_TYPE, help="The stages of this type."
)
FROM_BOARD = click.option(
    "--from-board", metavar="BOARD", type=arguments.BOARD, help="The columns of this board."
)
FROM_FILE = click.option(
    "--from-file", metavar="FILE", help="The stages in this JSON file; - is standard input."
)
DESCRIPTION = click.option("--description", metavar="TEXT", help="What it is for.")
ICON = click.option("--icon", metavar="NAME", help="The name of an icon.")

LONGEST = 1_000_000
"""Characters of a file of stages."""


@click.command("list", cls=Command)
@transaction
async def list_(here: Here) -> Answer:
    """List the task types.

    With --json: a list of types with their stages.

    \b
    genie-tui type list
    """
    found = await types.list_types(here.conn)
    rows = [
        (
            each.name,
            each.id,
            "Genie" if each.is_builtin else None,
            each.tasks,
            ", ".join(stage.name for stage in each.stages),
        )
        for each in found
    ]
    headings = ("type", "id", "from", "tasks", "stages")

    def text() -> None:
        write_table(headings, rows, flexible=("stages", "type"), optional=("from",))

    return Answer(value=[each.object for each in found], text=text)


@click.command(cls=Command)
@NAME
@transaction
async def show(here: Here, name: str) -> Answer:
    """Show a task type and its stages.

    With --json: the type, its stages as they are stored.

    \b
    genie-tui type show software
    """
    found = await types.find_type(here.conn, name)

    def text() -> None:
        output.write_fields(
            {
                "type": clean(found.name),
                "id": found.id,
                "about": found.description and clean(found.description),
                "from": "Genie" if found.is_builtin else None,
                "tasks": found.tasks,
            }
        )
        click.echo()
        write_settings(found.stages, "stage", ascii=here.settings.ascii)

    return Answer(value=found.object, text=text)


@click.command(cls=Command)
@click.argument("name")
@STAGES
@FROM_TYPE
@FROM_BOARD
@FROM_FILE
@DESCRIPTION
@ICON
@transaction
async def create(
    here: Here, /, name: str, description: str | None, icon: str | None, **source: Any
) -> Answer:
    """Make a task type; its id is the name in lower case.

    A file of stages is what `type show --json` or `board show --json` prints, or a list of objects
    as these have under `stages` or `columns`. With --json: the type.

    \b
    genie-tui type create Research --stages question,reading,answer
    genie-tui type create Ours --from-type software
    genie-tui type create Theirs --from-file stages.json
    """
    stages = await _stages(here, **source)
    if stages is None:
        raise BadInput("of which stages? give --stages, --from-type, --from-board or --from-file")
    made = await types.create_type(
        here.conn, name, stages=stages(None), description=description, icon=icon, actor=here.me
    )
    return Answer(value=made.object, text=f"made the type {made.id}: {_listed(made)}")


@click.command(cls=Command)
@NAME
@click.option("--name", "new_name", metavar="NEW", help="What it is to be called; its id stays.")
@click.option("--rename-stage", metavar="OLD=NEW", multiple=True, help="Another name for a stage.")
@STAGES
@FROM_TYPE
@FROM_BOARD
@FROM_FILE
@DESCRIPTION
@ICON
@transaction
async def edit(
    here: Here,
    /,
    name: str,
    new_name: str | None,
    rename_stage: tuple[str, ...],
    description: str | None,
    icon: str | None,
    **source: Any,
) -> Answer:
    """Change a task type.

    Tasks without a board follow a stage that is renamed; that is no move. Stages that are named in
    --stages and that it has already keep what else is said of them. With --json: the type.

    \b
    genie-tui type edit research --rename-stage reading=study
    genie-tui type edit research --stages question,study,answer,talk
    """
    found = await types.find_type(here.conn, name)
    renamings = [_renaming(text) for text in rename_stage]
    if not renamings and all(v is None for v in (new_name, description, icon, *source.values())):
        raise BadInput("nothing to change; 'genie-tui type edit --help' shows what can be")
    followed = 0
    for old, new in renamings:
        followed += await types.rename_stage(here.conn, found, old, new, here.me)
    changed = await types.edit_type(
        here.conn,
        found,
        name=new_name,
        description=description,
        icon=icon,
        stages=await _stages(here, **source),
        actor=here.me,
    )
    now = await types.find_type(here.conn, found.id)
    if now.stored == found.stored and not changed:
        return Answer(value=now.object, text="nothing changed")
    tasks = f"; {output.counted(followed, 'task')} followed" if followed else ""
    return Answer(value=now.object, text=f"changed the type {now.id}: {_listed(now)}{tasks}")


@click.command(cls=Command)
@NAME
@YES
@pass_settings
def delete(settings: Settings, name: str, yes: bool) -> None:
    """Delete a task type that no task and no tag refers to.

    With --json: the type as it was.

    \b
    genie-tui type delete research
    """

    async def look(here: Here) -> TaskType:
        found = await types.find_type(here.conn, name)
        await types.check_unused(here.conn, found)
        return found

    async def act(here: Here) -> Answer:
        await types.delete_type(here.conn, doomed, here.me)
        return Answer(value=doomed.object, text=f"deleted the type {doomed.id}")

    doomed = within(settings, look)
    stages = output.counted(len(doomed.stages), "stage")
    confirm(f"This deletes the type {clean(doomed.name)} with its {stages}.", yes=yes)
    reply(within(settings, act))


async def _stages(
    here: Here,
    *,
    stages: str | None,
    from_type: str | None,
    from_board: str | None,
    from_file: str | None,
) -> Restage | None:
    """What makes the stages that the options name."""
    if sum(source is not None for source in (stages, from_type, from_board, from_file)) > 1:
        raise BadInput(
            "the stages come from one place; give one of --stages, --from-type, --from-board and "
            "--from-file"
        )
    if stages is not None:
        names = stages.split(",")
        return lambda stored: domain.arranged(stored, names)
    if from_type is not None:
        made = domain.of_columns((await types.find_type(here.conn, from_type)).stages)
    elif from_board is not None:
        made = domain.of_columns((await named_board(here, from_board)).columns)
    elif from_file is not None:
        made = _read(from_file)
    else:
        return None
    return lambda _: made


def _read(file: str) -> Stages:
    with reading(file) as read:
        try:
            content = read(LONGEST)
            if read(1):
                raise BadInput("it is longer than the stages of any type")
            return domain.parsed(content)
        except BadInput as error:
            called = "standard input" if file == STANDARD else file
            raise BadInput(f"{called}: {error}") from error


def _renaming(text: str) -> tuple[str, str]:
    old, _, new = (part.strip() for part in text.partition("="))
    if not (old and new):
        raise BadInput(f"{text!r} is no renaming; write it as OLD=NEW")
    return old, new


def _listed(found: TaskType) -> str:
    return ", ".join(stage.name for stage in found.stages)
