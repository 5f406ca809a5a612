"""The picture of a board: every line of it as segments, column by column.

A new picture is put together whenever something happens, from pieces that are kept; comparing it
with the one on screen tells which lines have to be painted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from genie_tui.ui.widgets.form import Form
from genie_tui.ui.widgets.layout import Slot

__all__ = ["Hit", "Picture", "Segments", "frame"]

Segments = tuple[Segment, ...]


class Hit(NamedTuple):
    """What lies under a cell: the index of a column, and the place of a card down from the first
    that is shown; None for the column's head."""

    column: int
    place: int | None


class Picture(NamedTuple):
    """What is to be seen: for each slot its lines, and for each line the frame's pieces.

    `every` is how often it changes by itself, in seconds; None where nothing does. `across` are
    lines that stand over all columns, by their number. Where columns are cut into lanes, `spots`
    has for each slot the place of the card at each line of the room for cards.
    """

    form: Form
    slots: tuple[Slot, ...]
    columns: tuple[Sequence[Segments], ...]
    frame: Sequence[Segments]
    every: float | None
    across: Mapping[int, Segments] = MappingProxyType({})
    spots: tuple[Sequence[int | None], ...] = ()

    def line(self, y: int) -> Strip:
        """One line across the whole width."""
        if self.across and (over := self.across.get(y)):
            return Strip(over, self.form.size.width)
        joints = self.frame[y]
        if not joints:
            return Strip(self.columns[0][y], self.form.size.width)
        segments: list[Segment] = []
        for joint, column in zip(joints, self.columns, strict=False):
            segments.append(joint)
            segments += column[y]
        segments += joints[len(self.columns) :]
        last = self.slots[-1]
        return Strip(segments, last.x + last.width + 1)

    def alike(self, other: Picture) -> bool:
        """Can the two be compared line by line?"""
        return self.form == other.form and self.slots == other.slots

    def changes(self, old: Picture) -> Iterator[Region]:
        """Where it differs from an older one that is alike: for each line one region.

        It begins at the left edge, as Textual writes a widget's line from there on anyway, and
        would do so again for every further region of the line.
        """
        ends = [0] * self.form.size.height
        for slot, new, was in zip(self.slots, self.columns, old.columns, strict=True):
            if new is not was:
                for y, (line, before) in enumerate(zip(new, was, strict=True)):
                    if line is not before and line != before:
                        ends[y] = slot.x + slot.width
        if self.across != old.across:
            for y in {*self.across, *old.across}:
                if self.across.get(y) != old.across.get(y):
                    ends[y] = self.form.size.width
        y = 0
        for end, lines in groupby(ends):
            height = len(list(lines))
            if end:
                yield Region(0, y, end, height)
            y += height

    def hit(self, x: int, y: int) -> Hit | None:
        """What lies under a cell."""
        for nth, slot in enumerate(self.slots):
            if slot.x <= x < slot.x + slot.width:
                down = y - self.form.above
                if not 0 <= down < self.form.body or slot.collapsed:
                    return Hit(column=slot.nth, place=None)
                place = self.spots[nth][down] if self.spots else down // self.form.step
                return Hit(column=slot.nth, place=place)
        return None


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
