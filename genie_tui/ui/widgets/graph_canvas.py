"""Lines of box-drawing characters on a sheet: what meets is joined, what crosses is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len

__all__ = ["DOWN", "LEFT", "RIGHT", "UP", "Canvas", "Pen"]

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8

_JOINTS = (
    LEFT | RIGHT,
    UP | DOWN,
    DOWN | RIGHT,
    LEFT | RIGHT | DOWN,
    LEFT | DOWN,
    UP | DOWN | RIGHT,
    UP | DOWN | LEFT | RIGHT,
    UP | DOWN | LEFT,
    UP | RIGHT,
    LEFT | RIGHT | UP,
    LEFT | UP,
)
"""What each of the characters of `Marks.joints` joins, in their order."""


def _characters(joints: str) -> dict[int, str]:
    """The character for each set of directions; a line's end is drawn as the line."""
    known = dict(zip(_JOINTS, joints, strict=True))
    across, down = joints[0], joints[1]
    return {UP: down, DOWN: down, LEFT: across, RIGHT: across, **known}


class Pen(NamedTuple):
    """How a line looks. Where two cross, the one of higher rank is seen."""

    style: str
    rank: int = 0
    heavy: bool = False
    dashed: bool = False


class _Cell(NamedTuple):
    bits: int
    wires: tuple[str, ...]
    pen: Pen


class Canvas:
    """A window of `width` by `height` cells, whose upper left corner is at `x`, `y` of the sheet.

    Lines are told apart by the names of their wires: what has one in common is joined.
    """

    def __init__(self, x: int, y: int, width: int, height: int, marks: Marks) -> None:
        self.x, self.y, self.width, self.height = x, y, width, height
        self._light, self._heavy = _characters(marks.joints), _characters(marks.heavy)
        dashed = {LEFT | RIGHT: marks.dashed[0], UP | DOWN: marks.dashed[1]}
        self._dashed = {**self._light, **dashed}
        self._cells: dict[tuple[int, int], _Cell] = {}
        self._heads: dict[tuple[int, int], tuple[str, Pen]] = {}
        self._texts: list[dict[int, Piece]] = [{} for _ in range(height)]

    def sees(self, left: int, right: int) -> bool:
        """Is any column from `left` to before `right` within the window?"""
        return left < self.x + self.width and right > self.x

    # Lines

    def across(self, y: int, start: int, stop: int, wires: tuple[str, ...], pen: Pen) -> None:
        """From the cell at `start` to that before `stop`."""
        if self.y <= y < self.y + self.height:
            for x in range(max(start, self.x), min(stop, self.x + self.width)):
                self._draw(x, y, LEFT | RIGHT, wires, pen)

    def down(self, x: int, start: int, stop: int, wires: tuple[str, ...], pen: Pen) -> None:
        """From the cell at `start` to that before `stop`."""
        if self.x <= x < self.x + self.width:
            for y in range(max(start, self.y), min(stop, self.y + self.height)):
                self._draw(x, y, UP | DOWN, wires, pen)

    def joint(self, x: int, y: int, bits: int, wires: tuple[str, ...], pen: Pen) -> None:
        """A cell in which wires meet."""
        if self.x <= x < self.x + self.width and self.y <= y < self.y + self.height:
            self._draw(x, y, bits, wires, pen)

    def _draw(self, x: int, y: int, bits: int, wires: tuple[str, ...], pen: Pen) -> None:
        old = self._cells.get((x, y))
        if old is None:
            self._cells[x, y] = _Cell(bits, wires, pen)
        elif not set(old.wires).isdisjoint(wires):
            top = max(old.pen, pen, key=lambda one: one.rank)
            heavy, dashed = old.pen.heavy or pen.heavy, old.pen.dashed and pen.dashed
            top = top._replace(heavy=heavy, dashed=dashed)
            both = tuple(dict.fromkeys((*old.wires, *wires)))
            self._cells[x, y] = _Cell(old.bits | bits, both, top)
        elif pen.rank > old.pen.rank or (pen.rank == old.pen.rank and not bits & (LEFT | RIGHT)):
            self._cells[x, y] = _Cell(bits, wires, pen)

    def head(self, x: int, y: int, mark: str, pen: Pen) -> None:
        """An arrow's end, over its line."""
        if self.x <= x < self.x + self.width and self.y <= y < self.y + self.height:
            old = self._heads.get((x, y))
            if old is None or pen.rank > old[1].rank:
                self._heads[x, y] = (mark, pen)

    # Texts

    def write(self, x: int, y: int, pieces: Sequence[Piece]) -> None:
        """Texts from a cell on; what of them is outside is not seen."""
        if not self.y <= y < self.y + self.height:
            return
        row = self._texts[y - self.y]
        for text, style in pieces:
            cells = cell_len(text)
            if x >= self.x and x + cells <= self.x + self.width:
                row[x] = (text, style)
            elif self.sees(x, x + cells):
                self._write_cut(row, x, text, style)
            x += cells

    def _write_cut(self, row: dict[int, Piece], x: int, text: str, style: str) -> None:
        for letter in text:
            cells = cell_len(letter)
            if cells and x >= self.x and x + cells <= self.x + self.width:
                row[x] = (letter, style)
            x += cells

    # What is to be seen

    def lines(self) -> list[Line]:
        """All of it, with blanks where nothing is."""
        rows: list[dict[int, Piece]] = [{} for _ in range(self.height)]
        for (x, y), cell in self._cells.items():
            rows[y - self.y][x] = (self._character(cell), cell.pen.style)
        for (x, y), (mark, pen) in self._heads.items():
            rows[y - self.y][x] = (mark, pen.style)
        return [
            self._line({**row, **self._texts[at]} if row else self._texts[at])
            for at, row in enumerate(rows)
        ]

    def _character(self, cell: _Cell) -> str:
        pen = cell.pen
        known = self._heavy if pen.heavy else self._dashed if pen.dashed else self._light
        return known[cell.bits]

    def _line(self, row: dict[int, Piece]) -> Line:
        """Pieces from left to right; neighbours of one style are one piece."""
        pieces: list[Piece] = []
        at = self.x
        for x in sorted(row):
            if x < at:  # a line under a text
                continue
            text, style = row[x]
            if x > at:
                pieces.append((" " * (x - at), ""))
            if pieces and pieces[-1][1] == style:
                pieces[-1] = (pieces[-1][0] + text, style)
            else:
                pieces.append((text, style))
            at = x + cell_len(text)
        return tuple(pieces)
