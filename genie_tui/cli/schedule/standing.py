"""`genie-tui schedule`: what is decided about one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from genie_tui.cli import asking, output
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.schedule.reading import NAME
from genie_tui.cli.transactions import Answer, Here, reply, transaction, within
from genie_tui.services import schedule_objects, schedules

if TYPE_CHECKING:
    from genie_tui.services.schedules import Schedule
    from genie_tui.settings import Settings

__all__ = ["cancel", "pause", "resume", "retry", "run"]


@click.command(cls=Command)
@NAME
@transaction
async def pause(here: Here, name: str) -> Answer:
    """Have a schedule not fire for now.

    With --json: the schedule.

    \b
    genie-tui schedule pause nightly-qa
    """
    found = await schedules.find(here.conn, name)
    paused = await schedules.pause(here.conn, found, here.me)
    said = "is paused now" if paused else "is paused already"
    return await _answer(here, found, f"{found.name} {said}")


@click.command(cls=Command)
@NAME
@transaction
async def resume(here: Here, name: str) -> Answer:
    """Have a schedule fire again; what it missed is made up for.

    With --json: the schedule.

    \b
    genie-tui schedule resume nightly-qa
    """
    found = await schedules.find(here.conn, name)
    resumed = await schedules.resume(here.conn, found, here.me)
    said = "fires again" if resumed else "is not paused"
    return await _answer(here, found, f"{found.name} {said}")


@click.command(cls=Command)
@NAME
@asking.YES
@pass_settings
def cancel(settings: Settings, name: str, yes: bool) -> None:
    """Call a schedule off for good; its history stays.

    With --json: the schedule.

    \b
    genie-tui schedule cancel nightly-qa --yes
    """
    asking.confirm(f"{name} will never fire again.", yes=yes)

    async def work(here: Here) -> Answer:
        found = await schedules.find(here.conn, name)
        skipped = await schedules.cancel(here.conn, found, here.me)
        waited = f"; {output.counted(skipped, 'trigger')} skipped" if skipped else ""
        return await _answer(here, found, f"{found.name} is called off{waited}")

    reply(within(settings, work))


@click.command(cls=Command)
@NAME
@transaction
async def retry(here: Here, name: str) -> Answer:
    """Fire the newest trigger that failed once more, now.

    With --json: the schedule.

    \b
    genie-tui schedule retry nightly-qa
    """
    found = await schedules.find(here.conn, name)
    trigger_id = await schedules.retry(here.conn, found, here.me)
    return await _answer(here, found, f"{trigger_id} of {found.name} fires again")


@click.command(cls=Command)
@NAME
@transaction
async def run(here: Here, name: str) -> Answer:
    """Fire a schedule now, out of turn; its own times stay as they are.

    With --json: the schedule.

    \b
    genie-tui schedule run nightly-qa
    """
    found = await schedules.find(here.conn, name)
    trigger_id = await schedules.run_now(here.conn, found, here.me)
    return await _answer(here, found, f"{found.name} fires now, by {trigger_id}")


async def _answer(here: Here, schedule: Schedule, said: str) -> Answer:
    (found,) = await schedule_objects.objects(here.conn, id_=schedule.id)
    return Answer(value=found, text=said)
