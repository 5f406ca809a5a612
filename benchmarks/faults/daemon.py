"""Whether a trigger is ever fired twice, or lost, however often daemons are killed.

    python -m benchmarks.faults.daemon [--triggers N] [--kills N] [--daemons N] [--seed N]

Several daemons fire triggers whose commands each leave a mark, and schedules that are due every
second, while one daemon after the other is killed (-9) at a random moment and started again. In the
end each trigger must have left one mark, or none and a run that failed and says why; of a schedule
each time must have one trigger. Of every violation the bound is 0. The server has a temporary home
and is ended.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from genie_tui.db import server
from genie_tui.settings import Settings
from tests.cli.programs import COMMAND, environment
from tests.ports import free_port
from tests.waiting import wait_until

__all__ = ["Outcome", "main", "torture"]

SCHEDULES = 5
"""That many are due every second."""
AT_ONCE = "16"
PATIENCE = 600.0
"""Seconds for what is left when nobody is killed any more."""

MARK = 'echo "$GENIE_TRIGGER_ID" >> {marks}'

ADD_SCHEDULE = """
    INSERT INTO schedules (id, name, cron_expression, command, run_spec, metadata)
    VALUES (%(id)s, %(id)s, %(when)s, %(command)s, '{"lease_timeout_ms": 20000}',
            '{"catch_up": "all"}')
"""
ADD_TRIGGERS = """
    INSERT INTO triggers (id, schedule_id, due_at)
    SELECT 'one-' || n, 'once', now() + n * interval '6 milliseconds'
      FROM generate_series(1, %(many)s) n
"""
ADD_FIRST = "INSERT INTO triggers (id, schedule_id, due_at) VALUES (%(id)s, %(id)s, now())"
OPEN = "SELECT count(*) FROM triggers WHERE status IN ('pending', 'executing')"
TRIGGERS = """
    SELECT g.id, g.schedule_id, g.status, g.due_at,
           array_agg(r.status ORDER BY r.created_at) AS runs,
           array_agg(coalesce(r.error, '') ORDER BY r.created_at) AS errors
      FROM triggers g LEFT JOIN runs r ON r.trigger_id = g.id
     GROUP BY g.id
     ORDER BY g.schedule_id, g.due_at
"""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What was seen: how many triggers, runs and kills, and what was wrong."""

    triggers: int = 0
    failed: int = 0
    again: int = 0
    kills: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def main() -> int:
    """Kill, print, and fail where there was a violation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triggers", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--daemons", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="genie-benchmark-") as place:
        home = Settings(home=Path(place) / "home", port=free_port())
        try:
            found = torture(
                home,
                triggers=options.triggers,
                kills=options.kills,
                daemons=options.daemons,
                rng=random.Random(options.seed),
            )
        finally:
            server.stop(home)
    for line in found.wrong[:20]:
        print(line)
    print(
        f"{found.triggers} triggers, {found.kills} kills of {options.daemons} daemons, "
        f"{found.seconds:.0f} s: {found.again} fired again as they had not begun, "
        f"{found.failed} failed and say why, {len(found.wrong)} violations"
    )
    return 1 if found.wrong else 0


def torture(
    home: Settings, *, triggers: int, kills: int, daemons: int, rng: random.Random
) -> Outcome:
    """Have triggers fired by daemons that are killed, and look at what came of it."""
    found = Outcome()
    marks = home.home / "marks"
    dsn = server.ensure(home).conninfo
    subprocess.run(
        [*COMMAND, "db", "migrate"], env=environment(home), check=True, capture_output=True
    )
    begun = time.monotonic()
    with psycopg.connect(dsn, autocommit=True) as conn:
        _fill(conn, marks, triggers)
        running = [_daemon(home) for _ in range(daemons)]
        try:
            while found.kills < kills:
                time.sleep(rng.uniform(0.1, 1.2))
                at = rng.randrange(daemons)
                running[at].send_signal(signal.SIGKILL)
                running[at].wait()
                running[at] = _daemon(home)
                found.kills += 1
            conn.execute("UPDATE schedules SET cron_expression = '@once' WHERE id <> 'once'")
            wait_until(lambda: conn.execute(OPEN).fetchone() == (0,), seconds=PATIENCE)
        finally:
            for process in running:
                process.terminate()
                process.wait()
        found.seconds = time.monotonic() - begun
        _judge(conn, marks, found)
    return found


def _fill(conn: psycopg.Connection, marks: Path, triggers: int) -> None:
    command = MARK.format(marks=marks)
    conn.execute(ADD_SCHEDULE, {"id": "once", "when": "@once", "command": command})
    conn.execute(ADD_TRIGGERS, {"many": triggers})
    for number in range(SCHEDULES):
        values = {"id": f"every-{number}", "when": "@every 1s", "command": command}
        conn.execute(ADD_SCHEDULE, values)
        conn.execute(ADD_FIRST, values)


def _daemon(home: Settings) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, "daemon", "run", "--jitter", "0", "--max-concurrent", AT_ONCE],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _judge(conn: psycopg.Connection, marks: Path, found: Outcome) -> None:
    """Compare the marks with the rows."""
    left = Counter(marks.read_text().split())
    previous = None
    for row in conn.cursor(row_factory=dict_row).execute(TRIGGERS):
        found.triggers += 1
        found.again += sum("fired again" in error for error in row["errors"])
        last, why = row["runs"][-1], row["errors"][-1]
        fired = left[row["id"]]
        if row["status"] == "completed" and (last, fired) != ("completed", 1):
            found.wrong.append(f"{row['id']} completed with {fired} marks, {row['runs']}")
        elif row["status"] == "failed":
            found.failed += 1
            if fired > 1 or last != "failed" or not why:
                found.wrong.append(f"{row['id']} failed with {fired} marks, {row['runs']}: {why}")
        elif row["status"] != "completed":
            found.wrong.append(f"{row['id']} is {row['status']}")
        if row["schedule_id"] != "once" and previous and previous[0] == row["schedule_id"]:
            apart = (row["due_at"] - previous[1]).total_seconds()
            if apart != 1:
                found.wrong.append(f"{row['id']} is due {apart} s after the one before it")
        previous = (row["schedule_id"], row["due_at"])


if __name__ == "__main__":
    sys.exit(main())
