"""`genie-tui schedule`: what runs by itself, and when."""

from __future__ import annotations

import click

from genie_tui.cli.options import LazyGroup

__all__ = ["schedule"]

_HERE = "genie_tui.cli.schedule"

COMMANDS = {
    "list": (f"{_HERE}.reading:list_", "List the schedules, by when they are due next."),
    "show": (f"{_HERE}.reading:show", "Show a schedule, when it is due next, and its last runs."),
    "create": (f"{_HERE}.making:create", "Make a schedule; the next times are shown first."),
    "edit": (f"{_HERE}.making:edit", "Change a schedule; what is not said stays as it is."),
    "pause": (f"{_HERE}.standing:pause", "Have a schedule not fire for now."),
    "resume": (f"{_HERE}.standing:resume", "Have a schedule fire again."),
    "cancel": (f"{_HERE}.standing:cancel", "Call a schedule off for good; its history stays."),
    "retry": (f"{_HERE}.standing:retry", "Fire the newest trigger that failed once more, now."),
    "run": (f"{_HERE}.standing:run", "Fire a schedule now, out of turn."),
    "history": (f"{_HERE}.reading:history", "List the newest runs of a schedule, or of all."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def schedule() -> None:
    """Schedules: commands that run by themselves. A daemon fires them: 'genie-tui daemon start'.

    One is named by its name, its id, or the beginning of that.

    \b
    genie-tui schedule create nightly-qa --cron '0 2 * * *' --command 'make qa'
    genie-tui schedule list
    genie-tui schedule history --failed
    """
