"""`genie-tui status`: one line for tmux, which tells what waits for you."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

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
    --all-projects. Nothing is started, and nothing waited for: a server that is stopped, or too
    busy to answer at once, is said to be. With --json: the counts.

    \b
    genie-tui status
    tmux set -g status-right '#(genie-tui status)'
    """
    found = asyncio.run(_look(settings))
    if wants_json():
        output.write_json(found)
    elif found["state"] == "running":
        click.echo(_line(found, ascii=settings.ascii))
    else:
        click.echo(f"genie: {found['state']}")


async def _look(settings: Settings) -> dict[str, Any]:
    """The state and the counts; the state alone where these cannot be had at once."""
    import psycopg

    from genie_tui.errors import NoDatabase

    try:
        return {"state": "running", **await _counts(settings)}
    except (psycopg.errors.QueryCanceled, TimeoutError):
        return {"state": "busy"}
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        return {"state": "not migrated"}
    except (NoDatabase, psycopg.OperationalError):
        return {"state": "stopped"}
    except psycopg.Error:
        return {"state": "not readable"}


async def _counts(settings: Settings) -> dict[str, Any]:
    """Of how much there is of each need, and of the open tasks that are locked."""
    from genie_tui.db.glance import glance
    from genie_tui.services import projects, triage
    from genie_tui.services.whereabouts import me, repository

    async with glance(settings) as conn:
        project_id = None
        if settings.project is not None:
            project_id = (await projects.get_project(conn, settings.project)).id
        elif not settings.all_projects:
            here = await projects.of_repository(conn, repository())
            project_id = here.id if here else None
        needs, locked = await triage.counted(conn, me(settings), project_id=project_id)
    return {"total": sum(needs.values()), "needs": _named(needs), "locked": locked}


def _named(needs: Mapping[Need, int]) -> dict[str, int]:
    """The counts by names as JSON has them: `stale_lock`, `failed_run`."""
    return {need.value.replace(" ", "_"): count for need, count in needs.items()}


def _line(found: Mapping[str, Any], *, ascii: bool) -> str:  # noqa: A002 - the option's own name
    from genie_tui.domain.triage import Need
    from genie_tui.ui.widgets.marks import marks

    signs = marks(ascii=ascii)
    shown = {
        Need.APPROVAL: signs.waits,
        Need.AGENT: "a" if ascii else "?",
        Need.STALE: signs.stale,
        Need.RUN: "r" if ascii else "!",
        Need.OVERDUE: signs.urgent,
        Need.BLOCKED: signs.blocked,
    }
    total, needs, locked = found["total"], found["needs"], found["locked"]
    parts = [
        f"{sign}{_short(count)}"
        for need, sign in shown.items()
        if (count := needs.get(need.value.replace(" ", "_")))
    ]
    parts += [f"{signs.lock}{_short(locked)}"] if locked else []
    return " ".join([f"genie {_short(total)}" if total else "genie ok", *parts])


def _short(count: int) -> str:
    """`999`, `12k`, `3M`: all of them together have room in tmux's line."""
    if count < 1000:
        return str(count)
    return f"{count // 1000}k" if count < 1_000_000 else f"{count // 1_000_000}M"
