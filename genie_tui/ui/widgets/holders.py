"""Who is at work: the locks of a board, those that need an eye first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from genie_tui.domain.actors import Actor
from genie_tui.domain.durations import countdown, short
from genie_tui.domain.tasks import Card, Lock
from genie_tui.ui.widgets.alarms import Alarms
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len, clean, fit

__all__ = ["Holders"]

LINES_AT_MOST = 5


class Holders(Drawn):
    """A rule with a title, then a line for each lock, expired ones on top."""

    PREFIX = "holders"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "holders--frame",
        "holders--lock",
        "holders--name",
        "holders--number",
        "holders--stale",
        "holders--text",
        "holders--title",
    }
    DEFAULT_CSS = """
    Holders {
        width: 100%; height: auto; background: $background;
        .holders--frame { color: $foreground 22%; }
        .holders--lock { color: $success; }
        .holders--name { color: $foreground; text-style: bold; }
        .holders--number { color: $primary; }
        .holders--stale { color: $error; text-style: bold; }
        .holders--text { color: $foreground 80%; }
        .holders--title { color: $foreground 70%; text-style: bold; }
    }
    """

    def __init__(
        self,
        me: Actor,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(ascii=ascii)
        self._me = me
        self._clock = clock
        self._cards: tuple[tuple[Card, Lock], ...] = ()
        self._alarms = Alarms(self)

    def show(self, cards: Sequence[Card]) -> None:
        """Tell of these locks."""
        held = [(card, card.lock) for card in cards if card.lock is not None]
        held.sort(key=lambda pair: pair[1].since + pair[1].timeout)
        if tuple(held) != self._cards:
            grown = min(len(held), LINES_AT_MOST) != min(len(self._cards), LINES_AT_MOST)
            self._cards = tuple(held)
            self._alarms.every(1.0 if held else None, self._tick)
            self.refresh(layout=grown)
            self.redraw()

    def _tick(self) -> None:
        if self.display and self.region:
            self.redraw()

    def get_content_height(self, *_: object) -> int:
        """The rule, and the lines below."""
        return 1 + max(min(len(self._cards), LINES_AT_MOST), 1)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """Whose lock, on what, and for how much longer."""
        across = self.marks.joints[0]
        rest = across * max(width - 9, 0)
        head: Line = ((across, "frame"), (" agents ", "title"), (rest, "frame"))
        if not self._cards:
            return [head, ((" nobody holds a task", "text"),)]
        return [head, *(self._line(card, lock, width) for card, lock in self._cards[: height - 1])]

    def _line(self, card: Card, lock: Lock, width: int) -> Line:
        left = lock.left(self._clock())
        stale = left < timedelta(0)
        mark = self.marks.stale if stale else self.marks.lock
        time = f"STALE +{short(left)} " if stale else f"{countdown(left)} "
        style = "stale" if stale else "lock"
        name = "you" if lock.run_id == self._me.run_id else clean(lock.holder)
        head = f" {mark} "
        number = f" #{card.seq} "
        room = width - cell_len(head) - cell_len(name) - cell_len(number) - cell_len(time)
        title = fit(clean(card.title), max(room, 0), self.marks.ellipsis)
        return ((head, style), (name, "name"), (number, "number"), (title, "text"), (time, style))
