"""Many programs that need the server at once, while it and they are killed."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from dataclasses import replace

import pytest

from genie_tui.db import processes, server, starting
from genie_tui.db.connection import Database
from genie_tui.settings import Settings
from tests.db.programs import kill, kill_all, outcome, starter
from tests.homes import MakeHome

STARTERS = 10
ROUNDS = 3


def postmasters(settings: Settings) -> list[int]:
    """The processes of the cluster whose parent is none of them."""
    alive = processes.live(settings.data)
    pids = {process.pid for process in alive}
    return [process.pid for process in alive if process.ppid() not in pids]


def test_many_who_need_the_first_server_at_once_all_get_the_same(empty_home: MakeHome) -> None:
    settings = empty_home()
    programs = [starter(settings) for _ in range(STARTERS)]
    found = [outcome(program) for program in programs]
    assert found == [found[0]] * STARTERS
    assert postmasters(settings) == [found[0]["pid"]]


def test_homes_that_want_the_same_port_at_once_get_one_each(ready_home: MakeHome) -> None:
    first = ready_home()
    others = [replace(ready_home(), port=first.port) for _ in range(3)]
    programs = [starter(settings) for settings in (first, *others)]
    found = [outcome(program) for program in programs]
    assert {one["port"] for one in found} == set(first.ports)


def test_many_who_find_it_killed_start_one(home: Settings) -> None:
    server.ensure(home)
    for _ in range(ROUNDS):
        (pid,) = postmasters(home)
        kill(pid)
        found = [outcome(program) for program in [starter(home) for _ in range(STARTERS)]]
        assert found == [found[0]] * STARTERS
        assert postmasters(home) == [found[0]["pid"]]


def test_killing_half_of_them_hinders_none_of_the_rest(home: Settings) -> None:
    chance = random.Random(42)
    steps = ["starting", "_is_ready", "_furnished"]
    for _ in range(ROUNDS):
        killed = [starter(home, chance.choice(steps)) for _ in range(STARTERS // 2)]
        others = [starter(home) for _ in range(STARTERS // 2)]
        found = [outcome(program) for program in others]
        for program in killed:
            program.communicate()
        assert found == [found[0]] * len(others)
        (pid,) = postmasters(home)
        assert pid == found[0]["pid"]
        kill(pid)


async def test_who_lost_the_server_waits_for_another_that_starts_it(home: Settings) -> None:
    waits = asyncio.Event()
    loop = asyncio.get_running_loop()

    def say(step: str) -> None:
        if step.startswith("waiting for another program"):
            loop.call_soon_threadsafe(waits.set)

    async with Database(home, progress=say) as database:
        await database.open()
        kill_all(home.data)
        with starting.locked(home):
            # So it is for a moment while it is started, and so it is when somebody has stopped it.
            (home.data / "postmaster.pid").unlink()
            use = asyncio.create_task(_used(database))
            await waits.wait()
            await asyncio.to_thread(starting.start, home, lambda _: None)
        assert await use == 1


async def _used(database: Database) -> object:
    async with database.connection() as conn:
        row = await (await conn.execute("SELECT 1")).fetchone()
    return row and row[0]


@pytest.mark.parametrize(
    "faults", ["server --rounds 3 --starters 6 --seed 3", "power --rounds 3 --writers 4 --seed 3"]
)
def test_torture_has_no_violation(faults: str) -> None:
    name, *options = faults.split()
    command = [sys.executable, "-m", f"benchmarks.faults.{name}", *options, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["rounds"], found["violations"]) == (3, [])
