"""What the embedded server costs, beside bare psycopg and PostgreSQL's own settings.

    python -m benchmarks.server [--rounds N] [--starters N] [--seconds N] [--only NAME …]

Every server has a temporary home and a port of its own, and is ended. Times are medians.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from psycopg import AsyncConnection

from genie_tui.db import binaries, migrations, privileges, processes, server
from genie_tui.db.connection import Database
from genie_tui.settings import Settings
from tests.db.programs import outcome, starter
from tests.ports import free_port

# What a program does that needs one row; prints seconds after its imports, and in all.
PROGRAM = """
import sys, time
begun = time.perf_counter()
import asyncio, click, psycopg
imported = time.perf_counter()
{body}
done = time.perf_counter()
print(done - imported, done - begun)
"""
OURS = PROGRAM.format(
    body="""
from pathlib import Path
from genie_tui.db.connection import Database
from genie_tui.settings import Settings
async def main():
    async with Database(Settings(home=Path(sys.argv[1]), port=int(sys.argv[2]))) as database:
        async with database.connection() as conn:
            await (await conn.execute("SELECT count(*) FROM tasks")).fetchone()
asyncio.run(main())
"""
)
BARE = PROGRAM.format(
    body="""
with psycopg.connect(sys.argv[1]) as conn:
    conn.execute("SELECT count(*) FROM tasks").fetchone()
"""
)
# What `cluster.SETTINGS` changes, as PostgreSQL has it by default.
DEFAULTS = {
    "shared_buffers": "128MB",
    "io_method": "worker",
    "wal_level": "replica",
    "max_wal_senders": "10",
    "max_logical_replication_workers": "4",
    "bgwriter_delay": "200ms",
    "wal_writer_delay": "200ms",
}


@contextmanager
def home() -> Iterator[Settings]:
    """A home that does not exist yet; its server is ended."""
    with tempfile.TemporaryDirectory(prefix="genie-benchmark-") as place:
        settings = Settings(home=Path(place) / "home", port=free_port())
        try:
            yield settings
        finally:
            server.stop(settings)


def say(name: str, figure: str, bound: str) -> None:
    """Print a line of the result."""
    print(f"{name:52} {figure:>24}   {bound}", flush=True)


def run(program: str, *arguments: object) -> tuple[float, float]:
    """The seconds that a program prints: after its imports, and in all."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    after, total = map(float, done.stdout.split())
    return after, total


def first_start(rounds: int) -> None:
    """An empty home, to the answer of a migrated database; beside initdb by itself."""
    ours, bare = [], []
    for _ in range(rounds):
        with home() as settings:
            begun = time.perf_counter()
            run(OURS, settings.home, settings.port)
            ours.append(time.perf_counter() - begun)
            bare.append(_initdb(settings))
    _compare("first start ever, the whole program / bare initdb", ours, bare, "bound 3 s")


def _initdb(settings: Settings) -> float:
    """Seconds that initdb takes as it comes."""
    way = privileges.ways(settings.home, settings.data)[0]
    place = settings.home / "bare"
    begun = time.perf_counter()
    way.run([binaries.find().program("initdb"), "-D", place], settings.logs / "initdb.log")
    return time.perf_counter() - begun


def restart(rounds: int) -> None:
    """A stopped cluster, to the first answer."""
    times = []
    with home() as settings:
        run(OURS, settings.home, settings.port)
        for _ in range(rounds):
            server.stop(settings)
            times.append(run(OURS, settings.home, settings.port)[0])
    figure = f"{statistics.median(times) * 1000:.0f} ms"
    say("start of an existing cluster, over import psycopg", figure, "bound 250 ms")


def attach(rounds: int) -> None:
    """A running server, to the first answer: the whole program, and within one."""
    with home() as settings:
        run(OURS, settings.home, settings.port)
        found = server.ensure(settings)
        ours, bare = [], []
        for _ in range(rounds):
            ours.append(run(OURS, settings.home, settings.port)[1])
            bare.append(run(BARE, found.conninfo)[1])
        _compare("attach → first query, the whole program", ours, bare, "bound 1.4 × psycopg")
        within = asyncio.run(_attach_within(settings, found.conninfo, rounds * 5))
        _compare("attach → first query, imports aside", *within, "bound 3 × psycopg")


async def _attach_within(
    settings: Settings, conninfo: str, rounds: int
) -> tuple[list[float], list[float]]:
    ours, bare = [], []
    for _ in range(rounds):
        begun = time.perf_counter()
        async with Database(settings) as database, database.connection() as conn:
            await conn.execute("SELECT 1")
        ours.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        async with await AsyncConnection.connect(conninfo) as conn:
            await conn.execute("SELECT 1")
        bare.append(time.perf_counter() - begun)
    return ours, bare


def _compare(name: str, ours: Sequence[float], bare: Sequence[float], bound: str) -> None:
    mine, theirs = statistics.median(ours) * 1000, statistics.median(bare) * 1000
    say(name, f"{mine:.1f} / {theirs:.1f} ms = {mine / theirs:.2f}", bound)


def migrating(rounds: int) -> None:
    """All migrations, on an empty database."""
    times = []
    for _ in range(rounds):
        with home() as settings:
            found = server.ensure(settings)
            begun = time.perf_counter()
            asyncio.run(_migrate(found.conninfo))
            times.append(time.perf_counter() - begun)
    say("all migrations", f"{statistics.median(times) * 1000:.0f} ms", "bound 500 ms")


async def _migrate(conninfo: str) -> None:
    async with await AsyncConnection.connect(conninfo, autocommit=True) as conn:
        await migrations.migrate(conn)


def together(rounds: int, starters: int) -> None:
    """Starters at once, the postmaster killed between the rounds; then half of them killed, too."""
    chance = random.Random(1)
    with home() as settings:
        bad = sum(_round(settings, starters, None) for _ in range(rounds))
        name = f"{starters} starters at once, {rounds} rounds with kill -9 between"
        say(name, f"{bad} rounds went wrong", "bound 0")
        half = max(1, rounds // 3)
        bad = sum(_round(settings, starters, chance) for _ in range(half))
        say(f"the same, {half} rounds, half of them killed", f"{bad} rounds went wrong", "bound 0")


def _round(settings: Settings, starters: int, chance: random.Random | None) -> bool:
    """Start, look, kill; true if there was an error, or not exactly one postmaster."""
    steps = ["starting", "_is_ready", "_furnished"]
    doomed = (
        [starter(settings, chance.choice(steps)) for _ in range(starters // 2)] if chance else []
    )
    programs = [starter(settings) for _ in range(starters - len(doomed))]
    found = [outcome(program) for program in programs]
    for program in doomed:
        program.communicate()
    alive = processes.live(settings.data)
    pids = {process.pid for process in alive}
    postmasters = [process for process in alive if process.ppid() not in pids]
    wrong = len(postmasters) != 1 or any(one.get("pid") != postmasters[0].pid for one in found)
    for process in postmasters:
        process.send_signal(signal.SIGKILL)
    return wrong


def idle(seconds: int) -> None:
    """A migrated server that nobody uses, beside one with PostgreSQL's own settings."""
    with home() as ours, home() as theirs:
        for settings in (ours, theirs):
            run(OURS, settings.home, settings.port)
        server.stop(theirs)
        with (theirs.data / "postgresql.conf").open("a", encoding="ascii") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in DEFAULTS.items())
        run(OURS, theirs.home, theirs.port)
        time.sleep(min(10, seconds))
        (mine, default) = _at_rest([ours, theirs], seconds)
    for index, (what, unit, bound) in enumerate(
        [("memory (PSS)", "MB", 15), ("wake-ups a second", "", 2), ("processes", "", 0)]
    ):
        figure = f"{mine[index]:.1f} {unit} / {default[index]:.1f} {unit}"
        limit = f"bound {bound}" if bound else ""
        say(f"idle: {what}, ours / by default", figure, limit)


def _at_rest(homes: Sequence[Settings], seconds: int) -> list[tuple[float, float, int]]:
    """Megabytes, wake-ups a second and processes of each server, over the same seconds."""
    alive = [processes.live(settings.data) for settings in homes]
    before = [sum(map(_wakes, servers)) for servers in alive]
    time.sleep(seconds)
    after = [sum(map(_wakes, servers)) for servers in alive]
    return [
        (
            sum(process.memory_full_info().pss for process in servers) / 1_000_000,
            (later - earlier) / seconds,
            len(servers),
        )
        for servers, earlier, later in zip(alive, before, after, strict=True)
    ]


def _wakes(process: psutil.Process) -> int:
    switches = process.num_ctx_switches()
    return int(switches.voluntary + switches.involuntary)


def main() -> None:
    """Measure, and print each figure beside what it is compared with."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--starters", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    few = max(3, options.rounds // 5)
    measures: dict[str, Callable[[], None]] = {
        "first": lambda: first_start(few),
        "restart": lambda: restart(few),
        "attach": lambda: attach(options.rounds),
        "migrations": lambda: migrating(few),
        "idle": lambda: idle(options.seconds),
        "together": lambda: together(options.rounds, options.starters),
    }
    for name, measure in measures.items():
        if not options.only or name in options.only:
            measure()


if __name__ == "__main__":
    main()
