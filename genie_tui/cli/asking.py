"""Questions that a command asks before it does what is not taken back lightly."""

from __future__ import annotations

import sys

import click

from genie_tui.cli.options import wants_json
from genie_tui.cli.output import printable
from genie_tui.errors import Refused

__all__ = ["TEXT", "YES", "can_ask", "confirm", "words"]

STDIN = "-"

YES = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
"""The option of every command that asks."""


def can_ask() -> bool:
    """Is somebody there to answer?"""
    return not wants_json() and sys.stdin.isatty() and sys.stderr.isatty()


def confirm(warning: str, *, yes: bool = False) -> None:
    """Go on only where the answer is yes, or --yes was given; No is the default.

    Raises:
        Refused: the answer is no, or nobody can be asked.
    """
    if yes:
        return
    if not can_ask():
        raise Refused(f"{warning} Nothing was done; --yes goes on")
    try:
        answer = click.confirm(printable(f"{warning} Go on?"), err=True)
    except click.Abort:
        click.echo(err=True)  # What comes next stands on a line of its own.
        raise
    if not answer:
        raise Refused("nothing was done")


def words(text: str) -> str:
    """What was given to be said; `-` stands for standard input, read to its end.

    What is not UTF-8 there is found out where it would be stored.
    """
    if text != STDIN:
        return text
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")


def _given(ctx: click.Context, _: click.Parameter, text: str) -> str:
    """Read before a transaction begins, which would otherwise wait for whoever types."""
    return text if ctx.resilient_parsing else words(text)


TEXT = click.argument("text", callback=_given)
"""The argument of every command that says something."""
