"""The strip under the board: the card under the cursor in full."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Column
from genie_tui.domain.durations import countdown, short
from genie_tui.domain.gates import waits_for
from genie_tui.domain.tasks import Card, Link, Status, Task
from genie_tui.ui.widgets.alarms import Alarms
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len, clean, cut

__all__ = ["FACT_STYLES", "Details", "Glance", "standing"]

FACT_STYLES = (
    "bad",
    "dim",
    "fact",
    "held",
    "high",
    "lock",
    "low",
    "normal",
    "stage",
    "urgent",
    "wait",
)
"""What the pieces of `standing` can look like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What a card alone does not tell: the whole task, and the last comment on it."""

    whole: Task
    last_by: str = ""
    last: str = ""


def standing(
    card: Card, column: Column | None, me: Actor, now: datetime, glance: Glance | None = None
) -> list[Piece]:
    """How a task stands, most pressing facts first; each piece is one fact."""
    whole = glance.whole if glance else card if isinstance(card, Task) else None
    facts: list[Piece] = [
        (clean(column.label if column else card.stage), "stage"),
        _status(card),
        (card.priority.value, card.priority.value),
    ]
    facts += _lock(card, me, now)
    facts += _waits(card, column, now)
    if card.waits:
        facts.append((f"waits for {_numbers(card.waits)}", "held"))
    if card.holds:
        facts.append((f"blocks {_numbers(card.holds)}", "fact"))
    if card.due is not None:
        left = card.due - now
        late = left < timedelta(0)
        facts.append((f"overdue {short(left)}" if late else f"due {short(left)}", _due(left)))
    if card.assignees:
        facts.append((" ".join(f"@{clean(name)}" for name in card.assignees), "fact"))
    if whole is not None and whole.started_at is not None and whole.ended_at is None:
        facts.append((f"started {short(now - whole.started_at)}", "fact"))
    facts.append((f"here {short(now - card.staged_at)}", "fact"))
    return facts


_BAD = frozenset({Status.BLOCKED, Status.FAILED})


def _status(card: Card) -> Piece:
    if card.status is Status.BLOCKED and card.blocked_reason:
        return f"blocked: {clean(card.blocked_reason)}", "bad"
    return card.status.value.replace("_", " "), "bad" if card.status in _BAD else "fact"


def _due(left: timedelta) -> str:
    return "bad" if left < timedelta(0) else "held" if left < timedelta(days=1) else "fact"


def _lock(card: Card, me: Actor, now: datetime) -> Iterable[Piece]:
    if card.lock is None:
        return
    holder = "you" if card.lock.run_id == me.run_id else clean(card.lock.holder)
    left = card.lock.left(now)
    if left < timedelta(0):
        yield f"STALE {holder} +{short(left)}", "bad"
    else:
        yield f"locked by {holder} {countdown(left)}", "lock"
    yield f"run {clean(card.lock.run_id)}", "fact"


def _waits(card: Card, column: Column | None, now: datetime) -> Iterable[Piece]:
    kind = waits_for(column.gate, card.approved) if column and not card.closed else None
    if kind is not None:
        since = short(now - min(approval.at for approval in card.approvals))
        yield f"waits for {'a' if kind == 'human' else 'an'} {kind} {since}", "wait"


def _numbers(links: Sequence[Link]) -> str:
    shown = " ".join(f"#{link.seq}" for link in links[:6])
    return f"{shown} +{len(links) - 6}" if len(links) > 6 else shown


class Details(Drawn):
    """Two lines, or three where it is narrow, inside the frame that the board began."""

    PREFIX = "details"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "details--frame",
        "details--label",
        "details--number",
        "details--title",
        *(f"details--{style}" for style in FACT_STYLES),
    }
    DEFAULT_CSS = """
    Details {
        height: 3; width: 100%; color: $foreground; background: $background;
        .details--bad { color: $error; text-style: bold; }
        .details--dim { color: $foreground 40%; }
        .details--fact { color: $foreground 80%; }
        .details--frame { color: $foreground 22%; }
        .details--held { color: $warning; }
        .details--high { color: $warning; text-style: bold; }
        .details--label { color: $foreground 50%; }
        .details--lock { color: $success; }
        .details--low { color: $foreground 50%; }
        .details--normal { color: $foreground 80%; }
        .details--number { color: $primary; text-style: bold; }
        .details--stage { color: $secondary; }
        .details--title { color: $foreground; text-style: bold; }
        .details--urgent { color: $error; text-style: bold; }
        .details--wait { color: $accent; text-style: bold; }
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
        self._card: Card | None = None
        self._column: Column | None = None
        self._glance: Glance | None = None
        self._alarms = Alarms(self)

    def show(self, card: Card | None, column: Column | None, glance: Glance | None) -> bool:
        """Tell of another card; `glance` is None as long as it has not been read.

        False where that is what it tells already.
        """
        if (card, column, glance) == (self._card, self._column, self._glance):
            return False
        self._card, self._column, self._glance = card, column, glance
        counting = card is not None and card.lock is not None
        self._alarms.every((1.0 if counting else 20.0) if card else None, self.redraw)
        self.redraw()
        return True

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The card's facts between the frame's walls."""
        joints = self.marks.joints
        wall = (joints[1], "frame")
        inner = max(width - 4, 1)
        rows = self._rows(inner, height - 1)
        rows += [()] * (height - 1 - len(rows))
        low = (f"{joints[8]}{joints[0] * max(width - 2, 0)}{joints[10]}", "frame")
        return [*((wall, (" ", ""), *_filled(row, inner), (" ", ""), wall) for row in rows), (low,)]

    def _rows(self, width: int, height: int) -> list[Line]:
        card = self._card
        if card is None:
            return [(("no card under the cursor", "dim"),)]
        facts = standing(card, self._column, self._me, self._clock(), self._glance)
        head: list[Piece] = [(f"#{card.seq} ", "number")]
        title = clean(card.title)
        if height >= 3:
            first = (*head, (self._cut(title, width - cell_len(head[0][0])), "title"))
            return [first, tuple(self._listed(facts, width)), self._words(width)]
        room = width - cell_len(head[0][0])
        head.append((f"{self._cut(title, max(room * 2 // 5, 10))}  ", "title"))
        used = sum(cell_len(text) for text, _ in head)
        return [(*head, *self._listed(facts, width - used)), self._words(width)]

    def _listed(self, facts: Iterable[Piece], width: int) -> list[Piece]:
        """Facts side by side, as many as fit; the last of them is cut rather than left out."""
        dot = f" {'-' if self.marks.joints[0] == '-' else '·'} "
        line: list[Piece] = []
        for text, style in facts:
            gap = cell_len(dot) if line else 0
            if cell_len(text) + gap > width:
                if width - gap > 12:
                    line += [(dot, "dim"), (self._cut(text, width - gap), style)]
                break
            line += [(dot, "dim")] if line else []
            line.append((text, style))
            width -= cell_len(text) + gap
        return line

    def _words(self, width: int) -> Line:
        """What is asked of the task, and what was last said about it."""
        if self._glance is None:
            return ()
        criteria, label = _flat(self._glance.whole.acceptance_criteria), "AC: "
        last = clean(self._glance.last).strip()
        if not criteria:
            criteria, label = _flat(self._glance.whole.description), ""
        said = f'{clean(self._glance.last_by)}: "{last}"' if last else ""
        room = width if not said else max(width // 2, width - cell_len(said) - 9)
        text = self._cut(criteria, room - cell_len(label))
        left: list[Piece] = [(label, "label"), (text, "fact")] if text else []
        if not said:
            return tuple(left)
        gap = "   " if left else ""
        used = sum(cell_len(piece[0]) for piece in left) + len(gap) + 6
        return (*left, (f"{gap}last: ", "label"), (self._cut(said, width - used), "fact"))

    def _cut(self, text: str, width: int) -> str:
        return cut(text, width, self.marks.ellipsis)


_BULLET = re.compile(r"^\s*(?:[-*+]\s+|#+\s*)")


def _flat(text: str | None) -> str:
    """A text of several lines on one; the points of a list are parted by semicolons."""
    lines = [clean(_BULLET.sub("", line)).strip() for line in (text or "").splitlines()]
    return "; ".join(line for line in lines if line)


def _filled(line: Line, width: int) -> Line:
    used = sum(cell_len(text) for text, _ in line)
    return (*line, (" " * max(width - used, 0), ""))
