"""Steering a board by keys and mouse: what moves the cursor and the columns under it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from genie_tui.domain.tasks import Card
from genie_tui.ui.widgets.board_keys import KEYS
from genie_tui.ui.widgets.picture import Picture
from genie_tui.ui.widgets.viewpoint import Viewpoint

__all__ = ["Steered"]


class Steered(Widget):
    """A widget that shows a picture of what a viewpoint looks at."""

    BINDINGS: ClassVar[list[BindingType]] = KEYS

    @dataclass
    class CardOpened(Message, namespace="board_view"):
        """The card under the cursor is to be shown in full."""

        card: Card

    @dataclass
    class Chosen(Message):
        """Other tasks are marked, to be acted on together."""

        ids: frozenset[str]

    @dataclass
    class ColumnMarked(Message):
        """All cards of a column are to be marked, loaded or not; none where all are."""

        column_id: str

    chosen: frozenset[str] = frozenset()
    _view: Viewpoint
    _picture: Picture | None

    @abstractmethod
    def _sync(self) -> None:
        """Show what has changed."""

    @abstractmethod
    def _chose(self) -> None:
        """Show and tell which tasks are marked."""

    @abstractmethod
    def _say(self, message: Message) -> None:
        """Post a message as the board's own."""

    def choose(self, ids: Iterable[str], *, on: bool) -> None:
        """Mark tasks to be acted on together, or not any more."""
        chosen = self.chosen | frozenset(ids) if on else self.chosen - frozenset(ids)
        if chosen != self.chosen:
            self.chosen = chosen
            self._chose()

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """Select the card; a double click opens it."""
        offset = event.get_content_offset(self)
        if offset is None or self._picture is None:
            return
        if (hit := self._picture.hit(offset.x, offset.y)) is None:
            return
        event.stop()
        column = self._view.columns[hit.column]
        self._view.column = column
        row = self._view.top(column) + hit.place if hit.place is not None else self._view.row
        self._view.to_row(row)
        self._sync()
        if event.chain == 2 and hit.place is not None:
            self.action_open()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll the column under the pointer."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll the column under the pointer."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        if event.shift:
            self.action_column(rows)
        elif self._picture is not None and (hit := self._picture.hit(event.x, event.y)):
            self._view.scroll(self._view.columns[hit.column], rows)
            self._sync()

    # Actions

    def action_open(self) -> None:
        """Ask for the card under the cursor to be shown in full."""
        if (card := self._view.card) is not None:
            self._say(self.CardOpened(card))

    def action_mark(self) -> None:
        """Mark the card, or not any more, and go to the next."""
        if (card := self._view.card) is not None:
            self.choose([card.id], on=card.id not in self.chosen)
            self.action_row(1)

    def action_mark_column(self) -> None:
        """Mark the whole column, or none of it."""
        self._say(self.ColumnMarked(self._view.column))

    def action_row(self, step: int) -> None:
        """Move the cursor over so many cards."""
        self._view.to_row(self._view.row + step)
        self._sync()

    def step(self, rows: int) -> Card | None:
        """Move the cursor over so many cards; the one under it, where that is loaded."""
        self.action_row(rows)
        return self._view.card

    def action_page(self, pages: float) -> None:
        """Move the cursor over so many pages."""
        step = max(1, int(self._view.page * abs(pages)))
        self.action_row(step if pages > 0 else -step)

    def action_top(self) -> None:
        """To the first card of the column."""
        self._view.to_row(0)
        self._sync()

    def action_bottom(self) -> None:
        """To the last card of the column, where it is known which that is."""
        if count := self._view.store.count(self._view.column):
            self._view.to_row(count - 1)
            self._sync()

    def action_column(self, step: int) -> None:
        """To another column, at the same height."""
        self._view.to_column(self._view.neighbour(step))
        self._sync()

    def action_nth_column(self, index: int) -> None:
        """To a column by its place from the left, -1 for the last; nowhere if there is none."""
        columns = self._view.columns
        if -1 <= index < len(columns):
            self._view.to_column(columns[index])
            self._sync()
