"""What the embedded server costs, beside bare psycopg and PostgreSQL's own settings.

    uv run python -m benchmarks.server [--rounds N] [--seconds N] [--small] [--json [FILE]]

Every server has a temporary home and a port of its own, and is ended. Starters that come at once,
or are killed, are in `benchmarks.faults.server`; migrations have a benchmark of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from psycopg import AsyncConnection

from benchmarks import report
from benchmarks.report import Row, median, quantile
from genie_tui.db import binaries, privileges, processes, server
from genie_tui.db.connection import Database
from genie_tui.settings import Settings
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


def run(program: str, *arguments: object) -> tuple[float, float]:
    """The seconds that a program prints: after its imports, and in all."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    after, total = map(float, done.stdout.split())
    return after, total


def first_start(rounds: int) -> Iterator[Row]:
    """An empty home, to the answer of a migrated database; beside initdb by itself."""
    ours, bare = [], []
    for _ in range(rounds):
        with home() as settings:
            begun = time.perf_counter()
            run(OURS, settings.home, settings.port)
            ours.append(time.perf_counter() - begun)
            bare.append(_initdb(settings))
    figure = "first start ever → first query, the whole program"
    yield _row(figure, ours, "bare initdb", bare, 3000, of_value=True)


def _initdb(settings: Settings) -> float:
    """Seconds that initdb takes as it comes."""
    way = privileges.ways(settings.home, settings.data)[0]
    place = settings.home / "bare"
    begun = time.perf_counter()
    way.run([binaries.find().program("initdb"), "-D", place], settings.logs / "initdb.log")
    return time.perf_counter() - begun


def restart(rounds: int) -> Iterator[Row]:
    """A stopped cluster, to the first answer."""
    times = []
    with home() as settings:
        run(OURS, settings.home, settings.port)
        for _ in range(rounds):
            server.stop(settings)
            times.append(run(OURS, settings.home, settings.port)[0])
    yield Row(
        figure="start of an existing cluster → first query, over import psycopg",
        value=median(times) * 1e3,
        p99=quantile(times) * 1e3,
        bound=250,
    )


def attach(rounds: int) -> Iterator[Row]:
    """A running server, to the first answer: the whole program, and within one."""
    with home() as settings:
        run(OURS, settings.home, settings.port)
        found = server.ensure(settings)
        ours, bare = [], []
        for _ in range(rounds):
            ours.append(run(OURS, settings.home, settings.port)[1])
            bare.append(run(BARE, found.conninfo)[1])
        yield _row("attach → first query, the whole program", ours, "psycopg", bare, 1.4)
        mine, theirs = asyncio.run(_attach_within(settings, found.conninfo, rounds * 5))
        yield _row("attach → first query, imports aside", mine, "psycopg", theirs, 3)


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


def _row(
    figure: str,
    ours: Sequence[float],
    beside: str,
    bare: Sequence[float],
    bound: float,
    *,
    of_value: bool = False,
) -> Row:
    return Row(
        figure=figure,
        value=median(ours) * 1e3,
        p99=quantile(ours) * 1e3,
        beside=beside,
        other=median(bare) * 1e3,
        bound=bound,
        of_value=of_value,
    )


def idle(seconds: int) -> Iterator[Row]:
    """A migrated server that nobody uses, beside one with PostgreSQL's own settings."""
    with home() as ours, home() as theirs:
        for settings in (ours, theirs):
            run(OURS, settings.home, settings.port)
        server.stop(theirs)
        with (theirs.data / "postgresql.conf").open("a", encoding="ascii") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in DEFAULTS.items())
        run(OURS, theirs.home, theirs.port)
        time.sleep(min(10, seconds))
        mine, default = _at_rest([ours, theirs], seconds)
    whats = (("memory (PSS)", "MB", 15), ("wake-ups", "a second", 2), ("processes", "", None))
    for (what, unit, bound), value, other in zip(whats, mine, default, strict=True):
        yield Row(
            figure=f"an idle server: {what}",
            value=value,
            unit=unit,
            beside="PostgreSQL's own settings",
            other=other,
            bound=bound,
            of_value=True,
        )


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


def main() -> int:
    """Measure, and print."""
    return report.main(__doc__, rows, rounds=(25, 1), seconds=(30, 1))


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """Its starts, an attachment to it, and its rest."""
    few = max(1, options.rounds // 5)
    yield from first_start(few)
    yield from restart(few)
    yield from attach(options.rounds)
    yield from idle(options.seconds)


if __name__ == "__main__":
    sys.exit(main())
