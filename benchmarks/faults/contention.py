"""Whether a task ever has two holders, or is lost, however many contend for it.

    python -m benchmarks.faults.contention [--seconds N] [--processes N] [--commands N] [--tasks N]
                                           [--histories N] [--steps N]

First random histories of transactions that overlap, each of so many steps and checked against a
model (`tests/services/contention_machine.py`); then real processes and callers of the command line
that are killed at random moments, whose audit log and stage log must lead to the rows that are
there. Of every violation the bound is 0. The server has a temporary home and is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from psycopg import AsyncConnection

from genie_tui.db import migrations, server
from genie_tui.settings import Settings
from tests.ports import free_port
from tests.services.contending import Count, contend, fill
from tests.services.contention_machine import Contention

__all__ = ["main"]

SHOWN = 20
"""So many violations are printed."""


def main() -> int:
    """Contend, print, and fail where there was a violation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--commands", type=int, default=1)
    parser.add_argument("--tasks", type=int, default=40)
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="genie-benchmark-") as place:
        home = Settings(home=Path(place) / "home", port=free_port())
        dsn = server.ensure(home).conninfo
        try:
            asyncio.run(_migrate(dsn))
            if options.histories:
                _histories(dsn, options.histories, options.steps)
            ours = {"GENIE_HOME": str(home.home)}
            count = asyncio.run(_processes(dsn, options, ours)) if options.seconds else Count()
        finally:
            server.stop(home)
    return 1 if count.violations else 0


async def _migrate(dsn: str) -> None:
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        await migrations.migrate(conn)


def _histories(dsn: str, histories: int, steps: int) -> None:
    """Print how long it took; a violation is an error that tells the steps that led to it."""
    begun = time.monotonic()
    run_state_machine_as_test(
        type("Histories", (Contention,), {"dsn": dsn}),
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    taken = time.monotonic() - begun
    print(f"{histories} histories of {steps} steps: no violation, in {taken:.0f} s", flush=True)


async def _processes(
    dsn: str, options: argparse.Namespace, environment: Mapping[str, str]
) -> Count:
    async with await AsyncConnection.connect(dsn) as conn:
        await fill(conn, options.tasks)
    count = await contend(
        dsn,
        processes=options.processes,
        seconds=options.seconds,
        seed=options.seed,
        commands=options.commands,
        environment=environment,
    )
    print(
        f"{options.processes} processes and {options.commands} callers for {options.seconds:.0f} s:"
        f" {count.transactions} transactions, {count.commands} commands, {count.kills} killed;"
        f" {len(count.contradictions)} contradictions, {len(count.lost)} lost,"
        f" {len(count.failures)} failed"
    )
    for line in [*count.contradictions, *count.lost, *count.failures][:SHOWN]:
        print(f"  {line}")
    return count


if __name__ == "__main__":
    sys.exit(main())
