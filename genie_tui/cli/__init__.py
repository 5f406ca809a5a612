"""The command line: one file a noun; each parses, calls a service and prints.

A noun's module is imported when it is used, so that help and version cost little.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from genie_tui import __version__
from genie_tui.cli import failures, options

__all__ = ["main"]

NOUNS = {
    "db": ("genie_tui.cli.db:db", "The database: start, stop, status, migrate, shell."),
    "demo": ("genie_tui.cli.demo:demo", "A throw-away workspace with simulated agents at work."),
}
"""Command -> where it is, and what the list of commands says of it."""


class Program(click.Group):
    """The group of all nouns; each is imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """The nouns, in the order of the table."""
        return list(NOUNS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """Import a noun."""
        if cmd_name not in NOUNS:
            return None
        module, _, attribute = NOUNS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """List the nouns without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in NOUNS.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = "genie-tui",
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and turn every failure into a message and an exit code."""
        extra = {"prog_name": prog_name, "complete_var": complete_var, **extra}
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **extra)
        return self._run(list(sys.argv[1:] if args is None else args), extra)

    def _run(self, args: list[str], extra: dict[str, Any]) -> NoReturn:
        try:
            code = super().main(list(args), standalone_mode=False, **extra)
            sys.stdout.flush()
        except BaseException as error:
            sys.exit(failures.report(error, as_json="--json" in args))
        sys.exit(code if isinstance(code, int) else 0)


@click.group(
    cls=Program,
    invoke_without_command=True,
    params=options.everywhere(hidden=False),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """The control room for people and coding agents who share one task board.

    Without a command, the dashboard opens.

    \b
    genie-tui                 the dashboard of the current directory's project
    genie-tui demo            a look around, with simulated agents at work
    genie-tui db status       is the database up?
    """
    if ctx.invoked_subcommand is not None:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("the dashboard needs a terminal; --help lists what does without")
    from genie_tui.ui import app

    app.run(options.read_settings())
