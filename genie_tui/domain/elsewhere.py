"""Boards made elsewhere: rows of boards and templates, bare objects, lists of columns.

Missing keys of columns get the defaults of `database.md`; keys that nobody knows are kept.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from genie_tui.domain.boards import DEFAULT_COLOR, decoded
from genie_tui.domain.export_shapes import COLUMN
from genie_tui.domain.json_stream import Member
from genie_tui.domain.shapes import (
    Path,
    Shape,
    WrongShape,
    check,
    check_storable,
    found,
    rows,
    shown_path,
    text,
)

__all__ = ["board_of"]

BARE = Shape(
    fields={
        "id": text(),
        "name": text(),
        "description": text(),
        "columns": rows(COLUMN, required=True, as_text=True),
    },
    open=True,
)

DEFAULTS: dict[str, Any] = {
    "gate": "human",
    "action": None,
    "auto_advance": False,
    "transitions": [],
    "roles": ["*"],
    "color": DEFAULT_COLOR,
    "parallel": False,
    "on_fail": None,
}

LARGEST = 300
"""Digits of a number, where a column has one that Genie knows nothing of."""

MAY_BE_NULL = frozenset({"action", "on_fail"})

KEPT = ("id", "name", "description", "columns", "config")
"""What is taken of a row; its other columns are about where it was."""


def board_of(members: Iterable[Member]) -> dict[str, Any]:
    """A board as JSON values: `columns`, and `id`, `name`, `description`, `config` where given.

    Raises:
        WrongShape: it is none; says where.
    """
    board, at = _assembled(members)
    check(board, BARE, ())
    listed = decoded(board["columns"])
    if not listed:
        raise WrongShape(("columns",) if at else (), "a board has one column at least")
    check_storable(board, json.dumps(board, default=str), ())
    return board | {"columns": _columns(listed, ("columns",) if at else ())}


def _assembled(members: Iterable[Member]) -> tuple[dict[str, Any], bool]:
    """The board, and whether its columns stand under a name."""
    listed = list(members)
    if listed and listed[0].key is None:
        values = [member.value for member in listed if member.index is not None]
        if len(values) < len(listed):
            raise WrongShape((), f"expected a board or a list of columns, {_found(listed)}")
        for index, value in enumerate(values):
            check(value, COLUMN, (index,))
        return {"columns": values}, False
    board: dict[str, Any] = {}
    for member in listed:
        assert member.key is not None
        if member.key not in KEPT:
            continue
        if member.index is None:
            board[member.key] = member.value
        else:
            board.setdefault(member.key, []).append(member.value)
    if "columns" not in board:
        raise WrongShape(("columns",), "expected a list, found nothing")
    return board, True


def _found(listed: list[Member]) -> str:
    return "found none" if listed[0].value == [] else f"found {found(listed[0].value)}"


def _columns(listed: list[dict[str, Any]], path: Path) -> list[dict[str, Any]]:
    """The columns with all keys that Genie knows, in order of position."""
    first: dict[str, int] = {}
    for index, column in enumerate(listed):
        if (same := first.setdefault(column["name"], index)) != index:
            where = shown_path((*path, same))
            why = f"{found(column['name'])} is that of {where}, too"
            raise WrongShape((*path, index, "name"), why)
    given = [column.get("position") for column in listed]
    if all(type(place) is int for place in given):
        ordered = sorted(listed, key=lambda column: column["position"])
    else:
        ordered = [dict(column, position=place) for place, column in enumerate(listed)]
    taken: set[str] = set()
    return [_column(column, taken) for column in ordered]


def _column(column: dict[str, Any], taken: set[str]) -> dict[str, Any]:
    unknown = {
        name: value for name, value in column.items() if value is not None or name in MAY_BE_NULL
    }
    complete = {"label": column["name"], **DEFAULTS, **unknown}
    given = column.get("id")
    complete["id"] = given if given and given not in taken else str(uuid.uuid4())
    taken.add(complete["id"])
    return {name: _plain(value) for name, value in complete.items()}


def _plain(value: Any) -> Any:
    """Numbers as Python writes them in JSON."""
    if isinstance(value, Decimal):
        if value and abs(value.adjusted()) > LARGEST:
            raise WrongShape((), f"the number {found(value)} is too large or too small")
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value
