"""`genie-tui chat`: the chat of a team."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click
import psycopg

from genie_tui.cli import arguments, output
from genie_tui.cli.asking import TEXT
from genie_tui.cli.following import away, run, while_read
from genie_tui.cli.options import Command, pass_settings, wants_json
from genie_tui.cli.transactions import Answer, Here, reply, transaction, within
from genie_tui.db.connection import Database
from genie_tui.domain.text import clean
from genie_tui.errors import NoDatabase
from genie_tui.services import chat as chats
from genie_tui.services.whereabouts import me

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genie_tui.settings import Settings

__all__ = ["post", "read"]

EVERY = 1.0
"""Seconds between two looks at what is said."""

TEAM = click.argument("team", type=arguments.TEAM)


@click.command(cls=Command)
@TEAM
@TEXT
@transaction
async def post(here: Here, team: str, text: str) -> Answer:
    """Say something to a team; TEXT - is read from standard input.

    With --json: what was said.

    \b
    genie-tui chat post backend 'the schema is frozen'
    """
    where = await here.repository()
    said = await chats.post(here.conn, team, text, here.me, repo_path=where)
    return Answer(value=said, text=f"said to {team}")


@click.command(cls=Command)
@TEAM
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what is said, until interrupted.")
@pass_settings
def read(settings: Settings, team: str, limit: int, follow: bool) -> None:
    """Read what was said last, oldest first; with --all-projects in every repository.

    With --json: a list of what was said; with --follow one object a line.

    \b
    genie-tui chat read backend
    genie-tui chat read backend --limit 500 --json
    genie-tui chat read backend --follow
    """

    async def look(here: Here) -> Answer:
        found = await chats.read(here.conn, team, repo_path=await _where(here), limit=limit)
        nothing = f"nothing was said in {clean(team)} here"
        return Answer(value=found, text=(lambda: _write(found)) if found else nothing)

    if follow:
        run(while_read(_follow(settings, team, limit)))
    else:
        reply(within(settings, look))


async def _where(here: Here) -> str | None:
    return None if here.settings.all_projects else await here.repository()


async def _follow(settings: Settings, team: str, limit: int) -> None:
    """Look every second: what is said in a team is announced on no channel."""
    async with Database(settings, pool_size=1) as database:
        async with database.connection() as conn:
            where = await _where(Here(conn=conn, settings=settings, me=me(settings)))
            recent, since = await chats.newer(conn, team, repo_path=where, since=None)
            said = await chats.read(conn, team, repo_path=where, limit=limit)
        _print(said)
        known = {each["id"] for each in [*recent, *said]}
        lost = False
        while True:
            await asyncio.sleep(EVERY)
            try:
                async with database.connection() as conn:
                    recent, since = await chats.newer(conn, team, repo_path=where, since=since)
            except (NoDatabase, psycopg.Error):
                if not lost:
                    away()
                lost = True
                continue
            _print([each for each in recent if each["id"] not in known])
            known = {each["id"] for each in recent}
            lost = False


def _print(said: Sequence[dict[str, Any]]) -> None:
    """What whoever reads gets at once."""
    for each in said:
        if wants_json():
            output.write_json(each, indent=None)
    if not wants_json():
        _write(said)


def _write(said: Sequence[dict[str, Any]]) -> None:
    for each in said:
        click.echo(f"{output.moment(each['created_at'])}  {clean(each['sender'])}")
        for line in each["body"].splitlines():
            click.echo(f"    {clean(line)}")
