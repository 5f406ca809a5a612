"""Tables made for reading: fitted to a terminal, plain and whole in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Literal

import click

from genie_tui.domain.text import clean

__all__ = ["write_table"]

ROOMY = 12
"""Columns that may be narrowed keep this many cells at least."""

GAP = 2
"""Cells between two columns."""


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
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=False)
    places = range(len(headings))
    natural = [max(cell_len(row[place]) for row in (headings, *cells)) for place in places]
    giving = [place for place in places if headings[place] in flexible]
    room = console.width - GAP * (len(headings) - 1)
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for heading, right, width in zip(
        headings, numbers, _fitted(natural, giving, room), strict=True
    ):
        justify: Literal["left", "right"] = "right" if right else "left"
        table.add_column(heading, justify=justify, no_wrap=True, overflow="ellipsis", width=width)
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def _fitted(natural: Sequence[int], giving: Sequence[int], room: int) -> list[int]:
    """Widths that fit: the columns at `giving` give way first, the widest of them before others."""
    widths = [min(width, max(room, 1)) for width in natural]
    for places, least in ((giving, ROOMY), (range(len(widths)), 1)):
        while places and sum(widths) > room:
            widest = max(places, key=widths.__getitem__)
            if widths[widest] <= least:
                break
            widths[widest] -= 1
    return widths
