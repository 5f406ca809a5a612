"""Schedules and runs in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import click

from genie_tui.cli import output
from genie_tui.cli.tables import write_table
from genie_tui.domain.durations import short
from genie_tui.domain.schedule_rows import word
from genie_tui.domain.text import clean

__all__ = ["last", "next_", "write_outputs", "write_runs"]


def next_(schedule: Mapping[str, Any], now: datetime) -> str | None:
    """When it is due next: `in 3h`."""
    due = schedule["next_due_at"]
    if due is None or schedule["status"] != "active":
        return None
    return f"in {short(due - now)}" if due > now else "due"


def last(run: Mapping[str, Any] | None, now: datetime) -> str | None:
    """How the last run ended, and when: `failed (1) 3h ago`."""
    if run is None:
        return None
    at = run["completed_at"] or run["started_at"] or run["created_at"]
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{status(run)} {short(now - at)} ago"


def status(run: Mapping[str, Any]) -> str:
    """How it stands, in a word."""
    return word(run["status"], run["exit_code"], run["worker"])


def write_runs(runs: Sequence[Mapping[str, Any]], *, many: bool) -> None:
    """A table of runs; with their schedules' names where they are of `many`."""
    rows = [
        (
            *((clean(run["schedule"]),) if many else ()),
            run["id"],
            status(run),
            output.moment(run["started_at"] or run["created_at"]),
            took(run),
            clean(run["error"] or _last_line(run["output"])),
        )
        for run in runs
    ]
    named = ("schedule",) if many else ()
    headings = (*named, "run", "status", "began", "took", "said")
    write_table(headings, rows, flexible=("said", *named), optional=("said",))


def write_outputs(runs: Sequence[Mapping[str, Any]]) -> None:
    """Each run with all that it wrote."""
    for run in runs:
        at = output.moment(run["started_at"] or run["created_at"])
        said = f"{clean(run['schedule'])}  {run['id']}  {status(run)}  {at}  {took(run) or ''}"
        click.echo(said.rstrip())
        if run["error"]:
            click.echo(f"  {clean(run['error'])}")
        for line in (run["output"] or "").splitlines():
            click.echo(f"  | {output.printable(line)}")


def took(run: Mapping[str, Any]) -> str | None:
    """How long: `4s`; to the tenth where that is short."""
    seconds = run["seconds"]
    if seconds is None:
        return None
    return f"{seconds:.1f}s" if seconds < 10 else short(timedelta(seconds=seconds))


def _last_line(text: str | None) -> str:
    lines = (text or "").strip().splitlines()
    return lines[-1] if lines else ""
