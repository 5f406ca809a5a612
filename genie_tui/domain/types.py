"""Stages of task types, as task_types.stages holds them: made, read from a file, and changed.

A stage is a column without a board: an object with the same keys, of which the contract has name,
label, gate, action, auto_advance, roles and color. What else is stored in one stays there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict
from typing import Any

from genie_tui.domain.boards import Column, decoded
from genie_tui.domain.column_fields import color_of, column_name, edited, named
from genie_tui.domain.columns import Layout
from genie_tui.domain.export_shapes import COLUMN
from genie_tui.domain.shapes import Path, WrongShape, check, check_storable, found
from genie_tui.errors import BadInput, GenieError

__all__ = ["Restage", "Stages", "arranged", "names", "of_columns", "parsed", "renamed"]

Stages = list[Any]
"""What `task_types.stages` holds: objects, and whatever other clients put between them."""

Restage = Callable[[Any], Stages]
"""Makes other stages of those that are stored."""

NOUN = "stage"

LISTS = ("stages", "columns")
"""Under these names a type or a board that is printed as JSON has them."""

BESIDE: dict[str, Any] = {"transitions": [], "parallel": False, "on_fail": None}
"""Keys of columns that a stage has only where they say something."""


def names(stages: Any) -> tuple[str, ...]:
    """The names of stages in their order."""
    return tuple(column.name for column in _layout(stages).columns)


def of_columns(columns: Iterable[Column]) -> Stages:
    """Stages like these columns, whose ids and positions are their board's.

    Raises:
        BadInput: there are none.
    """
    made = [_stage(column) for column in columns]
    if not made:
        raise BadInput("a type without stages holds no task; give it one at least")
    return made


def arranged(stages: Any, wanted: Iterable[str]) -> Stages:
    """With the stages of these names, in this order: those that there are as they are, others new.

    Raises:
        BadInput, Conflict: a name that a stage cannot have; or there are none.
    """
    layout = _layout(stages)
    columns = named(wanted, layout.columns, NOUN)
    kept = {column.name for column in columns}
    while (at := _surplus(layout, kept)) is not None:
        layout = layout.removed(at, None)
    for order, (column, stage) in enumerate(zip(columns, of_columns(columns), strict=True)):
        at = _place(layout, column.name)
        if at is None:
            layout = layout.added(stage, order)
        elif [other.name for other in layout.columns].index(column.name) != order:
            layout = layout.moved(at, order)
    return list(layout.items)


def renamed(stages: Any, old: str, new: str) -> tuple[Stages, str, str]:
    """With another name of a stage, and that of it before and now.

    Raises:
        NotFound: there is no stage `old`.
        BadInput, Conflict: `new` is no name, or another's.
    """
    layout = _layout(stages)
    at = layout.find(old)
    was, name = layout.at(at).name, column_name(new, layout, at)
    after = edited(layout, at, name, {}) if was != name else layout
    return list(after.items), was, name


def parsed(text: str) -> Stages:
    """Stages from a JSON file: a list, or an object that has one under `stages` or `columns`.

    Keys that are missing get the contract's defaults.

    Raises:
        BadInput: that is not what it is; says where it is wrong.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"it is no JSON: {error}") from error
    path: Path = ()
    if isinstance(value, dict):
        path = next(((key,) for key in LISTS if key in value), ())
        value = decoded(value[path[0]]) if path else value
    if not isinstance(value, list) or not value:
        place = f" under {path[0]}" if path else ""
        raise BadInput(f"expected a list of stages{place}, found {found(value)}")
    check_storable(value, text, path)
    stages: list[Any] = []
    for number, item in enumerate(value):
        check(item, COLUMN, (*path, number))
        stages.append(_checked(item, _layout(stages), (*path, number)))
    return stages


def _checked(item: dict[str, Any], before: Layout, path: Path) -> dict[str, Any]:
    try:
        name = column_name(item["name"], before)
        color = color_of(item["color"]) if item.get("color") else None
    except GenieError as error:
        raise WrongShape(path, str(error)) from error
    given = {key: value for key, value in item.items() if value is not None or key not in DEFAULTED}
    whole = {**_stage(Column(id="", name=name, label=item.get("label") or name)), **given}
    return {**whole, "name": name, **({"color": color} if color else {})}


DEFAULTED = ("label", "gate", "color", "roles", "auto_advance")
"""What a stage always has; null says no more than nothing."""


def _layout(stages: Any) -> Layout:
    items = decoded(stages)
    listed = tuple(items) if isinstance(items, list) else ()
    return Layout(items=listed, config=None, noun=NOUN)


def _surplus(layout: Layout, kept: Collection[str]) -> int | None:
    """The place of a stage that is to go: it is not named, or another before it has its name."""
    seen: set[str] = set()
    for at, column in layout.placed:
        if column.name not in kept or column.name in seen:
            return at
        seen.add(column.name)
    return None


def _place(layout: Layout, name: str) -> int | None:
    return next((at for at, column in layout.placed if column.name == name), None)


def _stage(column: Column) -> dict[str, Any]:
    beside = {
        "transitions": [
            {key: value for key, value in asdict(transition).items() if value is not None}
            for transition in column.transitions
        ],
        "parallel": column.parallel,
        "on_fail": column.on_fail,
    }
    return {
        **column.extra,
        "name": column.name,
        "label": column.label,
        "gate": column.gate.value,
        "action": column.action,
        "auto_advance": column.auto_advance,
        "roles": list(column.roles),
        "color": column.color,
        **{key: value for key, value in beside.items() if value != BESIDE[key]},
    }
