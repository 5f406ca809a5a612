"""The queue of what needs a person, a line an item, the most pressing on top."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual.binding import BindingType

from genie_tui.domain.durations import short
from genie_tui.domain.tasks import Status
from genie_tui.domain.triage import Item, Need
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.triage import QUEUE
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.listing import Listing
from genie_tui.ui.widgets.plain import cell_len, clean, fit

__all__ = ["TriageList", "phrase"]

STAGE_AT_MOST = 12

STAGE_FROM = 48
"""Cells from which on there is room for the stage."""


class TriageList(Listing[Item]):
    """Items as they are told of in triage; a verdict that is under way is marked."""

    PREFIX = "queue"
    BINDINGS: ClassVar[list[BindingType]] = bindings(QUEUE)
    EMPTY = ""
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

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(ascii=ascii)
        self._clock = clock
        self._now = clock()
        self._widths = (1, 1)
        self._pending: set[str] = set()

    # What is told from above

    def show(self, items: Sequence[Item]) -> None:
        """Show other items; the numbers and stages of all stand in columns."""
        seqs = [len(str(item.card.seq)) for item in items if item.card]
        stages = [cell_len(clean(item.card.stage)) for item in items if item.card]
        self._widths = (max(seqs, default=1), min(max(stages, default=1), STAGE_AT_MOST))
        self._now = self._clock()
        super().show(items)

    def key(self, item: Item) -> str:
        """The item's own."""
        return item.key

    def set_pending(self, key: str, on: bool) -> None:
        """A verdict on an item is under way, or no longer."""
        (self._pending.add if on else self._pending.discard)(key)
        self.redraw()

    # Drawing

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """As many items as fit, with how long they have waited by now."""
        self._now = self._clock()
        return super().lines(width, height) if self.items else []

    def line(self, item: Item, width: int, *, cursor: bool) -> Line:
        """What it is, where it stands, why it needs a person, and since when."""
        why, style = phrase(item)
        right: list[Piece] = [(f" {why} ", style), (short(self._now - item.since).rjust(4), "dim")]
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

    def action_skip(self) -> None:
        """To the next item, without a verdict."""
        self.next()


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
