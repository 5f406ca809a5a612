"""What a shell is told when it completes a name: what the database holds, if one runs."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

__all__ = ["names"]


def names(
    noun: str, ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The names of a noun that begin so."""
    raise NotImplementedError
