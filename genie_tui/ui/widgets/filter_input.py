"""Where a filter is typed, with what is wrong with it under the place where it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from genie_tui.domain.filters import Filter, FilterError, parse
from genie_tui.ui.keys.asking import FILTER
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.widgets.line import Line
from genie_tui.ui.widgets.plain import cell_len, clean

__all__ = ["FilterInput"]

EXAMPLE = (
    "words  #12  p:high,urgent  s:blocked  stage:build  @eng-1  tag:bug  due:<3d  stale  mine  !not"
)
PROMPT = " / "


class FilterInput(Vertical, inherit_bindings=False):
    """Two lines over the bottom of the board; the board is filtered as one types."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(FILTER)
    DEFAULT_CSS = """
    FilterInput {
        layer: notice; dock: bottom; width: 100%; height: 2; margin: 0 0 1 0;
        background: $panel; display: none;
        Static { height: 1; color: $foreground 55%; }
        &.-wrong Static { color: $error; text-style: bold; }
        .line { layout: horizontal; height: 1; }
        .sign { width: 3; color: $accent; text-style: bold; }
        Line { padding: 0; width: 1fr; }
    }
    """

    @dataclass
    class Filtered(Message):
        """Another filter holds, which is right as far as it is typed."""

        filter: Filter

    @dataclass
    class Closed(Message):
        """Somebody is done with it."""

    def __init__(self) -> None:
        super().__init__()
        self._before = Filter()
        self._holds = Filter()

    def compose(self) -> ComposeResult:
        """The input, and a line under it."""
        with Vertical(classes="line"):
            yield Static(PROMPT, classes="sign")
            yield Line(entered=self.action_keep)
        yield Static(classes="under")

    def open(self, filter_: Filter) -> None:
        """Show the filter that holds, to be edited."""
        self._before = self._holds = filter_
        field = self.query_one(Line)
        # A blank after it, so that the next term can be typed at once.
        with self.prevent(Input.Changed):
            field.value = f"{filter_} " if filter_ else ""
        field.cursor_position = len(field.value)
        self.display = True
        self._say(None)
        self.screen.set_focus(field)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        try:
            filter_ = parse(event.value)
        except FilterError as error:
            self._say(error)
            return
        self._say(None)
        self._hold(filter_)

    def _hold(self, filter_: Filter) -> None:
        if filter_ != self._holds:
            self._holds = filter_
            self.post_message(self.Filtered(filter_))

    def _say(self, error: FilterError | None) -> None:
        under = self.query_one(".under", Static)
        self.set_class(error is not None, "-wrong")
        if error is None:
            under.update(Content(f"   {EXAMPLE}"))
            return
        text = self.query_one(Line).value
        before = cell_len(clean(text[: error.start]))
        length = max(cell_len(clean(text[error.start : error.end])), 1)
        message = clean(str(error))
        room = self.size.width - len(PROMPT)
        pointer = f"{' ' * before}{'^' * length} "
        if cell_len(pointer) + cell_len(message) > room:
            # Left of the place where there is no room to the right of it.
            gap = before - cell_len(message) - 1
            pointer = f"{' ' * max(gap, 0)}{message} {'^' * length}" if gap >= 0 else ""
            message = "" if gap >= 0 else message
        under.update(Content(f"{' ' * len(PROMPT)}{pointer}{message}"))

    def action_keep(self) -> None:
        """Close; a filter that is wrong as it stands is not kept, the last good one is."""
        self._close()

    def action_drop(self) -> None:
        """Close, with the filter that held before."""
        self._hold(self._before)
        self._close()

    def _close(self) -> None:
        self.display = False
        self.post_message(self.Closed())
