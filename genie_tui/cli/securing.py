"""`genie-tui db secure`: a password of one's own, for those who share a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from genie_tui.cli import output
from genie_tui.cli.options import Command, pass_settings, wants_json

if TYPE_CHECKING:
    from pathlib import Path

    from genie_tui.db.securing import Secured
    from genie_tui.settings import Settings

__all__ = ["secure"]

TELL = """\
genie-tui takes it from there by itself. Other Genie clients must be told, in one of these ways:
  export GENIE_DATABASE_URL="$(genie-tui db url)"
  (umask 077; genie-tui db url --pgpass >> ~/.pgpass)"""


@click.command(cls=Command)
@click.option("--undo", is_flag=True, help="Back to the password that every client knows.")
@pass_settings
def secure(settings: Settings, undo: bool) -> None:
    """Give the database a password that only you know.

    Every Genie client knows the usual one, and so does whoever else can log in to this machine.
    This makes a random one, kept in postgres.secret in the home, which only you can read. Sessions
    that are open go on; whoever opens one needs it.

    \b
    genie-tui db secure
    genie-tui db secure --undo
    """
    from genie_tui.db import passwords, securing

    with output.progress() as say:
        done = (securing.share if undo else securing.secure)(settings, say)
    file = None if undo else passwords.file(settings)
    if wants_json():
        others = dict(done.others)
        standing = passwords.standing(settings)
        output.write_json(
            {"password": standing, "changed": done.changed, "file": file, "others": others}
        )
        return
    for line in _said(done, file):
        click.echo(output.printable(line))


def _said(done: Secured, file: Path | None) -> list[str]:
    already = "" if done.changed else "already "
    if file is None:
        return [f"the password is {already}the one that every Genie client knows"]
    lines = [f"the password is {already}a random one, kept in {file}", TELL]
    if done.others:
        named = ", ".join(f"{name} ({count})" for name, count in done.others.items())
        lines.append(f"connected now, until they end or 'genie-tui db stop' ends them: {named}")
    return lines
