"""How many agents there are of what kind, and whether tmux could be asked for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from genie_tui.domain.agents import Crew, Standing
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len

__all__ = ["AgentHead"]

TOLD = (
    (Standing.PERMISSION, "wait for permission", "bad"),
    (Standing.QUESTION, "ask", "bad"),
    (Standing.ERROR, "failed", "bad"),
    (Standing.GONE, "gone", "gone"),
    (Standing.WORKING, "working", "on"),
    (Standing.IDLE, "idle", "text"),
    (Standing.HOLDING, "without a row", "text"),
)


class AgentHead(Drawn):
    """One line: `5 agents · 1 ask · 3 working`, and what is known of their lives."""

    PREFIX = "crew"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "crew--bad",
        "crew--dim",
        "crew--gone",
        "crew--on",
        "crew--text",
    }
    DEFAULT_CSS = """
    AgentHead {
        color: $foreground; background: $background;
        .crew--bad { color: $accent; text-style: bold; }
        .crew--dim { color: $foreground 50%; }
        .crew--gone { color: $error; text-style: bold; }
        .crew--on { color: $success; }
        .crew--text { color: $foreground 80%; }
    }
    """

    def __init__(self, *, ascii: bool = False) -> None:  # noqa: A002 - the option's own name
        super().__init__(ascii=ascii)
        self._crew = Crew()
        self._note = ""

    def show(self, crew: Crew, note: str = "") -> None:
        """Tell of these; `note` says which of them are shown."""
        self._crew, self._note = crew, note
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """As much as fits, the most pressing first."""
        del height
        count = len(self._crew.agents)
        pieces: list[Piece] = [(f" {count} agent{'' if count == 1 else 's'}", "text")]
        standings = [agent.standing for agent in self._crew.agents]
        dot = " - " if self.marks.ellipsis.isascii() else " · "
        for standing, said, style in TOLD:
            if many := standings.count(standing):
                pieces += [(dot, "dim"), (f"{many} {said}", style)]
        if self._crew.teams:
            many = len(self._crew.teams)
            pieces += [(dot, "dim"), (f"{many} team{'' if many == 1 else 's'}", "text")]
        right = self._right(width)
        while len(pieces) > 1 and _cells(pieces) + cell_len(right) + 2 > width:
            del pieces[-2:]
        gap = max(width - _cells(pieces) - cell_len(right) - 1, 1)
        return [(*pieces, (" " * gap, ""), (right, "dim"))]

    def _right(self, width: int) -> str:
        asked = any(agent.in_tmux for agent in self._crew.agents)
        unknown = "no tmux here: liveness unknown" if width >= 80 else "no tmux here"
        tmux = unknown if asked and not self._crew.tmux else ""
        return "  ".join(filter(None, (self._note, tmux)))


def _cells(pieces: Sequence[Piece]) -> int:
    return sum(cell_len(text) for text, _ in pieces)
