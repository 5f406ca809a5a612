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
    "BOARD",
    "CONVERSATION",
    "DATE",
    "DATE_OR_NONE",
    "FILTER",
    "LENGTH",
    "PRIORITY",
    "PROJECT",
    "RELEASE",
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
        now = datetime.now(UTC).astimezone()
        return _read(self, lambda text: parse_date(text, now), value, param, ctx)


class FilterText(click.ParamType["Filter"]):
    """A filter, in the language of the board; a mistake is named with its place."""

    name = "filter"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Filter:
        """Read it."""
        from genie_tui.domain.filter_text import FilterError
        from genie_tui.domain.filters import Filter, parse

        if isinstance(value, Filter):
            return value
        try:
            return parse(value)
        except FilterError as error:
            there = value[error.start : error.end]
            self.fail(f"{error} (at {there!r}, character {error.start + 1})", param, ctx)


FILTER = FilterText()
LENGTH = Length()
DATE = Moment()
DATE_OR_NONE = Moment(or_none=True)


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
