"""`genie-tui project`: projects, one for each repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import YES, confirm
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, reply, transaction, within
from genie_tui.domain.text import clean
from genie_tui.errors import BadInput, NotFound
from genie_tui.services import projects
from genie_tui.services.whereabouts import repository

if TYPE_CHECKING:
    from genie_tui.domain.projects import Project
    from genie_tui.settings import Settings

__all__ = ["create", "delete", "edit", "list_", "show"]

NAME = click.argument("name", metavar="NAME", type=arguments.PROJECT)
REPOSITORY = click.option(
    "--repo", metavar="DIR", help="The repository that it is of; '' for none."
)
DESCRIPTION = click.option(
    "--description", metavar="TEXT", help="What it is about; '' for nothing."
)

WORDS = {"repo_path": "repository"}
"""Columns as people call them."""


@click.command("list", cls=Command)
@transaction
async def list_(here: Here) -> Answer:
    """List the projects, with how many boards and tasks they have.

    With --json: a list of projects.

    \b
    genie-tui project list
    """
    found = await projects.objects(here.conn)
    rows = [
        (
            each["name"],
            each["open"],
            each["all"],
            each["boards"],
            each["changed_at"] and output.moment(each["changed_at"]),
            each["repo_path"],
        )
        for each in found
    ]

    def text() -> None:
        if not rows:
            hint = "no projects; the first task that is made in a repository makes one"
            click.echo(hint, err=True)
            return
        headings = ("project", "open", "all", "boards", "changed", "repository")
        optional = ("boards", "changed", "repository")
        write_table(headings, rows, flexible=("repository", "project"), optional=optional)

    return Answer(value=found, text=text)


@click.command(cls=Command)
@click.argument("name", metavar="[NAME]", required=False, type=arguments.PROJECT)
@transaction
async def show(here: Here, name: str | None) -> Answer:
    """Show a project, this repository's unless one is named.

    With --json: the project, with how many boards and tasks it has.

    \b
    genie-tui project show
    genie-tui project show website --json
    """
    return await _answer(here, await _meant(here, name))


@click.command(cls=Command)
@click.argument("name")
@REPOSITORY
@DESCRIPTION
@transaction
async def create(here: Here, name: str, repo: str | None, description: str | None) -> Answer:
    """Make a project, of a repository or of none.

    With --json: the project.

    \b
    genie-tui project create website --repo ~/src/website
    genie-tui project create ideas --description 'what has no repository yet'
    """
    made = await projects.create_project(
        here.conn, name, repo_path=_path(repo), description=description, actor=here.me
    )
    return await _answer(here, made, f"made the project {made.name}")


@click.command(cls=Command)
@NAME
@click.option("--name", "new_name", metavar="NEW", help="What it is to be called.")
@REPOSITORY
@click.option("--leave-tasks", is_flag=True, help="Its tasks stay those of the old repository.")
@DESCRIPTION
@transaction
async def edit(
    here: Here,
    name: str,
    new_name: str | None,
    repo: str | None,
    leave_tasks: bool,
    description: str | None,
) -> Answer:
    """Rename or describe a project, or say where its repository is now.

    Its tasks follow it there with their numbers; refused where these are taken. With --json: the
    project.

    \b
    genie-tui project edit website --name shop
    genie-tui project edit shop --repo ~/src/shop
    """
    if new_name is None and repo is None and description is None:
        raise BadInput("nothing to change; give --name, --repo or --description")
    found = await projects.get_project(here.conn, name)
    changed = await projects.edit_project(
        here.conn,
        found,
        name=new_name,
        repo_path=_path(repo),
        description=description,
        leave_tasks=leave_tasks,
        actor=here.me,
    )
    words = " and ".join(WORDS.get(key, key) for key in changed)
    said = f"changed the {words} of {found.name}" if changed else "nothing changed"
    return await _answer(here, found, said)


@click.command(cls=Command)
@NAME
@YES
@pass_settings
def delete(settings: Settings, name: str, yes: bool) -> None:
    """Delete a project that has neither tasks nor boards.

    With --json: the project as it was.

    \b
    genie-tui project delete website
    """

    async def look(here: Here) -> Project:
        found = await projects.get_project(here.conn, name)
        await projects.check_unused(here.conn, found)
        return found

    async def act(here: Here) -> Answer:
        was = await projects.objects(here.conn, [doomed.id])
        await projects.delete_project(here.conn, doomed, here.me)
        return Answer(value=was[0], text=f"deleted the project {doomed.name}")

    doomed = within(settings, look)
    confirm(f"This deletes the project {clean(doomed.name)}.", yes=yes)
    reply(within(settings, act))


async def _meant(here: Here, name: str | None) -> Project:
    if name is not None:
        return await projects.get_project(here.conn, name)
    if (found := await here.project()) is not None:
        return found
    raise NotFound(
        f"no project of {repository()} yet; its first task makes one, or name a project: "
        "'genie-tui project list' shows them"
    )


def _path(repo: str | None) -> str | None:
    """A repository as tasks name it: the top of its work tree."""
    if not repo:
        return repo
    place = Path(repo).expanduser()
    if not place.is_dir():
        raise BadInput(f"{repo} is no directory; name the repository's top")
    return repository(place.resolve())


async def _answer(here: Here, found: Project, text: str = "") -> Answer:
    (value,) = await projects.objects(here.conn, [found.id])
    return Answer(value=value, text=text or (lambda: _write(value)))


def _write(value: dict[str, Any]) -> None:
    output.write_fields(
        {
            "project": clean(value["name"]),
            "about": value["description"] and clean(value["description"]),
            "repository": value["repo_path"] and clean(value["repo_path"]),
            "tasks": f"{value['open']} open of {value['all']}",
            "boards": value["boards"],
            "changed": value["changed_at"] and output.moment(value["changed_at"]),
            "id": value["id"],
        }
    )
