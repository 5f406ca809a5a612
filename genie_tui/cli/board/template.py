"""`genie-tui board template`: what new boards are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import YES, confirm
from genie_tui.cli.board.reading import write_settings
from genie_tui.cli.options import Group, pass_settings
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, reply, transaction, within
from genie_tui.domain.boards import Column
from genie_tui.domain.column_fields import named
from genie_tui.domain.text import clean
from genie_tui.errors import BadInput
from genie_tui.services import templates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genie_tui.services.templates import Template
    from genie_tui.settings import Settings

__all__ = ["template"]

NAME = click.argument("name", type=arguments.TEMPLATE)
NEW = click.argument("name")
FROM_BOARD = click.option(
    "--from-board", metavar="BOARD", type=arguments.BOARD, help="The columns of this board."
)
FROM_TEMPLATE = click.option(
    "--from-template",
    metavar="NAME",
    type=arguments.TEMPLATE,
    help="The columns of this template.",
)
COLUMNS = click.option("--columns", metavar="A,B,C", help="Columns of these names.")
DESCRIPTION = click.option("--description", metavar="TEXT", help="What it is for.")
ICON = click.option("--icon", metavar="NAME", help="The name of an icon.")


@click.group(cls=Group)
def template() -> None:
    """Board templates: the columns that new boards begin with.

    Those that Genie brought stay as they are; others can be made of them, or of a board.

    \b
    genie-tui board template list
    genie-tui board template create ours --from-board Sprint-12
    genie-tui board create Sprint-13 --template ours
    """


@template.command("list")
@transaction
async def list_(here: Here) -> Answer:
    """List the templates.

    With --json: a list of templates with their columns.

    \b
    genie-tui board template list
    """
    found = await templates.list_templates(here.conn)
    rows = [
        (
            each.name,
            "Genie" if each.is_builtin else None,
            each.description,
            ", ".join(column.name for column in each.columns),
        )
        for each in found
    ]

    def text() -> None:
        headings = ("template", "from", "description", "columns")
        write_table(headings, rows, flexible=("template", "description", "columns"))

    return Answer(value=[_value(each) for each in found], text=text)


@template.command()
@NAME
@transaction
async def show(here: Here, name: str) -> Answer:
    """Show a template's columns.

    With --json: the template, its columns as they are stored.

    \b
    genie-tui board template show software
    """
    found = await templates.find_template(here.conn, name)

    def text() -> None:
        output.write_fields(
            {
                "template": clean(found.name),
                "about": found.description and clean(found.description),
                "icon": found.icon and clean(found.icon),
                "from": "Genie" if found.is_builtin else None,
            }
        )
        click.echo()
        write_settings(found.columns, "column", ascii=here.settings.ascii)

    return Answer(value=_value(found), text=text)


@template.command()
@NEW
@FROM_BOARD
@FROM_TEMPLATE
@COLUMNS
@DESCRIPTION
@ICON
@transaction
async def create(
    here: Here, /, name: str, description: str | None, icon: str | None, **source: Any
) -> Answer:
    """Make a template, of a board's columns, another's, or new ones.

    With --json: the template.

    \b
    genie-tui board template create ours --from-board Sprint-12
    genie-tui board template create chores --columns todo,doing,done
    """
    columns = await _columns(here, **source)
    if columns is None:
        raise BadInput("of which columns? give --from-board, --from-template or --columns")
    made = await templates.create_template(
        here.conn, name, columns=columns, description=description, icon=icon, actor=here.me
    )
    return Answer(value=_value(made), text=f"made the template {made.name}: {_listed(made)}")


@template.command()
@NAME
@click.option("--name", "new_name", metavar="NEW", help="What it is to be called.")
@FROM_BOARD
@FROM_TEMPLATE
@COLUMNS
@DESCRIPTION
@ICON
@transaction
async def edit(
    here: Here,
    /,
    name: str,
    new_name: str | None,
    description: str | None,
    icon: str | None,
    **source: Any,
) -> Answer:
    """Change a template; boards that were made of it stay as they are.

    Columns that are named in --columns and that it has already keep what else is said of them.
    With --json: the template.

    \b
    genie-tui board template edit ours --name theirs --description 'how they work'
    genie-tui board template edit ours --from-board Sprint-13
    """
    found = await templates.find_template(here.conn, name)
    columns = await _columns(here, found.columns, **source)
    if columns is None and new_name is None and description is None and icon is None:
        raise BadInput(
            "nothing to change; 'genie-tui board template edit --help' shows what can be"
        )
    changed = await templates.edit_template(
        here.conn,
        found,
        name=new_name,
        description=description,
        icon=icon,
        columns=columns,
        actor=here.me,
    )
    now = await templates.find_template(here.conn, found.id)
    said = f"changed the {', '.join(changed)} of the template {now.name}"
    return Answer(value=_value(now), text=said if changed else "nothing changed")


@template.command()
@NAME
@YES
@pass_settings
def delete(settings: Settings, name: str, yes: bool) -> None:
    """Delete a template; boards that were made of it stay.

    With --json: the template as it was.

    \b
    genie-tui board template delete ours
    """

    async def act(here: Here) -> Answer:
        await templates.delete_template(here.conn, doomed, here.me)
        return Answer(value=_value(doomed), text=f"deleted the template {doomed.name}")

    doomed = within(settings, lambda here: templates.find_template(here.conn, name))
    if not doomed.is_builtin:
        columns = output.counted(len(doomed.columns), "column")
        confirm(f"This deletes the template {clean(doomed.name)} with its {columns}.", yes=yes)
    reply(within(settings, act))


async def _columns(
    here: Here,
    known: Sequence[Column] = (),
    *,
    from_board: str | None,
    from_template: str | None,
    columns: str | None,
) -> Sequence[Column] | None:
    """The columns that the options name."""
    if sum(source is not None for source in (from_board, from_template, columns)) > 1:
        raise BadInput(
            "the columns come from one place; give one of --from-board, --from-template, --columns"
        )
    if from_board is not None:
        board = await here.board(from_board)
        return board.columns if board else None
    if from_template is not None:
        return (await templates.find_template(here.conn, from_template)).columns
    return named(columns.split(","), known) if columns is not None else None


def _listed(of: Template) -> str:
    return ", ".join(column.name for column in of.columns)


def _value(of: Template) -> dict[str, Any]:
    return {
        "id": of.id,
        "name": of.name,
        "description": of.description,
        "icon": of.icon,
        "columns": of.stored,
        "is_builtin": of.is_builtin,
        "created_at": of.created_at,
        "updated_at": of.updated_at,
    }
