"""`genie-tui type`: task types, and the stages of tasks that have no board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import YES, confirm
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, reply, transaction, within
from genie_tui.domain.column_fields import named
from genie_tui.domain.text import clean
from genie_tui.errors import BadInput
from genie_tui.services import types

if TYPE_CHECKING:
    from genie_tui.domain.boards import Column
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
DESCRIPTION = click.option("--description", metavar="TEXT", help="What it is for.")
ICON = click.option("--icon", metavar="NAME", help="The name of an icon.")


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
    arrow = ">" if here.settings.ascii else "»"
    rows = [
        (
            stage.name,
            stage.label,
            f"[{stage.gate.short}{arrow if stage.auto_advance else ''}]",
            stage.action,
            ", ".join(stage.roles),
        )
        for stage in found.stages
    ]

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
        headings = ("stage", "label", "gate", "action", "roles")
        optional = ("label", "roles", "action")
        write_table(headings, rows, flexible=("stage", "label", "roles"), optional=optional)

    return Answer(value=found.object, text=text)


@click.command(cls=Command)
@click.argument("name")
@STAGES
@FROM_TYPE
@FROM_BOARD
@DESCRIPTION
@ICON
@transaction
async def create(
    here: Here, /, name: str, description: str | None, icon: str | None, **source: Any
) -> Answer:
    """Make a task type; its id is the name in lower case.

    With --json: the type.

    \b
    genie-tui type create Research --stages question,reading,answer
    genie-tui type create Ours --from-type software
    """
    stages = await _stages(here, **source)
    if stages is None:
        raise BadInput("of which stages? give --stages, --from-type or --from-board")
    made = await types.create_type(
        here.conn, name, stages=stages, description=description, icon=icon, actor=here.me
    )
    return _answer(made, f"made the type {made.name}: {_listed(made.stages)}")


@click.command(cls=Command)
@NAME
@click.option("--name", "new_name", metavar="NEW", help="What it is to be called; its id stays.")
@click.option("--rename-stage", metavar="OLD=NEW", multiple=True, help="Another name for a stage.")
@STAGES
@FROM_TYPE
@FROM_BOARD
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

    Tasks without a board follow a stage that is renamed. Stages that are named in --stages and
    that it has already keep what else is said of them. With --json: the type.

    \b
    genie-tui type edit research --rename-stage reading=study
    genie-tui type edit research --stages question,study,answer,talk
    """
    found = await types.find_type(here.conn, name)
    followed = 0
    for renaming in rename_stage:
        old, sign, new = renaming.partition("=")
        if not (old.strip() and sign and new.strip()):
            raise BadInput(f"{renaming!r} is no renaming; write it as OLD=NEW")
        followed += await types.rename_stage(here.conn, found, old.strip(), new.strip(), here.me)
        found = await types.find_type(here.conn, found.id)
    stages = await _stages(here, found.stages, **source)
    changed = await types.edit_type(
        here.conn,
        found,
        name=new_name,
        description=description,
        icon=icon,
        stages=stages,
        actor=here.me,
    )
    if not (rename_stage or changed):
        raise BadInput("nothing to change; 'genie-tui type edit --help' shows what can be")
    now = await types.find_type(here.conn, found.id)
    tasks = f"; {output.counted(followed, 'task')} followed" if rename_stage else ""
    return _answer(now, f"changed the type {now.name}: {_listed(now.stages)}{tasks}")


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

    async def act(here: Here) -> Answer:
        await types.delete_type(here.conn, doomed, here.me)
        return _answer(doomed, f"deleted the type {doomed.name}")

    doomed = within(settings, lambda here: types.find_type(here.conn, name))
    if not doomed.is_builtin:
        stages = output.counted(len(doomed.stages), "stage")
        confirm(f"This deletes the type {clean(doomed.name)} with its {stages}.", yes=yes)
    reply(within(settings, act))


async def _stages(
    here: Here,
    known: Sequence[Column] = (),
    *,
    stages: str | None,
    from_type: str | None,
    from_board: str | None,
) -> Sequence[Column] | None:
    """The stages that the options name."""
    if sum(source is not None for source in (stages, from_type, from_board)) > 1:
        raise BadInput(
            "the stages come from one place; give one of --stages, --from-type, --from-board"
        )
    if from_type is not None:
        return (await types.find_type(here.conn, from_type)).stages
    if from_board is not None:
        board = await here.board(from_board)
        return board.columns if board else None
    return named(stages.split(","), known) if stages is not None else None


def _listed(stages: Sequence[Column]) -> str:
    return ", ".join(stage.name for stage in stages)


def _answer(found: TaskType, text: str) -> Answer:
    return Answer(value=found.object, text=text)
