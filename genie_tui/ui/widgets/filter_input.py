"""Where a filter is typed, with what is wrong with it under the place where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from genie_tui.domain.completing import Unfinished, unfinished
from genie_tui.domain.filters import Field, Filter, FilterError, parse
from genie_tui.ui.keys.asking import FILTER
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.widgets.line import Line
from genie_tui.ui.widgets.plain import cell_len, clean, cut

__all__ = ["FilterInput"]

EXAMPLE = (
    "words  ~tkrf  #12  p:high,urgent  s:blocked  stage:build  @eng-1  tag:bug  due:<3d  stale"
    "  mine  !not"
)
PROMPT = " / "
OFFERED = 40
"""So many values are offered at most; more letters leave fewer."""

Known = Mapping[Field, Sequence[str]]
"""The values that there are of a field."""


@dataclass
class Offered:
    """What a value may become, in the order in which Tab takes it; `text` is the filter before."""

    value: Unfinished
    values: tuple[str, ...]
    text: str


class FilterInput(Vertical, inherit_bindings=False):
    """Two lines over the bottom of the board; the board is filtered as one types."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(FILTER)
    DEFAULT_CSS = """
    FilterInput {
        layer: notice; dock: bottom; width: 100%; height: 2; margin: 0 0 1 0;
        background: $panel; display: none;
        Static { height: 1; color: $foreground 55%; }
        &.-wrong Static { color: $error; text-style: bold; }
        &.-told .under { color: $accent; }
        .line { layout: horizontal; height: 1; }
        .sign { width: 3; color: $accent; text-style: bold; }
        Line { padding: 0; width: 1fr; }
    }
    """

    @dataclass
    class Filtered(Message):
        """Another filter holds, which is right as far as it is typed.

        `loose` is the same with its bare words as letters of titles.
        """

        filter: Filter
        loose: Filter

    @dataclass
    class ValuesWanted(Message):
        """It would be of use to know which values of a field there are."""

        field: Field

    @dataclass
    class Closed(Message):
        """Somebody is done with it."""

    def __init__(
        self,
        *,
        key: str = "tab",
        ascii: bool = False,  # noqa: A002 - the option's own name
    ) -> None:
        super().__init__()
        self._key = key
        self._ellipsis = "~" if ascii else "…"
        self._before = Filter()
        self._holds = Filter()
        self._known: Known = {}
        self._error: FilterError | None = None
        self._offered: Offered | None = None
        self._hint = ""

    def compose(self) -> ComposeResult:
        """The input, and a line under it."""
        with Vertical(classes="line"):
            yield Static(PROMPT, classes="sign")
            yield Line(entered=self.action_keep)
        yield Static(classes="under")

    def open(self, filter_: Filter, known: Known) -> None:
        """Show the filter that holds, to be edited; `known` is what values may be completed to."""
        self._before = self._holds = filter_
        self._known = known
        self._hint, self._offered, self._error = "", None, None
        # A blank after it, so that the next term can be typed at once.
        self._write(f"{filter_} " if filter_ else "")
        self.display = True
        self._say()
        self.screen.set_focus(self._line)

    def know(self, more: Known) -> None:
        """There are these values, too."""
        self._known = {**self._known, **more}
        if self.display and self._offered is None:
            self._typed_so_far()

    def tell(self, hint: str) -> None:
        """Say something of what is shown, until something else is typed."""
        self._hint = hint
        self._say()

    def on_resize(self) -> None:
        """There is another room for the line under it."""
        self._say()

    # What is typed

    @property
    def _line(self) -> Line:
        return self.query_one(Line)

    def _write(self, text: str, cursor: int | None = None) -> None:
        with self.prevent(Input.Changed):
            self._line.value = text
        self._line.cursor_position = len(text) if cursor is None else cursor

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._hint = ""
        self._typed_so_far()

    def _typed_so_far(self) -> None:
        text, cursor = self._line.value, self._line.cursor_position
        self._offered = self._offers(text, cursor)
        self._read()
        # What is not typed in full yet is no mistake.
        if self._offered and self._error and self._error.end == cursor:
            self._error = None
        self._say()

    def _offers(self, text: str, cursor: int) -> Offered | None:
        if (value := unfinished(text, cursor)) is None:
            return None
        if value.field not in self._known:
            self._known = {**self._known, value.field: ()}
            self.post_message(self.ValuesWanted(value.field))
        values = value.offers(self._known[value.field])[:OFFERED]
        return Offered(value, values, text) if values else None

    def _read(self) -> None:
        """What stands there holds, or is wrong."""
        text = self._line.value
        try:
            filter_, loose = parse(text), parse(text, loosely=True)
        except FilterError as error:
            self._error = error
            return
        self._error = None
        if filter_ != self._holds:
            self._holds = filter_
            self.post_message(self.Filtered(filter_, loose))

    # The line under it

    def _say(self) -> None:
        self.set_class(self._error is not None, "-wrong")
        self.set_class(bool(self._hint or self._offered), "-told")
        room = (self.size.width or self.app.size.width) - len(PROMPT)
        said = self._pointed(self._error, room) if self._error else self._told()
        shown = cut(said, room, self._ellipsis)
        self.query_one(".under", Static).update(Content(f"{' ' * len(PROMPT)}{shown}"))

    def _told(self) -> str:
        if self._offered is None:
            return clean(self._hint) or EXAMPLE
        return f"{self._key}  {'   '.join(map(clean, self._offered.values))}"

    def _pointed(self, error: FilterError, room: int) -> str:
        """The message, and what points at the place."""
        text = self._line.value
        before = cell_len(clean(text[: error.start]))
        length = max(cell_len(clean(text[error.start : error.end])), 1)
        message = clean(str(error))
        pointer = f"{' ' * before}{'^' * length} "
        if cell_len(pointer) + cell_len(message) <= room:
            return f"{pointer}{message}"
        # Left of the place where there is no room to the right of it.
        gap = before - cell_len(message) - 1
        return f"{' ' * gap}{message} {'^' * length}" if gap >= 0 else message

    # Keys

    def action_complete(self) -> None:
        """Take what is offered first; once more, the next instead."""
        if (offered := self._offered) is None:
            return
        chosen, *others = offered.values
        self._write(*offered.value.completed(offered.text, chosen))
        self._offered = replace(offered, values=(*others, chosen)) if others else None
        self._read()
        self._say()

    def action_keep(self) -> None:
        """Close; a filter that is wrong as it stands is not kept, the last good one is."""
        self._close()

    def action_drop(self) -> None:
        """Close, with the filter that held before."""
        self.post_message(self.Filtered(self._before, self._before))
        self._close()

    def _close(self) -> None:
        self.display = False
        self.post_message(self.Closed())
