"""How a board uses the room that it has."""

from __future__ import annotations

from typing import NamedTuple

from textual.geometry import Size

from genie_tui.ui.widgets.layout import COMPACT

__all__ = ["Form"]

FULL = 18
"""From so many lines for cards on, these are drawn in full."""

AIRY = 32
"""From so many on, there is a blank line between them."""


class Form(NamedTuple):
    """The lines of a board: `above` stand over the cards, `below` under them.

    A card takes `lines`, and `gap` blank ones part it from the next. In the compact form one
    column stands without a frame, under its title where the board is `titled`. `joins_right` and
    `joins_below` say that a neighbour's frame goes on there.
    """

    size: Size
    compact: bool
    above: int
    below: int
    lines: int
    gap: int
    joins_right: bool = False
    joins_below: bool = False

    @classmethod
    def of(cls, size: Size, *, titled: bool, joins_right: bool, joins_below: bool) -> Form:
        """The form for a size."""
        if size.width <= COMPACT:
            return cls(size=size, compact=True, above=1 + titled, below=0, lines=1, gap=0)
        body = size.height - 4
        return cls(
            size=size,
            compact=False,
            above=3,
            below=1,
            lines=3 if body >= FULL else 2,
            gap=1 if body >= AIRY else 0,
            joins_right=joins_right,
            joins_below=joins_below,
        )

    @property
    def step(self) -> int:
        """Lines from one card to the next."""
        return self.lines + self.gap

    @property
    def body(self) -> int:
        """Lines for cards."""
        return max(self.size.height - self.above - self.below, 0)

    @property
    def page(self) -> int:
        """How many whole cards a column shows, at least 1."""
        return max((self.body + self.gap) // self.step, 1)

    @property
    def rows(self) -> int:
        """How many cards a column shows, the one that is cut off by the end too."""
        return -(-self.body // self.step)
