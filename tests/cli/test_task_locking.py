"""`task claim`, `checkout`, `renew`, `release` and `unlock`."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.services import checkout, statuses
from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.cli.flows import AGENT, flow, terminal
from tests.cli.programs import COMMAND, environment
from tests.services.making import ADA, BOB, ENG, QA, events, expire, make, row_of, rows

LISTENING = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND query LIKE 'LISTEN %%'
"""


def _process(settings: Settings, repo: Path, *arguments: str, **env: str) -> subprocess.Popen[str]:
    assert settings.dsn is not None
    return subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(settings, GENIE_DATABASE_URL=settings.dsn, LOGNAME="ada", **env),
        cwd=repo,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_the_most_pressing_task_is_claimed_and_where_none_is_ready_it_ends_with_3(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await flow(conn, repo, "build", "qa", "build")
    assert cli("task", "tag", "3", "bug").code == 0
    claimed = cli("task", "claim", "--tag", "Bug", "--timeout", "1h30m", "--json", env=AGENT).json
    assert (claimed["seq"], claimed["checkout_run_id"]) == (3, "agent-eng-1")
    assert (claimed["checkout_timeout_ms"], claimed["status"]) == (5_400_000, "in_progress")
    assert cli("task", "claim", "--stage", "QA", "--board", "flow").out == (
        "#2 a task: locked for 10:00\n"
    )
    nothing = cli("task", "claim", "--stage", "qa", "--json")
    assert (nothing.out, nothing.code, nothing.error["code"]) == ("", 3, "nothing_ready")
    assert nothing.error["message"].startswith("no task is ready (stage qa); ")
    assert cli("task", "claim", "--priority", "urgent").code == 3
    assert cli("task", "claim", "--tag", "no such").code == 3
    assert cli("task", "claim", "--priority", "no such").code == 2


async def test_a_claim_takes_tasks_of_its_own_project_alone(
    conn: AsyncConnection, cli: Cli, repo: Path, tmp_path: Path
) -> None:
    await flow(conn, repo, "build")
    assert cli("task", "claim", at=tmp_path).code == 3
    assert (
        await rows(conn, "SELECT name FROM projects WHERE repo_path <> %(at)s", at=str(repo)) == []
    )
    assert cli("task", "claim", "--all-projects", at=tmp_path).code == 0


async def test_programs_that_claim_at_once_get_different_tasks(
    conn: AsyncConnection, settings: Settings, repo: Path
) -> None:
    await flow(conn, repo, *(["build"] * 3))
    agents = [
        _process(settings, repo, "task", "claim", GENIE_AGENT_NAME=f"eng-{number}")
        for number in range(5)
    ]
    ends = [(agent.communicate()[0].partition(":")[0], agent.returncode) for agent in agents]
    assert sorted(ends) == [("", 3), ("", 3)] + [(f"#{n} a task", 0) for n in (1, 2, 3)]


async def test_a_claim_that_waits_takes_a_task_as_soon_as_it_is_announced(
    conn: AsyncConnection, settings: Settings, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    await statuses.block_task(conn, task.id, "later", ADA)
    await conn.commit()
    waiting = _process(settings, repo, "task", "claim", "--wait", "10m", **AGENT)
    await _until_listened(conn)
    began = time.monotonic()
    await statuses.unblock_task(conn, task.id, ADA)
    await conn.commit()
    assert waiting.communicate()[0] == "#1 a task: locked for 10:00\n"
    assert time.monotonic() - began < 15  # A poll would have taken thirty seconds.
    assert (await row_of(conn, task.id))["checkout_run_id"] == ENG.run_id


async def _until_listened(conn: AsyncConnection) -> None:
    deadline = time.monotonic() + 30
    while (await rows(conn, LISTENING))[0]["count"] == 0:
        await conn.rollback()
        assert time.monotonic() < deadline, "nobody listens"
    await conn.rollback()


async def test_a_claim_gives_up_after_the_time_it_was_to_wait(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await flow(conn, repo)
    began = time.monotonic()
    assert cli("task", "claim", "--wait", "0.5s").code == 3
    assert time.monotonic() - began >= 0.5


async def test_a_claim_that_waits_can_be_interrupted(
    conn: AsyncConnection, settings: Settings, repo: Path
) -> None:
    await flow(conn, repo)
    with terminal(settings, repo, "task", "claim", "--wait", "10m") as screen:
        screen.wait_for("waiting for a task")
        await _until_listened(conn)
        screen.send("\x03")
        assert screen.wait_for_end() == 130
        assert "Traceback" not in screen.text()


async def test_a_lock_is_taken_renewed_and_given_back_by_its_owner(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    taken = cli("task", "checkout", "1", "--json", env=AGENT).json
    assert (taken["status"], taken["checkout_run_id"]) == ("in_progress", "agent-eng-1")
    renewed = cli("task", "renew", "1", "--timeout", "2h", "--json", env=AGENT).json
    assert renewed["checkout_timeout_ms"] == 7_200_000
    assert renewed["execution_locked_at"] > taken["execution_locked_at"]
    lost = cli("task", "release", "1", "--json")
    assert (lost.out, lost.code, lost.error["code"]) == ("", 4, "lock_lost")
    assert cli("task", "renew", "1").code == 4
    assert cli("task", "release", "1", env=AGENT).out == "#1 released; it is ready\n"
    assert await events(conn, task.id) == ["checkout", "released"]
    assert cli("task", "renew", "1", "--json", env=AGENT).error["code"] == "lock_lost"


async def test_a_held_task_is_refused_to_agents_and_a_person_may_insist(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    await checkout.checkout_task(conn, task.id, QA)
    await conn.commit()
    agent = cli("task", "checkout", "1", "--override", env=AGENT)
    assert agent.code == 4
    assert agent.err.startswith("error: not checked out: qa-1 has it locked for ")
    assert "--override" not in agent.err
    person = cli("task", "checkout", "1", "--json")
    assert (person.out, person.code) == ("", 4)
    assert person.error["message"].endswith("; --override insists")
    assert cli("task", "checkout", "1", "--override").code == 0
    assert await events(conn, task.id) == ["checkout", "unlocked", "checkout"]
    await expire(conn, task.id)
    await conn.commit()
    assert cli("task", "checkout", "1", env=AGENT).code == 0


@pytest.mark.parametrize("length", ["0s", "30d", "soon", "10"])
async def test_a_lock_that_cannot_last_so_long_is_bad_input(cli: Cli, length: str) -> None:
    assert cli("task", "claim", "--timeout", length).code == 2


async def test_insisting_is_asked_on_a_terminal_and_is_against_the_holder_that_was_named(
    conn: AsyncConnection, settings: Settings, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    await checkout.checkout_task(conn, task.id, ENG)
    await conn.commit()
    with terminal(settings, repo, "task", "checkout", "1") as screen:
        assert "eng-1 has it locked" in screen.wait_for("Go on?")
        await checkout.unlock_task(conn, task.id, ENG)
        await checkout.checkout_task(conn, task.id, QA)
        await conn.commit()
        screen.send("y", "enter")
        assert screen.wait_for_end() == 4
        assert "#1 was changed (lock)" in screen.text()
    with terminal(settings, repo, "task", "checkout", "1") as screen:
        assert "qa-1 has it locked" in screen.wait_for("Go on?")
        screen.send("y", "enter")
        assert screen.wait_for_end() == 0


async def test_breaking_a_lock_is_confirmed(
    conn: AsyncConnection, cli: Cli, settings: Settings, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    await checkout.checkout_task(conn, task.id, ENG)
    await conn.commit()
    refused = cli("task", "unlock", "1")
    assert refused.code == 4
    assert refused.err.startswith("error: This takes #1 a task from eng-1, who holds it for 9:5")
    with terminal(settings, repo, "task", "unlock", "1") as screen:
        screen.wait_for("Go on?")
        screen.send("\x04")
        assert screen.wait_for_end() == 130
    assert await events(conn, task.id) == ["checkout"]
    await conn.rollback()
    with terminal(settings, repo, "task", "unlock", "1") as screen:
        screen.wait_for("Go on?")
        await checkout.checkout_task(conn, task.id, BOB, take_live=True)
        await conn.commit()
        screen.send("y", "enter")
        assert screen.wait_for_end() == 4
        assert "locked by bob by now" in screen.text()
    unlocked: dict[str, Any] = cli("task", "unlock", "1", "--yes", "--json").json
    assert (unlocked["checkout_run_id"], unlocked["status"]) == (None, "ready")
    assert cli("task", "unlock", "1").out == "#1 is not locked\n"


async def test_what_is_due_first_is_claimed_first(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await flow(conn, repo, "build")
    soon = datetime.now(UTC) + timedelta(hours=1)
    await make(conn, None, "build", repo=str(repo), title="soon", due=soon)
    await make(conn, None, "build", repo=str(repo), title="now", priority="urgent")
    await conn.commit()
    titles = [cli("task", "claim", "--json").json["title"] for _ in range(3)]
    assert titles == ["now", "soon", "a task"]


async def test_tasks_that_belong_to_no_project_are_claimed_in_their_repository(
    conn: AsyncConnection, cli: Cli, repo: Path, tmp_path: Path
) -> None:
    await flow(conn, repo, "build", "build")
    await conn.execute("UPDATE tasks SET project_id = NULL WHERE seq = 2")
    await conn.commit()
    assert cli("task", "claim", at=tmp_path).code == 3
    assert [cli("task", "claim", "--json").json["seq"] for _ in range(2)] == [1, 2]
    assert cli("task", "claim").code == 3
    await conn.execute("UPDATE tasks SET checkout_run_id = NULL, status = 'ready'")
    await conn.execute("UPDATE tasks SET project_id = NULL")
    await conn.execute("DELETE FROM projects")
    await conn.commit()
    assert cli("task", "claim").code == 0
