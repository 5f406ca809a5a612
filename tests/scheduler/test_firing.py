"""What a daemon does with a trigger that is due."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from psycopg import AsyncConnection

from genie_tui.scheduler import commands
from genie_tui.settings import Settings
from tests.scheduler.conftest import StartDaemon
from tests.scheduler.rows import due, ended, rows, running, runs, schedule, trigger, until


async def test_a_command_runs_and_what_it_wrote_is_kept(
    conn: AsyncConnection, start_daemon: StartDaemon, tmp_path: Path, settings: Settings
) -> None:
    command = 'pwd; echo "$GENIE_RUN_ID $GENIE_TRACE_ID $GENIE_TRIGGER_ID $GENIE_SCHEDULE_ID"'
    start_daemon()
    trigger_id = await due(conn, f"{command}; echo told >&2", spec={"repo_path": str(tmp_path)})
    run = await ended(conn, trigger_id)
    schedule_id = (await rows(conn, "SELECT schedule_id AS id FROM triggers"))[0]["id"]
    assert (run["status"], run["exit_code"], run["error"]) == ("completed", 0, None)
    said = f"{run['id']} {run['trace_id']} {trigger_id} {schedule_id}"
    assert run["output"] == f"{tmp_path}\n{said}\ntold\n"
    assert run["started_at"] <= run["completed_at"]
    await until(lambda: _gone(settings.home / "runs"))


async def test_a_command_that_fails_says_with_which_code(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    start_daemon()
    run = await ended(conn, await due(conn, "echo why; exit 3"))
    assert (run["status"], run["exit_code"], run["output"]) == ("failed", 3, "why\n")
    (told,) = await rows(conn, "SELECT * FROM audit_events WHERE event_type = 'failed'")
    assert (told["entity_type"], told["entity_id"]) == ("run", run["id"])


async def test_a_command_that_kills_itself_says_by_what(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    start_daemon()
    run = await ended(conn, await due(conn, "kill -9 $$"))
    assert (run["status"], run["exit_code"]) == ("failed", 128 + signal.SIGKILL)


async def test_what_takes_too_long_is_ended_with_all_that_it_began(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    start_daemon()
    command = "sleep 600 & echo $!; wait"
    run = await ended(conn, await due(conn, command, spec={"lease_timeout_ms": 300}))
    assert run["status"] == "timeout"
    child = int(run["output"].split()[0])
    await until(lambda: _dead(child))


async def test_what_does_not_heed_sigterm_is_killed(
    conn: AsyncConnection, start_daemon: StartDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "DIES_WITHIN", 0.3)
    start_daemon()
    command = "trap '' TERM; echo deaf; while :; do sleep 1; done"
    run = await ended(conn, await due(conn, command, spec={"lease_timeout_ms": 500}))
    assert (run["status"], run["output"]) == ("timeout", "deaf\n")


async def test_of_a_long_output_the_end_is_kept_whole_letters(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    start_daemon()
    command = "yes 'ä€😀' | head -c 200000; printf 'the\\0end'"
    output = (await ended(conn, await due(conn, command)))["output"]
    assert output.endswith("the�end")
    assert 65_000 < len(output.encode()) <= 65_540
    assert "�" not in output.removesuffix("the�end").removeprefix("�")


async def test_the_output_is_seen_while_the_command_runs(
    conn: AsyncConnection, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    start_daemon()
    gate = tmp_path / "gate"
    trigger_id = await due(conn, f"echo first; until [ -e {gate} ]; do sleep 0.05; done")

    async def seen() -> bool:
        return [run["output"] for run in await runs(conn, trigger_id)] == ["first\n"]

    await until(seen)
    gate.touch()
    assert (await ended(conn, trigger_id))["status"] == "completed"


async def test_a_command_that_cannot_be_run_fails_with_the_reason_and_hurts_no_other(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    wrong = {
        "there is no directory '/no/where'": await due(conn, spec={"repo": "/no/where"}),
        "five fields": await due(conn, expression="every day"),
        "no time zone 'Mars/Olympus'": await due(conn, expression="0 2 * * *", zone="Mars/Olympus"),
        "has no command": await trigger(conn, await schedule(conn, None)),
    }
    start_daemon()
    assert (await ended(conn, await due(conn)))["status"] == "completed"
    for reason, trigger_id in wrong.items():
        run = await ended(conn, trigger_id)
        assert run["status"] == "failed"
        assert reason in run["error"]


async def test_a_command_is_nobodys_agent_and_finds_the_daemons_database(
    conn: AsyncConnection,
    start_daemon: StartDaemon,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GENIE_AGENT_NAME", "eng-1")
    start_daemon()
    command = 'echo "$GENIE_AGENT_NAME|$GENIE_DATABASE_URL|$GENIE_HOME"'
    run = await ended(conn, await due(conn, command))
    assert run["output"] == f"|{settings.dsn}|{settings.home}\n"


async def test_of_a_schedule_its_command_alone_is_given_to_the_shell(
    conn: AsyncConnection, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    start_daemon()
    evil = f"$(touch {tmp_path}/seen)`touch {tmp_path}/seen`; touch {tmp_path}/seen"
    where = tmp_path / "$(touch seen)"
    where.mkdir()
    made = await schedule(conn, "true", name=evil, spec={"repo": str(where)}, metadata={"x": evil})
    await conn.execute(
        "INSERT INTO triggers (id, schedule_id, due_at) VALUES (%s, %s, 'now')", (evil, made)
    )
    await conn.commit()
    assert (await ended(conn, evil))["status"] == "completed"
    found = [name for _, inner, files in os.walk(tmp_path) for name in (*inner, *files)]
    assert where.name in found
    assert "seen" not in found


async def test_text_in_jsonb_is_understood(
    conn: AsyncConnection, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    start_daemon()
    spec = f'{{"command": "pwd", "repo_path": "{tmp_path}"}}'
    run = await ended(conn, await trigger(conn, await schedule(conn, None, spec=spec)))
    assert run["output"] == f"{tmp_path}\n"


async def test_the_next_trigger_is_made_once_with_the_claim(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    schedule_id = await schedule(conn, "exit 1", expression="@every 1h")
    at = datetime.now(UTC) - timedelta(minutes=5)
    start_daemon()
    await ended(conn, await trigger(conn, schedule_id, due=at))
    (waiting,) = await rows(conn, "SELECT * FROM triggers WHERE status = 'pending'")
    assert waiting["due_at"] == at + timedelta(hours=1)
    assert waiting["idempotency_key"] == f"{schedule_id}:{waiting['due_at'].isoformat()}"


async def test_what_was_missed_is_made_up_for_once_unless_each_time_counts(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    hour = timedelta(hours=1)
    at = datetime.now(UTC).replace(microsecond=0) - 3.5 * hour
    once = await schedule(conn, expression="@every 1h", name="once")
    each = await schedule(conn, expression="@every 1h", name="each", metadata={"catch_up": "all"})
    for schedule_id in (once, each):
        await trigger(conn, schedule_id, due=at)
    start_daemon()

    async def caught_up() -> bool:
        found = await rows(conn, "SELECT * FROM triggers WHERE status = 'pending'")
        done = await rows(conn, "SELECT * FROM runs WHERE status = 'completed'")
        return [row["due_at"] for row in found] == [at + 4 * hour] * 2 and len(done) == 5

    await until(caught_up)
    counts = "SELECT schedule_id AS id, count(*) AS n FROM triggers GROUP BY 1"
    assert {row["id"]: row["n"] for row in await rows(conn, counts)} == {once: 2, each: 5}


async def test_a_paused_schedule_does_not_fire(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    paused = await due(conn, status="paused")
    called_off = await due(conn, status="deleted")
    start_daemon()
    await ended(conn, await due(conn))
    assert await runs(conn, paused) == []
    assert await runs(conn, called_off) == []


async def test_a_running_command_has_a_heartbeat_and_the_machine_a_snapshot(
    conn: AsyncConnection, start_daemon: StartDaemon
) -> None:
    start_daemon()
    run = await running(conn, await due(conn, "sleep 600", spec={"lease_timeout_ms": 60_000}))

    async def told() -> bool:
        beats = await rows(conn, "SELECT * FROM heartbeats WHERE run_id = %s", run["id"])
        snapshots = await rows(conn, "SELECT * FROM machine_snapshots")
        return len(beats) > 2 and len(snapshots) > 1

    await until(told)
    beats = await rows(conn, "SELECT * FROM heartbeats")
    assert {(beat["worker_id"], beat["status"]) for beat in beats} == {(run["worker_id"], "alive")}
    (snapshot, *_) = await rows(conn, "SELECT * FROM machine_snapshots")
    assert snapshot["memory_mb"] > 0
    os.killpg(int(run["worker_id"]), signal.SIGKILL)


async def _gone(directory: Path) -> bool:
    return not os.listdir(directory)  # noqa: PTH208 - a Path's own blocks no less


async def _dead(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
