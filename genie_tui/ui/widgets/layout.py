"""Which columns of a board are on screen, and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from genie_tui.ui.widgets.viewpoint import Viewpoint

__all__ = ["COMPACT", "Arrangement", "Slot", "arrange"]

COMPACT = 60
"""Up to this width one column is shown at a time, without a frame."""

PAIR = 79
"""Up to this width two columns are shown at a time."""

WIDE = 22
"""The least width of a column with cards, without its frame."""

NARROW = 3
"""The width of an empty column."""


class Slot(NamedTuple):
    """A column on screen: its place among those of the board, its first cell and its width inside
    the frame. A collapsed one shows its title alone, downwards."""

    nth: int
    x: int
    width: int
    collapsed: bool


def arrange(width: int, collapsed: Sequence[bool], first: int, current: int) -> tuple[Slot, ...]:
    """The columns to show in `width` cells, as many as fit.

    They begin with the one at `first` where that keeps `current` on screen, and otherwise as
    near to it as can be; room is never left empty while there are columns for it.
    """
    if not collapsed:
        return ()
    if width <= COMPACT:
        return (Slot(nth=current, x=0, width=width, collapsed=False),)
    most = 2 if width <= PAIR else len(collapsed)
    first = min(first, current)
    last = _last(width, collapsed, first, most)
    while last < current:
        first += 1
        last = _last(width, collapsed, first, most)
    while first > 0 and _last(width, collapsed, first - 1, most) >= max(last, current):
        first -= 1
    last = _last(width, collapsed, first, most)
    return _spread(width, collapsed, range(first, last + 1))


def _last(width: int, collapsed: Sequence[bool], first: int, most: int) -> int:
    """The last column that fits when `first` is the first; at least that one."""
    used = 1
    wide = 0
    for index in range(first, len(collapsed)):
        used += (NARROW if collapsed[index] else WIDE) + 1
        wide += not collapsed[index]
        if index > first and (used > width or wide > most):
            return index - 1
    return len(collapsed) - 1


def _spread(width: int, collapsed: Sequence[bool], shown: range) -> tuple[Slot, ...]:
    """Share the width out among the columns with cards; the first ones get what is left over."""
    thin = {index for index in shown if collapsed[index]}
    if len(thin) == len(shown):
        thin = set()
    wide = len(shown) - len(thin)
    share, extra = divmod(max(width - 1 - len(shown) - len(thin) * NARROW, wide), wide)
    slots = []
    x = 1
    for index in shown:
        size = NARROW if index in thin else share + (extra > 0)
        extra -= index not in thin
        slots.append(Slot(nth=index, x=x, width=size, collapsed=index in thin))
        x += size + 1
    return tuple(slots)


class Arrangement:
    """How the columns of a board stand on screen, from one moment to the next.

    A column that becomes empty stays as wide as it is until `tidy`, and so does the cursor's:
    a board should not jump about under somebody's eyes. One that gets a card opens at once.
    """

    def __init__(self) -> None:
        self._first = 0
        self._wide: set[str] = set()

    def slots(self, width: int, view: Viewpoint) -> tuple[Slot, ...]:
        """The columns to show now."""
        shown = view.columns
        filled = {column for column in shown if view.store.count(column) != 0}
        self._wide |= filled
        collapsed = [
            (bool(filled) and column not in self._wide)
            or (column in view.folded and column != view.column)
            for column in shown
        ]
        current = shown.index(view.column) if view.column in shown else 0
        slots = arrange(width, collapsed, self._first, current)
        self._first = slots[0].nth if slots else 0
        return slots

    def untidy(self, view: Viewpoint) -> bool:
        """Are there columns that could collapse now?"""
        known = self._wide & set(view.store.columns)
        return any(view.store.count(c) == 0 for c in known if c != view.column)

    def tidy(self, view: Viewpoint, *, keep: str = "") -> None:
        """Let empty columns collapse, but for one."""
        known = set(view.store.columns)
        self._wide = {c for c in self._wide & known if view.store.count(c) != 0 or c == keep}
