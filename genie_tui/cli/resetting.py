"""`genie-tui db reset`: the database goes, and with it all that this program keeps in the home."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from genie_tui.cli import output
from genie_tui.cli.asking import YES, confirm
from genie_tui.cli.options import Command, pass_settings, wants_json
from genie_tui.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from genie_tui.settings import Settings

__all__ = ["reset"]

OURS = (
    *("pg/[0-9]*", "pg/.[0-9]*.new-*", "pgserve.port", "pgserve.lock", "postgres.secret"),
    *(".pgserve.port.new", ".postgres.secret.new", "data/.pgserve.new-*"),
    *("daemon.pid", "runs/*.out", "runs/*.exit", "runs/*.exit.part"),
    "seen/" + "[0-9a-f]" * 32 + "*",
    *("tui.drafts.json*", "tui.drafts.lock", "tui.state.json*"),
    *("logs/pgserve.log*", "logs/daemon.out", "logs/scheduler.log*"),
)
"""What the parts of the program write, below the home. A home may be any directory, so nothing is
taken for ours by the name of its directory alone."""
FETCHED = "registry/*/git"
"""The repository beside which the versions of an item lie."""
EMPTIED = ("pg", "runs", "seen", "registry", "logs", "data", ".")
YOURS = ("tui.toml", "backups")

OPEN_AGAIN = (
    "A database made from now on has the password that every client knows; 'genie-tui db secure' "
    "changes it."
)


@click.command(cls=Command)
@YES
@pass_settings
def reset(settings: Settings, yes: bool) -> None:
    """Delete the database with all its tasks, and what else genie-tui keeps in the home.

    The server is stopped; there is no way back. Drafts, logs, the output of runs, fetched items and
    a password of the home's own go too. Your tui.toml, your backups and what is not genie-tui's
    stay; a home in which nothing stays is removed.

    \b
    genie-tui db reset
    """
    from genie_tui.db import passwords, server

    _refuse_under_a_daemon(settings)
    found = server.status(settings)
    doomed = output.amount(found.data_directory, found.data_size)
    left = sorted(_ours(settings.home)) if settings.dsn is None else []
    if doomed:
        confirm(f"This deletes {doomed}, with every task, comment and run in it.", yes=yes)
    elif left:
        confirm(f"This deletes what genie-tui keeps in {settings.home}.", yes=yes)
    secured = passwords.file(settings).exists()
    deleted = server.reset(settings)
    _clear(settings)
    kept = [str(settings.home / name) for name in YOURS if (settings.home / name).exists()]
    if wants_json():
        output.write_json({"deleted": found.data_directory if deleted else None, "kept": kept})
        return
    click.echo(f"deleted {doomed}" if deleted else "there was no database")
    if kept:
        click.echo(f"kept {', '.join(kept)}")
    if secured:
        click.echo(OPEN_AGAIN)


def _refuse_under_a_daemon(settings: Settings) -> None:
    from genie_tui.scheduler import pidfile

    if settings.dsn is None and (found := pidfile.holder(settings.home)) is not None:
        raise Refused(
            f"a daemon works on it, with the pid {found.pid}; 'genie-tui daemon stop' first"
        )


def _ours(home: Path) -> Iterator[Path]:
    """What was written here by this program; what another put beside it is not among them."""
    found = [path for pattern in OURS for path in home.glob(pattern)]
    found += [repository.parent for repository in home.glob(FETCHED)]
    for path in found:
        # A link to another place is somebody's choice; what lies there may be others' too.
        if path.parent == home or not path.parent.is_symlink():
            yield path


def _clear(settings: Settings) -> None:
    """Remove what is ours, and then the directories in which nothing is left."""
    from genie_tui.db import starting

    if not settings.home.is_dir():
        return
    with starting.locked(settings):
        for path in list(_ours(settings.home)):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        # Whoever waits for the lock finds that its file is gone, and makes a new one.
        for name in EMPTIED:
            with suppress(OSError):
                (settings.home / name).rmdir()
