"""`genie-tui doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

import click

from genie_tui.cli import output
from genie_tui.cli.options import Command, read_settings, wants_json
from genie_tui.errors import GenieError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genie_tui.doctor.finding import Finding

__all__ = ["doctor"]

INDENT = 22
COLOURS = {"ok": "green", "warning": "yellow", "wrong": "red"}


@click.command(cls=Command)
@click.option("--start", is_flag=True, help="Start the server first, if none runs.")
@click.pass_context
def doctor(ctx: click.Context, start: bool) -> None:
    """Look for what is wrong, and say what to do about it.

    The home and who may enter it, disk, memory, PostgreSQL's programs, ports, server, password,
    migrations, whether changes are heard of, clocks, tmux and the terminal. Nothing is written, and
    nothing started without --start. The exit code is 1 if something is wrong, and 0 if all is
    well or could only be better.

    \b
    genie-tui doctor
    genie-tui doctor --start --json
    """
    found = []
    for finding in _findings(start=start):
        found.append(finding)
        if not wants_json():
            _tell(finding)
    if wants_json():
        output.write_json([_row(finding) for finding in found])
    if any(finding.level == "wrong" for finding in found):
        ctx.exit(1)


def _findings(*, start: bool) -> Iterator[Finding]:
    from genie_tui.doctor.examining import examination
    from genie_tui.doctor.finding import Finding, Level

    try:
        settings = read_settings()
    except GenieError as error:
        said, _, advice = str(error).partition("; ")
        yield Finding(check="settings", level=Level.WRONG, said=said, advice=advice)
        return
    if start:
        from genie_tui.db import server

        try:
            with output.progress() as say:
                server.ensure(settings, say)
        except GenieError as error:
            said, _, advice = str(error).partition("; ")
            yield Finding(check="start", level=Level.WRONG, said=said, advice=advice)
    yield from examination(settings, os.environ)


def _row(finding: Finding) -> dict[str, str]:
    return {
        "check": finding.check,
        "level": finding.level.value,
        "said": finding.said,
        "advice": finding.advice,
    }


def _tell(finding: Finding) -> None:
    """A line, or as many as the terminal is too narrow for; what to do stands beneath."""
    level = finding.level.value
    plain = bool(os.environ.get("NO_COLOR")) or not sys.stdout.isatty()
    shown = level.ljust(8) if plain else click.style(level.ljust(8), fg=COLOURS[level])
    first, *more = [line for text in (finding.said, finding.advice) for line in _lines(text)]
    click.echo(f"{shown} {finding.check.ljust(12)} {first}")
    for line in more:
        click.echo(f"{' ' * INDENT}{line}")


def _lines(text: str) -> list[str]:
    text = output.printable(text)
    if not sys.stdout.isatty() or not text:
        return [text] if text else []
    width = max(shutil.get_terminal_size().columns - INDENT, INDENT)
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
