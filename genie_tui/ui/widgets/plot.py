"""Figures on the screen, in the colours of the theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style

from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.figure import Figure, draw
from genie_tui.ui.widgets.plain import fit

__all__ = ["COLORS", "Plot", "color"]

COLORS = (
    "$primary",
    "$accent",
    "$secondary",
    "$error",
    "$success",
    "$warning 60%",
    "$primary 50%",
    "$secondary 55%",
    "$foreground 50%",
)
"""Of a figure's series, in turn; neighbours differ in every theme."""

LEAST = 5
"""Lines below which a figure says nothing."""


def color(number: int) -> str:
    """The colour of a series as content has it; its style in a figure is `s` and the number."""
    return COLORS[number % len(COLORS)]


class Plot(Drawn):
    """Figures above each other, as many as have room; or a sentence where there is none."""

    PREFIX = "plot"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "plot--axis",
        "plot--dim",
        "plot--frame",
        "plot--name",
        "plot--title",
        *(f"plot--s{number}" for number in range(len(COLORS))),
    }
    DEFAULT_CSS = (
        """
    Plot {
        color: $foreground; background: $background;
        .plot--axis { color: $foreground 70%; }
        .plot--dim { color: $foreground 55%; }
        .plot--frame { color: $foreground 30%; }
        .plot--name { color: $foreground 85%; }
        .plot--title { color: $foreground; text-style: bold; }
    """
        + "".join(f".plot--s{number} {{ color: {name}; }}\n" for number, name in enumerate(COLORS))
        + "}"
    )

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        id: str | None = None,  # noqa: A002 - as every widget
    ) -> None:
        super().__init__(ascii=ascii, id=id)
        self._figures: tuple[Figure, ...] = ()
        self._instead = ""

    def show(self, figures: Sequence[Figure], instead: str = "") -> None:
        """Show figures; where there is none, what is said instead."""
        self._figures, self._instead = tuple(figures), instead
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """Of equal height each; the last ones are left out where there is no room for all."""
        if not self._figures:
            words = self._instead.split("\n")
            return [((fit(f" {line}", width, self.marks.ellipsis), "dim"),) for line in words]
        shown = self._figures[: max(height // LEAST, 1)]
        each, rest = divmod(height, len(shown))
        lines: list[Line] = []
        for number, figure in enumerate(shown):
            room = each + (number < rest)
            drawn = draw(figure, width - 1, room, self.marks)
            lines += [((" ", ""), *line) for line in drawn]
            lines += [()] * (room - len(drawn))
        return lines

    def _style(self, name: str) -> Style:
        """A cell of two series has the colour of one, on that of the other."""
        lower, _, upper = name.partition("/")
        if not upper:
            return super()._style(name)
        if (style := self._styles.get(name)) is None:
            ground = Style(bgcolor=super()._style(upper).color)
            style = self._styles[name] = super()._style(lower) + ground
        return style
