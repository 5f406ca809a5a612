"""What the feed costs, beside raw libpq in the same run.

    python -m benchmarks.feed [--tasks N] [--samples N] [--seconds N] [--dsn URL]

Without --dsn an embedded server is started in a temporary home. Writers and the raw listener are
processes of their own; every time is of the same monotonic clock.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import resource
import select
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg

from genie_tui.db import server
from genie_tui.db.connection import Database
from genie_tui.domain.changes import Change, LinkState
from genie_tui.services.feed import Feed
from genie_tui.settings import Settings

PORT = 29417
# Random ids of eight hex digits collide too often among as many.
FILL = """
    INSERT INTO tasks (id, repo_path, title)
    SELECT 'task-' || lpad(to_hex(n), 8, '0'), '/work/acme', 'task ' || n
      FROM generate_series(1, %s) AS n
"""
CHANGE = """
    UPDATE tasks SET title = %(at)s
     WHERE id = (SELECT id FROM tasks WHERE repo_path = '/work/acme' AND seq = %(seq)s)
 RETURNING pg_notify('benchmark', %(at)s)
"""
ANNOUNCE = "UPDATE tasks SET stage = %s WHERE repo_path = '/work/acme' AND seq <= 10000"
SPAWN = multiprocessing.get_context("spawn")


class Sink:
    """Takes changes; `at` are the times, from the titles, at which what arrived was written."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.cards = 0
        self.rereads: list[float] = []
        self.news = asyncio.Event()

    def deliver(self, change: Change) -> None:
        """Note when a change came."""
        now = time.monotonic()
        self.cards += len(change.cards)
        for card in change.cards:
            if card.title.replace(".", "").isdigit():
                self.latencies.append(now - float(card.title))
        if change.reread:
            self.rereads.append(now)
        self.news.set()

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for something to become true of what came."""
        async with asyncio.timeout(60):
            while not holds():
                self.news.clear()
                await self.news.wait()


@contextmanager
def prepared(dsn: str | None) -> Iterator[Settings]:
    """A server to measure on."""
    with tempfile.TemporaryDirectory(prefix="genie-feed-") as place:
        settings = Settings(home=Path(place) / "home", port=PORT, dsn=dsn)
        try:
            yield settings
        finally:
            if dsn is None:
                server.stop(settings)


@asynccontextmanager
async def feeding(database: Database) -> AsyncIterator[tuple[Feed, Sink]]:
    """A feed at work."""
    feed, sink = Feed(database), Sink()
    running = asyncio.create_task(feed.run(sink.deliver, ignore))
    await sink.until(lambda: sink.rereads)
    try:
        yield feed, sink
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def ignore(link: LinkState, reason: str) -> None:
    """The connection's state is of no interest here."""


def listen(conninfo: str, channel: str, number: int, pipe: Connection) -> None:
    """Raw libpq: what each notification holds, and when it was heard."""
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute(f"LISTEN {channel}".encode())
        pipe.send("ready")
        found: list[tuple[bytes, float]] = []
        while len(found) < number:
            select.select([conn.fileno()], [], [])
            conn.pgconn.consume_input()
            while (note := conn.pgconn.notifies()) is not None:
                found.append((note.extra, time.monotonic()))
        pipe.send(found)


def write(conninfo: str, number: int, every: float, tasks: int, pipe: Connection) -> None:
    """Change one task after the other, `every` so many seconds."""
    with psycopg.connect(conninfo, autocommit=True) as conn:
        start = time.monotonic()
        for step in range(number):
            if (wait := start + step * every - time.monotonic()) > 0:
                time.sleep(wait)
            at = f"{time.monotonic():.6f}"
            conn.execute(CHANGE, {"at": at, "seq": step * 37 % tasks + 1})
    pipe.send(time.monotonic() - start)


def announce(conninfo: str, stage: str, pipe: Connection) -> None:
    """Ten thousand notifications in one transaction; sends when it was about to commit."""
    with psycopg.connect(conninfo) as conn:
        conn.execute(ANNOUNCE, (stage,))
        at = time.monotonic()
        conn.commit()
        pipe.send(at)


@asynccontextmanager
async def process(work: Callable[..., None], *arguments: object) -> AsyncIterator[Connection]:
    """A process, and what it sends."""
    ours, theirs = SPAWN.Pipe()
    child = SPAWN.Process(target=work, args=(*arguments, theirs))
    child.start()
    try:
        yield ours
    finally:
        await asyncio.to_thread(child.join, 60)


async def latency(database: Database, conninfo: str, samples: int, tasks: int) -> None:
    """One change at a time, as a person or an agent makes them."""
    async with (
        feeding(database) as (_, sink),
        process(listen, conninfo, "benchmark", samples) as raw,
    ):
        await asyncio.to_thread(raw.recv)
        async with process(write, conninfo, samples, 0.02, tasks) as writer:
            await sink.until(lambda: len(sink.latencies) >= samples)
            await asyncio.to_thread(writer.recv)
        heard = [at - float(text) for text, at in await asyncio.to_thread(raw.recv)]
    report("raw libpq: written → heard", heard)
    report("feed: written → delivered", sink.latencies)
    extra = (statistics.median(sink.latencies) - statistics.median(heard)) * 1e3
    print(f"{'feed over raw, median':50}{extra:8.2f} ms   bound 3 with paint")


def report(name: str, values: list[float]) -> None:
    """Median and 99th percentile."""
    ordered = sorted(values)
    worst = ordered[int(len(ordered) * 0.99) - 1]
    print(f"{name:50}{statistics.median(ordered) * 1e3:8.2f} /{worst * 1e3:6.2f} ms")


async def raw_burst(conninfo: str) -> None:
    """The same for raw libpq."""
    took = []
    for stage in ("build", "review", "qa", "ship", "build", "review", "qa"):
        async with process(listen, conninfo, "genie_task_stage", 10_000) as ears:
            await asyncio.to_thread(ears.recv)
            async with process(announce, conninfo, stage) as writer:
                began = await asyncio.to_thread(writer.recv)
            took.append((await asyncio.to_thread(ears.recv))[-1][1] - began)
    report("10,000 notifications, raw libpq: commit → heard", took)


async def burst(database: Database, conninfo: str) -> None:
    """Ten thousand notifications in one transaction, seven times."""
    took = []
    async with feeding(database) as (feed, sink):
        before = feed.counters.flushes
        for stage in ("build", "review", "qa", "ship", "build", "review", "qa"):
            heard = feed.counters.heard + 10_000
            async with process(announce, conninfo, stage) as writer:
                began = await asyncio.to_thread(writer.recv)
            while not (feed.counters.heard >= heard and feed.idle):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
            took.append(sink.rereads[-1] - began)
        flushes = (feed.counters.flushes - before) / len(took)
    report("10,000 notifications: commit → re-read told", took)
    print(f"{'':50}{flushes:8.1f} flushes each   bound 100 ms with paint")


async def stream(database: Database, conninfo: str, seconds: int, tasks: int) -> None:
    """A thousand changes a second."""
    number = seconds * 1000
    async with feeding(database) as (feed, sink):
        async with process(write, conninfo, number, 0.001, tasks) as writer:
            await sink.until(lambda: sink.cards > 0)
            cpu, wall = time.process_time(), time.monotonic()
            took = await asyncio.to_thread(writer.recv)
            cpu, wall = time.process_time() - cpu, time.monotonic() - wall
        await sink.until(lambda: feed.idle)
        report(f"{number / took:,.0f} changes a second: delivered", sink.latencies)
        print(f"{'':50}{cpu / wall:8.2f} of a core   bound 0.4 with paint")


async def idle(database: Database, seconds: int) -> None:
    """Nothing happens, and nothing is to be done."""
    async with feeding(database) as (feed, _):
        while not feed.idle:  # noqa: ASYNC110 - what is looked at makes no event
            await asyncio.sleep(0.01)
        usage, cpu = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw, time.process_time()
        await asyncio.sleep(seconds)
        wakes = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - usage - 1
        share = (time.process_time() - cpu) / seconds
        print(f"{'idle':50}{wakes / seconds:8.2f} wake-ups a second   bound 1")
        print(f"{'':50}{share * 100:8.3f} % of a core")


async def measure(options: argparse.Namespace) -> None:
    """Everything, on one server."""
    with prepared(options.dsn) as settings:
        async with Database(settings, pool_size=2) as database:
            await database.open()
            async with database.connection() as conn:
                await conn.execute(FILL, (options.tasks,))
                await conn.execute("ANALYZE tasks")
                info = conn.info
                conninfo = (
                    f"host={info.host} port={info.port} dbname={info.dbname}"
                    f" user={info.user} password={info.password}"
                )
            gc.freeze()  # as the dashboard does once it stands
            await idle(database, options.seconds)
            await latency(database, conninfo, options.samples, options.tasks)
            await raw_burst(conninfo)
            await burst(database, conninfo)
            await stream(database, conninfo, options.seconds, options.tasks)


def main() -> None:
    """Measure, and print: median / 99th percentile."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--dsn")
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
