"""How a task looks in a graph: on one line, as bright as it matters just now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from genie_tui.domain.graph import Arrow, Graph, Shape
from genie_tui.domain.tasks import Card, Status
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len, clean, cut

__all__ = ["Scene", "label", "label_width"]

LETTERS_AT_MOST = 400
"""Of a title; no screen shows more on a line."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is drawn: `shape` is what of a graph is shown.

    `drawn` says which arrows are always to be seen; `lined` which are where they stand out, as
    beginning or ending at the cursor. Of all others there is a count at both ends, and marks tell
    the way between them and the cursor.
    """

    graph: Graph
    shape: Shape
    cursor: str
    now: datetime
    marks: Marks
    pending: frozenset[str] = frozenset()
    drawn: Callable[[Arrow], bool] = lambda _: True
    lined: Callable[[Arrow], bool] = lambda _: True
    waits_for: frozenset[str] = field(init=False)
    holds_up: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        shape = self.graph.shape
        object.__setattr__(self, "waits_for", frozenset(shape.before.get(self.cursor, ())))
        object.__setattr__(self, "holds_up", frozenset(shape.after.get(self.cursor, ())))

    def hidden(self, id_: str) -> tuple[int, int]:
        """How many that a task waits for, and that wait for it, are not to be seen beside it."""
        whole, shown = self.graph.shape, self.shape.place
        before = [Arrow(tail, id_) for tail in whole.before.get(id_, ())]
        after = [Arrow(id_, head) for head in whole.after.get(id_, ())]
        return (
            sum(a.tail not in shown or not self._seen(a) for a in before),
            sum(a.head not in shown or not self._seen(a) for a in after),
        )

    def _seen(self, arrow: Arrow) -> bool:
        stands_out = self.cursor in arrow or arrow in self.graph.critical_arrows
        return self.drawn(arrow) or (stands_out and self.lined(arrow))


def label_width(card: Card) -> int:
    """The cells that a task would take, were there room for all of its title."""
    return 9 + len(str(card.seq)) + cell_len(clean(card.title[:LETTERS_AT_MOST]))


def label(scene: Scene, id_: str, width: int) -> Line:
    """`▌★#47 ‼ token refresh ⚿ +3▸`: beside the number what stands out, at the end how it stands.

    The number comes first, so that it is never cut off.
    """
    card, marks = scene.graph.cards[id_], scene.marks
    before, after = scene.hidden(id_)
    head, head_style = _mark(card, marks)
    left: list[Piece] = [_bar(scene, id_), _sign(scene, id_)]
    if before:
        left.append((f"{marks.before}+{before} ", "stub"))
    left.append((f"#{card.seq} ", _number(scene, id_)))
    if head.strip():
        left.append((f"{head} ", head_style))
    state, style = _state(scene, card)
    right: list[Piece] = [(f" {state}", style)] if state else []
    if after:
        right.append((f" +{after}{marks.after}", "stub"))
    room = width - sum(cell_len(text) for text, _ in (*left, *right)) - 1
    title = clean(card.title[:LETTERS_AT_MOST]) or "(no title)"
    shown = cut(title, room, marks.ellipsis)
    pieces = [*left, (shown, _title(scene, id_)), *right, (" ", "")]
    return _finished(pieces, under=id_ == scene.cursor, dim=_dim(scene, id_))


def _finished(pieces: list[Piece], *, under: bool, dim: bool) -> Line:
    """The task under the cursor has a ground of its own; what is far from it is pale."""
    if under:
        return (pieces[0], *((text, "cursor") for text, _ in pieces[1:]))
    if dim:
        return tuple((text, style if style in _BRIGHT else "far") for text, style in pieces)
    return tuple(pieces)


_BRIGHT = frozenset({"done", "critical", "cycle", ""})


def _dim(scene: Scene, id_: str) -> bool:
    near = id_ in scene.waits_for or id_ in scene.holds_up or id_ in scene.graph.critical
    return not near


def _bar(scene: Scene, id_: str) -> Piece:
    """The cursor; or how a task stands to the one under it where no line tells that."""
    marks, cursor = scene.marks, scene.cursor
    if id_ == cursor:
        return marks.cursor, "bar"
    if id_ in scene.waits_for and not scene.lined(Arrow(id_, cursor)):
        return marks.before, "lit"
    if id_ in scene.holds_up and not scene.lined(Arrow(cursor, id_)):
        return marks.after, "lit"
    return (marks.related, "lit") if id_ in scene.graph.linked(cursor) else (" ", "")


def _sign(scene: Scene, id_: str) -> Piece:
    if id_ in scene.graph.shape.circles:
        return scene.marks.circle, "cycle"
    if id_ in scene.graph.critical:
        return scene.marks.critical, "critical"
    return " ", ""


def _number(scene: Scene, id_: str) -> str:
    if scene.graph.cards[id_].closed:
        return "far"
    return "critical" if id_ in scene.graph.critical else "number"


def _title(scene: Scene, id_: str) -> str:
    if scene.graph.cards[id_].closed:
        return "far"
    return "title-critical" if id_ in scene.graph.critical else "title"


def _mark(card: Card, marks: Marks) -> Piece:
    if card.status is Status.DONE:
        return marks.done, "done"
    if card.status is Status.CANCELLED:
        return marks.cancelled, "far"
    return marks.priority(card.priority), card.priority.value


def _state(scene: Scene, card: Card) -> Piece:
    """Why nobody goes on with it, or who is at work on it."""
    marks = scene.marks
    if card.id in scene.pending:
        return marks.pending, "lit"
    if card.closed:
        return "", ""
    if card.status is Status.FAILED:
        return marks.failed, "bad"
    if card.lock is not None:
        stale = card.lock.left(scene.now) < timedelta(0)
        return (marks.stale, "bad") if stale else (marks.lock, "lock")
    return (marks.blocked, "bad") if card.status is Status.BLOCKED else ("", "")
