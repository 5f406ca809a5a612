"""The fields of a task as options of the commands that make and edit one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments

if TYPE_CHECKING:
    from genie_tui.cli.transactions import Here

__all__ = ["PROSE", "options", "values"]

READ = "genie_tui.stdin"


class Prose(click.ParamType[str]):
    """A text of several lines: as it is, `-` from standard input, `@FILE` from a file.

    One that begins with an @ itself is written with two.
    """

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it; what is not UTF-8 is found out where it would be stored."""
        text = str(value)
        if text.startswith("@@"):
            return text[1:]
        if text == "-":
            return self._read(param, ctx)
        if not text.startswith("@"):
            return text
        try:
            return Path(text[1:]).read_text(encoding="utf-8", errors="surrogateescape")
        except (OSError, ValueError) as error:
            self.fail(f"{text[1:]} cannot be read ({error}); a text with @ begins @@", param, ctx)

    def _read(self, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if ctx is not None and ctx.meta.setdefault(READ, param) is not param:
            self.fail("standard input is read already; it can be one text alone", param, ctx)
        return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")


PROSE = Prose()


def options(*, clearing: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options; `clearing` where `none` takes back what there is."""
    none = "; none clears it" if clearing else ""
    date = arguments.DATE_OR_NONE if clearing else arguments.DATE
    every = [
        click.option("--description", type=PROSE, help="TEXT, @FILE, or - for standard input."),
        click.option("--criteria", type=PROSE, help="What is accepted, in the same way."),
        click.option("--priority", type=arguments.PRIORITY, help="How pressing it is."),
        click.option("--due", type=date, help=f"2026-12-01, tomorrow, friday, 3d …{none}."),
        click.option("--start", type=date, help=f"When to begin with it{none}."),
        click.option("--effort", help=f"How much work it is: 2h, 3 points …{none}."),
        click.option("--parent", type=arguments.TASK, metavar="REF", help=f"Part of this{none}."),
        click.option("--wish", metavar="FILE", help=f"The wish that it comes from{none}."),
        click.option("--group", help=f"Its name under its parent, which has one such{none}."),
        click.option("--release", type=arguments.RELEASE, help=f"Goes out with this{none}."),
        click.option("--tag", multiple=True, type=arguments.TAG, help="With this tag."),
        click.option("--assign", multiple=True, type=arguments.ACTOR, help="To NAME, or @me."),
    ]

    def with_options(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(every):
            command = option(command)
        return command

    return with_options


_COLUMNS = {
    "title": "title",
    "description": "description",
    "criteria": "acceptance_criteria",
    "priority": "priority",
    "due": "due_date",
    "start": "start_date",
    "effort": "estimated_effort",
    "parent": "parent_id",
    "wish": "wish_file",
    "group": "group_name",
    "release": "release_id",
}


async def values(here: Here, given: Mapping[str, Any]) -> dict[str, Any]:
    """What options say, by column; `none` or nothing as None. Other options are passed over.

    Raises:
        NotFound, Ambiguous, BadInput: the parent is no task.
    """
    found: dict[str, Any] = {}
    for name, column in _COLUMNS.items():
        value = given.get(name)
        if value is None:
            continue
        cleared = isinstance(value, str) and value.strip().lower() in ("", "none")
        if cleared and name != "title":
            found[column] = None
        else:
            found[column] = await here.task(value) if name == "parent" else value
    return found
