"""The surroundings of a task: what it waits for, what it holds up, its parts; with a cursor."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime

from genie_tui.domain.actors import Actor
from genie_tui.domain.tasks import Card, Link, Status
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.plain import cell_len, clean, cut, fit
from genie_tui.ui.widgets.task_blocks import Blocks
from genie_tui.ui.widgets.task_link_rows import LinkRow, Links, link_rows
from genie_tui.ui.widgets.task_style import CLASSES, PREFIX, css, held
from genie_tui.ui.widgets.task_words import paragraphs

__all__ = ["TaskLinks"]

STATE, STAGE, TYPE = 22, 12, 10
"""Cells for how a task stands, its stage, and the type of a dependency."""

TYPE_FROM, STAGE_FROM = 100, 62
"""Cells from which on there is room for these."""

PLACE = 12
"""Cells for the name of another project."""

WIDEST = 124
"""Cells beyond which a title and its facts would be too far from each other."""


class TaskLinks(Blocks[LinkRow]):
    """Rows of trees; the critical path is marked by a star, circles by a word."""

    PREFIX = PREFIX
    COMPONENT_CLASSES = CLASSES
    DEFAULT_CSS = css("TaskLinks")

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

    def tell(self, links: Links) -> None:
        """Show the surroundings of a task."""
        self.show(link_rows(links, self.marks.arrow))

    def seek(self, task_id: str) -> None:
        """Put the cursor on a task, where it first stands."""
        for row in self.items:
            if row.card is not None and row.card.id == task_id:
                self.move_to(row.key)
                return

    def key(self, item: LinkRow) -> Hashable:
        """The way to it."""
        return item.key

    def chosen(self, item: LinkRow) -> bool:
        """Tasks alone."""
        return item.card is not None

    def block(self, item: LinkRow, width: int) -> Sequence[Line]:
        """A task on one line; headings have a blank one above."""
        if item.card is not None:
            return [self._row(item, item.card, min(width, WIDEST))]
        mark = {"critical": f"{self.marks.critical} ", "bad": f"{self.marks.circle} "}
        text = f"{mark.get(item.style, '')}{clean(item.text)}"
        lines: list[Line] = [((part, item.style),) for part in paragraphs(text, width)]
        return [(), *lines] if item.style == "head" else lines

    def _row(self, item: LinkRow, card: Card | Link, width: int) -> Line:
        star = f"{self.marks.critical} " if item.critical else "  "
        place = clean(item.place)
        place = cut(place, PLACE, self.marks.ellipsis)
        number = f"{place}#{card.seq} "
        left: list[Piece] = [(self._branch(item.last, width), "frame"), (star, "critical")]
        left.append((number, "done" if card.status in _OVER else "number"))
        right: list[Piece] = []
        if width >= STAGE_FROM:
            right.append((fit(clean(card.stage), STAGE, self.marks.ellipsis), "stage"))
            right.append((" ", ""))
        state, style = self._state(card)
        right.append((fit(state, STATE if width >= STAGE_FROM else 14, self.marks.ellipsis), style))
        if width >= TYPE_FROM:
            right.append((f" {item.type or '':<{TYPE}}", "dim"))
        room = max(width - sum(cell_len(text) for text, _ in (*left, *right)) - 1, 4)
        note = f"  ({item.note})" if item.note else ""
        title = clean(card.title[:500]) or "(no title)"
        title = (
            title
            if cell_len(title) <= room - cell_len(note)
            else fit(title, max(room - cell_len(note), 1), self.marks.ellipsis)
        )
        style = "strong" if item.critical else "done" if card.status in _OVER else "text"
        gap = " " * max(room - cell_len(title) - cell_len(note) + 1, 0)
        return (*left, (title, style), (note, "bad"), (gap, ""), *right)

    def _branch(self, last: Sequence[bool], width: int) -> str:
        """The lines of a tree before a task: `│  ├─ `; where it is narrow, each step is shorter."""
        joints = self.marks.joints
        across, down, tee, corner = joints[0], joints[1], joints[5], joints[8]
        if not last:
            return ""
        if width < STAGE_FROM:
            before = "".join(" " if end else down for end in last[:-1])
            return f"{before}{corner if last[-1] else tee}"
        before = "".join("   " if end else f"{down}  " for end in last[:-1])
        return f"{before}{corner if last[-1] else tee}{across} "

    def _state(self, card: Card | Link) -> tuple[str, str]:
        match card.status:
            case Status.DONE:
                return f"{self.marks.done} done", "done"
            case Status.CANCELLED:
                return f"{self.marks.cancelled} cancelled", "done"
            case Status.FAILED:
                return f"{self.marks.failed} failed", "bad"
        if isinstance(card, Card) and card.lock is not None:
            return held(card.lock, self._clock(), self.marks, self._me.run_id)
        if card.status is Status.BLOCKED:
            return f"{self.marks.blocked} blocked", "bad"
        if isinstance(card, Card) and card.waits:
            numbers = " ".join(f"#{link.seq}" for link in card.waits)
            return f"{self.marks.blocked} waits {numbers}", "held"
        return card.status.value.replace("_", " "), "fact"


_OVER = frozenset({Status.DONE, Status.CANCELLED})
