"""`genie-tui mail`: letters to agents and people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import TEXT
from genie_tui.cli.options import Command
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.domain.text import clean
from genie_tui.errors import BadInput
from genie_tui.services import mail as letters

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["inbox", "read", "send"]


@click.command(cls=Command)
@click.argument("to", type=arguments.ACTOR)
@TEXT
@transaction
async def send(here: Here, to: str, text: str) -> Answer:
    """Send a letter; TEXT - is read from standard input.

    With --json: the letter.

    \b
    genie-tui mail send eng-1 'please rebase #12'
    """
    whom = here.actor(to).id
    where = await here.repository()
    sent = await letters.send(here.conn, whom, text, here.me, repo_path=where)
    return Answer(value=sent, text=f"sent {sent['id']} to {whom}")


@click.command(cls=Command)
@click.option("--unread", is_flag=True, help="Only what is not read yet.")
@click.option(
    "--for", "whose", metavar="WHO", type=arguments.ACTOR, help="Whose; yours if not said."
)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@transaction
async def inbox(here: Here, unread: bool, whose: str | None, limit: int) -> Answer:
    """List letters, the newest first; they stay as unread as they are.

    With --json: a list of letters.

    \b
    genie-tui mail inbox --unread
    genie-tui mail inbox --for eng-1 --json
    """
    who = here.actor(whose).id if whose else here.me.id
    found = await letters.inbox(here.conn, who, unread=unread, limit=limit)
    rows = [
        (
            each["id"],
            None if each["read"] else "new",
            each["from_worker"],
            output.moment(each["created_at"]),
            " ".join(each["body"].split()),
        )
        for each in found
    ]

    def text() -> None:
        if rows:
            headings = ("letter", "", "from", "at", "text")
            write_table(headings, rows, flexible=("text",), optional=("at",))
        else:
            click.echo(f"no {'unread ' if unread else ''}mail for {clean(who)}")

    return Answer(value=found, text=text)


@click.command(cls=Command)
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that is unread.")
@transaction
async def read(here: Here, ids: tuple[str, ...], everything: bool) -> Answer:
    """Read your letters, which are marked as read.

    Those that are named are shown once more where they were read before. With --json: a list of
    letters.

    \b
    genie-tui mail read mail-1a2b3c4d
    genie-tui mail read --all
    """
    if bool(ids) == everything:
        raise BadInput("which? name letters by their ids, or give --all")
    found = await letters.mark_read(here.conn, here.me.id, None if everything else ids)
    return Answer(value=found, text=lambda: _write(found))


def _write(found: Sequence[dict[str, Any]]) -> None:
    for letter in found:
        at = output.moment(letter["created_at"])
        click.echo(f"{letter['id']}  {clean(letter['from_worker'])}  {at}")
        for line in letter["body"].splitlines():
            click.echo(f"    {clean(line)}")
    if not found:
        click.echo("nothing was unread")
