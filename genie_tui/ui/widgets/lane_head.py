"""Drawing the line that a lane begins with: which it is, and how many cards it has where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from genie_tui.domain.lanes import Group, Lane
from genie_tui.domain.tasks import Priority
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.form import Form
from genie_tui.ui.widgets.layout import Slot
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len, clean, cut
from genie_tui.ui.widgets.viewpoint import HEAD, Viewpoint

__all__ = ["LaneHead", "lane_head", "spots"]

LEAST = 16
"""So many cells a name may always take, and half the line in any case."""


class LaneHead(NamedTuple):
    """A lane at a line of the room for cards: its cards in all, and by column where there are any.

    It is `current` where the cursor is in it.
    """

    line: int
    group: Group
    lane: Lane
    total: int
    counts: Mapping[str, int]
    current: bool


def lane_head(
    head: LaneHead, form: Form, slots: Sequence[Slot], columns: Sequence[str], marks: Marks
) -> Line:
    """A rule across all columns, with the name at its left and counts at the end of columns.

    The name goes before the counts where there is no room for both. In the compact form one
    column is shown, and its count told beside the whole one.
    """
    width = form.size.width
    tally = str(head.total)
    if form.compact and (here := head.counts.get(columns[slots[0].nth], 0)) != head.total:
        tally = f"{here} of {head.total}"
    name = _name(head, max(width // 2, LEAST) - cell_len(tally), marks)
    first = marks.joints[0] if form.compact else marks.joints[5]
    pieces: list[Piece] = [(first, "frame"), (" ", ""), *name, (f" {tally} ", "count")]
    used = sum(cell_len(text) for text, _ in pieces)
    if form.compact:
        return (*pieces, (marks.joints[0] * (width - used), "frame"))
    return (*pieces, *_rule(head, form, slots, columns, marks, used))


def _name(head: LaneHead, room: int, marks: Marks) -> list[Piece]:
    lane = head.lane
    name = clean(lane.name) or "(no name)"
    name = cut(name, max(room, 1), marks.ellipsis)
    look = "label-current" if head.current else "lane"
    named = (name, f"{lane.color} {look}" if lane.color else look)
    if head.group is not Group.PRIORITY:
        return [named]
    priority = Priority(lane.name)
    mark = marks.priority(priority)
    return [named] if mark.isspace() else [(f"{mark} ", priority.value), named]


def _rule(
    head: LaneHead,
    form: Form,
    slots: Sequence[Slot],
    columns: Sequence[str],
    marks: Marks,
    used: int,
) -> list[Piece]:
    """The line from a cell on, over all columns that are further to the right."""
    across, cross = marks.joints[0], marks.joints[6]
    last = cross if form.joins_right else marks.joints[7]
    pieces: list[Piece] = []
    for slot in slots:
        end = slot.x + slot.width
        start = max(slot.x, used)
        joint = last if slot is slots[-1] else cross
        if start > end:
            continue
        count = head.counts.get(columns[slot.nth], 0)
        text = f" {count} " if count else ""
        if cell_len(text) + 1 > end - start:
            text = ""
        pieces.append((across * (end - start - cell_len(text) - bool(text)), "frame"))
        if text:
            pieces += [(text, "more"), (across, "frame")]
        pieces.append((joint, "frame"))
    return pieces


def spots(view: Viewpoint, column: str, form: Form) -> list[int | None]:
    """For each line of the room for cards the place of the column's card there."""
    found: list[int | None] = [None] * form.body
    top = view.top(column)
    for place, row in zip(view.places(), view.stack(column, form.rows), strict=True):
        if row is not None and row != HEAD:
            last = min(place.line + form.step, form.body)
            found[place.line : last] = [row - top] * (last - place.line)
    return found
