"""The dependency graph with a cursor: drawn by the line, and only as far as one looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from genie_tui.domain.graph import Graph, Shape
from genie_tui.domain.graph_walk import Direction
from genie_tui.domain.tasks import Card
from genie_tui.ui.keys.graph import WALK
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.graph_node import Scene, label_width
from genie_tui.ui.widgets.graph_outline import OutlinePicture
from genie_tui.ui.widgets.graph_picture import Box, LayeredPicture
from genie_tui.ui.widgets.graph_style import CLASSES, CSS
from genie_tui.ui.widgets.plain import fit

__all__ = ["GraphView"]

LAYERED_FROM = 80
"""Cells from which on there is room for layers side by side."""

MARGIN_X, MARGIN_Y = 10, 2
"""Cells around the task under the cursor that are kept in view, too."""

HOPS = 2
HOPS_AT_MOST = 9

NOTHING = Graph(cards={}, shape=Shape(ids=(), arrows=()))


class GraphView(Drawn, can_focus=True):
    """Keeps its cursor on a task while the graph changes around it, and the task where it stands.

    With `hops`, only what is so many arrows from the cursor is shown.
    """

    PREFIX = "graph"
    BINDINGS: ClassVar[list[BindingType]] = bindings(WALK)
    COMPONENT_CLASSES = CLASSES
    DEFAULT_CSS = CSS

    @dataclass
    class Selected(Message):
        """Another task is under the cursor, or what is shown has changed; None where nothing is."""

        card: Card | None

    @dataclass
    class Opened(Message):
        """Somebody wants to see a task in full."""

        card: Card

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(ascii=ascii)
        self.graph = NOTHING
        self.hops: int | None = None
        self.done_hidden = False
        self.empty = ""
        self._clock = clock
        self._cursor = ""
        self._pending: set[str] = set()
        self._shape = NOTHING.shape
        self._picture: LayeredPicture | OutlinePicture | None = None
        self._pictured: tuple[Shape, int] | None = None
        self._origin = (0, 0)
        self._stands, self._stood = "", Box(0, 0, 0)

    # What is told from above

    def show(self, graph: Graph, *, empty: str = "") -> None:
        """Show a graph; `empty` is said where it has no task."""
        old, self.empty = self.graph, empty
        # What was found out about a shape stays known.
        same = graph.shape == old.shape
        self.graph = replace(graph, shape=old.shape) if same else graph
        if self._cursor not in graph.cards:
            beside = (id_ for id_ in old.shape.beside(self._cursor) if id_ in graph.cards)
            first = (*beside, *graph.critical, *graph.shape.flow)
            self._cursor = first[0] if first else ""
        self._follow()

    def set_pending(self, task_id: str, on: bool) -> None:
        """A write to a task is under way, or no longer."""
        (self._pending.add if on else self._pending.discard)(task_id)
        self.redraw()

    @property
    def card(self) -> Card | None:
        """The task under the cursor."""
        return self.graph.cards.get(self._cursor)

    @property
    def shown(self) -> int:
        """How many tasks are on the sheet."""
        return len(self._shape.ids)

    def move_to(self, task_id: str) -> bool:
        """Put the cursor on a task; False where it is not in the graph."""
        if task_id not in self.graph.cards:
            return False
        self._cursor = task_id
        self._follow()
        return True

    def next(self, step: int) -> Card | None:
        """The task so many further, in the order in which they can be done."""
        flow = [id_ for id_ in self.graph.shape.flow if id_ in self._shape.place]
        if self._cursor in flow:
            there = flow.index(self._cursor) + step
            if 0 <= there < len(flow):
                self.move_to(flow[there])
        return self.card

    # What is shown

    def _follow(self) -> None:
        """The cursor has moved, or what there is has changed."""
        self._choose()
        self.redraw()
        self.post_message(self.Selected(self.card).set_sender(self))

    def _choose(self) -> None:
        """Which part of the graph is shown."""
        shape = self.graph.shape
        if self.done_hidden:
            shape = shape.part(self.graph.open | {self._cursor})
        if self.hops is not None and self._cursor:
            shape = shape.part(shape.around(self._cursor, self.hops))
        if shape != self._shape:
            self._shape = shape

    def _draw_for(self, width: int) -> LayeredPicture | OutlinePicture:
        """The picture for a width; the task under the cursor stays where it is on the screen."""
        wanted = (self._shape, width)
        if self._picture is not None and self._pictured == wanted:
            return self._picture
        old, self._pictured = self._picture, wanted
        if width < LAYERED_FROM:
            picture: LayeredPicture | OutlinePicture = OutlinePicture(self._shape, width)
        else:
            cards = (self.graph.cards[id_] for id_ in self._shape.ids)
            widest = max((label_width(card) for card in cards), default=0)
            picture = LayeredPicture(self._shape, width, widest)
        if old is not None and self._stands in self._shape.place:
            was, (x, y) = self._stood, self._origin
            box = picture.box(self._stands)
            self._origin = (x + box.x - was.x, y + box.y - was.y)
        self._picture = picture
        return picture

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The part of the sheet around the cursor."""
        if not self._cursor:
            return [(), ((f"  {fit(self.empty, max(width - 4, 0), self.marks.ellipsis)}", "far"),)]
        picture = self._draw_for(width)
        x, y = self._scroll(picture, width, height)
        scene = Scene(
            graph=self.graph,
            shape=self._shape,
            cursor=self._cursor,
            now=self._clock(),
            marks=self.marks,
            pending=frozenset(self._pending),
            drawn=picture.drawn,
            lined=picture.lined,
        )
        return picture.lines(scene, x, y, width, height)

    def _scroll(
        self, picture: LayeredPicture | OutlinePicture, width: int, height: int
    ) -> tuple[int, int]:
        """Where the window begins, so that the cursor and a little around it are to be seen."""
        box = self._stood = picture.box(self._cursor)
        self._stands = self._cursor
        x = _scrolled(self._origin[0], box.x, box.width, MARGIN_X, width, picture.width)
        y = _scrolled(self._origin[1], box.y, 1, MARGIN_Y, height, picture.height)
        if picture.height + picture.above <= height:
            y = -picture.above
        self._origin = (picture.snapped(x, box, width), y)
        return self._origin

    # Moving

    def _laid(self) -> LayeredPicture | OutlinePicture | None:
        """What will be seen next, though keys may come faster than it is painted."""
        if self._pictured is None or not self._cursor:
            return None
        return self._draw_for(self._pictured[1])

    def action_walk(self, direction: Direction) -> None:
        """To the next task on that side; sideways along an arrow where there is one."""
        if (picture := self._laid()) is not None:
            self._go(picture.step(self._cursor, direction))

    def action_walk_pages(self, pages: float) -> None:
        """Up or down by so much of what is seen."""
        if (picture := self._laid()) is None:
            return
        direction: Direction = "down" if pages > 0 else "up"
        start = picture.box(self._cursor).y
        here = self._cursor
        while abs(picture.box(here).y - start) < abs(pages) * self.size.height:
            there = picture.step(here, direction)
            if there == here:
                break
            here = there
        self._go(here)

    def action_edge(self, end: bool) -> None:
        """Along the arrows to where nothing comes before; or to where nothing comes after."""
        layers = self._shape.layers
        if self._cursor in layers:
            edge = max(layers.values()) if end else 0
            near = self._shape.around(self._cursor, len(layers))
            there = [id_ for id_ in self._shape.ids if layers[id_] == edge]
            self._go(next((id_ for id_ in there if id_ in near), there[0]))

    def action_next_critical(self) -> None:
        """The next task on the critical path; after its last, its first."""
        self._go_on(self.graph.critical)

    def action_next_circle(self) -> None:
        """The next task that waits for itself in the end."""
        self._go_on(tuple(self.graph.shape.circles))

    def _go_on(self, ids: Sequence[str]) -> None:
        if ids:
            there = ids.index(self._cursor) + 1 if self._cursor in ids else 0
            self._go(ids[there % len(ids)])

    def _go(self, id_: str) -> None:
        if id_ != self._cursor:
            self.move_to(id_)

    def action_centre(self) -> None:
        """The task under the cursor into the middle."""
        if (picture := self._laid()) is not None:
            box = picture.box(self._cursor)
            x = box.x + box.width // 2 - self.size.width // 2
            self._origin = (x, box.y - self.size.height // 2)
            self.redraw()

    def action_focus_near(self) -> None:
        """Only what is near the cursor; or everything again."""
        self.hops = HOPS if self.hops is None else None
        self._follow()

    def action_widen(self, hops: int) -> None:
        """More or less around the cursor."""
        self.hops = HOPS if self.hops is None else min(max(self.hops + hops, 1), HOPS_AT_MOST)
        self._follow()

    def action_hide_done(self) -> None:
        """Only what is open; or everything again."""
        self.done_hidden = not self.done_hidden
        self._follow()

    def action_open(self) -> None:
        """Show the task in full."""
        if self.card is not None:
            self.post_message(self.Opened(self.card).set_sender(self))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Down."""
        event.stop()
        self.action_walk("down")

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Up."""
        event.stop()
        self.action_walk("up")

    def on_click(self, event: events.Click) -> None:
        """Select; a second click opens."""
        event.stop()
        if (picture := self._laid()) is not None:
            found = picture.at(self._origin[0] + event.x, self._origin[1] + event.y)
            if found is not None:
                self._go(found)
                if event.chain > 1:
                    self.action_open()


def _scrolled(start: int, at: int, size: int, margin: int, window: int, sheet: int) -> int:
    """The beginning of a window on a sheet: moved no more than to have a place in view."""
    margin = max(min(margin, (window - size) // 2), 0)
    start = min(start, at - margin)
    start = max(start, at + size + margin - window)
    return max(min(start, sheet - window), 0)
