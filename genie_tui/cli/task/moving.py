"""Tasks on their way through a board: moved, advanced, completed, sent back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from genie_tui.cli import arguments, bulk
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.errors import Refused
from genie_tui.services import stages
from genie_tui.services.task_objects import object_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genie_tui.cli.bulk import Chosen, Outcome
    from genie_tui.domain.stages import Advance
    from genie_tui.services.bulk import Seen
    from genie_tui.settings import Settings

__all__ = ["advance", "back", "came_of", "complete", "move"]


@click.command(cls=Command)
@bulk.tasks
@click.argument("stage", type=arguments.STAGE)
@pass_settings
def move(settings: Settings, chosen: Chosen, stage: str) -> None:
    """Move tasks to a stage of their board, whatever the gates.

    All of them, or none. With --json: the task, with what came of it under `advance`; a list of
    tasks where several were named, or a filter.

    \b
    genie-tui task move 12 review
    genie-tui task move 12 13 acme#7 review
    genie-tui task move --filter 'stage:build tag:bug' review
    """

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        return _outcome(await stages.move_task(here.conn, task.id, stage, here.me))

    bulk.act(settings, chosen, one, doing=f"move {{}} to {stage}")


@click.command(cls=Command)
@bulk.tasks
@bulk.OVERRIDE
@pass_settings
def advance(settings: Settings, chosen: Chosen, override: bool) -> None:
    """Send tasks on to the next stage, if their gates open.

    An agent is refused at a person's gate (exit 4); that it wants to go on is recorded, and the
    task waits for a person. A person may insist at an agent's gate, and on a task that is blocked
    or waits for another. Past the last stage a task is done.

    With --json: the task, with what came of it under `advance`: moved, to_stage, done, waits_for,
    message. Of several tasks, those whose gates open are moved, and the wishes for the others are
    recorded; the error then lists all. Any other refusal leaves all as they were.

    \b
    genie-tui task advance 12
    genie-tui task advance 12 --override
    """

    async def one(here: Here, task: Seen, insist: bool) -> Outcome:
        return _outcome(
            await stages.advance_task(here.conn, task.id, here.me, override=insist, seen=task.stage)
        )

    bulk.act(settings, chosen, one, doing="advance {}", override=override)


@click.command(cls=Command)
@click.argument("reference", metavar="REF", type=arguments.TASK)
@transaction
async def complete(here: Here, reference: str) -> Answer:
    """Say that one's work on a task in its stage is over.

    Its lock is released. It goes on where its gate lets it, through stages in which nothing has to
    be done; otherwise it waits there, and that you want it to go on is recorded. A task that is
    blocked or waits for another stays (exit 4), but its lock is released.

    With --json: the task, with what came of it under `advance`: moved, to_stage, done, waits_for,
    message.

    \b
    genie-tui task complete 12
    """
    came = await stages.complete_stage(here.conn, await here.task(reference), here.me)
    return await _answer(here, came)


@click.command(cls=Command)
@click.argument("reference", metavar="REF", type=arguments.TASK)
@click.option("--reason", metavar="TEXT", help="Why; it becomes a comment.")
@transaction
async def back(here: Here, reference: str, reason: str | None) -> Answer:
    """Send a task back: to where its stage says failures go, else to the stage before.

    With --json: the task, with what came of it under `advance`.

    \b
    genie-tui task back 12 --reason 'the burst test is missing'
    """
    task_id = await here.task(reference)
    return await _answer(here, await stages.send_back(here.conn, task_id, here.me, reason))


async def _answer(here: Here, came: Advance) -> Answer:
    return Answer(
        value={**await object_of(here.conn, came.task_id), **came_of(came)},
        text=came.message,
        error=Refused(came.message) if came.refused else None,
    )


def _outcome(came: Advance) -> Outcome:
    return bulk.Outcome(text=came.message, more=came_of(came), refused=came.refused)


def came_of(came: Advance) -> Mapping[str, object]:
    """What came of it, beside a task's columns, which `waits_for` is one of."""
    told = asdict(came)
    del told["task_id"]
    return {"advance": told}
