"""Where the keys lead from a node of a graph: along an arrow first, else to the nearest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from genie_tui.domain.graph import Shape
from genie_tui.domain.graph_layers import Layered, Spot
from genie_tui.domain.graph_outline import Row

__all__ = ["Direction", "step_in_layers", "step_in_outline"]

Direction = Literal["left", "right", "up", "down"]


def step_in_layers(layout: Layered, id_: str, direction: Direction) -> str:
    """The node that is come to; the same one where there is none on that side."""
    spots, here = layout.spots, layout.spots[id_]
    if direction in ("left", "right"):
        way = 1 if direction == "right" else -1
        there = [
            other for other in _beside(layout.shape, id_, way) if _ahead(spots, other, here, way)
        ]
        there = there or [other for other in spots if _ahead(spots, other, here, way)]
        return min(there, key=lambda o: _across(spots[o], here), default=id_)
    way = 1 if direction == "down" else -1
    there = [o for o, spot in spots.items() if (spot.line - here.line) * way > 0]
    # The layer's own come first, however far they are.
    return min(there, key=lambda o: _along(spots[o], here), default=id_)


def _beside(shape: Shape, id_: str, way: int) -> Sequence[str]:
    """On the right what waits for it, on the left what it waits for; broken arrows last."""
    mine, others = (shape.after, shape.before) if way > 0 else (shape.before, shape.after)
    return (*mine.get(id_, ()), *others.get(id_, ()))


def _ahead(spots: dict[str, Spot], id_: str, here: Spot, way: int) -> bool:
    return (spots[id_].layer - here.layer) * way > 0


def _across(spot: Spot, here: Spot) -> tuple[int, int, int]:
    return abs(spot.layer - here.layer), abs(spot.line - here.line), spot.line


def _along(spot: Spot, here: Spot) -> tuple[int, int, int]:
    return abs(spot.layer - here.layer), abs(spot.line - here.line), spot.layer


def step_in_outline(rows: Sequence[Row], shape: Shape, id_: str, direction: Direction) -> str:
    """The same in a tree: up and down by lines, right and left along arrows."""
    at = {row.id: number for number, row in enumerate(rows)}
    here = at[id_]
    if direction in ("up", "down"):
        there = here + (1 if direction == "down" else -1)
        return rows[there].id if 0 <= there < len(rows) else id_
    beside = (shape.after if direction == "right" else shape.before).get(id_, ())
    near: Callable[[str], int] = lambda other: abs(at[other] - here)  # noqa: E731
    return min(beside, key=near, default=id_)
