"""Columns of boards: how they are stored."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from genie_tui.domain.boards import Column, Transition
from genie_tui.errors import BadInput

__all__ = ["written"]


def written(columns: Sequence[Column], *, keep_ids: bool) -> list[dict[str, Any]]:
    """Columns as boards.columns holds them (`database.md` › Columns of a board), in their order.

    They get new ids; with `keep_ids`, only those that have none, or that of one before them.

    Raises:
        BadInput: there are none, or two of one name.
    """
    if not columns:
        raise BadInput("a board without columns holds no task; give it one at least")
    names = [column.name for column in columns]
    if len(set(names)) < len(names):
        raise BadInput("two columns of a board cannot have one name; rename one")
    ids: list[str] = []
    for column in columns:
        kept = keep_ids and column.id and column.id not in ids
        ids.append(column.id if kept else str(uuid.uuid4()))
    return [
        _stored(column, id_, position)
        for position, (column, id_) in enumerate(zip(columns, ids, strict=True))
    ]


def _stored(column: Column, id_: str, position: int) -> dict[str, Any]:
    return {
        **column.extra,
        "id": id_,
        "name": column.name,
        "label": column.label,
        "gate": column.gate.value,
        "action": column.action,
        "auto_advance": column.auto_advance,
        "transitions": [_transition(transition) for transition in column.transitions],
        "roles": list(column.roles),
        "color": column.color,
        "parallel": column.parallel,
        "on_fail": column.on_fail,
        "position": position,
    }


def _transition(transition: Transition) -> dict[str, Any]:
    return (
        {"event": transition.event, "target": transition.target}
        | ({"condition": transition.condition} if transition.condition else {})
        | ({"action": transition.action} if transition.action else {})
    )
