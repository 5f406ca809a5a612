"""`genie-tui status`: one line for tmux, which tells what waits for you."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from genie_tui.cli import output
from genie_tui.cli.options import Command, pass_settings, wants_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genie_tui.domain.triage import Need
    from genie_tui.settings import Settings

__all__ = ["status"]


@click.command(cls=Command)
@pass_settings
def status(settings: Settings) -> None:
    """Say in one line what waits for you, for tmux's status-right.

    How much needs you, then waiting at gates, stale locks, failed runs, overdue and blocked, and
    how many tasks are locked. Of this repository's project; of all where it has none, and with
    --all-projects. Nothing is started, and nothing waited for. With --json: the counts.

    \b
    genie-tui status
    tmux set -g status-right '#(genie-tui status)'
    """
    found = asyncio.run(_look(settings))
    if wants_json():
        output.write_json(found or {"state": "stopped"})
    elif found is None:
        click.echo("genie: stopped")
    else:
        click.echo(_line(found, ascii=settings.ascii))


async def _look(settings: Settings) -> dict[str, object] | None:
    """The counts; None where no database answers."""
    import psycopg

    from genie_tui.db.glance import glance
    from genie_tui.errors import NoDatabase
    from genie_tui.services import projects, triage
    from genie_tui.services.whereabouts import me, repository

    try:
        async with glance(settings) as conn:
            project_id = None
            if settings.project is not None:
                project_id = (await projects.get_project(conn, settings.project)).id
            elif not settings.all_projects:
                here = await projects.of_repository(conn, repository())
                project_id = here.id if here else None
            needs, locked = await triage.counted(conn, me(settings), project_id=project_id)
    except (NoDatabase, psycopg.Error, TimeoutError):
        return None
    return {
        "state": "running",
        "total": sum(needs.values()),
        "needs": _named(needs),
        "locked": locked,
    }


def _named(needs: Mapping[Need, int]) -> dict[str, int]:
    """The counts by names as JSON has them: `stale_lock`, `failed_run`."""
    return {need.value.replace(" ", "_"): count for need, count in needs.items()}


def _line(found: Mapping[str, object], *, ascii: bool) -> str:  # noqa: A002 - the option's own name
    from genie_tui.domain.triage import Need
    from genie_tui.ui.widgets.marks import marks

    signs = marks(ascii=ascii)
    shown = {
        Need.APPROVAL: signs.waits,
        Need.AGENT: "?",
        Need.STALE: signs.stale,
        Need.RUN: "!",
        Need.OVERDUE: signs.urgent,
        Need.BLOCKED: signs.blocked,
    }
    needs = found["needs"]
    assert isinstance(needs, dict)
    parts = [
        f"{sign}{count}"
        for need, sign in shown.items()
        if (count := needs.get(need.value.replace(" ", "_")))
    ]
    parts += [f"{signs.lock}{found['locked']}"] if found["locked"] else []
    total = found["total"]
    return " ".join([f"genie {total}" if total else "genie ok", *parts])
