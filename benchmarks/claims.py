"""How many tasks a second are claimed, beside two queues that live in PostgreSQL.

    uv run --group benchmarks python -m benchmarks.claims [--seconds N] [--tasks N] [--rounds N]
                                                          [--small] [--json [FILE]]

One server, a database for each. A claimer is a process with a connection that claims one task, or
job, after the other, each in a transaction of its own, through its library's own function:
`services.checkout.claim_next`, procrastinate's `JobManager.fetch_job`, pgqueuer's
`Queries.dequeue` with a batch of one, on psycopg all of them. Beside them pgbench runs the bare
statement of ours. The peers are of the dependency group `benchmarks`.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import report
from benchmarks.report import Row, median
from genie_tui.db import binaries, server
from genie_tui.services import checkout
from genie_tui.settings import Settings
from tests.ports import free_port

CLAIMERS = (1, 4, 16)
OURS = "genie-tui"
NAMES = (OURS, "procrastinate", "pgqueuer")
PGBENCH = "pgbench with our bare statement"
SPAWN = multiprocessing.get_context("spawn")

FILL = """
    ALTER TABLE tasks DISABLE TRIGGER USER;
    INSERT INTO tasks (id, seq, repo_path, title, status, stage, created_at)
    SELECT 'task-' || lpad(to_hex(n), 8, '0'), n, '/bench', 'task ' || n, 'ready', 'build',
           now() - n * interval '1 second'
      FROM generate_series(1, {tasks}) AS n;
    ALTER TABLE tasks ENABLE TRIGGER USER
"""
FREE = "UPDATE tasks SET status = 'ready', checkout_run_id = NULL WHERE status <> 'ready'"

Claim = Callable[[], Awaitable[bool]]


@contextmanager
def served(tasks: int) -> Iterator[dict[str, str]]:
    """A server with the three databases, each with so much to be claimed; their addresses."""
    with tempfile.TemporaryDirectory(prefix="genie-bench-") as home:
        settings = Settings(home=Path(home), port=free_port())
        at = server.ensure(settings)
        base = f"postgresql://{at.user}:{at.password}@{at.host}:{at.port}"
        try:
            with psycopg.connect(f"{base}/genie", autocommit=True) as conn:
                for name in NAMES:
                    conn.execute(f'CREATE DATABASE "{name}"'.encode())
            addresses = {name: f"{base}/{name}" for name in NAMES}
            command = [sys.executable, "-m", "genie_tui", "--dsn", addresses["genie-tui"]]
            subprocess.run([*command, "db", "migrate"], check=True, stdout=subprocess.DEVNULL)
            with psycopg.connect(addresses["genie-tui"], autocommit=True) as conn:
                conn.execute(FILL.format(tasks=tasks).encode())
            asyncio.run(_fill_procrastinate(addresses["procrastinate"], tasks))
            asyncio.run(_fill_pgqueuer(addresses["pgqueuer"], tasks))
            for dsn in addresses.values():
                with psycopg.connect(dsn, autocommit=True) as conn:
                    conn.execute("VACUUM ANALYZE")
            yield addresses
        finally:
            server.stop(settings)


async def _fill_procrastinate(dsn: str, jobs: int) -> None:
    import procrastinate

    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=dsn))
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        deferrer = app.configure_task("work")
        for _ in range(0, jobs, 1000):
            jobs_of_a_batch: list[dict[str, Any]] = [{"n": n} for n in range(1000)]
            await deferrer.batch_defer_async(*jobs_of_a_batch)


async def _fill_pgqueuer(dsn: str, jobs: int) -> None:
    queries = await _pgqueuer(dsn)
    await queries.install()
    for _ in range(0, jobs, 1000):
        await queries.enqueue(["work"] * 1000, [b"{}"] * 1000, [0] * 1000)


async def _pgqueuer(dsn: str) -> Any:
    from pgqueuer.db import PsycopgDriver
    from pgqueuer.queries import Queries

    return Queries(PsycopgDriver(await psycopg.AsyncConnection.connect(dsn, autocommit=True)))


async def _ours(dsn: str, number: int) -> Claim:
    from genie_tui.domain.actors import Actor

    conn = await psycopg.AsyncConnection.connect(dsn)
    actor = Actor.agent(f"eng-{number}")

    async def claim() -> bool:
        await checkout.claim_next(conn, actor)
        await conn.commit()
        return True

    return claim


async def _procrastinate(dsn: str, _number: int) -> Claim:
    import procrastinate

    connector = procrastinate.PsycopgConnector(conninfo=dsn, min_size=1, max_size=1)
    app = procrastinate.App(connector=connector)
    await app.open_async()
    worker = await app.job_manager.register_worker()

    async def claim() -> bool:
        return await app.job_manager.fetch_job(queues=None, worker_id=worker) is not None

    return claim


async def _dequeuer(dsn: str, _number: int) -> Claim:
    from uuid import uuid4

    from pgqueuer.ports.repository import EntrypointExecutionParameter

    queries = await _pgqueuer(dsn)
    entrypoints = {"work": EntrypointExecutionParameter(concurrency_limit=0)}
    me = uuid4()

    async def claim() -> bool:
        return bool(await queries.dequeue(1, entrypoints, me, None, timedelta(seconds=30)))

    return claim


MAKE = {"genie-tui": _ours, "procrastinate": _procrastinate, "pgqueuer": _dequeuer}


def claimer(name: str, dsn: str, number: int, seconds: float, start: Any, told: Any) -> None:
    """In a process of its own: claim for so long, and tell how many that were."""

    async def run() -> None:
        claim = await MAKE[name](dsn, number)
        await claim()
        await asyncio.to_thread(start.wait)
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            count += await claim()
        told.put(count)

    asyncio.run(run())


def measure(name: str, dsn: str, claimers: int, seconds: float) -> float:
    """Claims a second of so many at once."""
    start, told = SPAWN.Barrier(claimers), SPAWN.Queue()
    every = [
        SPAWN.Process(target=claimer, args=(name, dsn, number, seconds, start, told))
        for number in range(claimers)
    ]
    for process in every:
        process.start()
    total = sum(told.get(timeout=seconds + 60) for _ in every)
    for process in every:
        process.join()
    return float(total / seconds)


def bare(dsn: str, claimers: int, seconds: float) -> float:
    """Claims a second of pgbench, which sends our statement and does nothing else."""
    params = {"run": "agent-bench", "actor": "bench", "timeout": None, "take_live": False}
    with psycopg.connect(dsn) as conn:
        text = psycopg.ClientCursor(conn).mogrify(checkout.CLAIM.format(only=""), params)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        # pgbench would take a colon for a variable of its own.
        script.write(" ".join(text.split()) + ";\n")
        script.flush()
        program = binaries.find().program("pgbench")
        how = ["-n", "-M", "prepared", "-c", str(claimers), "-j", "2", "-T", str(round(seconds))]
        done = subprocess.run(
            [str(program), *how, "-f", script.name, dsn], capture_output=True, text=True, check=True
        )
    line = next(line for line in done.stdout.splitlines() if line.startswith("tps"))
    return float(line.split()[2])


def main() -> int:
    """Measure, and print."""
    return report.main(__doc__, rates, seconds=(3, 1), tasks=(100_000, 1_000), rounds=(3, 1))


def rates(options: argparse.Namespace) -> Iterator[Row]:
    """All of them in turns, so many claimers at once."""
    found: dict[tuple[str, int], list[float]] = defaultdict(list)
    counts = CLAIMERS[:1] if options.small else CLAIMERS
    with served(options.tasks) as addresses:
        for _ in range(options.rounds):
            for count in counts:
                for name, dsn in addresses.items():
                    found[name, count].append(measure(name, dsn, count, options.seconds))
                with psycopg.connect(addresses[OURS], autocommit=True) as conn:
                    conn.execute(FREE)
                found[PGBENCH, count].append(bare(addresses[OURS], count, options.seconds))
    for count in counts:
        for name, bound in (*((peer, 1.0) for peer in NAMES[1:]), (PGBENCH, 0.7)):
            yield Row(
                figure=f"claims a second, claimers: {count}",
                value=median(found[OURS, count]),
                unit="",
                beside=f"{name}'s",
                other=median(found[name, count]),
                bound=bound,
                least=True,
            )


if __name__ == "__main__":
    sys.exit(main())
