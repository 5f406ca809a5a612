"""The queue of what needs a person, a line an item, the most pressing on top."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from genie_tui.domain.durations import short
from genie_tui.domain.tasks import Status
from genie_tui.domain.triage import Item, Need, Queue
from genie_tui.ui.keymap import QUEUE, bindings
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len, clean, fit

__all__ = ["TriageList", "phrase"]

STAGE_AT_MOST = 12

STAGE_FROM = 48
"""Cells from which on there is room for the stage."""


class TriageList(Drawn, can_focus=True):
    """Keeps its cursor on an item while the queue changes around it; on the next when it goes."""

    PREFIX = "queue"
    BINDINGS: ClassVar[list[BindingType]] = bindings(QUEUE)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "queue--bad",
        "queue--cursor",
        "queue--dim",
        "queue--frame",
        "queue--high",
        "queue--low",
        "queue--normal",
        "queue--number",
        "queue--pending",
        "queue--stage",
        "queue--text",
        "queue--title",
        "queue--urgent",
        "queue--why",
    }
    DEFAULT_CSS = """
    TriageList {
        color: $foreground; background: $background;
        .queue--bad { color: $error; text-style: bold; }
        .queue--cursor { color: $primary; text-style: bold; }
        .queue--dim { color: $foreground 50%; }
        .queue--frame { color: $foreground 22%; }
        .queue--high { color: $warning; text-style: bold; }
        .queue--low { color: $foreground 50%; }
        .queue--normal { color: $foreground; }
        .queue--number { color: $primary; }
        .queue--pending { color: $foreground 40%; }
        .queue--stage { color: $secondary; }
        .queue--text { color: $foreground 85%; }
        .queue--title { color: $foreground; text-style: bold; }
        .queue--urgent { color: $error; text-style: bold; }
        .queue--why { color: $accent; }
    }
    """

    @dataclass
    class Selected(Message):
        """Another item is under the cursor; None where there is none."""

        item: Item | None

    @dataclass
    class Opened(Message):
        """Somebody wants to see an item in full."""

        item: Item

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(ascii=ascii)
        self._clock = clock
        self._items: tuple[Item, ...] = ()
        self._cursor = 0
        self._top = 0
        self._widths = (1, 1)
        self._pending: set[str] = set()

    # What is told from above

    def show(self, queue: Queue) -> None:
        """Show a queue; the cursor stays on its item, or takes the next where that has gone."""
        keys = {item.key: place for place, item in enumerate(queue.items)}
        after = self._items[self._cursor :]
        last = len(keys) - 1 if self._items else 0
        place = next((keys[item.key] for item in after if item.key in keys), last)
        self._items = queue.items
        seqs = [len(str(item.card.seq)) for item in queue.items if item.card]
        stages = [cell_len(clean(item.card.stage)) for item in queue.items if item.card]
        self._widths = (max(seqs, default=1), min(max(stages, default=1), STAGE_AT_MOST))
        self._go_to(place)

    def set_pending(self, key: str, on: bool) -> None:
        """A verdict on an item is under way, or no longer."""
        (self._pending.add if on else self._pending.discard)(key)
        self.redraw()

    @property
    def item(self) -> Item | None:
        """The one under the cursor."""
        return self._items[self._cursor] if self._items else None

    @property
    def place(self) -> tuple[int, int]:
        """The cursor's, counted from 1, and how many there are."""
        return (self._cursor + 1 if self._items else 0, len(self._items))

    def next(self) -> None:
        """To the next item; after the last, to the first."""
        self._go_to((self._cursor + 1) % max(len(self._items), 1))

    # Drawing

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """As many items as fit, around the cursor."""
        self._top = min(self._top, self._cursor)
        self._top = max(self._top, self._cursor - height + 1, 0)
        now = self._clock()
        return [
            self._line(item, width, now, cursor=place == self._cursor)
            for place, item in enumerate(self._items[self._top : self._top + height], self._top)
        ]

    def _line(self, item: Item, width: int, now: datetime, *, cursor: bool) -> Line:
        why, style = phrase(item)
        right: list[Piece] = [(f" {why} ", style), (short(now - item.since).rjust(4), "dim")]
        left: list[Piece] = [(self.marks.cursor if cursor else " ", "cursor"), *self._what(item)]
        if item.card is not None and width >= STAGE_FROM:
            stage = fit(clean(item.card.stage), self._widths[1], self.marks.ellipsis)
            left += [(stage, "stage"), ("  ", "")]
        if item.card is not None:
            priority = item.card.priority
            left += [(self.marks.priority(priority), priority.value), (" ", "")]
        room = width - sum(cell_len(text) for text, _ in (*left, *right)) - 1
        style = "pending" if item.key in self._pending else "title" if cursor else "text"
        title = clean(item.card.title if item.card else item.text)
        return (*left, (fit(title, max(room, 0), self.marks.ellipsis), style), *right, (" ", ""))

    def _what(self, item: Item) -> list[Piece]:
        if item.card is not None:
            mark = self.marks.pending if item.key in self._pending else " "
            return [(f"{mark}{f'#{item.card.seq}':>{self._widths[0] + 1}} ", "number")]
        where = f" {clean(item.place)}" if item.place else ""
        return [(f" {clean(item.title)}{where}  ", "number")]

    # Moving

    def _go_to(self, place: int) -> None:
        self._cursor = min(max(place, 0), max(len(self._items) - 1, 0))
        self.redraw()
        self.post_message(self.Selected(self.item))

    def action_go(self, lines: int) -> None:
        """So many items down."""
        self._go_to(self._cursor + lines)

    def action_go_pages(self, pages: float) -> None:
        """So many pages down."""
        self._go_to(self._cursor + int(pages * self.size.height))

    def action_go_edge(self, end: bool) -> None:
        """To the first item, or to the last."""
        self._go_to(len(self._items) - 1 if end else 0)

    def action_skip(self) -> None:
        """To the next item, without a verdict."""
        self.next()

    def action_open(self) -> None:
        """Show it in full."""
        if self.item is not None:
            self.post_message(self.Opened(self.item))

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
        if (place := self._top + event.y) < len(self._items):
            self._go_to(place)
            if event.chain > 1:
                self.action_open()


def phrase(item: Item) -> tuple[str, str]:
    """Why it needs a person, in a word or two, and how that looks."""
    card = item.card
    match item.need:
        case Need.APPROVAL:
            return "human gate", "why"
        case Need.STALE:
            holder = f" {clean(card.lock.holder)}" if card and card.lock else ""
            return f"lock expired{holder}", "bad"
        case Need.RUN:
            return "run failed", "bad"
        case Need.OVERDUE:
            return "overdue", "bad"
        case Need.BLOCKED:
            failed = card is not None and card.status is Status.FAILED
            return ("failed" if failed else "blocked"), "bad"
        case Need.AGENT:
            return "agent waits", "why"
        case need:
            return need.value, "why"
