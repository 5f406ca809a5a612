"""A field that narrows a list down as one types; out of the way until it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.lists import SEARCH
from genie_tui.ui.widgets.line import Line

__all__ = ["Search"]


class Search(Horizontal):
    """Says what is typed; closed with what is to be kept, or with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(SEARCH)
    DEFAULT_CSS = """
    Search {
        height: 1; width: 100%; display: none; background: $panel;
        Static { width: auto; color: $accent; text-style: bold; padding: 0 0 0 1; }
        Line { width: 1fr; }
    }
    """

    @dataclass
    class Searched(Message):
        """Show what matches this; everything where it is empty."""

        text: str

    @dataclass
    class Closed(Message):
        """Keys go elsewhere again."""

    def __init__(self, placeholder: str) -> None:
        super().__init__()
        self._line = Line(entered=self.action_keep, placeholder=placeholder)

    def compose(self) -> ComposeResult:
        """A mark, and the field."""
        yield Static("/")
        yield self._line

    @property
    def text(self) -> str:
        """What the list is narrowed down by."""
        return self._line.value

    def set_text(self, text: str) -> None:
        """Narrow down by this, as if it were typed."""
        self._line.value = text
        self.display = bool(text)

    def open(self) -> None:
        """Let somebody type."""
        self.display = True
        self.screen.set_focus(self._line)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Searched(event.value))

    def action_keep(self) -> None:
        """Go on with what is found."""
        self.display = bool(self.text)
        self.post_message(self.Closed())

    def action_drop(self) -> None:
        """Show everything."""
        self._line.value = ""
        self.display = False
        self.post_message(self.Closed())
