"""`genie-tui tag`: which tags there are. What is tagged, `genie-tui task tag` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import YES, confirm
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, reply, transaction, within
from genie_tui.domain.text import clean
from genie_tui.errors import BadInput
from genie_tui.services import tags, types

if TYPE_CHECKING:
    from genie_tui.domain.tasks import Tag
    from genie_tui.settings import Settings

__all__ = ["create", "delete", "edit", "list_"]

NAME = click.argument("name", type=arguments.TAG)
COLOR = click.option("--color", "--colour", metavar="#RRGGBB", help="Its colour.")


@click.command("list", cls=Command)
@transaction
async def list_(here: Here) -> Answer:
    """List the tags, with how many tasks have them.

    With --json: a list of tags.

    \b
    genie-tui tag list
    """
    found = await tags.objects(here.conn)
    rows = [
        (each["id"], each["name"], each["tasks"], each["color"], each["type_id"]) for each in found
    ]
    headings = ("tag", "name", "tasks", "colour", "type")

    def text() -> None:
        if rows:
            write_table(headings, rows, flexible=("tag", "name"), optional=("type", "colour"))
        else:
            click.echo("no tags; 'genie-tui tag create NAME' makes one", err=True)

    return Answer(value=found, text=text)


@click.command(cls=Command)
@click.argument("name")
@COLOR
@click.option(
    "--type", "type_name", metavar="NAME", type=arguments.TASK_TYPE, help="For tasks of this type."
)
@transaction
async def create(here: Here, name: str, color: str | None, type_name: str | None) -> Answer:
    """Make a tag; its id is the name in lower case.

    With --json: the tag.

    \b
    genie-tui tag create Security --color '#ef4444'
    """
    type_id = await _type(here, type_name)
    made = await tags.create_tag(
        here.conn, name, color=color, type_id=type_id or None, actor=here.me
    )
    return await _answer(here, made, f"made the tag {made.id}")


@click.command(cls=Command)
@NAME
@click.option("--name", "new_name", metavar="NEW", help="What it is to be called; its id stays.")
@COLOR
@click.option(
    "--type",
    "type_name",
    metavar="NAME",
    type=arguments.TASK_TYPE,
    help="For tasks of this type; none for all.",
)
@transaction
async def edit(
    here: Here, name: str, new_name: str | None, color: str | None, type_name: str | None
) -> Answer:
    """Rename a tag, give it another colour, or say for which tasks it is.

    With --json: the tag.

    \b
    genie-tui tag edit security --color '#f97316'
    genie-tui tag edit security --name 'Security review'
    """
    if new_name is None and color is None and type_name is None:
        raise BadInput("nothing to change; give --name, --color or --type")
    found = await tags.find_tag(here.conn, name)
    changed = await tags.edit_tag(
        here.conn,
        found,
        name=new_name,
        color=color,
        type_id=await _type(here, type_name),
        actor=here.me,
    )
    words = " and ".join(key.removesuffix("_id") for key in changed)
    said = f"changed the {words} of {found.id}" if changed else "nothing changed"
    return await _answer(here, found, said)


@click.command(cls=Command)
@NAME
@YES
@pass_settings
def delete(settings: Settings, name: str, yes: bool) -> None:
    """Delete a tag, and take it off all tasks.

    With --json: the tag as it was.

    \b
    genie-tui tag delete security
    """

    async def look(here: Here) -> dict[str, Any]:
        found = await tags.find_tag(here.conn, name)
        return (await tags.objects(here.conn, [found.id]))[0]

    async def act(here: Here) -> Answer:
        found = await tags.find_tag(here.conn, doomed["id"])
        count = await tags.delete_tag(here.conn, found, here.me)
        off = output.counted(count, "task")
        return Answer(value=doomed, text=f"deleted the tag {found.id}, and took it off {off}")

    doomed = within(settings, look)
    off = output.counted(doomed["tasks"], "task")
    confirm(f"This deletes the tag {clean(doomed['id'])}, and takes it off {off}.", yes=yes)
    reply(within(settings, act))


async def _type(here: Here, name: str | None) -> str | None:
    """The id of a task type; empty for none, None where nothing is said."""
    if name is None or name.lower() in ("", "none"):
        return name and ""
    return (await types.find_type(here.conn, name)).id


async def _answer(here: Here, found: Tag, text: str) -> Answer:
    (value,) = await tags.objects(here.conn, [found.id])
    return Answer(value=value, text=text)
