"""How a task went: a bar for the time in each stage, words for going on, and every event."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from genie_tui.domain.changes import Event
from genie_tui.domain.durations import short
from genie_tui.domain.gates import Approval, Gate, waits_for
from genie_tui.domain.task_parts import Stay, Story, totals
from genie_tui.domain.tasks import Card
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.plain import cell_len, clean, cut, fit
from genie_tui.ui.widgets.task_blocks import Blocks
from genie_tui.ui.widgets.task_style import CLASSES, PREFIX, css, moment
from genie_tui.ui.widgets.task_words import paragraphs, wrapped

__all__ = ["Row", "TaskHistory", "approval_lines"]

STAGE_AT_MOST = 16
BAR, BAR_NARROW = 24, 12
WIDE = 86
"""Cells from which on a stay has one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the history: a stay, an event, or a sentence."""

    key: tuple[str, str]
    text: str = ""
    style: str = "head"
    stay: Stay | None = None
    part: float = 0.0
    event: Event | None = None


class TaskHistory(Blocks[Row]):
    """The stages from the first to the present one, then events, the newest first."""

    PREFIX = PREFIX
    COMPONENT_CLASSES = CLASSES
    DEFAULT_CSS = css("TaskHistory")

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(ascii=ascii)
        self._clock = clock
        self._stage_width = 1

    def tell(
        self, card: Card, gate: Gate | None, story: Story, events: Sequence[Event], *, more: bool
    ) -> None:
        """Show how a task went; `gate` is that of the column in which it stands."""
        widest = max((cell_len(clean(stay.stage)) for stay in story.stays), default=1)
        self._stage_width = min(widest, STAGE_AT_MOST)
        said = approval_lines(card, gate, self._clock())
        rows = [
            *_stays(story),
            *(Row(key=("said", text), text=text, style="wait") for text in said),
        ]
        rows.append(Row(key=("head", "events"), text="events"))
        rows += [Row(key=event.key, event=event) for event in events]
        if not events:
            text = "the audit log tells of none" if not more else "reading"
            rows.append(Row(key=("none", ""), text=text, style="dim"))
        self.show(rows)

    def key(self, item: Row) -> Hashable:
        """By table and row."""
        return item.key

    def chosen(self, item: Row) -> bool:
        """Stays and events."""
        return item.stay is not None or item.event is not None

    def block(self, item: Row, width: int) -> Sequence[Line]:
        """A line, or two where it is narrow."""
        if item.stay is not None:
            return self._stay(item.stay, item.part, width)
        if item.event is not None:
            return self._event(item.event, width)
        lines: list[Line] = [((part, item.style),) for part in paragraphs(clean(item.text), width)]
        return [(), *lines] if item.key[0] == "head" and item.key[1] == "events" else lines

    def _stay(self, stay: Stay, part: float, width: int) -> list[Line]:
        here = stay.left is None and stay.length is not None
        room = BAR if width >= WIDE else BAR_NARROW
        cells = min(max(round(part * room), 1 if stay.length else 0), room)
        length = short(stay.length) if stay.length is not None else "?"
        first: list[Piece] = [
            (fit(clean(stay.stage), self._stage_width, self.marks.ellipsis), "stage"),
            (" ", ""),
            (self.marks.bar * cells, "bar-now" if here else "bar"),
            (self.marks.bar_rest * (room - cells), "frame"),
            (f" {length:>4}", "strong"),
        ]
        used = sum(cell_len(text) for text, _ in first)
        told = self._told(stay)
        if width >= WIDE:
            rest = max(width - used - 2, 0)
            fact = cut(told, rest, self.marks.ellipsis)
            return [(*first, ("  ", ""), (fact, "fact"))]
        lead = " " * (self._stage_width + 1)
        parts = wrapped(told, max(width - len(lead), 8))
        return [tuple(first), *(((lead, ""), (text, "fact")) for text in parts)]

    def _told(self, stay: Stay) -> str:
        """From when to when, and who ended it, through which gate, in which run."""
        now = self._clock()
        entered = moment(stay.entered, now) if stay.entered else "nobody said when"
        left = moment(stay.left, now) if stay.left else "now" if stay.length is not None else "?"
        told = [f"{entered} {self.marks.arrow} {left}"]
        told += [f"by {clean(stay.by)}"] if stay.by else []
        told += [f"gate {clean(stay.gate)}"] if stay.gate else []
        told += [f"run {clean(stay.run)}"] if stay.run else []
        return "  ".join(told)

    def _event(self, event: Event, width: int) -> list[Line]:
        at = f"{moment(event.at, self._clock())}  "
        mark = f"{self.marks.failed} " if event.alarm else ""
        room = max(width - cell_len(at), 8)
        parts = paragraphs(f"{mark}{clean(event.text)}", room, 4) or [""]
        style = "bad" if event.alarm else "fact"
        lines: list[Line] = [((at, "dim"), (parts[0], style))]
        return [*lines, *(((" " * cell_len(at), ""), (part, style)) for part in parts[1:])]


def _stays(story: Story) -> Iterator[Row]:
    yield Row(key=("head", "stages"), text="stages")
    if story.earlier:
        text = f"{story.earlier:,} earlier moves"
        yield Row(key=("earlier", ""), text=text, style="dim")
    longest = max((stay.length or timedelta(0) for stay in story.stays), default=timedelta(0))
    for number, stay in enumerate(story.stays):
        part = (stay.length or timedelta(0)) / longest if longest else 0.0
        key = ("stay", f"{story.earlier + number}")
        yield Row(key=key, stay=stay, part=part)
    sums = totals(story.stays)
    if len(sums) < len(story.stays):
        told = ", ".join(f"{clean(stage)} {short(length)}" for stage, length in sums.items())
        yield Row(key=("totals", ""), text=f"in all: {told}", style="dim")


def approval_lines(card: Card, gate: Gate | None, now: datetime) -> list[str]:
    """Whose word has been given that it may go on, and whose is waited for."""
    lines = [_word(approval, now) for approval in card.approvals]
    if gate is not None and not card.closed:
        kind = waits_for(gate, card.approved)
        lines += [f"gate {gate.value}: waits for {_whom(kind.value)}"] if kind else []
    return lines


def _word(approval: Approval, now: datetime) -> str:
    ago = short(now - approval.at)
    return f"{clean(approval.actor_id)} ({approval.kind.value}) said {ago} ago that it may go on"


def _whom(kind: str) -> str:
    return f"{'a' if kind == 'human' else 'an'} {kind}"
