"""What it costs to migrate a fresh database, beside the same statements without the runner.

    uv run python -m benchmarks.migrations [--rounds N] [--small] [--json [FILE]]

The embedded server has a temporary home and is ended. Times are medians over all rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from psycopg import AsyncConnection, sql

from benchmarks import report
from benchmarks.report import Row, median, quantile
from genie_tui.db import migrations, server
from genie_tui.db.endpoints import Endpoint
from genie_tui.settings import Settings
from tests.ports import free_port

BOUND = 500.0
"""Milliseconds that all migrations may take."""

DATABASE = "benchmark"
Samples = dict[str, list[float]]


def main() -> int:
    """Measure, and print."""
    return report.main(__doc__, rows, rounds=(15, 1))


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """All of them, and none that is pending."""
    with tempfile.TemporaryDirectory(prefix="genie-benchmark-") as place:
        settings = Settings(home=Path(place) / "home", port=free_port())
        endpoint = server.ensure(settings)
        try:
            samples = asyncio.run(measure(endpoint, options.rounds))
        finally:
            server.stop(settings)
    middle = {name: median(values) * 1e3 for name, values in samples.items()}
    yield Row(
        figure=f"{len(migrations.available())} migrations",
        value=middle["migrate"],
        p99=quantile(samples["migrate"]) * 1e3,
        beside="their files as they are",
        other=middle["bare"],
        bound=BOUND,
        of_value=True,
    )
    yield Row(
        figure="nothing pending", value=middle["again"], beside="SELECT 1", other=middle["query"]
    )


async def measure(endpoint: Endpoint, rounds: int) -> Samples:
    """Seconds of each way to make the tables, taken in turns, and of asking again afterwards."""
    samples: Samples = defaultdict(list)
    for _ in range(rounds):
        for name, way in (("migrate", migrations.migrate), ("bare", bare)):
            await empty(endpoint)
            async with await connect(endpoint, DATABASE) as conn:
                samples[name].append(await timed(way, conn))
                if name == "migrate":
                    samples["again"].append(await timed(migrations.migrate, conn))
                    samples["query"].append(await timed(query, conn))
    return samples


async def connect(endpoint: Endpoint, database: str) -> AsyncConnection:
    return await AsyncConnection.connect(endpoint.conninfo, dbname=database, autocommit=True)


async def empty(endpoint: Endpoint) -> None:
    """A fresh database."""
    name = sql.Identifier(DATABASE)
    async with await connect(endpoint, "genie") as conn:
        await conn.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        await conn.execute(sql.SQL("CREATE DATABASE {}").format(name))


async def timed(
    way: Callable[[AsyncConnection], Awaitable[object]], conn: AsyncConnection
) -> float:
    start = time.perf_counter()
    await way(conn)
    return time.perf_counter() - start


async def bare(conn: AsyncConnection) -> None:
    """Each file sent as it is, in one transaction and one round trip."""
    for migration in migrations.available():
        await conn.execute(migration.path.read_bytes())


async def query(conn: AsyncConnection) -> None:
    """The least that can be asked."""
    await conn.execute("SELECT 1")


if __name__ == "__main__":
    sys.exit(main())
