"""What may be done with tasks: blocked, done, failed, cancelled, and open again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from genie_tui.cli import bulk
from genie_tui.cli.options import Command, pass_settings
from genie_tui.services import statuses

if TYPE_CHECKING:
    from genie_tui.cli.bulk import Chosen, Outcome
    from genie_tui.cli.transactions import Here
    from genie_tui.services.bulk import Seen
    from genie_tui.settings import Settings

__all__ = ["block", "cancel", "done", "fail", "reopen", "unblock"]

REASON = click.option("--reason", metavar="TEXT", required=True, help="Why.")


@click.command(cls=Command)
@bulk.tasks
@REASON
@pass_settings
def block(settings: Settings, chosen: Chosen, reason: str) -> None:
    """Say that tasks cannot go on, and why; who holds a lock keeps it.

    With --json: the task; a list of tasks where several were named, or a filter.

    \b
    genie-tui task block 12 --reason 'the staging server is down'
    genie-tui task block --filter tag:staging --reason 'the staging server is down'
    """

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        changed = await statuses.block_task(here.conn, task.id, reason, here.me)
        return bulk.said(task, changed=changed, now="blocked")

    bulk.act(settings, chosen, one, doing="block {}")


@click.command(cls=Command)
@bulk.tasks
@pass_settings
def unblock(settings: Settings, chosen: Chosen) -> None:
    """Say that tasks can go on: in progress where they are locked, else ready.

    With --json: the task; a list of tasks where several were named, or a filter.

    \b
    genie-tui task unblock 12
    """

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        changed = await statuses.unblock_task(here.conn, task.id, here.me)
        return bulk.said(task, changed=changed, now="unblocked", already="was not blocked")

    bulk.act(settings, chosen, one, doing="unblock {}")


@click.command(cls=Command)
@bulk.tasks
@bulk.OVERRIDE
@pass_settings
def done(settings: Settings, chosen: Chosen, override: bool) -> None:
    """Say that tasks are done, whatever their stage; locks are cleared.

    A person may insist where a task has open children.

    With --json: the task; a list of tasks where several were named, or a filter.

    \b
    genie-tui task done 12
    genie-tui task done --filter 'stage:ship age:>2w' --yes
    """

    async def one(here: Here, task: Seen, insist: bool) -> Outcome:
        changed = await statuses.done_task(here.conn, task.id, here.me, override=insist)
        return bulk.said(task, changed=changed, now="done")

    bulk.act(settings, chosen, one, doing="say that {} are done", override=override)


@click.command(cls=Command)
@bulk.tasks
@REASON
@pass_settings
def fail(settings: Settings, chosen: Chosen, reason: str) -> None:
    """Say that tasks failed, and why; locks are cleared, and somebody has to look at them.

    With --json: the task; a list of tasks where several were named, or a filter.

    \b
    genie-tui task fail 12 --reason 'the API is gone'
    """

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        changed = await statuses.fail_task(here.conn, task.id, reason, here.me)
        return bulk.said(task, changed=changed, now="failed")

    bulk.act(settings, chosen, one, doing="say that {} failed")


@click.command(cls=Command)
@bulk.tasks
@pass_settings
def cancel(settings: Settings, chosen: Chosen) -> None:
    """Give tasks up: they are not wanted any more; locks are cleared.

    With --json: the task; a list of tasks where several were named, or a filter.

    \b
    genie-tui task cancel 12 13
    """

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        changed = await statuses.cancel_task(here.conn, task.id, here.me)
        return bulk.said(task, changed=changed, now="cancelled")

    bulk.act(settings, chosen, one, doing="cancel {}")


@click.command(cls=Command)
@bulk.tasks
@pass_settings
def reopen(settings: Settings, chosen: Chosen) -> None:
    """Make tasks ready again that were done, failed or cancelled.

    With --json: the task; a list of tasks where several were named, or a filter.

    \b
    genie-tui task reopen 12
    """

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        changed = await statuses.reopen_task(here.conn, task.id, here.me)
        return bulk.said(task, changed=changed, now="ready again", already="was open")

    bulk.act(settings, replace(chosen, closed=True), one, doing="reopen {}")
