"""The head of a task's screen: its number and title, and how it stands, ticking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Column
from genie_tui.domain.tasks import Card
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.details import FACT_STYLES, standing
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len, clean, cut, fit

__all__ = ["TaskHead"]

ROWS = 3


class TaskHead(Drawn):
    """The title on the first line, the facts below; the page has it drawn as time goes on."""

    PREFIX = "head"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "head--number",
        "head--pending",
        "head--tag",
        "head--title",
        *(f"head--{style}" for style in FACT_STYLES),
    }
    DEFAULT_CSS = """
    TaskHead {
        height: auto; width: 100%; background: $panel; color: $foreground;
        .head--number { color: $primary; text-style: bold; }
        .head--pending { color: $accent; text-style: bold; }
        .head--tag { color: $secondary; }
        .head--title { color: $foreground; text-style: bold; }
        .head--bad { color: $error; text-style: bold; }
        .head--dim { color: $foreground 40%; }
        .head--fact { color: $foreground 80%; }
        .head--held { color: $warning; }
        .head--high { color: $warning; text-style: bold; }
        .head--lock { color: $success; }
        .head--low { color: $foreground 50%; }
        .head--normal { color: $foreground 80%; }
        .head--stage { color: $secondary; }
        .head--urgent { color: $error; text-style: bold; }
        .head--wait { color: $accent; text-style: bold; }
    }
    """

    def __init__(
        self,
        card: Card,
        column: Column | None,
        me: Actor,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(ascii=ascii)
        self._card = card
        self._column = column
        self._me = me
        self._clock = clock
        self._pending = False

    def show(self, card: Card, column: Column | None) -> None:
        """The task as it stands now."""
        self._card, self._column = card, column
        self.refresh(layout=True)
        self.redraw()

    def set_pending(self, pending: bool) -> None:
        """A write is under way, or no longer."""
        self._pending = pending
        self.redraw()

    def get_content_height(self, *sizes: object) -> int:
        """The title, and one line of facts or two."""
        width = sizes[-1] if isinstance(sizes[-1], int) else 80
        return len(self.lines(width, ROWS))

    def lines(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """The title, then as many facts as fit on two lines."""
        card = self._card
        tags = "".join(f"  {clean(tag.name)}" for tag in card.tags)
        mark = f" {self.marks.pending}" if self._pending else ""
        number = f" #{card.seq} "
        room = width - cell_len(number) - cell_len(mark) - 1
        tags = tags if cell_len(tags) < room // 2 else ""
        title = clean(card.title)
        if cell_len(title) > room - cell_len(tags):
            title = fit(title, max(room - cell_len(tags), 1), self.marks.ellipsis)
        first: Line = ((number, "number"), (title, "title"), (tags, "tag"), (mark, "pending"))
        facts = standing(card, self._column, self._me, self._clock())
        return [first, *self._wrapped(facts, width - 2)]

    def _wrapped(self, facts: Sequence[Piece], width: int) -> list[Line]:
        rows: list[list[Piece]] = [[(" ", "")]]
        used = 0
        for text, style in facts:
            short = cut(text, width, self.marks.ellipsis)
            gap = "   " if used else ""
            if used and used + len(gap) + cell_len(short) > width:
                if len(rows) == ROWS - 1:
                    break
                rows.append([(" ", "")])
                used, gap = 0, ""
            rows[-1] += [(gap, ""), (short, style)]
            used += len(gap) + cell_len(short)
        return [tuple(row) for row in rows]
