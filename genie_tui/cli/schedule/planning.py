"""What a schedule is to be: the options that say it, and a look ahead before it is written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from genie_tui.cli import arguments, asking
from genie_tui.cli.transactions import Answer, Here, reply, within
from genie_tui.domain import schedules as domain
from genie_tui.domain.dates import parse_date
from genie_tui.domain.schedules import ONCE
from genie_tui.domain.text import clean
from genie_tui.errors import BadInput
from genie_tui.services import schedule_objects
from genie_tui.services.schedules import Plan, Schedule

__all__ = ["options", "spec", "upcoming", "when", "write"]

SHOWN = 5
"""Next times that are shown before a schedule is written."""

F = Callable[..., Any]

_OPTIONS = (
    click.option("--cron", metavar="FIELDS", help="When: five fields, or @daily and the like."),
    click.option("--every", type=arguments.LENGTH, metavar="LENGTH", help="Again and again: 10m."),
    click.option("--at", metavar="DATE", help="Once, by the zone's clocks: '2026-12-01 8:00'."),
    click.option("--after", type=arguments.LENGTH, metavar="LENGTH", help="Once, after that long."),
    click.option("--timezone", metavar="ZONE", help="Whose clocks: Europe/Berlin.  [default: UTC]"),
    click.option("--command", metavar="SHELL", help="What is run, by sh -c."),
    click.option("--repo", metavar="DIR", help="Where it is run.  [default: this repository]"),
    click.option(
        "--timeout", type=arguments.LENGTH, metavar="LENGTH", help="Then it is ended.  [5m]"
    ),
    click.option("--class", "class_", metavar="NAME", help="Whose runs wait for each other."),
    click.option(
        "--class-limit", type=click.IntRange(1, 1000), metavar="N", help="So many do not.  [1]"
    ),
    click.option("--catch-up/--no-catch-up", default=None, help="Make up for each missed time."),
)


def options(command: F) -> F:
    """The options of every command that says when a schedule is due, and what it does."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return asking.YES(command)


def when(asked: Mapping[str, Any]) -> tuple[str | None, datetime | None]:
    """The expression that the options say, and when it is due first where that is once.

    Raises:
        BadInput: they say several, or something that is over.
    """
    ways = [way for way in ("cron", "every", "at", "after") if asked[way] is not None]
    if len(ways) > 1:
        raise BadInput(f"--{ways[0]} and --{ways[1]} do not go together; say when in one way")
    now = datetime.now(UTC)
    if asked["cron"] is not None:
        return asked["cron"].strip(), None
    if asked["every"] is not None:
        return f"@every {_seconds(asked['every'].total_seconds())}", None
    if asked["after"] is not None:
        return ONCE, now + asked["after"]
    if asked["at"] is None:
        return None, None
    zone = domain.zone(asked["timezone"] or "UTC")
    first = parse_date(asked["at"], now.astimezone(zone))
    if first <= now:
        raise BadInput(f"{asked['at']!r} is over; write a time to come")
    return ONCE, first


def spec(asked: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """A run spec's keys: what the options say, and what was there."""
    timeout = asked["timeout"]
    said = {
        "repo_path": asked["repo"] and str(Path(asked["repo"]).expanduser().absolute()),
        "lease_timeout_ms": timeout and round(timeout.total_seconds() * 1000),
        "concurrency_class": asked["class_"],
        "concurrency_limit": asked["class_limit"],
    }
    return {**before, **{key: value for key, value in said.items() if value is not None}}


def upcoming(schedule: Schedule, next_due: datetime | None) -> list[datetime]:
    """The next times of a schedule: the one that stands in the table, and those after it."""
    if next_due is None or schedule.status == "deleted":
        return []
    try:
        timing = domain.parse(schedule.cron_expression, schedule.timezone)
    except BadInput:
        return [next_due]
    return [next_due, *domain.upcoming(timing, next_due, SHOWN - 1)]


def write(
    settings: Any,
    planned: Callable[[Here], Awaitable[Plan]],
    store: Callable[[Here, Plan], Awaitable[Schedule]],
    *,
    yes: bool,
    said: str,
) -> None:
    """Show when a schedule would be due, and store it.

    On a terminal the question comes first; the database is not kept waiting for the answer.
    """
    plan = within(settings, planned)
    _show(plan)
    if asking.can_ask():
        asking.confirm("So it will be.", yes=yes)

    async def stored(here: Here) -> Answer:
        found = await store(here, plan)
        (each,) = await schedule_objects.objects(here.conn, id_=found.id)
        return Answer(value=each, text=f"{said} {clean(found.name)}, {found.id}")

    reply(within(settings, stored))


def _show(plan: Plan) -> None:
    """The next times, by the clocks of the schedule's zone and of UTC, on standard error."""
    zone = domain.zone(plan.timezone)
    timing = domain.parse(plan.expression, plan.timezone)
    now = datetime.now(UTC)
    times = [plan.first] if plan.first is not None else domain.upcoming(timing, now, SHOWN)
    if not times:
        return
    click.echo(f"{clean(plan.name)} would run {clean(plan.command)!r} at", err=True)
    for at in times:
        click.echo(f"  {_told(at, zone)}", err=True)


def _told(at: datetime, zone: ZoneInfo) -> str:
    there = at.astimezone(zone)
    told = f"{there:%a %Y-%m-%d %H:%M:%S} {there.tzname()}"
    return told if zone.key == "UTC" else f"{told}   {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _seconds(seconds: float) -> str:
    """A length of time as an expression has it, in the largest unit that says it whole."""
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds:g}s"
