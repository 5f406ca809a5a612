"""Why an item of the queue needs a person, and what there is to know before one decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from genie_tui.domain.boards import Board
from genie_tui.domain.conversations import Message
from genie_tui.domain.durations import short
from genie_tui.domain.stages import StageChange
from genie_tui.domain.tasks import Card, Task
from genie_tui.domain.triage import Item, Need
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import clean, wrap

__all__ = ["Background", "TriageDetails"]

CRITERIA_AT_MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What a card alone does not tell."""

    task: Task
    board: Board
    comments: tuple[Message, ...]
    log: tuple[StageChange, ...]


class TriageDetails(Drawn):
    """Facts by the line, wrapped to the width, the reasons first."""

    PREFIX = "why"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "why--bad",
        "why--fact",
        "why--frame",
        "why--label",
        "why--title",
        "why--verdict",
    }
    DEFAULT_CSS = """
    TriageDetails {
        color: $foreground; background: $background;
        .why--bad { color: $error; }
        .why--fact { color: $foreground 85%; }
        .why--frame { color: $foreground 22%; }
        .why--label { color: $foreground 50%; }
        .why--title { color: $foreground; text-style: bold; }
        .why--verdict { color: $primary; text-style: bold; }
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
        self._item: Item | None = None
        self._known: Background | None = None
        self._verdicts: tuple[str, ...] = ()

    def show(
        self, item: Item | None, known: Background | None, verdicts: tuple[str, ...] = ()
    ) -> None:
        """Tell of an item; `verdicts` are what keys do about it: `L approve → QA`."""
        if (item, known, verdicts) != (self._item, self._known, self._verdicts):
            self._item, self._known, self._verdicts = item, known, verdicts
            self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The title, the reasons, what is known, and what can be done about it at the foot."""
        if self._item is None:
            return [((" nothing needs you", "fact"),)]
        lines: list[Line] = [
            ((f" {part}", style),)
            for label, text, style in self._rows(self._item)
            for part in self._wrapped(f"{label}{clean(text)}", width - 2)
        ]
        foot: list[Line] = [
            ((f" {part}", "verdict"),)
            for part in self._wrapped("   ".join(self._verdicts), width - 2)
            if part.strip()
        ]
        room = max(height - len(foot), 0)
        return [*lines[:room], *[()] * (room - len(lines)), *foot][:height]

    def _wrapped(self, text: str, width: int) -> list[str]:
        """A text over four lines at most, those after the first indented."""
        if width < 8:
            return []
        first, *rest = wrap(text, (width, *[width - 2] * 3), self.marks.ellipsis)
        return [first, *(f"  {part}" for part in rest)]

    def _rows(self, item: Item) -> list[tuple[str, str, str]]:
        if item.card is None:
            title = f"{item.title}{f' {item.place}' if item.place else ''}"
            return [
                ("", title, "title"),
                ("why: ", item.need.value, "bad"),
                ("", item.text, "fact"),
            ]
        card = item.card
        rows = [("", f"#{card.seq} {card.title}", "title")]
        rows += [("why: ", reason(need, card, self._clock()), "bad") for need in item.needs]
        rows += self._place(card)
        if self._known is not None:
            rows += self._words(self._known)
        return rows

    def _place(self, card: Card) -> list[tuple[str, str, str]]:
        now = self._clock()
        waits = " ".join(f"#{link.seq}" for link in card.waits) or "nothing"
        holds = " ".join(f"#{link.seq}" for link in card.holds)
        last = self._known.log[-1] if self._known and self._known.log else None
        came = f", brought by {last.actor_id}" if last and last.actor_id else ""
        who = " ".join(f"@{name}" for name in card.assignees) or "nobody"
        return [
            ("stage: ", f"{card.stage} for {short(now - card.staged_at)}{came}", "fact"),
            ("waits for: ", f"{waits}{f'; blocks {holds}' if holds else ''}", "fact"),
            ("assigned: ", who, "fact"),
        ]

    def _words(self, known: Background) -> list[tuple[str, str, str]]:
        criteria = [
            line.strip()
            for line in (known.task.acceptance_criteria or "").splitlines()
            if line.strip()
        ]
        rows = [("", line, "fact") for line in criteria[:CRITERIA_AT_MOST]]
        if not criteria and known.task.description:
            rows.append(("", " ".join(known.task.description.split())[:400], "fact"))
        if known.comments:
            last = known.comments[-1]
            ago = short(self._clock() - last.created_at)
            rows.append((f"last comment, {clean(last.sender_id)} {ago} ago: ", last.body, "fact"))
        return rows


def reason(need: Need, card: Card, now: datetime) -> str:
    """A need in a sentence."""
    match need:
        case Need.APPROVAL:
            agents = [a.actor_id for a in card.approvals if a.kind == "agent"]
            return f"{' and '.join(map(clean, agents))} asks to go on; the gate is a person's"
        case Need.STALE if card.lock is not None:
            over = short(now - card.lock.ends)
            return f"the lock of {clean(card.lock.holder)} expired {over} ago"
        case Need.OVERDUE if card.due is not None:
            return f"due {short(now - card.due)} ago"
        case Need.BLOCKED:
            why = f": {card.blocked_reason}" if card.blocked_reason else ""
            return f"{card.status.value}{why}"
        case Need.UNASSIGNED:
            return "ready, and nobody has it"
    return need.value
