"""A graph as a tree of lines, one for each task: what a narrow screen has room for."""

from __future__ import annotations

from genie_tui.domain.graph import Arrow, Shape
from genie_tui.domain.graph_outline import Row, outline
from genie_tui.domain.graph_walk import Direction, step_in_outline
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.graph_node import Scene, label
from genie_tui.ui.widgets.graph_picture import Box
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len

__all__ = ["OutlinePicture"]

GUIDES_PART = 3
"""Guides take one part in so many of the width at most; of a deeper tree the last of them."""

TOLD_AT_MOST = 4
"""Tasks whose numbers stand at the end of a line."""


class OutlinePicture:
    """The rows of a tree on a sheet as wide as the window."""

    above = 0

    def __init__(self, shape: Shape, room: int) -> None:
        self._shape = shape
        self._rows = outline(shape)
        self._at = {row.id: number for number, row in enumerate(self._rows)}
        self.width = room
        self.height = len(self._rows)

    def snapped(self, x: int, shown: Box, width: int) -> int:  # noqa: ARG002
        """Nothing of it is ever cut."""
        return 0

    def box(self, id_: str) -> Box:
        """Where a task stands."""
        return Box(0, self._at[id_], self.width)

    def at(self, x: int, y: int) -> str | None:  # noqa: ARG002 (the whole line)
        """The task on a line of the sheet."""
        return self._rows[y].id if 0 <= y < len(self._rows) else None

    def drawn(self, _: Arrow) -> bool:
        """What has no line is told by its number."""
        return True

    def lined(self, _: Arrow) -> bool:
        """A tree's lines are no ways."""
        return False

    def step(self, id_: str, direction: Direction) -> str:
        """The task that a key leads to."""
        return step_in_outline(self._rows, self._shape, id_, direction)

    def lines(self, scene: Scene, x: int, y: int, width: int, height: int) -> list[Line]:  # noqa: ARG002
        """The rows from a line on."""
        return [self._line(scene, row, width) for row in self._rows[y : y + height]]

    def _line(self, scene: Scene, row: Row, width: int) -> Line:
        guides = _guides(row, scene.marks, (width - 1) // GUIDES_PART)
        others = self._others(scene, row)
        room = width - cell_len(guides) - cell_len(others[0])
        bar, *rest = label(scene, row.id, room)
        used = sum(cell_len(text) for text, _ in (bar, *rest))
        return (bar, (guides, "edge"), *rest, (" " * max(room - used, 0), ""), others)

    def _others(self, scene: Scene, row: Row) -> Piece:
        """What it waits for beside the task under which it stands."""
        if not row.others:
            return "", ""
        seqs = [f"#{scene.graph.cards[id_].seq}" for id_ in row.others]
        told = seqs[:TOLD_AT_MOST]
        more = [f"+{len(seqs) - len(told)}"] if len(seqs) > len(told) else []
        lit = row.id == scene.cursor or scene.cursor in row.others
        return f" {scene.marks.before}{' '.join([*told, *more])} ", "lit" if lit else "stub"


def _guides(row: Row, marks: Marks, most: int) -> str:
    """`│ ├─`: whose branches go on, and where this one leaves."""
    across, down = marks.joints[0], marks.joints[1]
    if not row.last:
        return ""
    text = "".join("  " if last else f"{down} " for last in row.last[:-1])
    text += f"{marks.joints[8] if row.last[-1] else marks.joints[5]}{across}"
    return text if len(text) <= most else marks.ellipsis + text[len(text) - most + 1 :]
