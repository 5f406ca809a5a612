"""The task under the graph's cursor: how it stands, and where in the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Column
from genie_tui.domain.graph import Graph
from genie_tui.domain.tasks import Card
from genie_tui.ui.widgets.alarms import Alarms
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.details import FACT_STYLES, standing
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len, clean, fit

__all__ = ["GraphDetails"]

LETTERS_AT_MOST = 1000
"""Of a title, which has one line."""


class GraphDetails(Drawn):
    """Four lines: the title, how it stands, what is beside it, and on which ways it lies."""

    PREFIX = "beside"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "beside--critical",
        "beside--done",
        "beside--label",
        "beside--number",
        "beside--title",
        *(f"beside--{style}" for style in FACT_STYLES),
    }
    DEFAULT_CSS = """
    GraphDetails {
        height: 5; width: 100%; color: $foreground; background: $background;
        border-top: solid $foreground 22%;
        .beside--bad { color: $text-error; text-style: bold; }
        .beside--critical { color: $text-warning; text-style: bold; }
        .beside--dim { color: $foreground 40%; }
        .beside--done { color: $foreground 50%; }
        .beside--fact { color: $foreground 80%; }
        .beside--held { color: $text-warning; }
        .beside--high { color: $text-warning; text-style: bold; }
        .beside--label { color: $foreground 55%; }
        .beside--lock { color: $text-success; }
        .beside--low { color: $foreground 50%; }
        .beside--normal { color: $foreground 80%; }
        .beside--number { color: $primary; text-style: bold; }
        .beside--stage { color: $secondary; }
        .beside--title { color: $foreground; text-style: bold; }
        .beside--urgent { color: $text-error; text-style: bold; }
        .beside--wait { color: $text-accent; text-style: bold; }
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
        self._graph: Graph | None = None
        self._card: Card | None = None
        self._column: Column | None = None
        self._note = ""
        self._alarms = Alarms(self)

    def show(self, graph: Graph, card: Card | None, column: Column | None, note: str = "") -> None:
        """Tell of a task in a graph; `note` is where it is, where that is not what is shown."""
        told = (self._graph, self._card, self._column, self._note)
        if (graph, card, column, note) != told:
            self._graph, self._card, self._column, self._note = graph, card, column, note
            counting = card is not None and card.lock is not None
            self._alarms.every((1.0 if counting else 20.0) if card else None, self.redraw)
            self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """As many of its lines as there is room for."""
        if self._card is None or self._graph is None:
            return []
        card, graph = self._card, self._graph
        return [self._cut(line, width) for line in self._rows(card, graph) if line][:height]

    def _rows(self, card: Card, graph: Graph) -> Iterable[list[Piece]]:
        title = clean(card.title[:LETTERS_AT_MOST]) or "(no title)"
        yield [(f"#{card.seq} ", "number"), (title, "title")]
        # What is beside it has a line of its own, and is told there whether open or not.
        alone = replace(card, waits=(), holds=())
        facts = standing(alone, self._column, self._me, self._clock())
        yield self._listed([*([(clean(self._note), "wait")] if self._note else []), *facts])
        yield self._neighbours(card.id, graph)
        yield self._ways(card.id, graph)

    def _listed(self, facts: Iterable[Piece]) -> list[Piece]:
        dot: Piece = (f" {'-' if self.marks.joints[0] == '-' else '·'} ", "dim")
        pieces = [piece for fact in facts for piece in (dot, fact)]
        return pieces[1:]

    def _neighbours(self, id_: str, graph: Graph) -> list[Piece]:
        """`waits for ✓#31 #33   holds up #52`: those that are closed are marked."""
        shape = graph.shape
        pieces: list[Piece] = []
        for text, ids in (
            ("waits for", shape.before.get(id_, ())),
            ("holds up", shape.after.get(id_, ())),
            ("related to", graph.linked(id_)),
        ):
            if ids or text == "waits for":
                pieces.append((f"{'   ' if pieces else ''}{text} ", "label"))
                pieces += [self._numbered(graph.cards[other]) for other in ids]
                pieces += [] if ids else [("nothing", "fact")]
        return pieces

    def _numbered(self, card: Card) -> Piece:
        if card.closed:
            return f"{self.marks.done}#{card.seq} ", "done"
        return f"#{card.seq} ", "held"

    def _ways(self, id_: str, graph: Graph) -> list[Piece]:
        """Where it stands on the critical path, and with whom on a cycle."""
        pieces: list[Piece] = []
        circles = graph.shape.circles
        if id_ in circles:
            mine = [other for other, n in circles.items() if n == circles[id_] and other != id_]
            seqs = " ".join(f"#{graph.cards[other].seq}" for other in mine)
            text = f"{self.marks.circle} on a cycle with {seqs}: each waits for the others"
            pieces.append((f"{text}   ", "bad"))
        if id_ in graph.critical:
            arrow = f" {self.marks.arrow} "
            place, count = graph.critical.index(id_) + 1, len(graph.critical)
            path = arrow.join(f"#{graph.cards[other].seq}" for other in graph.critical)
            text = f"{self.marks.critical} {place} of {count} on the critical path: {path}"
            pieces.append((text, "critical"))
        return pieces

    def _cut(self, pieces: Iterable[Piece], width: int) -> Line:
        """Pieces behind a margin, the last one cut where it is too long."""
        line: list[Piece] = [(" ", "")]
        room = width - 2
        for text, style in pieces:
            if cell_len(text) > room:
                line.append((fit(text, room, self.marks.ellipsis), style))
                break
            line.append((text, style))
            room -= cell_len(text)
        return tuple(line)
