"""A line of text to be typed."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import events
from textual.widgets import Input

from genie_tui.domain.text import letters

__all__ = ["Line"]


class Line(Input):
    """An input that does something at once when Enter is pressed.

    Textual's own would send a message, and the next key could come before it. It would also hand
    the terminal whatever is in its value.
    """

    DEFAULT_CSS = """
    Line {
        border: none; padding: 0 1; height: 1; background: $panel;
        &:focus { border: none; }
    }
    """

    def __init__(
        self,
        value: str = "",
        *,
        entered: Callable[[], None],
        placeholder: str = "",
        id: str | None = None,  # noqa: A002 - as every widget
    ) -> None:
        super().__init__(value, placeholder=placeholder, id=id, select_on_focus=False)
        self._entered = entered

    @property
    def _value(self) -> Text:
        """What is shown of the value."""
        return Text(letters(self.value), no_wrap=True, overflow="ignore", end="")

    def on_mount(self) -> None:
        """Nothing blinks for those who want no motion."""
        self.cursor_blink = not self.app.has_class("-still")

    async def action_submit(self) -> None:
        """Enter."""
        self._entered()

    def _on_paste(self, event: events.Paste) -> None:
        """Line ends become spaces, where Textual would drop what comes after the first."""
        event.prevent_default()
        event.stop()
        self.replace(" ".join(event.text.split()), *self.selection)
