"""`genie-tui demo`: a throw-away workspace with simulated agents at work."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import click

from genie_tui.cli.ending import ending_in_order
from genie_tui.cli.options import Command, pass_settings, wants_json
from genie_tui.settings import Settings

if TYPE_CHECKING:
    from genie_tui.demo.running import Cast
    from genie_tui.demo.summary import Summary

__all__ = ["demo"]

LOOK_EVERY = 0.2
"""Seconds between two looks at whether everybody is still there."""


@click.command(cls=Command)
@click.option(
    "--agents", type=click.IntRange(0, 50), default=5, show_default=True, help="At work at once."
)
@click.option(
    "--tasks", type=click.IntRange(1, 5000), default=60, show_default=True, help="On the board."
)
@click.option("--seed", type=int, default=1, show_default=True, help="What it all is made from.")
@click.option(
    "--no-ui",
    "seconds",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Without a screen, for so long; then say what happened.",
)
@click.option("--pace", type=click.FloatRange(0.01, 100), default=1.0, hidden=True)
@pass_settings
def demo(
    settings: Settings, agents: int, tasks: int, seed: int, seconds: float | None, pace: float
) -> int:
    """A look around: a live board, with simulated agents at work.

    It has a database of its own, and leaves nothing behind.

    \b
    genie-tui demo                            until you quit
    genie-tui demo --agents 2 --seed 7        another story, told more slowly
    genie-tui demo --no-ui 10 --json          ten seconds of it, and what happened
    """
    from genie_tui.demo import chatter, running
    from genie_tui.demo.workspace import open_workspace

    crew = chatter.crew(agents)
    with ending_in_order(), open_workspace(settings, _say) as workspace:
        _say(f"writing {tasks} tasks and their past")
        begun = asyncio.run(running.fill(workspace.settings, seed=seed, tasks=tasks, agents=crew))
        with running.populate(workspace, crew, seed=seed, pace=pace) as cast:
            if seconds is None:
                return _show(running.opened_at(workspace.settings))
            _wait(cast, seconds)
        summary = asyncio.run(running.end(workspace.settings, begun, cast))
    _print(summary)
    return 0


def _show(settings: Settings) -> int:
    """The dashboard, until it is quit; its exit code."""
    from genie_tui.services.whereabouts import me
    from genie_tui.ui import app

    return app.run(settings, me(settings))


def _wait(cast: Cast, seconds: float) -> None:
    """Let everybody work for so long."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        cast.check()
        time.sleep(min(left, LOOK_EVERY))
    cast.check()


def _say(step: str) -> None:
    click.echo(step, err=True)


def _print(summary: Summary) -> None:
    """Say what happened; the exit code is 1 where it does not fit together.

    Raises:
        GenieError: it does not.
    """
    from genie_tui.errors import GenieError

    counts = summary.as_json()
    if wants_json():
        import json

        click.echo(json.dumps(counts, ensure_ascii=False))
    else:
        for name, value in counts.items():
            if isinstance(value, int):
                click.echo(f"{name.replace('_', ' '):<18}{value:>6}")
    if summary.disagreements:
        listed = "; ".join(summary.disagreements[:10])
        raise GenieError(f"{len(summary.disagreements)} things do not fit together: {listed}")
