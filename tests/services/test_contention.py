"""Locks under contention: no task has two holders or is lost, whatever happens at once."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from psycopg import AsyncConnection

from tests.services.contending import contend, fill
from tests.services.contention_machine import Contention


def test_no_interleaving_gives_a_task_two_holders_or_loses_one(dsn: str) -> None:
    machine = type("ContentionHere", (Contention,), {"dsn": dsn})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


async def test_what_killed_clients_leave_is_whole(
    conn: AsyncConnection, dsn: str, tmp_path: Path
) -> None:
    await fill(conn)
    home = {"GENIE_HOME": str(tmp_path)}
    count = await contend(dsn, processes=3, seconds=4, commands=1, environment=home)
    assert (count.contradictions, count.lost, count.failures) == ([], [], [])
    assert min(count.kills, count.commands) >= 2
    assert count.transactions > 20
