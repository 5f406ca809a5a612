"""What it costs to migrate a fresh database, beside the same statements without the runner.

    python -m benchmarks.migrations [--rounds N]

The embedded server has a temporary home and is ended. Times are medians over all rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path

from psycopg import AsyncConnection, sql

from genie_tui.db import migrations, server
from genie_tui.db.endpoints import Endpoint
from genie_tui.settings import Settings
from tests.ports import free_port

BOUND = 0.5
"""Seconds that all migrations may take."""

DATABASE = "benchmark"
Samples = dict[str, list[float]]


def main() -> int:
    """Measure, print, and fail where the bound is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="genie-benchmark-") as place:
        settings = Settings(home=Path(place) / "home", port=free_port())
        endpoint = server.ensure(settings)
        try:
            samples = asyncio.run(measure(endpoint, rounds))
        finally:
            server.stop(settings)
    return report(samples)


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


def report(samples: Samples) -> int:
    """Print medians in milliseconds, and the bound."""
    median = {name: statistics.median(values) for name, values in samples.items()}
    count = len(migrations.available())
    print(
        f"{count} migrations           {median['migrate'] * 1e3:8.1f} ms   ≤ {BOUND * 1e3:.0f} ms"
    )
    print(f"  best round            {min(samples['migrate']) * 1e3:8.1f} ms")
    print(f"  files sent as they are{median['bare'] * 1e3:8.1f} ms")
    print(f"  ratio                 {median['migrate'] / median['bare']:8.2f}")
    print(f"nothing pending         {median['again'] * 1e3:8.2f} ms")
    print(f"  SELECT 1              {median['query'] * 1e3:8.2f} ms")
    return 0 if median["migrate"] <= BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
