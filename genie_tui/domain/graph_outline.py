"""A graph as a tree of lines, for where there is no room for layers side by side.

Each task stands once, under the last of what it waits for; so its depth is its layer. What else it
waits for is told beside it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from genie_tui.domain.graph import Shape

__all__ = ["Row", "outline"]


class Row(NamedTuple):
    """A task; `last` says of each step to it whether that was the last of its branch.

    `others` are what it waits for beside the one under which it stands.
    """

    id: str
    last: tuple[bool, ...]
    others: tuple[str, ...]


def outline(shape: Shape) -> tuple[Row, ...]:
    """All nodes, the largest part first, each below what it waits for."""
    under = _parents(shape)
    children: defaultdict[str, list[str]] = defaultdict(list)
    for id_ in shape.ids:
        if id_ in under:
            children[under[id_]].append(id_)
    rows: list[Row] = []
    for ids in sorted(shape.parts, key=lambda ids: -len(ids)):
        ahead: list[tuple[str, tuple[bool, ...]]] = [
            (id_, ()) for id_ in reversed(ids) if id_ not in under
        ]
        while ahead:
            id_, last = ahead.pop()
            others = tuple(t for t in shape.before.get(id_, ()) if t != under.get(id_))
            rows.append(Row(id_, last, others))
            below = children[id_]
            ahead += [(one, (*last, one == below[-1])) for one in reversed(below)]
    return tuple(rows)


def _parents(shape: Shape) -> dict[str, str]:
    """Under which of those that it waits for a node stands: one of the layer before its own."""
    parents: dict[str, str] = {}
    for arrow in shape.forward:
        if shape.layers[arrow.tail] == shape.layers[arrow.head] - 1:
            parents.setdefault(arrow.head, arrow.tail)
    return parents
