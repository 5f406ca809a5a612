"""A foreign client and this program at work on one database at once."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest_asyncio
from psycopg import AsyncConnection

from genie_tui.db import migrations
from genie_tui.domain.actors import Actor
from genie_tui.domain.runs import Caps
from genie_tui.errors import NothingReady
from genie_tui.services import checkout, conversations, stages, tasks
from genie_tui.settings import Settings
from tests import foreign_client
from tests.conftest import Connect
from tests.scheduler.conftest import StartDaemon, start_daemon
from tests.scheduler.rows import rows, schedule, trigger, until
from tests.services.making import ADA, make
from tests.ui.running import running

__all__ = ["start_daemon"]

SCRIPT = foreign_client.__file__


async def foreign_client_of(dsn: str, *arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, SCRIPT, dsn, *arguments, stdout=PIPE, stderr=subprocess.STDOUT
    )


async def printed(client: Process) -> list[str]:
    out, _ = await asyncio.wait_for(client.communicate(), 30)
    assert client.returncode == 0, out.decode()
    return out.decode().split("\n")[:-1]


@pytest_asyncio.fixture
async def ours(conn: AsyncConnection) -> AsyncConnection:
    """Their database with our migrations; nothing of theirs is ready or due."""
    await conn.set_autocommit(True)
    await migrations.migrate(conn)
    await conn.execute("UPDATE tasks SET status = 'cancelled' WHERE status = 'ready'")
    await conn.execute("UPDATE tasks SET title = 'theirs' WHERE id = 'plain'")
    await conn.set_autocommit(False)
    return conn


async def test_no_task_has_two_holders_when_both_claim_at_once(
    ours: AsyncConnection, connect: Connect, dsn: str
) -> None:
    await ours.execute(
        """INSERT INTO tasks (repo_path, title)
           SELECT '/many', n::text FROM generate_series(1, 300) n"""
    )
    await ours.commit()
    theirs = [await foreign_client_of(dsn, "claim", f"theirs-{n}") for n in range(2)]

    async def claim(me: Actor) -> list[str]:
        conn, got = await connect(), []
        while True:
            try:
                got.append((await checkout.claim_next(conn, me)).id)
            except NothingReady:
                return got
            finally:
                await conn.commit()

    agents = [Actor.agent(f"ours-{n}") for n in range(2)]
    by_us = await asyncio.gather(*(claim(agent) for agent in agents))
    by_them = [await printed(one) for one in theirs]
    holders = {a.run_id: got for a, got in zip(agents, by_us, strict=True)}
    holders |= {f"theirs-{n}": got for n, got in enumerate(by_them)}
    claimed = [(id_, run) for run, got in holders.items() for id_ in got]
    held = await rows(ours, "SELECT id, checkout_run_id FROM tasks WHERE repo_path = '/many'")
    assert sorted(claimed) == sorted((row["id"], row["checkout_run_id"]) for row in held)
    assert len(claimed) == 300
    assert any(by_us)
    assert any(by_them)


async def test_they_hear_of_our_changes_in_the_contracts_words(
    ours: AsyncConnection, dsn: str
) -> None:
    one, other = await make(ours, repo="/src/a"), await make(ours, repo="/src/a")
    await ours.commit()
    client = await foreign_client_of(dsn, "hear", "-")
    assert client.stdout is not None
    assert await client.stdout.readline() == b"listening\n"
    await stages.move_task(ours, one.id, "build", ADA)
    await conversations.comment(ours, one.id, "hello", ADA)
    await ours.execute(
        "INSERT INTO task_dependencies (task_id, depends_on_id) VALUES (%s, %s)", (one.id, other.id)
    )
    await ours.commit()
    await ours.execute("NOTIFY the_end")
    await ours.commit()
    heard = [tuple(json.loads(line)) for line in await printed(client)]
    (said,) = await rows(ours, "SELECT id, conversation_id FROM messages ORDER BY id DESC LIMIT 1")
    assert [one for one in heard if one[0] != "genie_audit_event"] == [
        ("genie_task_stage", f"{one.id}:draft:build"),
        ("genie_message", f"{said['conversation_id']}:{said['id']}:ada"),
        ("genie_task_dep", f"{one.id}:added:{other.id}:depends_on"),
    ]
    assert ("genie_audit_event", f"task:stage_change:{one.id}") in heard
    assert {channel for channel, _ in heard} <= set(foreign_client.CHANNELS)


async def test_our_screen_follows_them_through_payloads_that_do_not_parse(
    ours: AsyncConnection, dsn: str, settings: Settings, ada: Actor
) -> None:
    task = await make(ours, repo="/src/acme", title="watched")
    await ours.execute("ALTER TABLE tasks DISABLE TRIGGER tui_tasks_updated")
    await ours.commit()
    everything = Settings(home=settings.home, dsn=dsn, all_projects=True)
    async with running(everything, ada, size=(160, 50)) as desk:
        await desk.until(lambda: desk.app.workspace.link == "live")
        await desk.app.action_show_screen("activity")
        await printed(await foreign_client_of(dsn, "work", task.id))
        await desk.sees("said by them", "malformed")
        assert desk.app.workspace.link == "live"
    assert (await tasks.get_task(ours, task.id)).stage == "build"


async def test_a_trigger_is_fired_once_beside_their_scheduler(
    ours: AsyncConnection, dsn: str, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    fired = tmp_path / "fired"
    daily = await schedule(ours, f'echo "$GENIE_TRIGGER_ID" >> {fired}')
    wanted = {await trigger(ours, daily) for _ in range(60)}
    lasting = "SELECT id, status, completed_at, worker_id FROM runs WHERE id IN ('r1', 'r2', 'r3')"
    before = await rows(ours, lasting + " ORDER BY id")
    locks = "SELECT id, checkout_run_id, execution_locked_at::text FROM tasks WHERE id = ANY(%s)"
    held = await rows(ours, locks, ["endless", "timeless", "future"])
    start_daemon(caps=Caps(total=4))
    theirs = await foreign_client_of(dsn, "fire", "theirs")

    async def all_over() -> bool:
        found = await rows(
            ours,
            "SELECT count(*) AS n FROM triggers WHERE status = 'completed' AND schedule_id = %s",
            daily,
        )
        looks = await rows(ours, "SELECT count(*) AS n FROM machine_snapshots")
        return found == [{"n": 60}] and looks[0]["n"] > 5

    by_them = await printed(theirs)
    await until(all_over)
    by_us = (await asyncio.to_thread(fired.read_text)).split() if fired.exists() else []
    assert sorted([*by_them, *by_us]) == sorted(wanted)
    assert await rows(ours, lasting + " ORDER BY id") == before, "a run of theirs was ended"
    assert await rows(ours, locks, ["endless", "timeless", "future"]) == held
    assert len(await rows(ours, "SELECT FROM triggers WHERE status = 'deferred'")) == 1
