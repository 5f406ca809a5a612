"""The options that every command takes, before its name or after it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from functools import update_wrapper
from importlib import import_module
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from genie_tui.settings import Settings

__all__ = [
    "Command",
    "Group",
    "LazyGroup",
    "everywhere",
    "pass_settings",
    "read_settings",
    "wants_json",
]

P = ParamSpec("P")
R = TypeVar("R")

GIVEN = "genie_tui.options"
ELSEWHERE = "The options of genie-tui itself (--home, --dsn, --json, …) are taken here, too."


def _remember(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Keep what was given; what is given after the command's name is seen last, and counts."""
    if value is not None and param.name is not None:
        ctx.meta.setdefault(GIVEN, {})[param.name] = value


class _Everywhere(click.Option):
    """One of the program's options, which a command takes without a line in its help."""


Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def _names(noun: str) -> Complete:
    """Completes the names of a noun."""

    def complete(
        ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from genie_tui.cli import completion

        return completion.names(noun, ctx, param, incomplete)

    return complete


def _directories(
    ctx: click.Context,  # noqa: ARG001 (click's signature)
    param: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def everywhere(*, hidden: bool) -> list[click.Parameter]:
    """The program's options, made anew for one command."""

    def option(*names: str, says: str, **how: Any) -> click.Parameter:
        return _Everywhere(
            names, help=says, hidden=hidden, expose_value=False, callback=_remember, **how
        )

    def flag(*names: str, says: str, value: bool = True) -> click.Parameter:
        return option(*names, says=says, is_flag=True, flag_value=value, default=None)

    return [
        option(
            "--home",
            metavar="DIR",
            says="Where Genie keeps its data  [~/.genie]",
            shell_complete=_directories,
        ),
        option("--dsn", metavar="URL", says="Use this PostgreSQL; never start or stop one."),
        option(
            "--listen-dsn",
            metavar="URL",
            says="The same database without the pooler that --dsn leads to.",
        ),
        option(
            "--project",
            metavar="NAME",
            says="This project, not the current directory's.",
            shell_complete=_names("project"),
        ),
        flag("--all-projects", says="All projects."),
        option(
            "--board",
            metavar="NAME",
            says="This board, by name or id.",
            shell_complete=_names("board"),
        ),
        option(
            "--as",
            "actor",
            metavar="ACTOR",
            says="Act as NAME, agent:NAME or human:NAME.",
            shell_complete=_names("actor"),
        ),
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

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Its own options, and then the program's."""
        return [*super().shell_complete(ctx, incomplete), *_program_options(self, incomplete)]

    def invoke(self, ctx: click.Context) -> Any:
        """Run; garbage is collected from now on, if it was not while the program was imported."""
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
        return super().invoke(ctx)


class Group(click.Group):
    """A noun: a group of commands that take the program's options."""

    command_class = Command
    group_class = type

    def __init__(self, *arguments: Any, **how: Any) -> None:
        super().__init__(*arguments, **how)
        _extend(self)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Its commands and options, and then the program's."""
        return [*super().shell_complete(ctx, incomplete), *_program_options(self, incomplete)]


class LazyGroup(Group):
    """A group whose commands are imported when they are called.

    `table` maps a name to where the command is (`module:attribute`) and to what the list of
    commands says of it, so that help imports none.
    """

    def __init__(
        self, *arguments: Any, table: Mapping[str, tuple[str, str]] | None = None, **how: Any
    ) -> None:
        super().__init__(*arguments, **how)
        self.table = table or {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """The commands, in the order of the table."""
        return list(self.table)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.table:
            return None
        module, _, attribute = self.table[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in self.table.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, without importing them, and the options."""
        from click.shell_completion import CompletionItem

        commands = [
            CompletionItem(name, help=summary)
            for name, (_, summary) in self.table.items()
            if name.startswith(incomplete)
        ]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*commands, *options, *_program_options(self, incomplete)]


def _program_options(command: click.Command, incomplete: str) -> list[CompletionItem]:
    """The program's options that begin so, where the command's help does not list them."""
    if not incomplete.startswith("-"):
        return []
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(name, help=param.help)
        for param in command.params
        if isinstance(param, _Everywhere) and param.hidden
        for name in param.opts
        if name.startswith(incomplete)
    ]


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
