"""The command line: one file a noun; each parses, calls a service and prints.

A noun's module is imported when it is used, so that help and version cost little.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from genie_tui import __version__
from genie_tui.cli import failures, options

__all__ = ["main"]

_HERE = "genie_tui.cli"

NOUNS = {
    "task": (f"{_HERE}.task:task", "Tasks: made, listed, claimed, moved and finished."),
    "board": (f"{_HERE}.board:board", "Boards: the columns through which tasks flow."),
    "project": (f"{_HERE}.nouns:project", "Projects: one for each repository."),
    "type": (f"{_HERE}.nouns:type_", "Task types, and the stages of tasks without a board."),
    "tag": (f"{_HERE}.nouns:tag", "Tags: which there are."),
    "release": (f"{_HERE}.nouns:release", "Releases: which tasks go out together."),
    "agent": (f"{_HERE}.nouns:agent", "Agents: who is at work, and who needs a person."),
    "team": (f"{_HERE}.nouns:team", "Teams of agents, and how their members stand."),
    "conversation": (f"{_HERE}.nouns:conversation", "Groups and direct messages."),
    "mail": (f"{_HERE}.nouns:mail", "Mail between people and agents."),
    "chat": (f"{_HERE}.nouns:chat", "The chat of a team."),
    "notify": (f"{_HERE}.nouns:notify", "Who is told what, and how."),
    "schedule": (f"{_HERE}.schedule:schedule", "Schedules: commands that run by themselves."),
    "app": (f"{_HERE}.nouns:app", "The registry: agents, skills, hooks and more to install."),
    "daemon": (f"{_HERE}.nouns:daemon", "What fires schedules: run, start, stop, status, logs."),
    "event": (f"{_HERE}.nouns:event", "What happens, as it happens."),
    "session": (f"{_HERE}.nouns:session", "What agents said and did in their sessions."),
    "metrics": (f"{_HERE}.nouns:metrics", "How work flows: stages, cycle time, throughput."),
    "status": (f"{_HERE}.status:status", "One line for tmux: what waits for you."),
    "serve": (f"{_HERE}.serve:serve", "The dashboard in a browser, on this machine alone."),
    "export": (f"{_HERE}.carrying:export", "Write a project to a file."),
    "import": (f"{_HERE}.carrying:import_", "Read a project from a file."),
    "db": (f"{_HERE}.db:db", "The database: start, stop, status, backup, restore."),
    "mcp": (f"{_HERE}.mcp:mcp", "The board for agents, by the Model Context Protocol."),
    "doctor": (f"{_HERE}.doctor:doctor", "What is wrong, and what to do about it."),
    "demo": (f"{_HERE}.demo:demo", "A throw-away workspace with simulated agents at work."),
    "completion": (f"{_HERE}.completion:completion", "What makes a shell complete commands."),
}
"""Command -> where it is, and what the list of commands says of it."""


class Program(options.LazyGroup):
    """The group of all nouns."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = "genie-tui",
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and turn every failure into a message and an exit code."""
        if "_GENIE_TUI_COMPLETE" in os.environ:
            from genie_tui.cli import shells as shells  # What click then asks for answers.
        extra = {"prog_name": prog_name, "complete_var": complete_var, **extra}
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **extra)
        return self._run(list(sys.argv[1:] if args is None else args), extra)

    def _run(self, args: list[str], extra: dict[str, Any]) -> NoReturn:
        # What is imported stays to the end: to look through it for garbage, again and again and
        # once more at the end, takes a fifth of a short command's time. See `options.Command`.
        gc.disable()
        try:
            code = super().main(list(args), standalone_mode=False, **extra)
            sys.stdout.flush()
        except BaseException as error:
            sys.exit(failures.report(error, as_json="--json" in args))
        finally:
            gc.freeze()
        sys.exit(code if isinstance(code, int) else 0)


@click.group(
    cls=Program,
    table=NOUNS,
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
    served = "TEXTUAL_DRIVER" in os.environ  # By `genie-tui serve`, to a browser.
    if not served and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("the dashboard needs a terminal; --help lists what does without")
    from genie_tui.ui import opening

    opening.run(options.read_settings())
