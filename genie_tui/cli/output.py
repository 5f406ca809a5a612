"""What commands print: one JSON value for programs, text made for reading for people."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime

import click

__all__ = [
    "amount",
    "as_json",
    "counted",
    "moment",
    "printable",
    "progress",
    "size",
    "write_fields",
    "write_json",
]

# All that Unicode calls control characters, but for the end of a line and the tabulator; and what
# turns the order around in which the text after it is shown.
CONTROLS = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]")
CLEAR_LINE = "\r\x1b[2K"
DAYS_END = (23, 59, 59)


def write_json(value: object, *, indent: int | None = 2) -> None:
    """Print one JSON value; dataclasses become objects, times ISO 8601 in UTC.

    Without an indent it is one line.
    """
    click.echo(as_json(value, indent=indent))


def as_json(value: object, *, indent: int | None = None) -> str:
    """The same as a text, in which control characters are escaped."""
    text = json.dumps(value, default=_plain, ensure_ascii=False, indent=indent)
    return CONTROLS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def printable(text: str) -> str:
    """A text without what a terminal would obey: user text is never a control sequence."""
    return CONTROLS.sub("\ufffd", text)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def write_fields(pairs: Mapping[str, object]) -> None:
    """Print names and values, one pair a line; what is None is left out."""
    shown = {name: value for name, value in pairs.items() if value is not None}
    width = max(map(len, shown), default=0)
    for name, value in shown.items():
        click.echo(printable(f"{name.ljust(width)}  {value}"))


def size(count: int | None) -> str | None:
    """Bytes for a reader: `12.3 MB`."""
    if count is None or count < 1000:
        return None if count is None else f"{count} bytes"
    amount, units = count / 1000, ["kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        del units[0]
    return f"{amount:.1f} {units[0]}"


def amount(what: str | None, count: int | None) -> str | None:
    """Something and how much room it takes."""
    return what and f"{what}, {size(count)}"


def moment(at: datetime) -> str:
    """A moment in this machine's time; the end of a day as the day."""
    local = at.astimezone()
    day = f"{local:%Y-%m-%d}".rjust(10, "0")
    return day if (local.hour, local.minute, local.second) == DAYS_END else f"{day} {local:%H:%M}"


def counted(count: int, noun: str) -> str:
    """`1 task`, `2 tasks`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Shows on a terminal what is going on, on a line that is gone at the end."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    try:
        yield lambda step: click.echo(f"{CLEAR_LINE}{step} …", err=True, nl=False)
    finally:
        click.echo(CLEAR_LINE, err=True, nl=False)
