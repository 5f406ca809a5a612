"""A board's columns as a list shows them: told apart though they look alike, with their tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from genie_tui.domain.boards import Board, Column

__all__ = ["Count", "Row", "Standing", "keys", "rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many tasks there are, and how many of them are neither done nor cancelled."""

    open: int
    all: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many tasks stand on a board, whatever their projects: by the columns' keys, and in none.

    `total` counts those in no column, too.
    """

    columns: Mapping[str, Count] = field(default_factory=dict)
    orphaned: int = 0
    total: Count = Count(open=0, all=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A column of a board, the `number`th from 1.

    `key` tells it from the others, though a board made elsewhere may have two of one id.
    `address` is what `Layout.find` knows it by; None where another one goes by all that it does.
    `count` is None before it is known.
    """

    number: int
    key: str
    address: str | None
    column: Column
    count: Count | None
    limit: int | None

    @property
    def tasks(self) -> int | None:
        """All its tasks, as the board counts them."""
        return self.count.all if self.count is not None else None

    @property
    def over(self) -> bool:
        """Are there more than the limit allows?"""
        return self.tasks is not None and self.limit is not None and self.tasks > self.limit


def rows(board: Board, standing: Standing | None = None) -> tuple[Row, ...]:
    """A row for each column, in the board's order."""
    columns = board.columns
    return tuple(
        Row(
            number=number + 1,
            key=key,
            address=_address(columns, number),
            column=columns[number],
            count=standing.columns.get(key) if standing is not None else None,
            limit=board.wip.get(columns[number].name),
        )
        for number, key in enumerate(keys(columns))
    )


def keys(columns: Sequence[Column]) -> tuple[str, ...]:
    """What tells columns apart: their ids, with a number where one has been there already."""
    seen: dict[str, int] = {}
    found = []
    for column in columns:
        times = seen[column.id] = seen.get(column.id, 0) + 1
        found.append(column.id if times == 1 else f"{column.id}\0{times}")
    return tuple(found)


def _address(columns: Sequence[Column], number: int) -> str | None:
    mine = columns[number]
    by_id = next(n for n, column in enumerate(columns) if column.id == mine.id)
    if by_id == number:
        return mine.id
    by_name = next(n for n, column in enumerate(columns) if column.name == mine.name)
    is_an_id = any(column.id == mine.name for column in columns)
    return mine.name if by_name == number and not is_an_id else None
