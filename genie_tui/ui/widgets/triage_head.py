"""How many things need a person, of each kind, and which of them is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from genie_tui.domain.triage import Need, Queue
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len

__all__ = ["TriageHead"]

WORDS = {
    Need.APPROVAL: "waiting on you",
    Need.AGENT: "agents stopped",
    Need.STALE: "stale locks",
    Need.RUN: "failed runs",
    Need.OVERDUE: "overdue",
    Need.BLOCKED: "blocked",
    Need.UNASSIGNED: "unassigned",
    Need.MAIL: "mail",
}


class TriageHead(Drawn):
    """One line; kinds for which there is no room are counted together."""

    PREFIX = "triage"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"triage--count", "triage--dim", "triage--title"}
    DEFAULT_CSS = """
    TriageHead {
        color: $foreground; background: $background;
        .triage--count { color: $accent; text-style: bold; }
        .triage--dim { color: $foreground 60%; }
        .triage--title { color: $foreground 70%; text-style: bold; }
    }
    """

    def __init__(self, *, ascii: bool = False) -> None:  # noqa: A002 - the option's own name
        super().__init__(ascii=ascii)
        self._queue = Queue()
        self._place = (0, 0)

    def show(self, queue: Queue, place: tuple[int, int]) -> None:
        """Tell of a queue, and of the cursor's place in it."""
        if (queue.counts, place) != (self._queue.counts, self._place):
            self._queue, self._place = queue, place
            self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002 (one line)
        """`TRIAGE  waiting on you 3 · stale locks 1    1/16`."""
        right = f"{self._place[0]}/{self._queue.total} " if self._queue.total else ""
        left: list[Piece] = [(" TRIAGE  ", "title")]
        room = width - cell_len(right) - 9
        dot = f" {self.marks.placeholder} "
        parts = list(self._queue.counts.items())
        for number, (need, count) in enumerate(parts):
            text = f"{dot if number else ''}{WORDS[need]} "
            rest = f"{dot}{sum(n for _, n in parts[number:])} more"
            needed = cell_len(f"{text}{count}")
            if needed + (cell_len(rest) if number + 1 < len(parts) else 0) > room:
                left.append((rest[: max(room, 0)], "dim"))
                room -= cell_len(rest)
                break
            left += [(text, "dim"), (str(count), "count")]
            room -= needed
        if not parts:
            left.append(("nothing needs you"[: max(room, 0)], "dim"))
            room -= 17
        return [(*left, (" " * max(room, 0), ""), (right, "dim"))]
