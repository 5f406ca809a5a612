"""`genie-tui db`: the database, its server and its migrations."""

from __future__ import annotations

import click

from genie_tui.cli.options import Group, pass_settings
from genie_tui.settings import Settings

__all__ = ["db"]


@click.group(cls=Group)
def db() -> None:
    """The database and its server.

    \b
    genie-tui db status       is it up, and where?
    """


@db.command()
@pass_settings
def start(settings: Settings) -> None:
    """Start the server, if it does not run."""
    from genie_tui.db import server

    endpoint = server.ensure(settings, lambda step: click.echo(step, err=True))
    click.echo(f"running on {endpoint.host}:{endpoint.port}")


@db.command()
@pass_settings
def stop(settings: Settings) -> None:
    """Stop the server."""
    from genie_tui.db import server

    click.echo("stopped" if server.stop(settings) else "not running")
