"""A list with a cursor, drawn by the line: what most screens are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.lists import LIST
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn

__all__ = ["Listing"]

T = TypeVar("T")


class Listing(Drawn, Generic[T], can_focus=True):
    """Keeps its cursor on an item while the list changes around it; on the next when it goes.

    A list of its own says by `key` what an item is known by, by `line` how it looks, and by `group`
    under which heading it stands; items of a group stand together.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(LIST)

    @dataclass
    class Selected(Message):
        """Another item is under the cursor, or the list has changed; None where it is empty."""

        listing: Listing[Any]
        item: Any

        @property
        def control(self) -> Listing[Any]:
            """The list, for `@on` with a selector."""
            return self.listing

    @dataclass
    class Opened(Message):
        """Somebody wants to see an item in full."""

        listing: Listing[Any]
        item: Any

        @property
        def control(self) -> Listing[Any]:
            """The list, for `@on` with a selector."""
            return self.listing

    EMPTY: ClassVar[str] = "nothing here"
    """What is said where there is no item; drawn in the style `dim`, which each list has."""

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        id: str | None = None,  # noqa: A002 - as every widget
        classes: str | None = None,
    ) -> None:
        super().__init__(ascii=ascii, id=id, classes=classes)
        self.items: Sequence[T] = ()
        self._cursor = 0
        self._top = 0
        self._rows: list[tuple[int | None, str]] = []
        self._row_of: list[int] = []

    # What a list of its own says

    def key(self, item: T) -> str:
        """What the item is known by, when the list is read again."""
        raise NotImplementedError

    def line(self, item: T, width: int, *, cursor: bool) -> Line:
        """The item, `width` cells wide; what is longer is cut."""
        raise NotImplementedError

    def group(self, item: T) -> str:  # noqa: ARG002 - for lists of their own
        """The heading under which the item stands; empty for none."""
        return ""

    def heading(self, text: str, width: int) -> Line:  # noqa: ARG002
        """How a group's heading looks."""
        return ((f" {text}", "dim"),)

    # What is told from above

    def show(self, items: Sequence[T]) -> None:
        """Show other items; the cursor stays on its own, or takes the next where that has gone."""
        places = {self.key(item): place for place, item in enumerate(items)}
        after = (self.key(item) for item in self.items[self._cursor :])
        last = len(items) - 1 if self.items else 0
        place = next((places[key] for key in after if key in places), last)
        self.items = items
        self._lay()
        self._go_to(place)

    def _lay(self) -> None:
        """Which item or heading stands in which row."""
        self._rows, self._row_of, group = [], [], ""
        for place, item in enumerate(self.items):
            if (title := self.group(item)) != group:
                group = title
                self._rows.append((None, title))
            self._row_of.append(len(self._rows))
            self._rows.append((place, ""))

    @property
    def item(self) -> T | None:
        """The one under the cursor."""
        return self.items[self._cursor] if self.items else None

    @property
    def place(self) -> tuple[int, int]:
        """The cursor's, counted from 1, and how many there are."""
        return (self._cursor + 1 if self.items else 0, len(self.items))

    def move_to(self, key: str) -> bool:
        """Put the cursor on an item; False where it is not in the list."""
        for place, item in enumerate(self.items):
            if self.key(item) == key:
                self._go_to(place)
                return True
        return False

    def next(self) -> None:
        """To the next item; after the last, to the first."""
        self._go_to((self._cursor + 1) % max(len(self.items), 1))

    # Drawing

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """As many rows as fit, around the cursor."""
        if not self.items:
            return [((f" {self.EMPTY}", "dim"),)]
        self._scroll_to_cursor(height)
        return [
            self.heading(title, width)
            if place is None
            else self.line(self.items[place], width, cursor=place == self._cursor)
            for place, title in self._rows[self._top : self._top + height]
        ]

    def _scroll_to_cursor(self, height: int) -> None:
        """The cursor is in view, and with the first item of a group its heading."""
        row = self._row_of[self._cursor]
        upper = row - 1 if row and self._rows[row - 1][0] is None else row
        self._top = min(self._top, upper, max(len(self._rows) - height, 0))
        self._top = max(self._top, row - height + 1, 0)

    # Moving

    def _go_to(self, place: int) -> None:
        self._cursor = min(max(place, 0), max(len(self.items) - 1, 0))
        self.redraw()
        self.post_message(self.Selected(self, self.item).set_sender(self))

    def action_go(self, lines: int) -> None:
        """So many items down."""
        self._go_to(self._cursor + lines)

    def action_go_pages(self, pages: float) -> None:
        """So many pages down."""
        self._go_to(self._cursor + int(pages * self.size.height))

    def action_go_edge(self, end: bool) -> None:
        """To the first item, or to the last."""
        self._go_to(len(self.items) - 1 if end else 0)

    def action_open(self) -> None:
        """Show it in full."""
        if self.item is not None:
            self.post_message(self.Opened(self, self.item).set_sender(self))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Down."""
        event.stop()
        self.action_go(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Up."""
        event.stop()
        self.action_go(-1)

    def on_click(self, event: events.Click) -> None:
        """Select; a second click opens."""
        event.stop()
        row = self._top + event.y
        if row < len(self._rows) and (place := self._rows[row][0]) is not None:
            self._go_to(place)
            if event.chain > 1:
                self.action_open()
