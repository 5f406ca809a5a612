"""`genie-tui notify`: who is told what, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments
from genie_tui.cli.options import Command
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.domain.tasks import Priority
from genie_tui.services import notifications, task_objects

if TYPE_CHECKING:
    from genie_tui.services.notifications import Person

__all__ = ["list_", "remove", "resolve", "set_"]

CHANNEL = click.argument(
    "channel",
    metavar="CHANNEL",
    type=click.Choice(
        ["tmux", "whatsapp", "telegram", "email", "slack", "discord"], case_sensitive=False
    ),
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
    found = await notifications.objects(here.conn, [_who(here, whose)] if whose else None)
    rows = [
        (
            _called(each),
            each["channel"],
            each["priority_threshold"],
            "yes" if each["enabled"] else "no",
            "yes" if each["is_default"] else None,
        )
        for each in found
    ]

    def text() -> None:
        if rows:
            headings = ("who", "channel", "threshold", "enabled", "default")
            write_table(headings, rows, flexible=("who",), optional=("default",))
        else:
            click.echo("no preferences: told in tmux, from normal priority on", err=True)

    return Answer(value=found, text=text)


@click.command("set", cls=Command)
@CHANNEL
@click.option("--threshold", type=arguments.PRIORITY, help="The least priority that is told.")
@click.option("--enable/--disable", "enabled", default=None, help="Is anything told there?")
@click.option(
    "--default/--no-default", "is_default", default=None, help="Before all other channels?"
)
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

    A channel is tmux, whatsapp, telegram, email, slack or discord. What is not said stays as it is;
    of a new preference the threshold is normal. Who has some is told on these channels alone.

    With --json: the preference.

    \b
    genie-tui notify set tmux --threshold high
    genie-tui notify set email --disable --for jonas
    """
    kept, changed = await notifications.set_preference(
        here.conn,
        _who(here, whose),
        channel,
        here.me,
        priority_threshold=threshold,
        enabled=enabled,
        is_default=is_default,
    )
    least = f"from {kept['priority_threshold']} priority on"
    said = f"told on {channel} {least}" if kept["enabled"] else f"not told on {channel}"
    return Answer(value=kept, text=f"{_called(kept)} is {said}{'' if changed else ' already'}")


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
    await notifications.remove_preference(here.conn, who, channel, here.me)
    value = {"actor_type": who[0], "actor_id": who[1], "channel": channel}
    return Answer(value=value, text=f"{_called(value)} has no preference for {channel} any more")


@click.command(cls=Command)
@click.argument("reference", metavar="[REF]", required=False, type=arguments.TASK)
@click.option(
    "--priority", type=arguments.PRIORITY, help="Of something so pressing; the task's, or normal."
)
@click.option(
    "--for",
    "whose",
    metavar="WHO",
    multiple=True,
    type=arguments.ACTOR,
    help="These, not those who have to do with the task.",
)
@transaction
async def resolve(
    here: Here, reference: str | None, priority: str | None, whose: tuple[str, ...]
) -> Answer:
    """Say who would be told of something, and on which channels.

    Of a task: whoever has to do with it, in any role. Without one: you, or those named by --for.
    With --json: a list of actors, each with its `channels`, the default one first.

    \b
    genie-tui notify resolve 12
    genie-tui notify resolve 12 --priority urgent
    genie-tui notify resolve --priority low --for ada --for eng-1
    """
    pressing, people = Priority(priority or Priority.NORMAL), [_who(here, w) for w in whose]
    if reference is not None:
        task = await task_objects.object_of(here.conn, await here.task(reference))
        pressing = Priority(priority or task["priority"])
        people = people or list(await notifications.people_of(here.conn, task["id"]))
    elif not people:
        people = [_who(here, None)]
    found = await notifications.who_is_told(here.conn, pressing, people)
    value = [
        {"actor_type": who[0], "actor_id": who[1], "channels": [str(each) for each in channels]}
        for who, channels in found.items()
    ]
    rows = [
        (_called(each), ", ".join(found[who]) or "not told")
        for who, each in zip(found, value, strict=True)
    ]

    def text() -> None:
        if rows:
            write_table(("who", "channels"), rows, flexible=("who",))
        else:
            click.echo("nobody has to do with this task", err=True)

    return Answer(value=value, text=text)


def _who(here: Here, whose: str | None) -> Person:
    actor = here.me if whose is None else here.actor(whose)
    return actor.type, actor.id


def _called(row: Mapping[str, Any]) -> str:
    """As one is named: NAME, or TYPE/NAME where the type is not local."""
    kind, id_ = row["actor_type"], row["actor_id"]
    return str(id_ if kind == "local" else f"{kind}/{id_}")
