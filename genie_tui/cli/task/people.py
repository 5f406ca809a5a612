"""Who has to do with tasks, and which tags are on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from genie_tui.cli import arguments, bulk
from genie_tui.cli.options import Command, pass_settings
from genie_tui.services import people, tags

if TYPE_CHECKING:
    from genie_tui.cli.bulk import Chosen, Outcome
    from genie_tui.cli.transactions import Here
    from genie_tui.services.bulk import Seen
    from genie_tui.settings import Settings

__all__ = ["assign", "tag", "unassign", "untag"]

WHO = click.argument("who", type=arguments.ACTOR)
TAG = click.argument("name", metavar="TAG", type=arguments.TAG)


@click.command(cls=Command)
@bulk.tasks
@WHO
@pass_settings
def assign(settings: Settings, chosen: Chosen, who: str) -> None:
    """Make somebody responsible for tasks: NAME, or TYPE/NAME.

    The type is local where none is given, else genie_os_user or omni_agent.

    With --json: the task; a list of tasks where several were named, or a filter.

    \b
    genie-tui task assign 12 eng-1
    genie-tui task assign --filter 'tag:bug ready' eng-1
    """

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        whom = here.actor(who)
        changed = await people.assign(here.conn, task.id, whom, by=here.me)
        return bulk.said(task, changed=changed, now=f"assigned to {whom.id}")

    bulk.act(settings, chosen, one, doing=f"assign {{}} to {who}")


@click.command(cls=Command)
@bulk.tasks
@WHO
@pass_settings
def unassign(settings: Settings, chosen: Chosen, who: str) -> None:
    """Take the responsibility for tasks from somebody.

    With --json: the task; a list of tasks where several were named, or a filter.

    \b
    genie-tui task unassign 12 eng-1
    """

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        whom = here.actor(who)
        changed = await people.unassign(here.conn, task.id, whom, by=here.me)
        return bulk.said(
            task,
            changed=changed,
            now=f"not assigned to {whom.id} any more",
            already=f"was not assigned to {whom.id}",
        )

    bulk.act(settings, chosen, one, doing=f"take {{}} from {who}")


@click.command(cls=Command)
@bulk.tasks
@TAG
@pass_settings
def tag(settings: Settings, chosen: Chosen, name: str) -> None:
    """Put a tag on tasks; 'genie-tui tag list' shows which there are.

    With --json: the task; a list of tasks where several were named, or a filter.

    \b
    genie-tui task tag 12 bug
    genie-tui task tag --filter 'crash' bug
    """

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        changed = await tags.tag(here.conn, task.id, name, here.me)
        return bulk.said(task, changed=changed, now=f"tagged {name}")

    bulk.act(settings, chosen, one, doing=f"tag {{}} {name}")


@click.command(cls=Command)
@bulk.tasks
@TAG
@pass_settings
def untag(settings: Settings, chosen: Chosen, name: str) -> None:
    """Take a tag off tasks.

    With --json: the task; a list of tasks where several were named, or a filter.

    \b
    genie-tui task untag 12 bug
    """

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        changed = await tags.untag(here.conn, task.id, name, here.me)
        return bulk.said(
            task,
            changed=changed,
            now=f"not tagged {name} any more",
            already=f"was not tagged {name}",
        )

    bulk.act(settings, chosen, one, doing=f"untag {{}} {name}")
