"""A widget that is a few lines of text: drawn by the line, without children or layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.marks import Marks, marks

__all__ = ["Drawn"]


class Drawn(Widget):
    """Draws what `lines` gives; styles are component classes, `PREFIX--name` each.

    A colour that somebody has chosen is a style, too: `#rrggbb`.
    """

    PREFIX: ClassVar[str]
    ALLOW_SELECT = False

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        id: str | None = None,  # noqa: A002 - as every widget
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.marks: Marks = marks(ascii=ascii)
        self._strips: list[Strip] | None = None
        self._drawn_for = Size()
        self._styles: dict[str, Style] = {}

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """What is to be seen; missing lines are blank, and all are cut or filled to the width."""
        raise NotImplementedError

    def redraw(self) -> None:
        """What is to be seen has changed."""
        self._strips = None
        self.refresh()

    def forget(self) -> None:
        """Nobody looks here: what is drawn need not be kept."""
        self._strips = None

    def render_line(self, y: int) -> Strip:
        """A line; all are laid out when the first is asked for."""
        width, height = self.size
        if self._strips is None or self._drawn_for != self.size:
            self._drawn_for = self.size
            self._strips = [self._strip(line) for line in self.lines(width, height)[:height]]
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(width, self.rich_style)

    def notify_style_update(self) -> None:
        """Colours have changed."""
        self._styles.clear()
        self._strips = None
        super().notify_style_update()

    def on_resize(self) -> None:
        """Everything is laid out anew."""
        self.redraw()

    def _strip(self, line: Line) -> Strip:
        segments = [Segment(text, self._style(name)) for text, name in line if text]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _style(self, name: str) -> Style:
        if (style := self._styles.get(name)) is None:
            found = f"{self.PREFIX}--{name}"
            if name.startswith("#"):
                style = self.rich_style + Style(color=name)
            else:
                style = self.get_component_rich_style(found) if name else self.rich_style
            self._styles[name] = style
        return style
