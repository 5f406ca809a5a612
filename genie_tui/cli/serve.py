"""`genie-tui serve`: the dashboard in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from genie_tui.cli import output
from genie_tui.cli.options import Command, pass_settings, wants_json

if TYPE_CHECKING:
    from genie_tui.settings import Settings

__all__ = ["serve"]


@click.command(cls=Command)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="PORT",
    help="This port of loopback; without it, one that is free.",
)
@click.option(
    "--public-url",
    metavar="URL",
    help="Where a tunnel shows it, as https://board.example.org: that name is answered, too.",
)
@click.option(
    "--most",
    type=click.IntRange(1, 100),
    default=4,
    show_default=True,
    metavar="N",
    help="So many browser tabs at once; each has a dashboard of its own.",
)
@pass_settings
def serve(settings: Settings, port: int, public_url: str | None, most: int) -> None:
    """Show the dashboard in a browser, until interrupted.

    It listens on 127.0.0.1 alone; from a phone it is reached through a tunnel. Whoever has the
    address that is printed can do what you can: a new token in it is made at each start.

    \b
    genie-tui serve
    genie-tui serve --port 8019 --read-only
    genie-tui serve --port 8019 --public-url https://board.example.org
    """
    from genie_tui.cli import browser

    def tell(url: str) -> None:
        if wants_json():
            output.write_json({"url": url})
        else:
            click.echo(url)
            click.echo("whoever has this address can use the board; ctrl-c ends it", err=True)

    browser.serve(settings, port=port, public_url=public_url, most=most, tell=tell)
