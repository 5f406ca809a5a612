"""The picture of a board: every line of it as segments, column by column.

A new picture is put together whenever something happens, from pieces that are kept; comparing it
with the one on screen tells which lines have to be painted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from genie_tui.ui.widgets.form import Form
from genie_tui.ui.widgets.layout import Slot

__all__ = ["Hit", "Picture", "Segments", "frame"]

Segments = tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What lies under a cell: the index of a column, and the place of a card down from the first
    that is shown; None for the column's head."""

    column: int
    place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is to be seen: for each slot its lines, and for each line the frame's pieces.

    `every` is how often it changes by itself, in seconds; None where nothing does.
    """

    form: Form
    slots: tuple[Slot, ...]
    columns: tuple[Sequence[Segments], ...]
    frame: Sequence[Segments]
    every: float | None

    def line(self, y: int) -> Strip:
        """One line across the whole width."""
        joints = self.frame[y]
        if not joints:
            return Strip(self.columns[0][y], self.form.size.width)
        segments: list[Segment] = []
        for joint, column in zip(joints, self.columns, strict=False):
            segments.append(joint)
            segments += column[y]
        segments += joints[len(self.columns) :]
        return Strip(segments)

    def alike(self, other: Picture) -> bool:
        """Can the two be compared line by line?"""
        return self.form == other.form and self.slots == other.slots

    def changes(self, old: Picture) -> Iterator[Region]:
        """Where it differs from an older one that is alike."""
        for slot, new, was in zip(self.slots, self.columns, old.columns, strict=True):
            for start, stop in _runs(new, was):
                yield Region(slot.x, start, slot.width, stop - start)

    def hit(self, x: int, y: int) -> Hit | None:
        """What lies under a cell."""
        for slot in self.slots:
            if slot.x <= x < slot.x + slot.width:
                down = y - self.form.above
                inside = 0 <= down < self.form.body and not slot.collapsed
                place = down // self.form.step if inside else None
                return Hit(column=slot.index, place=place)
        return None


def _runs(new: Sequence[Segments], old: Sequence[Segments]) -> Iterator[tuple[int, int]]:
    """Runs of neighbouring lines that differ."""
    start = None
    for y, (line, was) in enumerate(zip(new, old, strict=True)):
        same = line is was or line == was
        if not same and start is None:
            start = y
        elif same and start is not None:
            yield start, y
            start = None
    if start is not None:
        yield start, len(new)


def frame(form: Form, count: int, joints: str, style: Style) -> list[Segments]:
    """For each line the pieces of the frame before, between and after `count` columns.

    `joints` are the characters of the marks. In the compact form there are none.
    """
    if form.compact:
        return [()] * form.size.height
    down, corners = joints[1], tuple(joints[2:])
    top_left, top, top_right, left, cross, right, low_left, low, low_right = corners
    if form.joins_right:
        top_right, right, low_right = top, cross, low
    if form.joins_below:
        low_left = left
        low_right = low if form.joins_right else right

    def pieces(first: str, middle: str, last: str) -> Segments:
        inner = [Segment(middle, style)] * (count - 1)
        return (Segment(first, style), *inner, Segment(last, style))

    body = pieces(down, down, down)
    lines = [pieces(top_left, top, top_right), body, pieces(left, cross, right)]
    lines += [body] * form.body
    return [*lines, pieces(low_left, low, low_right)][: form.size.height]
