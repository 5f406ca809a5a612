"""Saved views: a board, its filter and how it is looked at, under a name that everybody sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from genie_tui.domain.filters import Filter
from genie_tui.domain.views import View

__all__ = ["SavedView", "stored", "view_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """What is shown under a name.

    `board_key` is `Board.key`; `project_id` narrows a board that several projects share, None
    stands for all of them. `filter` is as it was written: another program may write what this one
    does not understand.
    """

    id: str
    name: str
    board_key: str
    board_name: str
    project_id: str | None
    project_name: str | None
    filter: str
    view: View

    def is_of(self, board_key: str, project_id: str | None) -> bool:
        """Is it a view of that board, as far as the project's tasks stand there?"""
        return (self.board_key, self.project_id) == (board_key, project_id)

    def shows(self, filter_: Filter, view: View) -> bool:
        """Is that what it shows of its board?"""
        return self.view == view and self.filter == str(filter_)

    @property
    def place(self) -> str:
        """`acme/Sprint-12`, as places are called."""
        return f"{self.project_name or 'all projects'}/{self.board_name}"


def stored(view: View) -> dict[str, Any]:
    """A view as an object of JSON, a key for each of its fields."""
    return {field.name: _plain(getattr(view, field.name)) for field in fields(view)}


def view_of(found: object) -> View:
    """A view that was stored; what is missing or not understood is as usual."""
    if not isinstance(found, Mapping):
        return View()
    hints = get_type_hints(View)
    read = {name: _read(hints[name], found[name]) for name in hints.keys() & found.keys()}
    return View(**{name: value for name, value in read.items() if value is not None})


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _read(kind: Any, raw: Any) -> Any:
    """What was stored of a field of that type; None where it is none."""
    if get_origin(kind) in {Union, UnionType}:
        read = (_read(one, raw) for one in get_args(kind) if one is not type(None))
        return next((value for value in read if value is not None), None)
    if get_origin(kind) is tuple:
        right = isinstance(raw, list) and all(isinstance(part, str) for part in raw)
        return tuple(raw) if right else None
    if issubclass(kind, Enum):
        return next((one for one in kind if one.value == raw), None)
    return raw if isinstance(raw, kind) else None
