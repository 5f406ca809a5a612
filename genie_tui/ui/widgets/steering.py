"""Steering a board by keys and mouse: what moves the cursor and the columns under it."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from genie_tui.domain.tasks import Card, Link
from genie_tui.ui.widgets.board_keys import KEYS
from genie_tui.ui.widgets.picture import Picture
from genie_tui.ui.widgets.plain import cell_len
from genie_tui.ui.widgets.viewpoint import Viewpoint

__all__ = ["Steered"]

NUMBER = re.compile(r"#\d+")


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

    @dataclass
    class Folded(Message):
        """Other columns are folded away: those with these ids."""

        columns: frozenset[str]

    @dataclass
    class Dragged(Message):
        """A card is held over another column, or over its own again; None where it is let go."""

        card: Card
        column_id: str | None

    @dataclass
    class Dropped(Message):
        """A card was let go over another column."""

        card: Card
        column_id: str

    @dataclass
    class LinkClicked(Message):
        """Another task's number, on a card that waits for it or holds it up."""

        link: Link

    chosen: frozenset[str] = frozenset()
    _held: tuple[Card, str] | None = None
    _over: str | None = None
    _dragging = False
    _let_go = False
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
        """Select the card; a double click opens it. A folded column opens."""
        if self._let_go:
            # This is how a drag ends.
            event.stop()
            return
        offset = event.get_content_offset(self)
        if offset is None or (found := self._place_at(offset.x, offset.y)) is None:
            return
        event.stop()
        column, row = found
        if row is None:
            self._view.to_column(column)
        else:
            self._view.column = column
            self._view.to_row(row)
        if column in self._view.folded:
            self.action_fold()
        self._sync()
        if (link := self._link_at(offset.x, offset.y)) is not None:
            self._say(self.LinkClicked(link))
        elif event.chain == 2 and row is not None:
            self.action_open()

    def _link_at(self, x: int, y: int) -> Link | None:
        """The task whose number on the card under the cursor is under a cell."""
        if (card := self._view.card) is None:
            return None
        links = {f"#{link.seq}": link for link in (*card.waits, *card.holds)}
        text = self.render_line(y).text
        for found in NUMBER.finditer(text):
            start = cell_len(text[: found.start()])
            if start <= x < start + len(found[0]):
                return links.get(found[0])
        return None

    def _place_at(self, x: int, y: int) -> tuple[str, int | None] | None:
        """The column under a cell, and the row of the card there; None for its head."""
        if self._picture is None or (hit := self._picture.hit(x, y)) is None:
            return None
        column = self._view.columns[hit.column]
        return column, None if hit.place is None else self._view.top(column) + hit.place

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A card may be about to be dragged."""
        found = self._place_at(event.x, event.y) if event.button == 1 else None
        card = self._view.store.card(found[0], found[1]) if found and found[1] is not None else None
        self._held = (card, found[0]) if card and found else None
        self._over = found[0] if found else None
        self._dragging = self._let_go = False

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Over which column a card is held."""
        if self._held is None:
            return
        if event.button != 1:
            # The button was let go where nobody told us.
            self.let_go()
            return
        found = self._place_at(event.x, event.y)
        over = found[0] if found else None
        if over != self._over:
            self._over, self._dragging = over, True
            self.capture_mouse()
            self._say(self.Dragged(self._held[0], over))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let a card go where it is."""
        if self._held is None:
            return
        (card, home), over = self._held, self._over
        self._let_go = self._dragging
        self.let_go()
        if over is not None and over != home:
            event.stop()
            self._say(self.Dropped(card, over))

    def let_go(self) -> bool:
        """Drag nothing any more; was there anything?"""
        held, dragging = self._held, self._dragging
        self._held, self._over, self._dragging = None, None, False
        if held is not None and dragging:
            self.release_mouse()
            self._say(self.Dragged(held[0], None))
        return dragging

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

    def action_fold(self) -> None:
        """Fold the cursor's column away and go to the next; one that is folded opens for good.

        Where no other column is open, all are opened.
        """
        view, column = self._view, self._view.column
        others = [c for c in view.columns if c not in view.folded and c != column]
        if column in view.folded:
            view.folded -= {column}
        elif others:
            after = [c for c in others if view.columns.index(c) > view.columns.index(column)]
            view.folded |= {column}
            view.to_column(after[0] if after else others[-1])
        else:
            view.folded = frozenset()
        self._sync()
        self._say(self.Folded(view.folded))

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
        self._view.to_row(self._view.leap(step if pages > 0 else -step))
        self._sync()

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
