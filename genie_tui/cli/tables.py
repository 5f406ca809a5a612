"""Tables made for reading: fitted to a terminal, plain and whole in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import click

from genie_tui.domain.text import clean

__all__ = ["write_table"]

ROOMY = 16
"""Columns that may be narrowed keep this many cells, as long as others can give way instead."""

NARROW = 4
"""And this many in any case."""

GAP = 2
"""Blanks between columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column: its texts, the heading first, and how it is drawn in how many cells."""

    texts: tuple[str, ...]
    width: int
    right: bool
    flexible: bool
    optional: int | None

    @property
    def empty(self) -> bool:
        return not any(self.texts[1:])


def write_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    flexible: Sequence[str] = (),
    optional: Sequence[str] = (),
) -> None:
    """Print rows under their headings.

    Cells are texts, numbers or None, which is shown as nothing. On a terminal the columns named in
    `flexible` give way, ending in `…`, so that no row breaks; of those named in `optional`, the
    empty ones are left out, and one after the other where there is no room for all. In a pipe
    every cell is there, and whole. Numbers stand to the right.
    """
    columns = [
        _column(heading, [row[place] for row in rows], heading in flexible, optional)
        for place, heading in enumerate(headings)
    ]
    if sys.stdout.isatty():
        import shutil

        _write(_fitted(columns, room := shutil.get_terminal_size().columns), room)
    else:
        _write(columns, None)


def _column(
    heading: str, cells: Sequence[object], flexible: bool, optional: Sequence[str]
) -> _Column:
    from rich.cells import cell_len

    texts = (heading, *("" if cell is None else clean(str(cell)) for cell in cells))
    return _Column(
        texts=texts,
        width=max(map(cell_len, texts)),
        right=bool(cells) and all(isinstance(cell, int | float | None) for cell in cells),
        flexible=flexible,
        optional=optional.index(heading) if heading in optional else None,
    )


def _fitted(columns: Sequence[_Column], room: int) -> list[_Column]:
    """The columns for which there is room, in widths that fit; where none do, the narrowest."""
    kept = [column for column in columns if column.optional is None or not column.empty]
    while _total(_narrowed(kept, ROOMY)) > room:
        droppable = [column for column in kept if column.optional is not None]
        if not droppable:
            break
        kept.remove(min(droppable, key=lambda column: column.optional or 0))
    widest = max((column.width for column in kept), default=0)
    for most in range(widest, NARROW - 1, -1):
        fitting = _narrowed(kept, most)
        if (spare := room - _total(fitting)) >= 0:
            return _widened(fitting, kept, spare)
    return _narrowed(kept, NARROW)


def _narrowed(columns: Sequence[_Column], most: int) -> list[_Column]:
    return [replace(c, width=min(c.width, most)) if c.flexible else c for c in columns]


def _widened(columns: Sequence[_Column], whole: Sequence[_Column], spare: int) -> list[_Column]:
    """Give the cells that are left over to the columns that lack some, one to each."""
    widened = []
    for column, of in zip(columns, whole, strict=True):
        more = min(of.width - column.width, spare, 1)
        spare -= more
        widened.append(replace(column, width=column.width + more))
    return widened


def _total(columns: Sequence[_Column]) -> int:
    return sum(column.width for column in columns) + GAP * max(len(columns) - 1, 0)


def _write(columns: Sequence[_Column], room: int | None) -> None:
    lines = zip(*([_cell(column, text) for text in column.texts] for column in columns))  # noqa: B905
    for number, cells in enumerate(lines):
        line = (" " * GAP).join(cells).rstrip()
        line = line if room is None else _cut(line, room)
        click.echo(click.style(line, bold=True) if number == 0 and room is not None else line)


def _cell(column: _Column, text: str) -> str:
    from rich.cells import cell_len

    text = _cut(text, column.width)
    blanks = " " * (column.width - cell_len(text))
    return f"{blanks}{text}" if column.right else f"{text}{blanks}"


def _cut(text: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    return f"{set_cell_size(text, width - 1).rstrip()}…" if width > 0 else ""
