"""Several daemons on one database, and how much runs at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

from psycopg import AsyncConnection

from genie_tui.domain.runs import Caps
from tests.scheduler.conftest import StartDaemon
from tests.scheduler.rows import due, ended, rows, running, schedule, trigger, until

MOST = """
    WITH marks AS (
        SELECT started_at AS at, 1 AS step FROM runs
         UNION ALL SELECT completed_at, -1 FROM runs)
    SELECT max(going) AS most
      FROM (SELECT sum(step) OVER (ORDER BY at, step) AS going FROM marks) m
"""


async def test_each_trigger_is_fired_once_by_three_daemons(
    conn: AsyncConnection, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    fired = tmp_path / "fired"
    schedule_id = await schedule(conn, f'echo "$GENIE_TRIGGER_ID" >> {fired}')
    wanted = [await trigger(conn, schedule_id) for _ in range(40)]
    for _ in range(3):
        start_daemon(caps=Caps(total=8))

    async def all_over() -> bool:
        done = await rows(conn, "SELECT count(*) AS n FROM triggers WHERE status = 'completed'")
        return done == [{"n": 40}]

    await until(all_over)
    told = await asyncio.to_thread(fired.read_text)
    assert Counter(told.split()) == Counter(wanted)


async def test_no_more_run_at_once_than_the_cap_says_whoever_fires_them(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    triggers = [await due(conn, "sleep 0.1") for _ in range(8)]
    for _ in range(2):
        start_daemon(caps=Caps(total=2))
    for trigger_id in triggers:
        await ended(conn, trigger_id)
    assert await rows(conn, MOST) == [{"most": 2}]


async def test_runs_of_one_class_wait_for_each_other_and_for_nobody_else(
    conn: AsyncConnection, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    heavy = {"concurrency_class": "heavy"}
    start_daemon()
    first = await due(conn, f"until [ -e {gate} ]; do sleep 0.05; done", spec=heavy)
    await running(conn, first)
    second = await due(conn, spec=heavy)
    other = await due(conn)
    assert (await ended(conn, other))["status"] == "completed"
    assert await rows(conn, "SELECT * FROM runs WHERE trigger_id = %s", second) == []
    gate.touch()
    assert (await ended(conn, second))["status"] == "completed"


async def test_many_of_a_full_class_do_not_hide_another(
    conn: AsyncConnection, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    heavy = {"concurrency_class": "heavy"}
    busy = f"until [ -e {tmp_path / 'gate'} ]; do sleep 0.05; done"
    waiting = await schedule(conn, busy, spec=heavy)
    await conn.execute(
        """INSERT INTO triggers (id, schedule_id, due_at)
           SELECT 'many-' || n, %s, now() - interval '1 hour' FROM generate_series(1, 500) n""",
        (waiting,),
    )
    await conn.commit()
    start_daemon()
    assert (await ended(conn, await due(conn)))["status"] == "completed"
    await conn.execute("UPDATE schedules SET status = 'paused'")
    await conn.commit()
    (tmp_path / "gate").touch()


async def test_what_is_due_together_is_spread_but_what_is_asked_for_is_not(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    crowd = await schedule(conn)
    for n in range(20):
        await trigger(conn, crowd, key=f"{crowd}:{n}")
    start_daemon(jitter=3600.0)
    asked = await trigger(conn, await schedule(conn), key="run:1")
    assert (await ended(conn, asked))["status"] == "completed"
    begun = await rows(conn, "SELECT count(*) AS n FROM runs")
    assert begun[0]["n"] < 5


async def test_a_daemon_waits_for_a_database_that_is_away_and_loses_nothing(
    conn: AsyncConnection, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    daemon = start_daemon()
    trigger_id = await due(conn, f"until [ -e {gate} ]; do sleep 0.05; done; echo done")
    await running(conn, trigger_id)
    await conn.execute(
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()"""
    )
    await conn.commit()
    gate.touch()
    assert (await ended(conn, trigger_id))["output"] == "done\n"
    assert (await ended(conn, await due(conn)))["status"] == "completed"
    assert "reconnecting" in daemon.words()
