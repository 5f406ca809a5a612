"""Which board is edited, how much there is on it, and what it is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from genie_tui.domain.boards import Board
from genie_tui.domain.column_rows import Standing
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len, clean, cut, fit

__all__ = ["ColumnHead"]

LETTERS_AT_MOST = 400
"""Of a description, which may be long."""


class ColumnHead(Drawn):
    """Two lines: the board with its numbers, and its description or what cannot be done here."""

    PREFIX = "edited"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "edited--count",
        "edited--dim",
        "edited--stays",
        "edited--title",
    }
    DEFAULT_CSS = """
    ColumnHead {
        height: 2; width: 100%; color: $foreground; background: $background;
        .edited--count { color: $foreground 80%; }
        .edited--dim { color: $foreground 60%; }
        .edited--stays { color: $text-warning; }
        .edited--title { color: $foreground; text-style: bold; }
    }
    """

    def __init__(self, *, ascii: bool = False) -> None:  # noqa: A002 - the option's own name
        super().__init__(ascii=ascii)
        self._board: Board | None = None
        self._where = ""
        self._standing: Standing | None = None
        self._about = ""
        self._stays = False

    def show(
        self, board: Board, where: str, standing: Standing | None, about: str, *, stays: bool
    ) -> None:
        """Tell of a board, and `about` it in words; `stays` where it cannot be edited."""
        self._board, self._where, self._standing = board, where, standing
        self._about, self._stays = about, stays
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002 (always two)
        """` BOARD  Flow of acme   5 columns · 3 tasks, 3 open`."""
        if (board := self._board) is None:
            return []
        counts = f" {self.marks.placeholder} ".join(self._counts(board))
        room = max(width - 8 - cell_len(counts) - 3, 12)
        name = clean(f"{board.name[:200]} {self._where}")
        shown = cut(name, room, self.marks.ellipsis)
        rest = max(width - 10 - cell_len(shown), 0)
        about = fit(clean(self._about[:LETTERS_AT_MOST]), max(width - 2, 1), self.marks.ellipsis)
        return [
            ((" BOARD  ", "dim"), (shown, "title"), (f"  {fit(counts, rest, '')}", "count")),
            ((" ", ""), (about, "stays" if self._stays else "dim")),
        ]

    def _counts(self, board: Board) -> list[str]:
        said = [_counted(len(board.columns), "column")]
        if (standing := self._standing) is not None:
            total = standing.total
            said.append(
                f"{_counted(total.all, 'task')}, {total.open} open" if total.all else "no tasks"
            )
            if standing.orphaned:
                said.append(f"{standing.orphaned} in no column")
        return said


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
