"""What our own triggers add to a bulk update of 10,000 tasks.

    uv run python -m benchmarks.trigger_cost [--rounds N] [--tasks N] [--small] [--json [FILE]]

Each kind of update is run in turns with our triggers enabled and disabled, in the same table of
the same embedded server, which has a temporary home and is ended. A figure is the median of the
ratios of neighbouring runs. The processor time of the server's process is what counts, as others
on the machine do not change it; where the system does not tell it (only Linux does), the time of
the statement and its commit counts, which is told in any case.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import Connection

from benchmarks import report
from benchmarks.report import Row, median
from genie_tui.db import migrations, server
from genie_tui.settings import Settings
from tests.ports import free_port

BOUND = 1.05

FILL = """
    INSERT INTO tasks (id, repo_path, title, description, board_id, column_id)
    SELECT 'task-' || lpad(to_hex(n), 8, '0'), '/home/ada/acme',
           'A task with a title of ordinary length ' || n,
           repeat('A sentence of its description. ', 8), b.id, b.columns -> 0 ->> 'id'
      FROM generate_series(1, %(tasks)s) AS n, boards b;
"""
APPROVE = """
    INSERT INTO tui_approvals (task_id, stage, kind, actor_type, actor_id)
    SELECT id, 'draft', 'agent', 'local', 'eng-1' FROM tasks WHERE seq %% 100 = 0
        ON CONFLICT DO NOTHING
"""
OURS = """
    SELECT tgname FROM pg_trigger
     WHERE tgrelid = 'tasks'::regclass AND starts_with(tgname, 'tui_')
"""
# Those that change what no index holds are the cheapest updates there are; `touch` has room to
# put the new row beside the old one, and is so the hardest on whatever is added to it.
KINDS = {
    "touch": "SET updated_at = now()",
    "edit": "SET title = left(title, 80) || '.', updated_at = now()",
    "lock": """SET checkout_run_id = CASE WHEN checkout_run_id IS NULL THEN 'agent-eng-1' END,
                   execution_locked_at = now(), updated_at = now()""",
    "priority": """SET priority = CASE priority WHEN 'high' THEN 'low' ELSE 'high' END,
                       updated_at = now()""",
    "move": """SET stage = CASE stage WHEN 'draft' THEN 'build' ELSE 'draft' END,
                   updated_at = now()""",
}


def main() -> int:
    """Measure, and print."""
    return report.main(__doc__, rows, rounds=(15, 1), tasks=(10_000, 100))


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """Every kind of update."""
    with tempfile.TemporaryDirectory(prefix="genie-benchmark-") as place:
        settings = Settings(home=Path(place) / "home", port=free_port())
        endpoint = server.ensure(settings)
        try:
            with psycopg.connect(endpoint.conninfo, autocommit=True) as conn:
                prepare(conn, options.tasks)
                for kind in KINDS:
                    yield from measure(conn, kind, options.rounds)
        finally:
            server.stop(settings)


def prepare(conn: Connection, tasks: int) -> None:
    """Tasks of a usual width, with room in their pages, some of them approved."""
    for migration in migrations.available():
        conn.execute(migration.path.read_bytes())
    conn.execute("ALTER TABLE tasks SET (fillfactor = 45, autovacuum_enabled = off)")
    conn.execute(FILL, {"tasks": tasks})
    conn.execute("ANALYZE")


def measure(conn: Connection, kind: str, rounds: int) -> Iterator[Row]:
    """What one kind of update costs."""
    triggers = [name for (name,) in conn.execute(OURS)]
    pairs = []
    for number in range(rounds):
        order = (True, False) if number % 2 else (False, True)
        taken = {enabled: run(conn, kind, triggers, enabled=enabled) for enabled in order}
        pairs.append((taken[True], taken[False]))
    for what, of in (("the server's processor", "used"), ("time", "elapsed")):
        bare = median([getattr(bare, of) for _, bare in pairs]) * 1e3
        ratio = median([getattr(ours, of) / getattr(bare, of) for ours, bare in pairs])
        yield Row(
            figure=f"{kind}: {what}",
            value=bare * ratio,
            beside="without our triggers",
            other=bare,
            bound=BOUND if of == "used" else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Seconds that an update took, and those that the server's process was at work."""

    elapsed: float
    used: float


def run(conn: Connection, kind: str, triggers: Sequence[str], *, enabled: bool) -> Taken:
    """Update every task."""
    for name in triggers:
        conn.execute(f"ALTER TABLE tasks {'ENABLE' if enabled else 'DISABLE'} TRIGGER {name}")
    conn.execute(APPROVE, {})
    conn.execute("VACUUM tasks, tui_approvals")
    start, used = time.perf_counter(), processor_time(conn)
    conn.execute(f"UPDATE tasks {KINDS[kind]}")
    elapsed = time.perf_counter() - start
    after = processor_time(conn)
    return Taken(elapsed=elapsed, used=after - used if used and after else elapsed)


def processor_time(conn: Connection) -> float | None:
    """Seconds that the server's process for this connection has worked, to the nanosecond."""
    file = Path(f"/proc/{conn.info.backend_pid}/schedstat")
    return int(file.read_text().split()[0]) / 1e9 if file.exists() else None


if __name__ == "__main__":
    sys.exit(main())
