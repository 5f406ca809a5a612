"""What a column can be given, and what each of it may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from genie_tui.domain.boards import Column
from genie_tui.domain.columns import Layout
from genie_tui.domain.gates import Gate
from genie_tui.domain.text import line
from genie_tui.errors import BadInput, Conflict

__all__ = [
    "Fields",
    "Settings",
    "color_of",
    "column_limit",
    "column_name",
    "edited",
    "named",
]

COLOR = re.compile("#[0-9a-f]{6}")

NAME_AT_MOST = 100
"""Characters: a notification holds two names, and has 8000 bytes at most."""

LIMIT_AT_MOST = 1_000_000


class Settings(TypedDict, total=False):
    """What can be said of a column beside its name; what is left out stays as it is.

    `transitions` maps events to the columns to which they lead, None for none. `limit` is the
    soft limit of its tasks, None for none; `roles` are who may work there, `*` for anyone.
    """

    label: str | None
    gate: str
    action: str | None
    auto_advance: bool
    color: str
    roles: Sequence[str]
    parallel: bool
    on_fail: str | None
    transitions: Mapping[str, str | None]
    limit: int | None


class Fields(Settings, total=False):
    """What can be changed of a column."""

    name: str


def column_name(text: str, layout: Layout, at: int | None = None) -> str:
    """A name that a column can have; `at` is its own place, where it has one already.

    Raises:
        BadInput: it says nothing, is too long, or holds a colon, which ends it in notifications.
        Conflict: another column goes by it, but for the case of its letters at most.
    """
    noun = layout.noun
    name = line(text, f"a {noun}'s name")
    if ":" in name:
        raise BadInput(f"{name!r} holds a colon, which no {noun}'s name can; write another sign")
    if len(name) > NAME_AT_MOST:
        raise BadInput(
            f"a {noun}'s name has {NAME_AT_MOST} characters at most; put more in a label"
        )
    for place, column in layout.placed:
        if place != at and column.name.casefold() == name.casefold():
            raise Conflict(f"there is a {noun} {column.name!r} already; choose another name")
    return name


def column_limit(limit: int | None) -> int | None:
    """A soft limit that a column can have.

    Raises:
        BadInput: it is none.
    """
    if limit is not None and not 1 <= limit <= LIMIT_AT_MOST:
        raise BadInput(f"a limit of {limit} is none; it is from 1 to {LIMIT_AT_MOST}")
    return limit


def named(
    names: Iterable[str], known: Sequence[Column] = (), noun: str = "column"
) -> tuple[Column, ...]:
    """Columns of these names, as the contract has them; those that are known, as they are.

    Raises:
        BadInput, Conflict: as `column_name`.
    """
    layout = Layout(items=(), config=None, noun=noun)
    columns: list[Column] = []
    for text in names:
        name = column_name(text, layout)
        layout = layout.added({"name": name}, len(columns))
        there = next((column for column in known if column.name == name), None)
        columns.append(there or Column(id="", name=name, label=name))
    return tuple(columns)


def edited(layout: Layout, at: int, name: str, settings: Settings) -> Layout:
    """A layout with a column renamed, and given settings, which may name any column of it.

    A label that says just what the name said follows it.

    Raises:
        BadInput: a value that cannot be.
        NotFound: no column of that name for it to lead to.
    """
    old = layout.at(at)
    if name != old.name:
        layout = layout.renamed(at, name)
        if "label" not in settings and old.label.casefold() == old.name.casefold():
            layout = layout.changed(at, {"label": _cased_like(old.label, name)})
    layout = layout.changed(at, _values(layout, at, settings))
    if transitions := settings.get("transitions"):
        layout = layout.led(at, _targets(layout, at, transitions))
    if "limit" in settings:
        layout = layout.limited(name, column_limit(settings["limit"]))
    return layout


def _cased_like(label: str, name: str) -> str:
    return name[0].upper() + name[1:] if label[0].isupper() else name


def _values(layout: Layout, at: int, settings: Settings) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "label" in settings:
        values["label"] = line(settings["label"] or layout.at(at).name, "a column's label")
    if "gate" in settings:
        values["gate"] = _gate(settings["gate"])
    if "action" in settings:
        action = settings["action"]
        values["action"] = line(action, "an action") if action and action.strip() else None
    if "color" in settings:
        values["color"] = color_of(settings["color"])
    if "roles" in settings:
        roles = dict.fromkeys(line(role, "a role") for role in settings["roles"])
        values["roles"] = list(roles) or ["*"]
    if "on_fail" in settings:
        values["on_fail"] = _target(layout, at, settings["on_fail"])
    for key in ("auto_advance", "parallel"):
        if key in settings:
            values[key] = settings[key]
    return values


def _gate(text: str) -> str:
    if text not in set(Gate):
        raise BadInput(f"no gate {text!r}; it is one of {', '.join(Gate)}")
    return text


def color_of(text: str) -> str:
    """A colour as it is stored: `#rrggbb`.

    Raises:
        BadInput: it is none.
    """
    color = text.strip().lower()
    if not COLOR.fullmatch(color):
        raise BadInput(f"{text!r} is no colour; write one as #rrggbb, such as #3b82f6")
    return color


def _targets(
    layout: Layout, at: int, transitions: Mapping[str, str | None]
) -> dict[str, str | None]:
    return {
        line(event, "a transition's event"): _target(layout, at, target)
        for event, target in transitions.items()
    }


def _target(layout: Layout, at: int, name: str | None) -> str | None:
    """The name of the column that is meant."""
    if name is None:
        return None
    target = layout.find(name)
    if target == at:
        raise BadInput(f"{layout.at(at).name!r} cannot lead to itself; name another column")
    return layout.at(target).name
