"""`genie-tui chat`: the chat of a team."""

from __future__ import annotations

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import words
from genie_tui.cli.options import Command
from genie_tui.cli.transactions import Answer, Here, transaction
from genie_tui.domain.text import clean
from genie_tui.services import chat as chats
from genie_tui.services.whereabouts import repository

__all__ = ["post", "read"]

TEAM = click.argument("team", type=arguments.TEAM)


@click.command(cls=Command)
@TEAM
@click.argument("text")
@transaction
async def post(here: Here, team: str, text: str) -> Answer:
    """Say something to a team; TEXT - is read from standard input.

    With --json: what was said.

    \b
    genie-tui chat post backend 'the schema is frozen'
    """
    said = await chats.post(here.conn, team, words(text), here.me, repo_path=repository())
    return Answer(value=said, text=f"said to {team}")


@click.command(cls=Command)
@TEAM
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@transaction
async def read(here: Here, team: str, limit: int) -> Answer:
    """Read what was said last, oldest first; with --all-projects in every repository.

    With --json: a list of what was said.

    \b
    genie-tui chat read backend
    genie-tui chat read backend --limit 500 --json
    """
    where = None if here.settings.all_projects else repository()
    found = await chats.read(here.conn, team, repo_path=where, limit=limit)

    def text() -> None:
        for each in found:
            click.echo(f"{output.moment(each['created_at'])}  {clean(each['sender'])}")
            for line in each["body"].splitlines():
                click.echo(f"    {clean(line)}")
        if not found:
            click.echo(f"nothing was said in {clean(team)} here")

    return Answer(value=found, text=text)
