"""`genie-tui release`: which tasks go out together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from genie_tui.cli import arguments, bulk, output
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.errors import Conflict
from genie_tui.services import releases, task_objects

if TYPE_CHECKING:
    from genie_tui.cli.bulk import Chosen, Outcome
    from genie_tui.services.bulk import Seen
    from genie_tui.settings import Settings

__all__ = ["add", "list_", "remove", "rename", "show"]

NAME = click.argument("name", metavar="RELEASE", type=arguments.RELEASE)


@click.command("list", cls=Command)
@transaction
async def list_(here: Here) -> Answer:
    """List the releases of the project, with how far they are.

    With --json: a list of releases.

    \b
    genie-tui release list
    genie-tui release list --all-projects --json
    """
    found = await releases.objects(here.conn, project_id=await here.scope())
    rows = [
        (each["id"], each["done"], each["open"], each["all"], _share(each["done"], each["all"]))
        for each in found
    ]

    def text() -> None:
        if rows:
            write_table(("release", "done", "open", "all", "%"), rows, flexible=("release",))
        else:
            click.echo("no releases; 'genie-tui release add REF… RELEASE' begins one")

    return Answer(value=found, text=text)


@click.command(cls=Command)
@NAME
@transaction
async def show(here: Here, name: str) -> Answer:
    """Show a release and its tasks.

    With --json: the release, with its `tasks`.

    \b
    genie-tui release show 2.0
    """
    scope = await here.scope()
    found = await releases.find_release(here.conn, name, project_id=scope)
    ids = await releases.ids_of(here.conn, name, project_id=scope)
    tasks = await task_objects.objects(here.conn, ids)
    rows = [(f"#{t['seq']}", t["status"], t["stage"], t["priority"], t["title"]) for t in tasks]

    def text() -> None:
        output.write_fields(
            {
                "release": found["id"],
                "tasks": f"{found['done']} done, {found['open']} open, {found['all']} in all",
            }
        )
        click.echo()
        headings = ("task", "status", "stage", "priority", "title")
        write_table(headings, rows, flexible=("title", "stage"), optional=("priority",))

    return Answer(value={**found, "tasks": tasks}, text=text)


@click.command(cls=Command)
@bulk.tasks
@NAME
@pass_settings
def add(settings: Settings, chosen: Chosen, name: str) -> None:
    """Put tasks into a release; the first one begins it.

    With --json: the task; a list of tasks where several were named, or a filter.

    \b
    genie-tui release add 12 13 2.0
    genie-tui release add --filter 'tag:bug stage:ship' 2.0
    """
    called = releases.release_name(name)

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        changed = await releases.put(here.conn, task.id, called, here.me)
        return bulk.said(task, changed=changed, now=f"in {called}", already=f"in {called} already")

    bulk.act(settings, chosen, one, doing=f"put {{}} into {called}")


@click.command(cls=Command)
@bulk.tasks
@pass_settings
def remove(settings: Settings, chosen: Chosen) -> None:
    """Take tasks out of the release that they are in.

    With --json: the task; a list of tasks where several were named, or a filter.

    \b
    genie-tui release remove 12
    """

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        changed = await releases.put(here.conn, task.id, None, here.me)
        return bulk.said(task, changed=changed, now="in no release", already="in no release")

    bulk.act(settings, chosen, one, doing="take {} out of the release")


@click.command(cls=Command)
@NAME
@click.argument("new_name", metavar="NEW")
@transaction
async def rename(here: Here, name: str, new_name: str) -> Answer:
    """Give a release another name; its tasks follow.

    With --json: the release.

    \b
    genie-tui release rename 2.0 2.1
    """
    scope, called = await here.scope(), releases.release_name(new_name)
    await releases.find_release(here.conn, name, project_id=scope)
    if called != name and await releases.objects(here.conn, project_id=scope, release_id=called):
        raise Conflict(f"there is a release {called!r} already; 'release add' puts tasks into it")
    ids = await releases.ids_of(here.conn, name, project_id=scope)
    for task_id in sorted(ids):
        await releases.put(here.conn, task_id, called, here.me)
    found = await releases.find_release(here.conn, called, project_id=scope)
    followed = output.counted(len(ids), "task")
    return Answer(value=found, text=f"{name} is {called} now; {followed} followed")


def _share(done: int, of: int) -> int:
    return 100 * done // of if of else 0
