"""`genie-tui schedule create` and `edit`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.schedule import planning
from genie_tui.cli.schedule.reading import NAME
from genie_tui.cli.transactions import Here
from genie_tui.errors import BadInput
from genie_tui.services import schedules
from genie_tui.services.schedules import Plan

if TYPE_CHECKING:
    from genie_tui.services.schedules import Schedule
    from genie_tui.settings import Settings

__all__ = ["create", "edit"]


@click.command(cls=Command)
@click.argument("name")
@planning.options
@pass_settings
def create(settings: Settings, /, name: str, yes: bool, **asked: Any) -> None:
    """Make a schedule; the next times are shown before it is written.

    A daemon has to run for it to fire: 'genie-tui daemon start'. The command is run by the daemon's
    user, with GENIE_RUN_ID, GENIE_TRIGGER_ID, GENIE_SCHEDULE_ID and GENIE_TRACE_ID. What is missed
    while no daemon runs is made up for once. With --json: the schedule.

    \b
    genie-tui schedule create nightly-qa --cron '0 2 * * *' --command 'make qa'
    genie-tui schedule create tidy --every 30m --command 'git gc --auto'
    genie-tui schedule create remind --after 2h --command 'genie-tui mail send me "look at #12"'
    """

    async def planned(here: Here) -> Plan:
        expression, first = planning.when(asked)
        if expression is None:
            raise BadInput("when? one of --cron, --every, --at and --after says it")
        if not asked["command"]:
            raise BadInput("what is run? --command says it")
        return Plan(
            name=name,
            expression=expression,
            command=asked["command"],
            timezone=asked["timezone"] or "UTC",
            first=first,
            spec=planning.spec(asked, {"repo_path": await here.repository()}),
            catch_up=bool(asked["catch_up"]),
        ).checked()

    async def write(here: Here, plan: Plan) -> Schedule:
        return await schedules.create(here.conn, plan, here.me)

    planning.write(settings, planned, write, yes=yes, said="made the schedule")


@click.command(cls=Command)
@NAME
@click.option("--name", "new_name", metavar="NEW", help="What it is to be called.")
@planning.options
@pass_settings
def edit(settings: Settings, /, name: str, new_name: str | None, yes: bool, **asked: Any) -> None:
    """Change a schedule; what is not said stays as it is.

    Where it is due at other times, these are shown before anything is written. With --json: the
    schedule.

    \b
    genie-tui schedule edit nightly-qa --cron '30 2 * * *'
    genie-tui schedule edit nightly-qa --timeout 1h
    """
    if new_name is None and all(value is None for value in asked.values()):
        raise BadInput("nothing to change; 'genie-tui schedule edit --help' shows what can be")

    async def planned(here: Here) -> Plan:
        plan = schedules.plan_of(await schedules.find(here.conn, name))
        expression, first = planning.when({**asked, "timezone": asked["timezone"] or plan.timezone})
        catch_up = asked["catch_up"]
        return replace(
            plan,
            name=new_name or plan.name,
            expression=expression or plan.expression,
            command=asked["command"] or plan.command,
            timezone=asked["timezone"] or plan.timezone,
            first=first,
            spec=planning.spec(asked, plan.spec),
            catch_up=plan.catch_up if catch_up is None else catch_up,
        )

    async def write(here: Here, plan: Plan) -> Schedule:
        return await schedules.edit(here.conn, await schedules.find(here.conn, name), plan, here.me)

    planning.write(settings, planned, write, yes=yes, said="changed the schedule")
