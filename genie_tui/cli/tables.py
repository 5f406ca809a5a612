"""Tables made for reading: fitted to a terminal, plain and whole in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from genie_tui.domain.text import clean

__all__ = ["write_table"]

ROOMY = 12
"""Columns that may be narrowed keep this many cells at least."""


def write_table(
    headings: Sequence[str], rows: Sequence[Sequence[object]], *, flexible: Sequence[str] = ()
) -> None:
    """Print rows under their headings.

    Cells are texts, numbers or None, which is shown as nothing. On a terminal the columns named in
    `flexible` give way, ending in `…`, so that no row breaks; in a pipe every cell is whole.
    Numbers stand to the right.
    """
    cells = [["" if cell is None else clean(str(cell)) for cell in row] for row in rows]
    numbers = [
        all(isinstance(row[place], int | float | None) for row in rows) and bool(rows)
        for place in range(len(headings))
    ]
    if sys.stdout.isatty():
        _draw(headings, cells, numbers, flexible)
    else:
        _align(headings, cells, numbers)


def _align(
    headings: Sequence[str], cells: Sequence[Sequence[str]], numbers: Sequence[bool]
) -> None:
    from rich.cells import cell_len

    table = [list(headings), *cells]
    widths = [max(cell_len(row[place]) for row in table) for place in range(len(headings))]
    for row in table:
        parts = [
            f"{' ' * (width - cell_len(cell))}{cell}"
            if right
            else f"{cell}{' ' * (width - cell_len(cell))}"
            for cell, width, right in zip(row, widths, numbers, strict=True)
        ]
        click.echo("  ".join(parts).rstrip())


def _draw(
    headings: Sequence[str],
    cells: Sequence[Sequence[str]],
    numbers: Sequence[bool],
    flexible: Sequence[str],
) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading, right in zip(headings, numbers, strict=True):
        gives_way = heading in flexible
        table.add_column(
            heading,
            justify="right" if right else "left",
            no_wrap=True,
            overflow="ellipsis",
            min_width=ROOMY if gives_way else None,
            ratio=None,
        )
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False, soft_wrap=False).print(table)
