"""Drawing a card: what is to be told of a task now, and how that fits into lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from genie_tui.domain.actors import Actor, Kind
from genie_tui.domain.durations import countdown, short
from genie_tui.domain.gates import Gate, waits_for
from genie_tui.domain.tasks import Card, Status
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len, clean, fit, wrap

__all__ = ["Facts", "Line", "Piece", "State", "draw", "facts", "lay"]

Piece = tuple[str, str]
"""Text, and the name of its style: a component class without `board--`, or a user's colour."""

Line = tuple[Piece, ...]

SOON = timedelta(minutes=1)
"""A lock with less than this left is about to expire."""

NEAR = timedelta(days=1)
"""What is due within this is due soon."""

SECOND, SLOW = 1.0, 20.0
BRIEF_TITLE = 0.55
"""The part of a one-line card that its number and title take."""


class State(NamedTuple):
    """Where a task stands: `head` is cut where room is short, `tail` is not."""

    head: str
    style: str
    tail: str = ""

    def pieces(self, width: int, ellipsis: str) -> Line:
        """In at most `width` cells."""
        room = width - cell_len(self.tail)
        head = self.head if cell_len(self.head) <= room else fit(self.head, room, ellipsis)
        return ((head + self.tail, self.style),)


class Facts(NamedTuple):
    """What a card tells at one moment; `every` is how often that changes by itself, in seconds."""

    number: str
    mark: Piece
    title: str
    states: tuple[State, ...]
    details: tuple[Piece, ...]
    closed: bool
    every: float | None


def facts(card: Card, *, gate: Gate, me: Actor, now: datetime, marks: Marks) -> Facts:
    """What there is to tell of a card in a column with that gate, to that actor, now."""
    states = () if card.closed else tuple(_states(card, gate, me, now, marks))
    return Facts(
        number=f"#{card.seq}",
        mark=_mark(card, marks),
        title=clean(card.title) or "(no title)",
        states=states,
        details=tuple(_details(card, now, marks)),
        closed=card.closed,
        every=_every(card, now, states),
    )


def _mark(card: Card, marks: Marks) -> Piece:
    if card.status is Status.DONE:
        return marks.done, "done"
    if card.status is Status.CANCELLED:
        return marks.cancelled, "detail"
    return marks.priority(card.priority), card.priority.value


def _every(card: Card, now: datetime, states: Sequence[State]) -> float | None:
    if card.closed:
        return None
    if card.lock is not None and card.lock.left(now) > -SOON:
        return SECOND
    timed = card.lock is not None or card.due is not None or any(s.tail for s in states)
    return SLOW if timed else None


def _states(card: Card, gate: Gate, me: Actor, now: datetime, marks: Marks) -> Iterator[State]:
    """Most pressing first."""
    left = card.lock.left(now) if card.lock else None
    holder = "" if card.lock is None else _name(card.lock.holder, card.lock.run_id == me.run_id)
    if left is not None and left < timedelta(0):
        yield State(head=f"{marks.stale} STALE {holder}", tail=f" +{short(left)}", style="stale")
    if card.status is Status.FAILED:
        yield State(head=f"{marks.failed} failed", style="stale")
    if card.status is Status.BLOCKED:
        reason = clean(card.blocked_reason or "")
        text = f"{marks.blocked} blocked: {reason}" if reason else f"{marks.blocked} blocked"
        yield State(head=text, style="blocked")
    yield from _waiting(card, gate, me, now, marks)
    if left is not None and left >= timedelta(0):
        yield _held(left, holder, marks)
    if card.waits:
        numbers = " ".join(f"#{link.seq}" for link in card.waits)
        yield State(head=f"{marks.blocked} waits {numbers}", style="blocked")
    yield from _idle(card, gate)


def _held(left: timedelta, holder: str, marks: Marks) -> State:
    soon = left < SOON
    tail = f"  {countdown(left)}{'!' if soon else ''}"
    return State(head=f"{marks.lock} {holder}", tail=tail, style="lock-soon" if soon else "lock")


def _waiting(card: Card, gate: Gate, me: Actor, now: datetime, marks: Marks) -> Iterator[State]:
    """For whose word the task waits, and since when."""
    kind = waits_for(gate, card.approved)
    if kind is None:
        return
    since = min(approval.at for approval in card.approvals)
    mine = kind is Kind.HUMAN and me.kind is Kind.HUMAN
    whom = "you" if mine else kind.value
    style = "waits-you" if mine else "waits"
    yield State(head=f"{marks.waits} waits {whom}", tail=f" {short(now - since)}", style=style)


def _idle(card: Card, gate: Gate) -> Iterator[State]:
    """What is to be said where nothing holds the task up and nobody holds it."""
    if card.lock or card.waits or card.status not in {Status.READY, Status.IN_PROGRESS}:
        return
    if card.assignees:
        yield State(head=" ".join(f"@{clean(name)}" for name in card.assignees), style="detail")
    elif card.status is Status.IN_PROGRESS:
        yield State(head="in progress", style="detail")
    elif Kind.AGENT in gate.kinds and not card.approvals:
        yield State(head="ready", style="detail")


def _name(holder: str, mine: bool) -> str:
    return "you" if mine else clean(holder)


def _details(card: Card, now: datetime, marks: Marks) -> Iterator[Piece]:
    if card.due is not None and not card.closed:
        yield _due(card.due - now)
    if card.comments:
        yield f"{marks.comments}{card.comments}", "closed" if card.closed else "detail"
    if card.holds and not card.closed:
        numbers = " ".join(f"#{link.seq}" for link in card.holds)
        yield f"holds {numbers if len(card.holds) <= 2 else len(card.holds)}", "detail"
    for tag in card.tags:
        yield clean(tag.name), "closed" if card.closed else tag.color


def _due(left: timedelta) -> Piece:
    if left < timedelta(0):
        return f"overdue {short(left)}", "overdue"
    return f"due {short(left)}", "due-soon" if left < NEAR else "detail"


def draw(told: Facts, width: int, height: int, marks: Marks) -> tuple[Line, ...]:
    """A card in `height` lines of exactly `width` cells; one line is the compact form."""
    if height == 1:
        return (_brief(told, width, marks),)
    rest = _rest(told, width - 1, height, marks)
    rows = max(1, min(2, height - len(rest)))
    number, mark = f"{told.number} ", (f"{told.mark[0]} ", told.mark[1])
    first = width - cell_len(number) - 2
    titles = wrap(told.title, (first, *[width - 1] * (rows - 1)), marks.ellipsis)
    lines: list[Line] = [((number, _number(told)), mark, (titles[0], _title(told)))]
    lines += [((" ", ""), (title, _title(told))) for title in titles[1:]]
    lines += [((" ", ""), *line) for line in rest]
    blank: Line = ((" " * width, ""),)
    return tuple(lines + [blank] * (height - len(lines)))


def _title(told: Facts) -> str:
    return "closed" if told.closed else "title"


def _number(told: Facts) -> str:
    return "closed" if told.closed else "number"


def _rest(told: Facts, width: int, height: int, marks: Marks) -> list[Line]:
    """The lines below the title: where it stands, then the details; or both in one."""
    if height == 2:
        line = lay([*told.states[:1], *told.details], width, marks)
        return [line] if told.states or told.details else []
    lines = [lay(told.states[:1], width, marks)] if told.states else []
    more: list[State | Piece] = [*told.states[1:], *told.details]
    return [*lines, lay(more, width, marks)] if more else lines


def _brief(told: Facts, width: int, marks: Marks) -> Line:
    left = int(width * BRIEF_TITLE)
    number = f"{told.number} "
    title = fit(told.title, left - cell_len(number) - 3, marks.ellipsis)
    right = lay([*told.states[:1], *told.details], width - left, marks)
    return (
        (number, _number(told)),
        (f"{told.mark[0]} ", told.mark[1]),
        (f"{title} ", _title(told)),
        *right,
    )


def lay(items: Iterable[State | Piece], width: int, marks: Marks) -> Line:
    """Items side by side in exactly `width` cells; an item for which there is no room is left out.

    The first is cut rather than left out, since something has to be said.
    """
    line: list[Piece] = []
    used = 0
    for item in items:
        gap = 2 if line else 0
        room = width - used - gap
        if isinstance(item, State):
            pieces = item.pieces(room, marks.ellipsis) if not line or room > 12 else ()
        else:
            pieces = (item,)
        text = "".join(piece[0] for piece in pieces)
        if not pieces or (line and cell_len(text) > room):
            continue
        if cell_len(text) > room:
            pieces = ((fit(text, room, marks.ellipsis), pieces[0][1]),)
        line += [(" " * gap, ""), *pieces] if gap else pieces
        used += gap + min(cell_len(text), room)
    return (*line, (" " * (width - used), "")) if used < width else tuple(line)
