"""The kinds of arguments that commands take; each knows how a shell completes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

from genie_tui.errors import BadInput

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from genie_tui.domain.filters import Filter

__all__ = [
    "ACTOR",
    "AGENT",
    "APP",
    "BOARD",
    "CONVERSATION",
    "DATE",
    "DATE_OR_NONE",
    "FILTER",
    "LENGTH",
    "MESSAGE",
    "PAST",
    "PRIORITY",
    "PROJECT",
    "RELEASE",
    "SCHEDULE",
    "STAGE",
    "STATUS",
    "TAG",
    "TASK",
    "TASK_TYPE",
    "TEAM",
    "TEMPLATE",
    "Moment",
    "Name",
]

T = TypeVar("T")

NEAR = 30
"""So many characters around a mistake are shown with it."""


class Name(click.ParamType[str]):
    """The name of something in the database; a shell completes it from there."""

    def __init__(self, noun: str) -> None:
        self.name = noun

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """What there is that begins so; nothing where no server runs."""
        from genie_tui.cli import completion

        return completion.names(self.name, ctx, param, incomplete)


TASK = Name("task")
BOARD = Name("board")
PROJECT = Name("project")
STAGE = Name("stage")
TAG = Name("tag")
ACTOR = Name("actor")
TASK_TYPE = Name("type")
TEMPLATE = Name("template")
RELEASE = Name("release")
CONVERSATION = Name("conversation")
TEAM = Name("team")
SCHEDULE = Name("schedule")
APP = Name("item")
AGENT = Name("agent")

PRIORITY = click.Choice(["urgent", "high", "normal", "low"], case_sensitive=False)
STATUS = click.Choice(
    ["ready", "in_progress", "blocked", "done", "failed", "cancelled"], case_sensitive=False
)


class Length(click.ParamType[timedelta]):
    """A length of time: `90s`, `10m`, `1h30m`, `2d`."""

    name = "length"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read it."""
        from genie_tui.domain.dates import parse_length

        return (
            value if isinstance(value, timedelta) else _read(self, parse_length, value, param, ctx)
        )


class Moment(click.ParamType[datetime | str]):
    """A date or time; `none` where there may be none, which is given on as the empty text."""

    name = "date"

    def __init__(self, *, or_none: bool = False) -> None:
        self.or_none = or_none

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | str:
        """Read it."""
        from genie_tui.domain.dates import parse_date

        if isinstance(value, datetime):
            return value
        if self.or_none and value.strip().lower() in ("", "none"):
            return ""
        # Without its zone: each date is in the offset that this machine's clocks have on it.
        now = datetime.now(UTC).astimezone().replace(tzinfo=None)
        return _read(self, lambda text: parse_date(text, now), value, param, ctx)


class Past(click.ParamType[datetime]):
    """A moment that is over: a date or time, of a day its beginning; `2h` is two hours ago."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it."""
        from genie_tui.domain.dates import parse_past

        if isinstance(value, datetime):
            return value
        now = datetime.now(UTC).astimezone().replace(tzinfo=None)
        return _read(self, lambda text: parse_past(text, now), value, param, ctx)


class FilterText(click.ParamType["Filter"]):
    """A filter, in the language of the board; a line beneath a mistake points at its place."""

    name = "filter"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002 (click's signature)
        ctx: click.Context | None,  # noqa: ARG002
    ) -> Filter:
        """Read it."""
        from genie_tui.domain.filter_text import FilterError
        from genie_tui.domain.filters import Filter, parse

        if isinstance(value, Filter):
            return value
        try:
            return parse(value)
        except FilterError as error:
            raise BadInput(f"{error}\n{_pointed(value, error.start, error.end)}") from error


FILTER = FilterText()
LENGTH = Length()
DATE = Moment()
DATE_OR_NONE = Moment(or_none=True)
PAST = Past()
MESSAGE = click.IntRange(1, 2**63 - 1)
"""The id of a message."""


def _read(
    kind: click.ParamType[Any],
    parse: Callable[[str], T],
    value: str,
    param: click.Parameter | None,
    ctx: click.Context | None,
) -> T:
    try:
        return parse(value)
    except BadInput as error:
        kind.fail(str(error), param, ctx)


def _pointed(text: str, start: int, end: int) -> str:
    """A line that holds what was typed around a mistake, and one that points at it."""
    from rich.cells import cell_len

    from genie_tui.domain.text import clean

    first = max(start - NEAR, 0)
    last = min(end, start + NEAR)
    before = f"{'…' if first else ''}{clean(text[first:start])}"
    there = clean(text[start:last])
    after = f"{clean(text[last : last + NEAR])}{'…' if last + NEAR < len(text) else ''}"
    marks = "^" * max(cell_len(there), 1)
    return f"  {before}{there}{after}\n  {' ' * cell_len(before)}{marks}"
