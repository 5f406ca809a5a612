"""The options that every command takes, before its name or after it."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

if TYPE_CHECKING:
    from genie_tui.settings import Settings

__all__ = ["Command", "Group", "everywhere", "pass_settings", "read_settings", "wants_json"]

P = ParamSpec("P")
R = TypeVar("R")

GIVEN = "genie_tui.options"
ELSEWHERE = "The options of genie-tui itself (--home, --dsn, --json, …) are taken here, too."


def _remember(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Keep what was given; what is given after the command's name is seen last, and counts."""
    if value is not None and param.name is not None:
        ctx.meta.setdefault(GIVEN, {})[param.name] = value


def everywhere(*, hidden: bool) -> list[click.Parameter]:
    """The program's options, made anew for one command."""

    def option(*names: str, says: str, **how: Any) -> click.Parameter:
        return click.Option(
            names, help=says, hidden=hidden, expose_value=False, callback=_remember, **how
        )

    def flag(*names: str, says: str, value: bool = True) -> click.Parameter:
        return option(*names, says=says, is_flag=True, flag_value=value, default=None)

    return [
        option("--home", metavar="DIR", says="Where Genie keeps its data  [~/.genie]"),
        option("--dsn", metavar="URL", says="Use this PostgreSQL; never start or stop one."),
        option("--project", metavar="NAME", says="This project, not the current directory's."),
        flag("--all-projects", says="All projects."),
        option("--board", metavar="NAME", says="This board, by name or id."),
        option("--as", "actor", metavar="ACTOR", says="Act as NAME, agent:NAME or human:NAME."),
        flag("--json", says="Print JSON, errors included."),
        flag("--no-migrate", "migrate", says="Do not migrate the database.", value=False),
        flag("--read-only", says="Write nothing."),
        flag("--ascii", says="Draw with plain characters."),
    ]


class Command(click.Command):
    """A command that takes the program's options as well as its own."""

    def __init__(self, *arguments: Any, **how: Any) -> None:
        super().__init__(*arguments, **how)
        _extend(self)


class Group(click.Group):
    """A noun: a group of commands that take the program's options."""

    command_class = Command
    group_class = type

    def __init__(self, *arguments: Any, **how: Any) -> None:
        super().__init__(*arguments, **how)
        _extend(self)


def _extend(command: click.Command) -> None:
    taken = {name for param in command.params for name in param.opts}
    options = everywhere(hidden=True)
    command.params.extend(option for option in options if not taken & set(option.opts))
    command.epilog = command.epilog or ELSEWHERE


def wants_json() -> bool:
    """Was --json given?"""
    return bool(click.get_current_context().meta.get(GIVEN, {}).get("json"))


def read_settings() -> Settings:
    """The settings that the options and the environment make."""
    from genie_tui.settings import Settings

    given = click.get_current_context().meta.get(GIVEN, {})
    return Settings.read(**{name: value for name, value in given.items() if name != "json"})


def pass_settings(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """Give a command the settings as its first argument."""

    def with_settings(*arguments: P.args, **options: P.kwargs) -> R:
        return command(read_settings(), *arguments, **options)

    return update_wrapper(with_settings, command)
