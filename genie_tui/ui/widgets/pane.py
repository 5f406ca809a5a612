"""A text beside a list: scrolled by keys when it has the focus, and by the wheel."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.lists import PANE

__all__ = ["Pane"]


class Pane(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Shows content; a focused one is marked by its title."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(PANE)
    DEFAULT_CSS = """
    Pane {
        padding: 0 1; scrollbar-size-vertical: 1; background: $background;
        Static { width: 100%; height: auto; }
        &:focus { background: $surface; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as every widget
        super().__init__(id=id)
        self._told = Content("")
        self._text = Static("")

    def compose(self) -> ComposeResult:
        """The text alone."""
        yield self._text

    def show(self, content: Content, *, top: bool = False) -> None:
        """Show other content; with `top` from its beginning, else where one was reading."""
        if content != self._told or content.spans != self._told.spans:
            self._told = content
            self._text.update(content)
        if top:
            self.scroll_home(animate=False)

    def end_when_laid_out(self) -> None:
        """Show the end of what was given last."""
        self.scroll_end(animate=False, x_axis=False)

    def action_scroll_lines(self, lines: int) -> None:
        """So many lines down."""
        self.scroll_relative(y=lines, animate=False)

    def action_scroll_pages(self, pages: float) -> None:
        """So many pages down."""
        self.scroll_relative(y=pages * self.size.height, animate=False)

    def action_scroll_edge(self, end: bool) -> None:
        """To the beginning, or to the end."""
        (self.scroll_end if end else self.scroll_home)(animate=False)
