"""What a daemon does about those that others left behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from genie_tui.domain.runs import RunSpec
from genie_tui.scheduler.commands import Files, incarnation, prepare
from genie_tui.services import leases, orphans
from genie_tui.services.leases import Claim
from tests.conftest import Connect
from tests.scheduler.conftest import StartDaemon
from tests.scheduler.rows import (
    due,
    ended,
    rows,
    running,
    runs,
    schedule,
    trigger,
    trigger_row,
    until,
)
from tests.services.making import make, make_board
from tests.services.tmux import own_server

DEAD = "tui:{host}:999999999:0123456789ab:abc"
"""A daemon of this host that is no more."""

LONG_AGO = timedelta(hours=1)


async def test_a_command_goes_on_when_its_daemon_stops_and_the_next_one_sees_its_end(
    conn: AsyncConnection, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    first = start_daemon()
    command = f"echo begun; until [ -e {gate} ]; do sleep 0.05; done; echo over; exit 7"
    trigger_id = await due(conn, command, spec={"lease_timeout_ms": 60_000})
    run = await running(conn, trigger_id)
    await first.stop()
    assert (await runs(conn, trigger_id))[0]["status"] == "running"
    gate.touch()
    second = start_daemon()
    over = await ended(conn, trigger_id)
    assert (over["id"], over["exit_code"], over["output"]) == (run["id"], 7, "begun\nover\n")
    assert "taken over" in second.words()


async def test_what_was_leased_and_never_begun_is_fired_again(
    conn: AsyncConnection, start_daemon: StartDaemon, host: str
) -> None:
    trigger_id = await _executing(conn, host, run_status="leased", left=LONG_AGO)
    start_daemon()
    assert (await ended(conn, trigger_id))["status"] == "completed"
    first, second = await runs(conn, trigger_id)
    assert (first["status"], second["status"]) == ("failed", "completed")
    assert "fired again" in first["error"]


async def test_a_lease_that_is_not_over_is_anothers(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    theirs = await _executing(conn, "elsewhere", run_status="leased", left=LONG_AGO)
    start_daemon()
    await ended(conn, await due(conn))
    assert (await trigger_row(conn, theirs))["leased_by"].startswith("tui:elsewhere:")
    await conn.execute("UPDATE triggers SET leased_until = now() WHERE id = %s", (theirs,))
    await conn.commit()
    assert (await ended(conn, theirs))["status"] == "completed"


async def test_a_run_whose_daemon_and_command_died_says_so_and_is_not_run_again(
    conn: AsyncConnection, start_daemon: StartDaemon, host: str, tmp_path: Path
) -> None:
    context = {"host": host, "pid": 2**22 - 1, "incarnation": "x", "files": str(tmp_path)}
    trigger_id = await _executing(conn, host, run_status="running", left=LONG_AGO, beat=context)
    start_daemon()
    run = await ended(conn, trigger_id)
    assert run["status"] == "failed"
    assert run["error"].startswith("orphaned: ")
    assert len(await runs(conn, trigger_id)) == 1


def _sleeping() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "600"], start_new_session=True)


async def test_a_pid_that_was_given_away_again_is_left_alone(
    conn: AsyncConnection, start_daemon: StartDaemon, host: str, tmp_path: Path
) -> None:
    with _sleeping() as stranger:
        assert incarnation(stranger.pid) is not None
        beat = {"host": host, "pid": stranger.pid, "incarnation": "x", "files": str(tmp_path)}
        trigger_id = await _executing(conn, host, run_status="running", left=-LONG_AGO, beat=beat)
        start_daemon()
        assert (await ended(conn, trigger_id))["status"] == "failed"
        assert stranger.poll() is None
        stranger.kill()


async def test_a_command_that_was_taken_over_is_ended_in_its_time(
    conn: AsyncConnection, start_daemon: StartDaemon, host: str, tmp_path: Path
) -> None:
    trigger_id = await _executing(conn, host, run_status="running", left=timedelta(seconds=0.5))
    (run,) = await runs(conn, trigger_id)
    files = Files.of(tmp_path, run["id"])
    worker = prepare("sleep 600", cwd="/", env=os.environ, files=files)
    worker.go()
    beat = {"host": host, "pid": worker.pid, "incarnation": worker.incarnation}
    await _beat(conn, run["id"], {**beat, "files": str(tmp_path)})
    start_daemon()
    assert (await ended(conn, trigger_id))["status"] == "timeout"
    assert worker.process is not None
    worker.process.wait(20)


@pytest.mark.parametrize("status", ["completed", "failed", "timeout", "cancelled"])
async def test_a_trigger_whose_run_has_ended_ends_like_it(
    conn: AsyncConnection, start_daemon: StartDaemon, host: str, status: str
) -> None:
    trigger_id = await _executing(conn, host, run_status=status, left=LONG_AGO)
    start_daemon()
    await ended(conn, trigger_id)
    row = await trigger_row(conn, trigger_id)
    assert row["status"] == ("completed" if status == "completed" else "failed")


async def test_of_another_programs_run_nobody_knows_whether_it_lives(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    theirs = await _executing(conn, None, run_status="running", left=-LONG_AGO, worker="%12")
    start_daemon()
    await ended(conn, await due(conn))
    assert (await runs(conn, theirs))[0]["status"] == "running"


async def test_a_worker_that_was_dead_at_two_looks_has_left_its_run_behind(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    theirs = await _executing(conn, None, run_status="running", left=-LONG_AGO, worker="999999999")
    (run,) = await runs(conn, theirs)
    for _ in range(2):
        await _beat(conn, run["id"], {}, status="dead")
    start_daemon()
    over = await ended(conn, theirs)
    assert (over["status"], over["error"][:9]) == ("failed", "orphaned:")


async def test_a_chain_that_another_daemon_broke_goes_on(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    broken = await schedule(conn, expression="0 3 * * *")
    done = await trigger(conn, broken)
    await conn.execute("UPDATE triggers SET status = 'completed' WHERE id = %s", (done,))
    await conn.commit()
    never_begun = await schedule(conn, expression="0 3 * * *")
    start_daemon()

    async def mended() -> bool:
        found = await rows(conn, "SELECT * FROM triggers WHERE status = 'pending'")
        return [row["schedule_id"] for row in found] == [broken]

    await until(mended)
    assert never_begun != broken


async def test_locks_that_are_over_are_swept_but_those_of_the_living(
    conn: AsyncConnection,
    start_daemon: StartDaemon,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board = await make_board(conn)
    living, dead = [await make(conn, board, "build") for _ in range(2)]
    with own_server(tmp_path, monkeypatch) as tmux:
        pane = tmux.panes[0].pane_id
        for task, at in ((living, pane), (dead, "%999")):
            await conn.execute(
                """UPDATE tasks SET checkout_run_id = 'agent-' || id, status = 'in_progress',
                          execution_locked_at = now(), checkout_timeout_ms = 1, pane_id = %s
                    WHERE id = %s""",
                (at, task.id),
            )
        await conn.commit()
        start_daemon()

        async def swept() -> bool:
            query = "SELECT id FROM tasks WHERE checkout_run_id IS NOT NULL"
            return [row["id"] for row in await rows(conn, query)] == [living.id]

        await until(swept)


async def test_what_is_old_is_thrown_away(conn: AsyncConnection, start_daemon: StartDaemon) -> None:
    for kind, age in (("otel_api", 31), ("otel_api", 29), ("task", 400)):
        await conn.execute(
            """INSERT INTO audit_events (entity_type, entity_id, event_type, created_at)
               VALUES (%s, 'x', 'old', now() - make_interval(days => %s))""",
            (kind, age),
        )
    await conn.execute(
        """INSERT INTO heartbeats (id, worker_id, last_seen_at)
           SELECT 'beat-' || n, 'x', now() - make_interval(days => n)
             FROM generate_series(1, 14) n"""
    )
    await conn.execute(
        """INSERT INTO machine_snapshots (id, created_at)
           SELECT 'snap-' || n, now() - make_interval(days => n)
             FROM generate_series(1, 60) n"""
    )
    await conn.commit()
    start_daemon()
    old = "SELECT entity_type AS kind FROM audit_events WHERE event_type = 'old' ORDER BY id"
    counts = """SELECT (SELECT count(*) FROM heartbeats WHERE worker_id = 'x') AS beats,
                       (SELECT count(*) FROM machine_snapshots WHERE context = '{}') AS snapshots"""

    async def gone() -> bool:
        kept = [row["kind"] for row in await rows(conn, old)]
        return kept == ["otel_api", "task"] and await rows(conn, counts) == [
            {"beats": 6, "snapshots": 29}
        ]

    await until(gone)


@pytest.fixture
def host() -> str:
    """This machine's name, as daemons write it."""
    return os.uname().nodename


async def _executing(
    conn: AsyncConnection,
    host: str | None,
    *,
    run_status: str,
    left: timedelta,
    worker: str | None = None,
    beat: Mapping[str, Any] | None = None,
) -> str:
    """A trigger that a daemon of `host` left behind, with its run, which may take `left` more.

    With a host of None it is a program's that says nothing of leases.
    """
    trigger_id = await due(conn, "true")
    daemon = None if host is None else DEAD.format(host=host)
    lease = None if host is None else datetime.now(UTC) + LONG_AGO
    started = datetime.now(UTC) - timedelta(minutes=1) + left
    await conn.execute(
        """UPDATE triggers SET status = 'executing', leased_by = %s, leased_until = %s,
                  started_at = %s WHERE id = %s""",
        (daemon, lease, started, trigger_id),
    )
    await conn.execute(
        """INSERT INTO runs (id, trigger_id, status, worker_id, started_at, lease_timeout_ms)
           VALUES ('run-' || %s, %s, %s, %s, %s, 60000)""",
        (trigger_id, trigger_id, run_status, worker, started),
    )
    await conn.commit()
    if beat is not None:
        await _beat(conn, f"run-{trigger_id}", beat)
    return trigger_id


async def _beat(
    conn: AsyncConnection, run_id: str, context: Mapping[str, Any], *, status: str = "alive"
) -> None:
    await conn.execute(
        """INSERT INTO heartbeats (id, worker_id, run_id, context, status)
           VALUES (gen_random_uuid()::text, 'x', %s, %s, %s)""",
        (run_id, Jsonb(dict(context)), status),
    )
    await conn.commit()


async def test_of_beginning_and_firing_again_only_one_happens(
    conn: AsyncConnection, connect: Connect, host: str
) -> None:
    trigger_id = await _executing(conn, host, run_status="leased", left=LONG_AGO)
    (seen,) = await orphans.executing(conn)
    await conn.commit()
    claim = Claim(
        trigger_id=trigger_id,
        schedule_id="",
        name="work",
        run_id=f"run-{trigger_id}",
        trace_id="",
        spec=RunSpec(command="true"),
    )
    other = await connect()
    assert await leases.begin(conn, claim, DEAD.format(host=host), 1, {})
    late = asyncio.create_task(orphans.again(other, seen, "never begun"))
    await until(lambda: _waits(conn, other.info.backend_pid))
    await conn.commit()
    assert not await late
    await other.commit()
    assert [run["status"] for run in await runs(conn, trigger_id)] == ["running"]
    assert not await leases.begin(conn, claim, "tui:another", 2, {})


async def _waits(conn: AsyncConnection, pid: int) -> bool:
    row = await (await conn.execute("SELECT pg_blocking_pids(%s)", (pid,))).fetchone()
    return row is not None and bool(row[0])
