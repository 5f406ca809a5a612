"""`genie-tui agent guide`: what a coding agent has to know, on one page."""

from __future__ import annotations

from pathlib import Path

import click

from genie_tui.cli.options import Command, wants_json

__all__ = ["PAGE", "guide"]

PAGE = Path(__file__).with_suffix(".md")


@click.command(cls=Command)
def guide() -> None:
    """Print a page of instructions for coding agents, to put where they look for such.

    \b
    genie-tui agent guide
    """
    text = PAGE.read_text(encoding="utf-8")
    if wants_json():
        from genie_tui.cli.output import write_json

        write_json({"guide": text})
    else:
        click.echo(text, nl=False)
