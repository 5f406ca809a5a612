"""Shapes of JSON values, and the place of what does not fit: `tasks[3].stage: expected text`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

from genie_tui.domain.boards import decoded
from genie_tui.domain.json_stream import Unstorable
from genie_tui.domain.text import storable
from genie_tui.errors import BadInput

__all__ = [
    "Field",
    "Path",
    "Shape",
    "WrongShape",
    "anything",
    "check",
    "check_storable",
    "check_unique",
    "flag",
    "found",
    "moment",
    "one_of",
    "rows",
    "shown_path",
    "some_text",
    "text",
    "texts",
    "uuid",
    "whole",
]

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands: `("tasks", 3, "stage")`."""

DEPTH = 200
"""How deep lists and objects may be nested."""

SHOWN = 40
"""So many characters of a wrong value are shown."""

PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")

# What may hold a character, or a number, that no database takes; few rows have to be looked at.
SUSPECT = re.compile(r"\\u(?:0000|[dD][89abAB])|NaN|Infinity|[0-9][eE][-+]?[0-9]{4}|[0-9.]{16000}")

TIME = re.compile(
    r"(?P<year>\d{4,6})(?P<rest>-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?)"
    r"(?P<zone>Z|[+-]\d\d:\d\d)(?P<bc> BC)?",
    re.ASCII,
)
LAST_YEAR, FIRST_YEAR_BC = 294_276, 4713
"""The years that PostgreSQL's times can hold in full."""

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
SMALLEST, LARGEST = -(2**31), 2**31 - 1


class WrongShape(BadInput):
    """A value is not what belongs in its place: `tasks[3].stage: expected text, found 12`."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{shown_path(path)}: {why}")
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What may stand under a name. `shape` is that of each row, where the value is a list.

    With `as_text` the list may also be text that holds it, as other clients write some columns.
    """

    expected: str
    test: Callable[[Any], bool]
    nullable: bool = True
    required: bool = False
    shape: Shape | None = None
    as_text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """An object: its fields by name. No two rows of a list have the same values under `key`.

    Other names than those of the fields are wrong, unless it is `open`.
    """

    fields: Mapping[str, Field]
    key: tuple[str, ...] = ()
    open: bool = False
    required: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        needed = {name for name, field in self.fields.items() if field.required}
        object.__setattr__(self, "required", frozenset(needed))


def text(*, most: int | None = None, required: bool = False) -> Field:
    """Any text, of so many characters at most."""
    expected = "text" if most is None else f"text of {most} characters at most"
    return Field(
        expected=expected,
        test=lambda value: type(value) is str and (most is None or len(value) <= most),
        nullable=not required,
        required=required,
    )


def some_text() -> Field:
    """Text that is there, and not empty."""
    return Field(
        expected="text",
        test=lambda value: type(value) is str and value != "",
        nullable=False,
        required=True,
    )


def one_of(*values: str, required: bool = False) -> Field:
    """One of these words."""
    known = frozenset(values)
    *others, last = values
    return Field(
        expected=f"{', '.join(others)} or {last}",
        test=lambda value: type(value) is str and value in known,
        nullable=not required,
        required=required,
    )


def whole(*, required: bool = False) -> Field:
    """A whole number of four bytes."""
    return Field(
        expected="a whole number",
        test=lambda value: type(value) is int and SMALLEST <= value <= LARGEST,
        nullable=not required,
        required=required,
    )


def flag(*, required: bool = False) -> Field:
    """True or false."""
    return Field(
        expected="true or false",
        test=lambda value: type(value) is bool,
        nullable=not required,
        required=required,
    )


def moment(*, required: bool = False) -> Field:
    """A time as exports write it, `infinity` too."""
    return Field(expected="a time", test=_is_time, nullable=not required, required=required)


def uuid() -> Field:
    """A UUID."""
    return Field(
        expected="a UUID",
        test=lambda value: type(value) is str and UUID.fullmatch(value) is not None,
    )


def texts() -> Field:
    """A list of texts."""
    return Field(
        expected="a list of texts",
        test=lambda value: type(value) is list and all(type(item) is str for item in value),
    )


def anything() -> Field:
    """Any JSON value."""
    return Field(expected="a value", test=lambda _: True)


def rows(shape: Shape, *, required: bool = False, as_text: bool = False) -> Field:
    """A list of objects."""
    return Field(
        expected="a list",
        test=lambda value: type(value) is list,
        nullable=not required,
        required=required,
        shape=shape,
        as_text=as_text,
    )


def check(value: Any, shape: Shape, path: Path) -> None:
    """Look whether a value has a shape.

    Raises:
        WrongShape: it has not; says where, and what was expected there.
    """
    if type(value) is not dict:
        raise WrongShape(path, f"expected an object, found {found(value)}")
    fields = shape.fields
    for name, item in value.items():
        known = fields.get(name)
        if known is None:
            if not shape.open:
                raise WrongShape((*path, name), "nothing of that name belongs here")
        elif item is None:
            if not known.nullable:
                raise WrongShape((*path, name), f"expected {known.expected}, found null")
        elif known.shape is not None:
            _check_rows(item, known, known.shape, (*path, name))
        elif not known.test(item):
            raise WrongShape((*path, name), f"expected {known.expected}, found {found(item)}")
    if not shape.required <= value.keys():
        missing = next(name for name in fields if name in shape.required - value.keys())
        raise WrongShape((*path, missing), f"expected {fields[missing].expected}, found nothing")


def _check_rows(value: Any, known: Field, shape: Shape, path: Path) -> None:
    listed = decoded(value) if known.as_text else value
    if type(listed) is not list:
        raise WrongShape(path, f"expected {known.expected}, found {found(value)}")
    for index, row in enumerate(listed):
        check(row, shape, (*path, index))
    if shape.key and len(listed) > 1:
        check_unique(listed, shape.key, path)


def check_unique(listed: Iterable[Mapping[str, Any]], key: tuple[str, ...], path: Path) -> None:
    """Look whether rows have different keys.

    Raises:
        WrongShape: two have not.
    """
    seen: dict[tuple[Any, ...], int] = {}
    for index, row in enumerate(listed):
        values = tuple(row.get(name) for name in key)
        if (first := seen.setdefault(values, index)) != index:
            where = shown_path((*path, first))
            raise WrongShape(
                (*path, index, key[-1]), f"{found(values[-1])} is that of {where}, too"
            )


def check_storable(value: Any, text: str, path: Path) -> None:
    """Look whether a database can hold a value, and what is within it; `text` is how it is written.

    Raises:
        WrongShape: it cannot; says where.
    """
    if not SUSPECT.search(text) and text.count("[") + text.count("{") <= DEPTH:
        return
    waiting: list[tuple[Path, Any]] = [(path, value)]
    while waiting:
        place, item = waiting.pop()
        if len(place) - len(path) > DEPTH:
            raise WrongShape(place[: len(path) + 3], "nested too deeply to be stored")
        if type(item) is dict:
            for name, inner in item.items():
                _check_text(name, place)
                waiting.append(((*place, name), inner))
        elif type(item) is list:
            waiting += [((*place, index), inner) for index, inner in enumerate(item)]
        elif isinstance(item, Unstorable):
            raise WrongShape(place, f"expected a number that can be stored, found {found(item)}")
        elif type(item) is str:
            _check_text(item, place)


def _check_text(value: str, place: Path) -> None:
    if not storable(value):
        raise WrongShape(place, "holds characters that cannot be stored; leave them out")


def found(value: Any) -> str:
    """What a value is, shortly."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return _cut(json.dumps(value, ensure_ascii=False))
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return _cut(value.text if isinstance(value, Unstorable) else str(value))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def shown_path(path: Path) -> str:
    """A path as people write it: `boards[0].columns[2].gate`."""
    out = ""
    for part in path:
        if isinstance(part, int):
            out += f"[{part}]"
        elif PLAIN_NAME.fullmatch(part):
            out += f".{part}" if out else part
        else:
            out += f"[{_cut(json.dumps(part, ensure_ascii=False))}]"
    return out or "the file"


@lru_cache(maxsize=4096)
def _time_fits(value: str) -> bool:
    if value in ("infinity", "-infinity"):
        return True
    if (parts := TIME.fullmatch(value)) is None:
        return False
    year = int(parts["year"])
    ancient = parts["bc"] is not None
    if not 1 <= year <= (FIRST_YEAR_BC if ancient else LAST_YEAR):
        return False
    if parts["zone"] != "Z" and (ancient or not 2 <= year <= 9998):
        return False
    # A year that Python knows, and as long as the one meant.
    like = (1 - year if ancient else year) % 400 + 2000
    zone = "+00:00" if parts["zone"] == "Z" else parts["zone"]
    whole, _, fraction = parts["rest"].partition(".")
    try:
        datetime.fromisoformat(f"{like}{whole}.{fraction.ljust(6, '0')}{zone}")
    except ValueError:
        return False
    return True


def _is_time(value: Any) -> bool:
    return type(value) is str and _time_fits(value)
