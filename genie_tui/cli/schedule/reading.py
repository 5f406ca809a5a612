"""`genie-tui schedule`: what there is, when it is due, and how it went."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.options import Command
from genie_tui.cli.schedule import planning, words
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.domain.durations import short
from genie_tui.domain.text import clean
from genie_tui.services import schedule_objects, schedules

__all__ = ["NAME", "history", "list_", "show"]

NAME = click.argument("name", metavar="SCHEDULE", type=arguments.SCHEDULE)


@click.command("list", cls=Command)
@click.option("--all", "all_", is_flag=True, help="Those that were called off, too.")
@transaction
async def list_(here: Here, all_: bool) -> Answer:
    """List the schedules, by when they are due next.

    With --json: a list of schedules, each with `next_due_at` and its `last_run`.

    \b
    genie-tui schedule list
    """
    found = await schedule_objects.objects(here.conn, all_=all_)
    now = datetime.now(UTC)
    rows = [
        (
            clean(each["name"]),
            each["status"],
            clean(each["cron_expression"]),
            words.next_(each, now),
            words.last(each["last_run"], now),
            clean(each["command"] or ""),
        )
        for each in found
    ]

    def text() -> None:
        if rows:
            headings = ("schedule", "status", "when", "next", "last run", "command")
            write_table(headings, rows, flexible=("schedule", "command"), optional=("command",))
        else:
            click.echo("no schedules; 'genie-tui schedule create' makes one", err=True)

    return Answer(value=found, text=text)


@click.command(cls=Command)
@NAME
@transaction
async def show(here: Here, name: str) -> Answer:
    """Show a schedule, when it is due next, and its last runs.

    With --json: the schedule, with `upcoming` and its `runs`.

    \b
    genie-tui schedule show nightly-qa
    """
    found = await schedules.find(here.conn, name)
    (each,) = await schedule_objects.objects(here.conn, id_=found.id)
    runs = await schedule_objects.history(here.conn, found.id, limit=5, letters=400)
    upcoming = planning.upcoming(found, each["next_due_at"])

    def text() -> None:
        output.write_fields(
            {
                "schedule": clean(each["name"]),
                "id": each["id"],
                "status": "called off" if each["status"] == "deleted" else each["status"],
                "when": f"{clean(each['cron_expression'])}, {clean(each['timezone'] or 'UTC')}",
                "command": clean(found.spec.command),
                "in": found.spec.repo and clean(found.spec.repo),
                "ended after": short(found.spec.timeout),
                "class": found.spec.concurrency_class and clean(found.spec.concurrency_class),
                "next": ", ".join(output.moment(at) for at in upcoming) or None,
            }
        )
        if runs:
            click.echo()
            words.write_runs(runs, many=False)

    return Answer(value={**each, "upcoming": upcoming, "runs": runs}, text=text)


@click.command(cls=Command)
@click.argument("name", metavar="[SCHEDULE]", type=arguments.SCHEDULE, required=False)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="So many at most, the newest first.",
)
@click.option("--failed", is_flag=True, help="Those alone that failed or took too long.")
@click.option("--output", "with_output", is_flag=True, help="With what they wrote.")
@transaction
async def history(
    here: Here, name: str | None, limit: int, failed: bool, with_output: bool
) -> Answer:
    """List the newest runs of a schedule, or of all.

    With --json: a list of runs, each with the end of its `output`.

    \b
    genie-tui schedule history
    genie-tui schedule history nightly-qa --failed --output
    """
    id_ = (await schedules.find(here.conn, name)).id if name else None
    runs = await schedule_objects.history(here.conn, id_, limit=limit, failed=failed)

    def text() -> None:
        if not runs:
            click.echo("no runs; 'genie-tui daemon status' says whether a daemon runs", err=True)
        elif with_output:
            words.write_outputs(runs)
        else:
            words.write_runs(runs, many=name is None)

    return Answer(value=runs, text=text)
