"""`genie-tui notify`: who is told what, and how."""

from __future__ import annotations

import click

from genie_tui.cli import arguments
from genie_tui.cli.options import Command
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.domain.actors import Actor
from genie_tui.domain.tasks import Priority
from genie_tui.services import notifications, task_objects

__all__ = ["list_", "remove", "resolve", "set_"]

CHANNEL = click.argument(
    "channel",
    type=click.Choice(["whatsapp", "telegram", "email", "slack", "discord", "tmux"]),
)
WHOSE = click.option(
    "--for", "whose", metavar="WHO", type=arguments.ACTOR, help="Whose; yours if not said."
)


@click.command("list", cls=Command)
@click.option("--for", "whose", metavar="WHO", type=arguments.ACTOR, help="Of this one alone.")
@transaction
async def list_(here: Here, whose: str | None) -> Answer:
    """List the preferences of everybody, or of one.

    With --json: a list of preferences.

    \b
    genie-tui notify list
    genie-tui notify list --for @me --json
    """
    found = await notifications.objects(here.conn, here.actor(whose) if whose else None)
    rows = [
        (
            each["actor_id"],
            each["channel"],
            each["priority_threshold"] if each["enabled"] else "off",
            "first" if each["is_default"] else None,
        )
        for each in found
    ]

    def text() -> None:
        if rows:
            write_table(("who", "channel", "from", ""), rows, flexible=("who",))
        else:
            click.echo("nobody has said anything; all are told in tmux, from normal priority on")

    return Answer(value=found, text=text)


@click.command("set", cls=Command)
@CHANNEL
@click.option("--from", "threshold", type=arguments.PRIORITY, help="The least priority told.")
@click.option("--on/--off", "enabled", default=None, help="Whether anything is told there.")
@click.option("--first/--not-first", "is_default", default=None, help="Before other channels.")
@WHOSE
@transaction
async def set_(
    here: Here,
    channel: str,
    threshold: str | None,
    enabled: bool | None,
    is_default: bool | None,
    whose: str | None,
) -> Answer:
    """Say from which priority on something is told on a channel.

    What is not said stays as it is. With --json: the preference.

    \b
    genie-tui notify set tmux --from high
    genie-tui notify set email --off --for jonas
    """
    who = _who(here, whose)
    kept = await notifications.set_preference(
        here.conn,
        who,
        channel,
        threshold=threshold,
        enabled=enabled,
        is_default=is_default,
        actor=here.me,
    )
    least = f"from {kept['priority_threshold']} priority on"
    said = f"told on {channel} {least}" if kept["enabled"] else f"not told on {channel}"
    return Answer(value=kept, text=f"{who.id} is {said}")


@click.command(cls=Command)
@CHANNEL
@WHOSE
@transaction
async def remove(here: Here, channel: str, whose: str | None) -> Answer:
    """Forget a preference.

    With --json: whose, and the channel.

    \b
    genie-tui notify remove email
    """
    who = _who(here, whose)
    await notifications.remove_preference(here.conn, who, channel, actor=here.me)
    value = {"actor_type": who.type, "actor_id": who.id, "channel": channel}
    return Answer(value=value, text=f"{who.id} has no preference for {channel} any more")


@click.command(cls=Command)
@click.argument("reference", metavar="REF", type=arguments.TASK)
@click.option("--priority", type=arguments.PRIORITY, help="Of something this pressing.")
@transaction
async def resolve(here: Here, reference: str, priority: str | None) -> Answer:
    """Say who would be told of something about a task, and how.

    The priority is the task's, unless one is given. With --json: a list of actors, each with its
    `channels`.

    \b
    genie-tui notify resolve 12
    genie-tui notify resolve 12 --priority urgent
    """
    task = await task_objects.object_of(here.conn, await here.task(reference))
    found = await notifications.who_is_told(
        here.conn, task["id"], Priority(priority or task["priority"])
    )
    value = [
        {"actor_type": type_, "actor_id": id_, "channels": [str(channel) for channel in channels]}
        for (type_, id_), channels in found
    ]
    rows = [(each["actor_id"], ", ".join(each["channels"]) or "not told") for each in value]

    def text() -> None:
        if rows:
            write_table(("who", "told on"), rows, flexible=("who",))
        else:
            click.echo("nobody has to do with this task")

    return Answer(value=value, text=text)


def _who(here: Here, whose: str | None) -> Actor:
    return here.me if whose is None else here.actor(whose)
