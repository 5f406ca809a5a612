"""`genie-tui db`: the database, its server and its migrations."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from genie_tui.cli import output
from genie_tui.cli.backup import backup, restore
from genie_tui.cli.options import Group, pass_settings, wants_json
from genie_tui.cli.resetting import reset
from genie_tui.cli.securing import secure
from genie_tui.errors import NoDatabase, Refused

if TYPE_CHECKING:
    from genie_tui.db.endpoints import Endpoint
    from genie_tui.db.status import Status
    from genie_tui.settings import Settings

__all__ = ["db"]

PASSWORDS = {
    "shared": "the one that every Genie client knows; 'genie-tui db secure' changes it",
    "own": "this home's own",
    "unsettled": "a change of it was interrupted; repeat 'genie-tui db secure', with or without "
    "--undo",
}
NOT_RUNNING = "no server runs; 'genie-tui db start' starts it"


@click.group(cls=Group)
def db() -> None:
    """The database: its server and its migrations.

    \b
    genie-tui db status       is it up, and where?
    genie-tui db shell        ask it something in SQL
    genie-tui db backup       write it to a file
    """


db.add_command(backup)
db.add_command(restore)
db.add_command(reset)
db.add_command(secure)


@db.command()
@pass_settings
def start(settings: Settings) -> None:
    """Start the server, and migrate the database.

    It goes on running when this terminal is closed; every genie-tui of the same home uses it.

    \b
    genie-tui db start
    """
    _open(settings)
    found = _status(settings)
    if wants_json():
        output.write_json(found)
    else:
        click.echo(f"{found.state} on {found.host}:{found.port}")


@db.command()
@pass_settings
def stop(settings: Settings) -> None:
    """Stop the server.

    What is committed is on the disk by then. Programs that use it say so, and go on once it is
    started again.

    \b
    genie-tui db stop
    """
    from genie_tui.db import server

    stopped = server.stop(settings)
    if wants_json():
        output.write_json({"stopped": stopped})
    else:
        click.echo("stopped" if stopped else "no server was running")


@db.command()
@pass_settings
def status(settings: Settings) -> None:
    """Say what state the database is in.

    A server that is down stays down. The state is running, stopped, external (see --dsn), or
    foreign: another Genie client started it, or a program that is not Genie's holds the port.

    \b
    genie-tui db status
    genie-tui db status --json
    """
    found = _status(settings)
    if wants_json():
        output.write_json(found)
        return
    where, version = f"{found.host}:{found.port}", found.server_version
    output.write_fields(
        {
            "state": found.state,
            "server": f"{where}, PostgreSQL {version}" if version else where,
            "pid": found.pid,
            "data": output.amount(found.data_directory, found.data_size),
            "database": output.size(found.database_size),
            "connections": found.connections,
            "migrations": _migrations(found),
            "kept": _kept(found),
            "unfinished": _unfinished(found),
            "password": PASSWORDS[found.password] if found.password else None,
            "role": found.role,
            "missing": "; ".join(found.missing or ()) or None,
            "note": found.note,
        }
    )


def _migrations(found: Status) -> str | None:
    if found.applied is None:
        return None
    unknown = found.unknown or ()
    parts = [f"{len(found.applied)} applied", f"{len(found.pending or ())} pending"]
    if unknown:
        parts.append(f"unknown here, of a newer Genie: {', '.join(unknown)}")
    return ", ".join(parts)


def _kept(found: Status) -> str | None:
    """What a restore has kept, and how to be rid of it."""
    names = ", ".join(found.kept or ())
    return f"{names}; 'genie-tui db restore --undo' or '--confirm'" if names else None


def _unfinished(found: Status) -> str | None:
    names = ", ".join(found.unfinished or ())
    return f"{names}, of a restore that is under way or was killed" if names else None


@db.command()
@pass_settings
def migrate(settings: Settings) -> None:
    """Bring the database to this version's shape.

    Starts the server if need be.

    \b
    genie-tui db migrate
    genie-tui db migrate --dsn postgresql://me@db.example/genie
    """
    from dataclasses import replace

    if settings.read_only:
        raise Refused("--read-only writes nothing; leave it out to migrate")
    applied = _open(replace(settings, migrate=True))
    if wants_json():
        output.write_json({"applied": applied})
    elif applied:
        click.echo("\n".join(f"applied {name}" for name in applied))
    else:
        click.echo("the database is up to date")


@db.command()
@pass_settings
def migrations(settings: Settings) -> None:
    """List the migrations and their state.

    Applied, pending, or unknown here: of a newer Genie.

    \b
    genie-tui db migrations
    """
    found = _status(settings)
    if found.applied is None:
        raise NoDatabase(NOT_RUNNING)
    states = {"applied": found.applied, "pending": found.pending, "unknown": found.unknown}
    if wants_json():
        output.write_json(states)
        return
    for state, names in states.items():
        for name in names or ():
            click.echo(f"{state}  {name}")


@db.command()
@click.option("--pgpass", is_flag=True, help="Print a line for ~/.pgpass instead.")
@pass_settings
def url(settings: Settings, pgpass: bool) -> None:
    """Print the database's address.

    For other programs; starts the server if need be. The password is in it, but for an external
    server's: who uses that finds it in ~/.pgpass, or is given it in PGPASSWORD.

    \b
    genie-tui db url
    psql "$(genie-tui db url)"
    """
    found = _ensure(settings)
    address = found.pgpass if pgpass else found.shown_url
    if wants_json():
        output.write_json({"pgpass" if pgpass else "url": address})
    else:
        click.echo(address)


@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@pass_settings
def shell(settings: Settings, arguments: tuple[str, ...]) -> None:
    """Open psql on the database.

    What follows -- is psql's.

    \b
    genie-tui db shell
    genie-tui db shell -- -c 'SELECT id, title FROM tasks'
    """
    from genie_tui.db import shell as psql

    sys.stdout.flush()
    psql.replace_with_psql(_ensure(settings), settings, arguments)


def _status(settings: Settings) -> Status:
    from genie_tui.db import server

    return server.status(settings)


def _ensure(settings: Settings) -> Endpoint:
    from genie_tui.db import server

    with output.progress() as say:
        return server.ensure(settings, say)


def _open(settings: Settings) -> tuple[str, ...]:
    """Open the database; the names of the migrations that this applied."""
    import asyncio

    from genie_tui.db.connection import Database

    async def opened() -> tuple[str, ...]:
        async with Database(settings, progress=say) as database:
            await database.open()
            return database.migrated

    with output.progress() as say:
        return asyncio.run(opened())
