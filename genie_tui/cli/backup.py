"""`genie-tui db backup` and `genie-tui db restore`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from genie_tui.cli import output
from genie_tui.cli.asking import STDIN, YES, can_ask, confirm
from genie_tui.cli.ending import ending_in_order
from genie_tui.cli.options import Command, pass_settings, wants_json
from genie_tui.errors import BadInput, Refused

if TYPE_CHECKING:
    from genie_tui.db.restoring import Restored
    from genie_tui.settings import Settings

__all__ = ["backup", "restore"]

GO_ON = "'genie-tui db restore --undo' goes back to it, --confirm deletes it"

FILE = click.argument("file", required=False, type=click.Path(path_type=Path))


@click.command(cls=Command)
@FILE
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@pass_settings
def backup(settings: Settings, file: Path | None, force: bool) -> None:
    """Write the database to a file, while it is in use.

    All of it, as it is at one moment, in PostgreSQL's custom format. Without FILE it goes to
    backups/ in Genie's home; - is standard output. Roles and their privileges are the server's,
    and not in it.

    \b
    genie-tui db backup
    genie-tui db backup before-the-upgrade.dump
    genie-tui db backup - | ssh safe 'cat > genie.dump'
    """
    from genie_tui.db import backups

    to_stdout = str(file) == STDIN
    if to_stdout and (wants_json() or sys.stdout.isatty()):
        raise BadInput("a backup is no text to be shown; name a file, or send it on with | or >")
    with ending_in_order(), output.progress() as say:
        if to_stdout:
            backups.to_stdout(settings, say)
            return
        made = backups.back_up(settings, file, say, force=force)
    if wants_json():
        output.write_json(made)
    else:
        click.echo(output.printable(f"{made.file}, {output.size(made.size)}"))


@click.command(cls=Command)
@FILE
@click.option("--undo", is_flag=True, help="Take back the last restore.")
@click.option("--confirm", "confirmed", is_flag=True, help="Delete what restores have kept.")
@YES
@pass_settings
def restore(settings: Settings, file: Path | None, undo: bool, confirmed: bool, yes: bool) -> None:
    """Put a backup in the place of the database.

    It is restored beside it, checked, migrated and shown; only then the two are swapped, and who
    is connected reconnects. The old one is kept until --confirm; --undo swaps them again.

    \b
    genie-tui db restore before-the-upgrade.dump
    genie-tui db restore --undo
    genie-tui db restore --confirm
    """
    if [file is not None, undo, confirmed].count(True) != 1:
        raise BadInput("name a file, or give --undo or --confirm; one of the three")
    with ending_in_order():
        if file is not None:
            _restore(settings, file, yes=yes)
        elif undo:
            _undo(settings, yes=yes)
        else:
            _confirm(settings, yes=yes)


def _restore(settings: Settings, file: Path, *, yes: bool) -> None:
    from genie_tui.db import restoring

    if not (yes or can_ask()):
        raise Refused("a restore replaces the database; nothing was done: --yes goes on")
    with ExitStack() as stack:
        with output.progress() as say:
            ready = stack.enter_context(restoring.restore(settings, file, say))
        if not yes and not wants_json():
            _show(ready.found)
        confirm("The database is replaced by the backup, and kept beside it.", yes=yes)
        kept = ready.swap()
    if wants_json():
        output.write_json({"restored": file, "kept": kept, **asdict(ready.found)})
        return
    click.echo(output.printable(f"restored {file}"))
    if kept:
        click.echo(f"the database as it was is kept as {kept}; {GO_ON}")


def _show(found: Restored) -> None:
    """What the backup holds, beside what is in use."""
    click.echo(f"{'':<14}{'backup':>12}{'in use now':>12}", err=True)
    for table, rows in found.rows.items():
        now = found.before.get(table)
        click.echo(f"{table:<14}{rows:>12,}{'' if now is None else f'{now:,}':>12}", err=True)
    for state in ("migrated", "pending", "unknown"):
        if names := getattr(found, state):
            click.echo(output.printable(f"{state}: {', '.join(names)}"), err=True)


def _undo(settings: Settings, *, yes: bool) -> None:
    from genie_tui.db import restoring

    latest = restoring.kept(settings)[-1].database
    confirm(f"{latest} is put in use again, and what is in use now is kept.", yes=yes)
    back, kept = restoring.undo(settings)
    if wants_json():
        output.write_json({"restored": back, "kept": kept})
    else:
        click.echo(f"{back} is in use again; what was is kept as {kept}; {GO_ON}")


def _confirm(settings: Settings, *, yes: bool) -> None:
    from genie_tui.db import restoring

    found = restoring.kept(settings)
    listed = ", ".join(f"{one.database} ({output.size(one.size)})" for one in found)
    confirm(f"This deletes {listed}; there is no way back.", yes=yes)
    names = [one.database for one in found]
    restoring.confirm(settings, names)
    if wants_json():
        output.write_json({"deleted": names})
    else:
        click.echo(f"deleted {listed}")
