"""What there is in a dependency graph, on one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from genie_tui.domain.graph import Graph
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len, clean, cut

__all__ = ["GraphHead"]

NAME_AT_MOST = 30

ROOMY = 80
"""Cells from which on there is room for what can be seen anyway."""


class GraphHead(Drawn):
    """Counts and the critical path; what there is no room for is left out, the last first."""

    PREFIX = "graph-head"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "graph-head--critical",
        "graph-head--cycle",
        "graph-head--dim",
        "graph-head--mode",
        "graph-head--title",
    }
    DEFAULT_CSS = """
    GraphHead {
        height: 1; width: 100%; color: $foreground; background: $background;
        .graph-head--critical { color: $text-warning; text-style: bold; }
        .graph-head--cycle { color: $text-error; text-style: bold; }
        .graph-head--dim { color: $foreground 65%; }
        .graph-head--mode { color: $text-accent; text-style: bold; }
        .graph-head--title { color: $foreground 70%; text-style: bold; }
    }
    """

    def __init__(self, *, ascii: bool = False) -> None:  # noqa: A002 - the option's own name
        super().__init__(ascii=ascii)
        self._told: tuple[str, Graph | None, str] = ("", None, "")

    def show(self, of: str, graph: Graph, mode: str) -> None:
        """Tell of what the graph is, and in what `mode` it is shown where that is not the usual."""
        if (of, graph, mode) != self._told:
            self._told = (of, graph, mode)
            self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002 (one line)
        """`GRAPH board Flow  12 tasks · 14 arrows · critical path 6: #12 → #33 → …`."""
        of, graph, mode = self._told
        name = clean(of)
        name = cut(name, NAME_AT_MOST, self._ellipsis)
        right: list[Piece] = [(f" {mode} ", "mode")] if mode else []
        pieces: list[Piece] = [(" GRAPH ", "title")] if width >= ROOMY else [(" ", "")]
        pieces.append((f"{name} ", "dim"))
        room = width - sum(cell_len(text) for text, _ in (*pieces, *right))
        gap = " "
        for *texts, style in self._facts(graph, room) if graph is not None else ():
            text = next((text for text in texts if cell_len(gap + text) <= room), "")
            if text:
                pieces.append((gap + text, style))
                room -= cell_len(gap + text)
                gap = f" {self.marks.placeholder} "
        return [(*pieces, (" " * max(room, 0), ""), *right)]

    @property
    def _ellipsis(self) -> str:
        return self.marks.ellipsis

    def _facts(self, graph: Graph, room: int) -> list[tuple[str, ...]]:
        """Each in words, maybe in fewer words, and how it looks; what matters most comes first."""
        shape = graph.shape
        facts: list[tuple[str, ...]] = [(counted(len(shape.ids), "task"), "dim")]
        if number := len(set(shape.circles.values())):
            mark = self.marks.circle
            facts.append((f"{mark} {counted(number, 'cycle')}", "cycle"))
        if graph.critical:
            short = f"{self.marks.critical} path {len(graph.critical)}"
            facts.append((self._critical(graph, room // 2), short, "critical"))
        facts.append((counted(len(shape.arrows), "dependency", "dependencies"), "dim"))
        if graph.left_out:
            facts.append((f"{graph.left_out} left out", "mode"))
        if graph.isolated:
            facts.append((f"{graph.isolated} open without dependencies", "dim"))
        return facts

    def _critical(self, graph: Graph, room: int) -> str:
        """`critical path 6: #12 → #33 → …`, with as many of its tasks as there is room for."""
        arrow = f" {self.marks.arrow} "
        seqs = [f"#{graph.cards[id_].seq}" for id_ in graph.critical]
        text = f"{self.marks.critical} critical path {len(seqs)}: "
        shown = 1
        while shown < len(seqs) and cell_len(text + arrow.join(seqs[: shown + 1])) + 4 <= room:
            shown += 1
        more = "" if shown == len(seqs) else f"{arrow}{self.marks.ellipsis}"
        return f"{text}{arrow.join(seqs[:shown])}{more}"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 task`, `2 tasks`."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
