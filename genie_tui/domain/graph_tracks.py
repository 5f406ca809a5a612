"""The room between two layers: in which track each wire goes up or down, and where it comes in.

A wire leaves on its own line, turns in its track, and comes in on the lane of each pin. Two wires
share a track only where they do not meet in it, and no wire comes in on a line on which another
one has left, as that would look like one wire.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from genie_tui.domain.graph_layers import Pin, Wire

__all__ = ["Gutter", "Lane", "Routed", "routed"]


class Lane(NamedTuple):
    """How a wire comes to a pin: on the pin's own line, or on one beside it, to step aside last."""

    line: int
    pin: Pin


class Routed(NamedTuple):
    """A wire with its track, counted from 0; None where it goes straight on.

    `extent` are the lines between which it goes up or down.
    """

    wire: Wire
    track: int | None
    lanes: tuple[Lane, ...]
    extent: tuple[int, int]


class Gutter(NamedTuple):
    """All wires between two layers, and how many tracks they need."""

    wires: tuple[Routed, ...]
    tracks: int


def routed(wires: Sequence[Wire]) -> Gutter:
    """Find tracks for wires, which stand from top to bottom."""
    leaving = {wire.line: wire for wire in wires}
    found = [_untracked(wire, leaving) for wire in wires]
    falling = [r for r in found if r.extent[1] > r.wire.line]
    rising = [r for r in found if r.extent[1] == r.wire.line and r.extent[0] < r.wire.line]
    tracks: list[list[Routed]] = []
    placed: dict[str, int] = {}
    # In this order those that go the same way do not cross each other.
    for group in (rising, falling[::-1]):
        mine: list[list[Routed]] = []
        for route in group:
            placed[route.wire.source] = _track(route, tracks, mine)
    done = tuple(r._replace(track=placed.get(r.wire.source)) for r in found)
    return Gutter(done, len(tracks))


def _untracked(wire: Wire, leaving: dict[int, Wire]) -> Routed:
    lanes = _lanes(wire, leaving)
    lines = [wire.line, *(lane.line for lane in lanes)]
    return Routed(wire, None, tuple(lanes), (min(lines), max(lines)))


def _lanes(wire: Wire, leaving: dict[int, Wire]) -> list[Lane]:
    """A lane for each pin: its own line, unless another wire has left on it for elsewhere."""
    lanes = []
    for pin in wire.pins:
        other = leaving.get(pin.line)
        line = pin.line
        if other is not None and other is not wire and not _straight(other, pin):
            free = (beside for beside in (line - 1, line + 1) if beside not in leaving)
            line = next(free, line)
        lanes.append(Lane(line, pin))
    return lanes


def _straight(wire: Wire, pin: Pin) -> bool:
    """Does a wire lead nowhere but straight to a pin's node?"""
    return len(wire.pins) == 1 and wire.pins[0].line == pin.line and pin.node is not None


def _track(route: Routed, tracks: list[list[Routed]], mine: list[list[Routed]]) -> int:
    """The first track that is free there, right of those of the same group that one meets."""
    met = [n for n, taken in enumerate(mine) if _meets(route, taken)]
    track = met[-1] + 1 if met else 0
    while track < len(tracks) and _meets(route, tracks[track]):
        track += 1
    while len(tracks) <= track:
        tracks.append([])
    while len(mine) <= track:
        mine.append([])
    tracks[track].append(route)
    mine[track].append(route)
    return track


def _meets(route: Routed, taken: Sequence[Routed]) -> bool:
    """Would it meet another wire in the same track, but for where both come to the same node?"""
    low, high = route.extent
    for other in taken:
        start, end = other.extent
        first, last = max(start, low), min(end, high)
        if first < last or (first == last and not _together(route, other, first)):
            return True
    return False


def _together(one: Routed, other: Routed, line: int) -> bool:
    """Do both come to the same node on that line, and lead nowhere else?"""
    ends = [r.lanes[0].pin.node for r in (one, other) if len(r.lanes) == 1]
    return (
        len(ends) == 2
        and ends[0] is not None
        and ends[0] == ends[1]
        and all(r.lanes[0].line == line for r in (one, other))
    )
