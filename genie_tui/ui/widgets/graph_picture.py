"""A graph in layers from left to right, drawn as far as one looks at it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from genie_tui.domain.graph import Arrow, Shape
from genie_tui.domain.graph_layers import Layered, layered
from genie_tui.domain.graph_tracks import Gutter, Lane, Routed, routed
from genie_tui.domain.graph_walk import Direction, step_in_layers
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.graph_canvas import DOWN, LEFT, RIGHT, UP, Canvas, Pen
from genie_tui.ui.widgets.graph_node import Scene, label
from genie_tui.ui.widgets.plain import cell_len

__all__ = ["Box", "LayeredPicture"]

TRACKS_AT_MOST = 12
"""What would need more between two layers is drawn only where it stands out."""

WIDEST = 48
"""Cells that a task may take."""

NARROWEST = 24
"""Where all layers would fit only with less than that, they are read better if they do not."""

FRAME = 3
"""Cells of a gutter beside its tracks: where wires leave, where they step aside, the heads."""

PALE = Pen("edge")
CYCLE = Pen("cycle", 1)
CRITICAL = Pen("critical", 2, heavy=True)
LIT = Pen("lit", 3)
LIT_CRITICAL = Pen("lit", 4, heavy=True)


class Box(NamedTuple):
    """Where on the sheet a task stands, on one line."""

    x: int
    y: int
    width: int


class LayeredPicture:
    """Boxes and wires of a shape on a sheet.

    A box is so wide that all layers fit into `room` cells, where that can be; and never wider than
    `widest`.
    """

    above = 1
    """Lines that are kept free above the sheet where all of it can be seen."""

    def __init__(self, shape: Shape, room: int, widest: int) -> None:
        self.layout: Layered = layered(shape)
        self._gutters: list[Gutter] = [routed(wires) for wires in self.layout.wires]
        widths = [min(g.tracks, TRACKS_AT_MOST) + FRAME for g in self._gutters]
        layers = len(widths) + 1
        self._box = min(widest, WIDEST, max((room - sum(widths)) // layers, NARROWEST))
        starts = accumulate([self._box + width for width in widths], initial=0)
        self._starts = list(starts)
        self.width = self._starts[-1] + self._box
        self.height = self.layout.height
        self._crowded: dict[str, int] = {}
        for layer, gutter in enumerate(self._gutters):
            for route in gutter.wires:
                if (route.track or 0) >= TRACKS_AT_MOST:
                    self._crowded.setdefault(route.wire.source, layer)
        self._by_line: dict[int, dict[int, str]] = {}
        for id_, spot in self.layout.spots.items():
            self._by_line.setdefault(spot.line, {})[spot.layer] = id_

    def snapped(self, x: int, shown: Box, width: int) -> int:
        """Where a window had better begin, that no task is cut at its left; `shown` stays in it."""
        layer = bisect_left(self._starts, x + 1) - 1
        if layer < 0 or not self._starts[layer] < x < self._starts[layer] + self._box:
            return x
        start = self._starts[layer]
        return start if shown.x + shown.width <= start + width else start + self._box

    def box(self, id_: str) -> Box:
        """Where a task stands."""
        spot = self.layout.spots[id_]
        return Box(self._starts[spot.layer], spot.line, self._box)

    def at(self, x: int, y: int) -> str | None:
        """The task at a cell of the sheet."""
        layer = bisect_left(self._starts, x + 1) - 1
        inside = layer >= 0 and x < self._starts[layer] + self._box
        return self._by_line.get(y, {}).get(layer) if inside else None

    def lined(self, arrow: Arrow) -> bool:
        """Is there a line for an arrow, where it stands out?"""
        return arrow not in self.layout.far

    def drawn(self, arrow: Arrow) -> bool:
        """Is its line always to be seen?"""
        if not self.lined(arrow):
            return False
        spots = self.layout.spots
        one, other = sorted(arrow, key=lambda id_: spots[id_].layer)
        return spots[other].layer <= self._seen_to(one)

    def _seen_to(self, source: str) -> int:
        """The layer up to which there are tracks for the wires of a task."""
        return self._crowded.get(source, len(self._starts))

    def step(self, id_: str, direction: Direction) -> str:
        """The task that a key leads to."""
        return step_in_layers(self.layout, id_, direction)

    def lines(self, scene: Scene, x: int, y: int, width: int, height: int) -> list[Line]:
        """The part of the sheet from a cell on."""
        canvas = Canvas(x, y, width, height, scene.marks)
        ends = self._labels(canvas, scene)
        for layer, gutter in enumerate(self._gutters):
            if canvas.sees(self._starts[layer], self._starts[layer + 1] + self._box):
                room = _Room(layer, self._starts[layer], self._box, self._starts[layer + 1])
                for route in gutter.wires:
                    low, high = route.extent
                    if high >= y - 1 and low <= y + height:
                        end = ends.get(route.wire.source, room.left)
                        self._wire(canvas, scene, room, route, end)
        return canvas.lines()

    def _labels(self, canvas: Canvas, scene: Scene) -> dict[str, int]:
        """Write the tasks, and tell where on the sheet each of them ends."""
        ends = {}
        for line in range(canvas.y, canvas.y + canvas.height):
            for layer, id_ in self._by_line.get(line, {}).items():
                start = self._starts[layer]
                if canvas.sees(start, start + self._box):
                    pieces = label(scene, id_, self._box)
                    canvas.write(start, line, pieces)
                    ends[id_] = start + sum(cell_len(text) for text, _ in pieces)
        return ends

    # Wires

    def _wire(self, canvas: Canvas, scene: Scene, room: _Room, route: Routed, end: int) -> None:
        wire = route.wire
        first = self.layout.spots[wire.source].layer == room.layer
        start = end if first else room.left
        seen = self._seen_to(wire.source)
        for lane in route.lanes:
            arrows = tuple(_arrows(scene.shape, wire.source, lane))
            pen = max((_pen(scene, arrow) for arrow in arrows), key=lambda pen: pen.rank)
            leads = (self.layout.spots[id_].layer <= seen for id_ in lane.pin.leads)
            if not any(leads) and pen.rank < CRITICAL.rank:
                continue
            _lead(canvas, room, route, lane, start, pen)
            if lane.pin.node is not None and _forward(scene.shape, wire.source, lane.pin.node):
                canvas.head(room.right - 1, lane.pin.line, scene.marks.after, pen)
            if first and any(arrow.head == wire.source for arrow in arrows):
                canvas.head(start, wire.line, scene.marks.before, pen)


class _Room(NamedTuple):
    """A layer from `start`, as wide as `box`, and the gutter between it and the one at `right`."""

    layer: int
    start: int
    box: int
    right: int

    @property
    def left(self) -> int:
        """Where the gutter begins."""
        return self.start + self.box


def _lead(canvas: Canvas, room: _Room, route: Routed, lane: Lane, start: int, pen: Pen) -> None:
    """Draw a wire from its source, or bend, to one of its pins."""
    source, line, end = route.wire.source, route.wire.line, lane.line
    target = f"{source} {room.layer}" if lane.pin.node is None else f"to {lane.pin.node}"
    stop = room.right - 1 if end == lane.pin.line else room.right - 2
    if line == end:
        canvas.across(line, start, stop, (source, target), pen)
    else:
        track = room.left + 1 + (route.track or 0) % TRACKS_AT_MOST
        falls = end > line
        canvas.across(line, start, track, (source,), pen)
        canvas.joint(track, line, LEFT | (DOWN if falls else UP), (source,), pen)
        canvas.down(track, min(line, end) + 1, max(line, end), (source,), pen)
        canvas.joint(track, end, RIGHT | (UP if falls else DOWN), (source, target), pen)
        canvas.across(end, track + 1, stop, (target,), pen)
    _arrive(canvas, room, lane, (source, target), pen)


def _arrive(canvas: Canvas, room: _Room, lane: Lane, wires: tuple[str, str], pen: Pen) -> None:
    """Step aside to the pin's own line, and go on through the layer where it does not end."""
    (source, target), pin = wires, lane.pin
    drop = room.right - 2
    if lane.line != pin.line:
        down = pin.line > lane.line
        canvas.joint(drop, lane.line, LEFT | (DOWN if down else UP), (target,), pen)
        canvas.joint(drop, pin.line, RIGHT | (UP if down else DOWN), (target,), pen)
    canvas.across(pin.line, room.right - 1, room.right, (target,), pen)
    if pin.node is None:
        canvas.across(pin.line, room.right, room.right + room.box, (source,), pen)


def _forward(shape: Shape, tail: str, head: str) -> bool:
    arrow = Arrow(tail, head)
    return arrow in shape.all_arrows and arrow not in shape.broken


def _arrows(shape: Shape, source: str, lane: Lane) -> Iterator[Arrow]:
    """The arrows of which a wire's way to a pin is part."""
    for id_ in lane.pin.leads:
        for arrow in (Arrow(source, id_), Arrow(id_, source)):
            if arrow in shape.all_arrows:
                yield arrow


def _pen(scene: Scene, arrow: Arrow) -> Pen:
    """A line that is lit, one that stands out, or a pale one; a dashed one leads backwards."""
    critical = arrow in scene.graph.critical_arrows
    if scene.cursor in arrow:
        pen = LIT_CRITICAL if critical else LIT
    elif critical:
        pen = CRITICAL
    else:
        pen = CYCLE if scene.graph.shape.circular(arrow) else PALE
    return pen._replace(dashed=True) if arrow in scene.shape.broken else pen
