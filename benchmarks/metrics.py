"""What the metrics of a year cost on a board of 100,000 tasks, beside bare reads of the stage log.

    uv run python -m benchmarks.metrics [--rounds N] [--tasks N] [--small] [--json [FILE]]

Every task is made at some time in the last 400 days and goes through the stages of a board, six in
ten to the end: some half a million rows of the log. In each round come, one after the other, a
sequential read of the log (`count(*)`), one that brings each task's rows into their order, as any
replay of them must, and the figures of 7 to 365 days as the screen and the command line read them.
The embedded server has a temporary home and is ended. Times are medians; bounded is their ratio to
the read in order of the same round.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from psycopg import AsyncConnection

from benchmarks import report
from benchmarks.report import Row, median
from genie_tui.db import migrations, server
from genie_tui.db.endpoints import Endpoint
from genie_tui.domain.boards import Board
from genie_tui.domain.metrics import RANGES, days_until, slots
from genie_tui.services import boards, metrics
from genie_tui.settings import Settings
from tests.ports import free_port

BOUNDS = {30: 0.6, 365: 2.0}
"""So many times as long as to read the log in order may the figures of so many days take."""

# A random number a task and step, which is the same whenever this is run.
RANDOM = "(('x' || substr(md5({0}), 1, 6))::bit(24)::int / 16777216.0)"

FILL = f"""
    ALTER TABLE tasks DISABLE TRIGGER USER;
    ALTER TABLE task_stage_log DISABLE TRIGGER USER;
    CREATE TEMPORARY TABLE stages AS
    SELECT b.id AS board, c.name, c.id, c.n::int AS n
      FROM boards b, ROWS FROM (jsonb_to_recordset(b.columns) AS (name text, id text))
           WITH ORDINALITY AS c (name, id, n)
     WHERE b.name = 'Software Development';
    CREATE TEMPORARY TABLE born AS
    SELECT n, 'task-' || substr(md5(n::text), 1, 8) || to_hex(n) AS id,
           now() - interval '400 days' * (1 - n::float8 / %(tasks)s) AS at,
           CASE WHEN {RANDOM.format("'end' || n")} < 0.6 THEN 7
                ELSE 1 + floor(7 * {RANDOM.format("'at' || n")})::int END AS reached,
           interval '6 days' * {RANDOM.format("'pace' || n")} AS pace
      FROM generate_series(1, %(tasks)s) n;
    INSERT INTO tasks (seq, id, repo_path, title, board_id, column_id, stage, status, created_at,
                       updated_at, started_at, ended_at)
    SELECT b.n, b.id, '/src/acme', 'task number ' || b.n, s.board, s.id, s.name,
           CASE WHEN b.reached < 7 THEN 'ready' WHEN b.n % 20 = 0 THEN 'cancelled'
                ELSE 'done' END,
           b.at, now(), b.at + b.pace, CASE WHEN b.reached = 7 THEN b.at + 8 * b.pace END
      FROM born b JOIN stages s ON s.n = b.reached;
    INSERT INTO task_stage_log (task_id, from_stage, to_stage, actor_type, actor_id, gate_type,
                                created_at)
    SELECT b.id, was.name, s.name, 'local', 'eng-' || b.n % 50, 'agent', b.at + s.n * b.pace
      FROM born b JOIN stages s ON s.n <= b.reached JOIN stages was ON was.n = s.n - 1
     WHERE b.at + s.n * b.pace < now()
     ORDER BY b.at + s.n * b.pace;
    INSERT INTO machine_snapshots (id, active_workers, cpu_percent, memory_mb, created_at)
    SELECT n::text, n % 9, n % 100, 2048 + n % 4096, now() - n * interval '1 minute'
      FROM generate_series(1, 43200) n;
    ALTER TABLE tasks ENABLE TRIGGER USER;
    ALTER TABLE task_stage_log ENABLE TRIGGER USER;
    DROP TABLE stages, born;
"""

ORDERED = "read in order"
READS = {
    "read": "SELECT count(*) FROM task_stage_log",
    ORDERED: """SELECT count(before) FROM (
                   SELECT lag(created_at) OVER (PARTITION BY task_id ORDER BY created_at, id)
                          AS before FROM task_stage_log) steps""",
}


def main() -> int:
    """Measure, and print."""
    return report.main(__doc__, rows, rounds=(7, 1), tasks=(100_000, 1_000))


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """Each range beside a read of the log in its order."""
    with tempfile.TemporaryDirectory(prefix="genie-benchmark-") as place:
        settings = Settings(home=Path(place) / "home", port=free_port())
        endpoint = server.ensure(settings)
        try:
            samples = asyncio.run(measure(endpoint, options.tasks, options.rounds))
        finally:
            server.stop(settings)
    log = median(samples.pop("rows"))
    yield Row(figure="rows in the stage log", value=log, unit="")
    for name, taken in samples.items():
        figures = name.removesuffix(" days").isdigit()
        yield Row(
            figure=f"metrics of {name}" if figures else f"the log: {name}",
            value=median(taken) * 1e3,
            beside="the log in order" if figures else "",
            other=median(samples[ORDERED]) * 1e3 if figures else None,
            bound=BOUNDS.get(int(name.removesuffix(" days"))) if figures else None,
        )


async def measure(endpoint: Endpoint, tasks: int, rounds: int) -> dict[str, list[float]]:
    """Fill a database, and read it so many times."""
    samples: dict[str, list[float]] = defaultdict(list)
    async with await AsyncConnection.connect(endpoint.conninfo, autocommit=True) as conn:
        board = await filled(conn, tasks)
        for _ in range(rounds):
            for name, query in READS.items():
                samples[name].append(await timed_query(conn, query))
            for days in RANGES:
                samples[f"{days} days"].append(await timed_metrics(conn, board, days))
        found = await (await conn.execute("SELECT count(*) FROM task_stage_log")).fetchone()
        assert found
        samples["rows"].append(found[0])
    return samples


async def filled(conn: AsyncConnection, tasks: int) -> Board:
    """The board on which the tasks stand."""
    await migrations.migrate(conn)
    for statement in FILL.split(";\n"):
        if statement.strip():
            await conn.execute(statement.replace("%(tasks)s", str(tasks)).encode())
    await conn.execute("VACUUM ANALYZE")
    return await boards.find_board(conn, "Software Development")


async def timed_query(conn: AsyncConnection, query: str) -> float:
    """Seconds that a query takes."""
    begun = time.perf_counter()
    async with conn.transaction():
        await conn.execute("SET LOCAL work_mem = '64MB'")
        await conn.execute(query.encode())
    return time.perf_counter() - begun


async def timed_metrics(conn: AsyncConnection, board: Board, days: int) -> float:
    """Seconds that all figures of so many days take."""
    now = datetime.now(UTC)
    span = days_until(now.date(), days, _midnight)
    begun = time.perf_counter()
    async with conn.transaction():
        found = await metrics.metrics(conn, board, span, slots(span), now=now)
    taken = time.perf_counter() - begun
    assert sum(found.done) or days < timedelta(days=30).days
    return taken


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
