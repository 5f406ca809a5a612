"""`genie-tui session`: what agents said and did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import output
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.transactions import Answer, Here, reply, within
from genie_tui.domain.text import clean
from genie_tui.errors import GenieError, NotFound
from genie_tui.services import sessions

if TYPE_CHECKING:
    from genie_tui.settings import Settings

__all__ = ["import_"]

TOLD = 100
"""Malformed lines of one file that --json names; of all there is the count."""


@click.command("import", cls=Command)
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE|DIR...")
@pass_settings
def import_(settings: Settings, files: tuple[str, ...]) -> None:
    """Read what agents wrote of their sessions: files of JSON lines, or directories of them.

    Each goes on where it was left; a last line without its end waits for the next time, and a
    malformed one is told and passed over. With --json: a list of files with what was read of each.

    \b
    genie-tui session import ~/.claude/projects
    """
    read, failed = [], 0
    for path in _paths(files):
        try:
            read.append(_import(settings, path))
        except GenieError as error:
            if len(files) == 1 and not Path(files[0]).is_dir():
                raise
            failed += 1
            click.echo(f"{clean(str(path))}: {clean(str(error))}", err=True)
    turns, wrong = (sum(each[key] for each in read) for key in ("turns", "malformed"))
    text = f"read {output.counted(turns, 'turn')} of {output.counted(len(read), 'session')}"
    text += f"; passed over {output.counted(wrong, 'malformed line')}" if wrong else ""
    reply(Answer(value=read, text=text))
    if failed:
        raise GenieError(f"{output.counted(failed, 'file')} could not be read; see above for why")


def _paths(files: tuple[str, ...]) -> list[Path]:
    found: list[Path] = []
    for file in map(Path, files):
        found += sorted(file.rglob("*.jsonl")) if file.is_dir() else [file]
    if not found:
        raise NotFound("no *.jsonl is there; name a session's file, or a directory of them")
    return found


def _import(settings: Settings, path: Path) -> dict[str, Any]:
    """Import a file batch by batch: each is in the database before the next is read."""

    async def act(here: Here) -> sessions.Batch:
        return await sessions.ingest(here.conn, path)

    told: dict[str, Any] = {"file": str(path), "turns": 0, "bytes": 0, "malformed": 0, "lines": []}
    while True:
        batch = within(settings, act)
        told["session_id"] = batch.session
        for key in ("turns", "bytes", "malformed"):
            told[key] += getattr(batch, key)
        for number, why in batch.passed_over:
            click.echo(f"{clean(str(path))}:{number}: {why}; passed over", err=True)
            if len(told["lines"]) < TOLD:
                told["lines"].append({"line": number, "reason": why})
        if batch.done:
            return told
