"""`genie-tui release`: which tasks go out together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

import click

from genie_tui.cli import arguments, bulk, output
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.domain.text import clean
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

    Of the progress, what was cancelled is no part. With --json: a list of releases, `progress`
    being from 0 to 1.

    \b
    genie-tui release list
    genie-tui release list --all-projects --json
    """
    found = await releases.objects(here.conn, **await _scope(here))
    rows = [(each["id"], each["done"], each["open"], each["all"], _percent(each)) for each in found]

    def text() -> None:
        if rows:
            headings = ("release", "done", "open", "all", "progress")
            write_table(headings, rows, flexible=("release",))
        else:
            click.echo(
                "no releases here; 'genie-tui release add REF… RELEASE' begins one", err=True
            )

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
    from genie_tui.cli.task import words

    scope = await _scope(here)
    found = await releases.find_release(here.conn, name, **scope)
    tasks = await task_objects.objects(here.conn, await releases.ids_of(here.conn, name, **scope))
    many = len({task["repo_path"] for task in tasks}) > 1
    rows = [
        (
            words.name(task, with_project=many),
            task["status"],
            task["stage"],
            words.priority(task),
            ", ".join(words.people(task, "assignee")),
            task["title"],
        )
        for task in tasks
    ]

    def text() -> None:
        done = f"{found['done']} done, {found['open']} open, {found['all']} in all"
        fields = {"release": clean(found["id"]), "progress": _percent(found), "tasks": done}
        output.write_fields(fields)
        click.echo()
        headings = ("task", "status", "stage", "priority", "assignees", "title")
        optional = ("assignees", "priority")
        write_table(headings, rows, flexible=("title", "stage", "assignees"), optional=optional)

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
    scope = await _scope(here)
    with output.progress() as say:
        followed = await releases.rename_release(
            here.conn, name, new_name, here.me, progress=say, **scope
        )
    called = releases.release_name(new_name)
    found = await releases.find_release(here.conn, called, **scope)
    tasks = output.counted(len(followed), "task")
    said = f"{name} is {called} now; {tasks} followed" if followed else f"it is {called} already"
    return Answer(value=found, text=said)


class Scope(TypedDict):
    """Whose releases are meant, as `releases.objects` is told it."""

    project_id: str | None
    repo_path: str | None


async def _scope(here: Here) -> Scope:
    scope = await here.scope()
    return {
        "project_id": scope,
        "repo_path": await here.repository() if scope == "" else None,
    }


def _percent(found: Mapping[str, Any]) -> str:
    """Full is what is done to the last task."""
    return f"{int(100 * found['progress'])}%"
