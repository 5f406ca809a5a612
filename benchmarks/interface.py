"""What the whole dashboard costs on a real database, beside a bare Textual program.

    python -m benchmarks.interface [--rounds N] [--tasks N] [--json]

Two databases of one server, with 1,000 tasks and with `--tasks`; each round opens the dashboard on
either in a pseudo-terminal of 160 by 48, and presses the same keys. A key's cost is the time until
the last byte that it changes; what is printed are medians of all rounds.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.board import APP, quantile
from benchmarks.terminal import Session
from genie_tui.db import server
from genie_tui.settings import Settings

PORT = 29537
FEW = 1_000
REPO = Path(__file__).resolve().parent
"""Where the dashboard is opened: the directory of the project that is filled."""

# A board's tasks, a tenth of them waiting for another, and some events about them.
FILL = """
    INSERT INTO projects (id, name, repo_path) VALUES ('proj-bench', 'bench', '{repo}');
    INSERT INTO boards (id, name, project_id, columns)
    SELECT 'board-bench', 'Bench', 'proj-bench', b.columns
      FROM board_templates b WHERE b.name = 'software';
    ALTER TABLE tasks DISABLE TRIGGER USER;
    ALTER TABLE task_dependencies DISABLE TRIGGER USER;
    ALTER TABLE audit_events DISABLE TRIGGER USER;
    INSERT INTO tasks (id, seq, repo_path, project_id, board_id, title, description, stage,
                       column_id, priority, created_at, updated_at)
    SELECT 'task-' || lpad(to_hex(n), 8, '0'), n, '{repo}', 'proj-bench', 'board-bench',
           'task ' || n || ' of the benchmark', 'what is to be done', c ->> 'name', c ->> 'id',
           (ARRAY['urgent', 'high', 'normal', 'low'])[1 + n % 4],
           now() - n * interval '1 minute', now() - n * interval '1 minute'
      FROM generate_series(1, {tasks}) AS n,
           LATERAL (SELECT b.columns -> (n % jsonb_array_length(b.columns)) AS c
                      FROM boards b WHERE b.id = 'board-bench') AS board;
    INSERT INTO task_dependencies (task_id, depends_on_id)
    SELECT 'task-' || lpad(to_hex(n), 8, '0'), 'task-' || lpad(to_hex(n - 10), 8, '0')
      FROM generate_series(20, least({tasks}, 5000), 10) AS n;
    INSERT INTO task_stage_log (task_id, from_stage, to_stage, created_at)
    SELECT t.id, 'draft', t.stage, t.created_at + interval '1 hour' FROM tasks t;
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details, created_at)
    SELECT 'task', t.id, 'created', 'bench', '{{}}', t.created_at FROM tasks t;
    ALTER TABLE tasks ENABLE TRIGGER USER;
    ALTER TABLE task_dependencies ENABLE TRIGGER USER;
    ALTER TABLE audit_events ENABLE TRIGGER USER;
    ANALYZE
"""

HELLO = "hello"
Samples = dict[tuple[str, str], list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A ratio of goals.md: `what` of the large database, by `of` of the program `beside`."""

    what: str
    of: str
    beside: str
    bound: float


BOUNDS = (
    Bound(what="first frame", of="first frame", beside=HELLO, bound=1.10),
    Bound(what="first frame, seen before", of="first frame", beside=HELLO, bound=1.10),
    Bound(what="live cards", of="first frame", beside=HELLO, bound=1.6),
    Bound(what="down", of="down", beside="few", bound=1.2),
    Bound(what="down", of="key", beside=HELLO, bound=2.5),
    Bound(what="right", of="key", beside=HELLO, bound=1.2),
    Bound(what="memory", of="memory", beside="few", bound=1.05),
    Bound(what="memory", of="memory", beside=HELLO, bound=1.6),
)

LIMITS = {"filter": 80.0, "resize": 100.0, "screen": 100.0}
"""Milliseconds that a median may take, by the beginning of what was measured."""

SCREENS = (
    "Triage",
    "Activity",
    "Graph",
    "Messages",
    "Agents",
    "Metrics",
    "Registry",
    "System",
    "Board",
)


@contextmanager
def served(tasks: int) -> Iterator[dict[str, str]]:
    """A server with both databases: the arguments that open the dashboard on either."""
    with tempfile.TemporaryDirectory(prefix="genie-bench-") as home:
        settings = Settings(home=Path(home), port=PORT)
        at = server.ensure(settings)
        try:
            addresses = {}
            for name, count in (("few", FEW), ("many", tasks)):
                base = f"postgresql://{at.user}:{at.password}@{at.host}:{at.port}"
                with psycopg.connect(f"{base}/genie", autocommit=True) as conn:
                    conn.execute(f"CREATE DATABASE {name}".encode())
                _fill(f"{base}/{name}", count)
                addresses[name] = f"{base}/{name}"
            yield addresses
        finally:
            server.stop(settings)


def _fill(dsn: str, count: int) -> None:
    command = [sys.executable, "-m", "genie_tui", "--dsn", dsn, "db", "migrate"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(FILL.format(tasks=count, repo=REPO).encode())


def resize(session: Session, columns: int, rows: int) -> float | None:
    """Time until the last byte that another size of the terminal changes."""
    size = struct.pack("HHHH", rows, columns, 0, 0)
    session.screen.resize(rows, columns)
    fcntl.ioctl(session._master, termios.TIOCSWINSZ, size)
    return session.key("")


def bare(samples: Samples, keys: int) -> None:
    """A Textual program that shows a line."""
    session = Session([sys.executable, APP, HELLO])
    try:
        samples[HELLO, "first frame"].append(session.paint(HELLO) * 1e3)
        session.quiet(0.3)
        take(samples[HELLO, "key"], session, "j", keys)
        samples[HELLO, "memory"].append(session.memory())
    finally:
        session.close()


def take(into: list[float], session: Session, keys: str, times: int) -> None:
    """Press a key again and again, each time waiting for the screen."""
    costs = (session.key(keys) for _ in range(times))
    into.extend(cost * 1e3 for cost in costs if cost is not None)


def dashboard(name: str, dsn: str, home: Path, samples: Samples, keys: int) -> None:
    """The dashboard on one of the databases: used, left, and opened once more."""
    environment = {"GENIE_HOME": str(home / name), "GENIE_DATABASE_URL": dsn}
    shutil.rmtree(home / name, ignore_errors=True)

    def opened() -> Session:
        command = [sys.executable, "-m", "genie_tui"]
        return Session(command, environment=environment, cwd=REPO)

    session = opened()
    try:
        samples[name, "first frame"].append(session.paint("genie") * 1e3)
        samples[name, "live cards"].append(session.paint("of the benchmark") * 1e3)
        session.paint("live")
        session.quiet(0.5)
        take(samples[name, "down"], session, "j", keys)
        take(samples[name, "right"], session, "l", 6)
        take(samples[name, "left"], session, "h", 6)
        session.send("/")
        session.quiet(0.3)
        for letter in "task 12":
            take(samples[name, "filter keystroke"], session, letter, 1)
        session.send("\x1b")
        session.quiet(0.4)
        for columns, rows in ((120, 40), (80, 30), (160, 48)):
            cost = resize(session, columns, rows)
            if cost is not None:
                samples[name, "resize"].append(cost * 1e3)
        samples[name, "memory"].append(session.memory())
        for screen in SCREENS:
            switch(name, screen, session, samples)
        samples[name, "memory, all screens seen"].append(session.memory())
        session.leave("q")
    finally:
        session.close()
    session = opened()
    try:
        samples[name, "first frame, seen before"].append(session.paint("starting") * 1e3)
        samples[name, "live, seen before"].append(session.paint("live") * 1e3)
    finally:
        session.close()


def switch(name: str, screen: str, session: Session, samples: Samples) -> None:
    """Go to a screen by its name; the first time it is made, the second time it is shown."""
    for which in ("first", "again"):
        session.send("x")
        session.quiet(0.15)
        session.send(screen.lower())
        session.quiet(0.2)
        cost = session.key("\r", settle=0.25)
        if cost is not None:
            samples[name, f"screen {screen}, {which}"].append(cost * 1e3)
        session.quiet(0.3)
        if which == "first":
            session.send("[")
            session.quiet(0.3)


def report(samples: Samples) -> list[dict[str, object]]:
    """Every figure with what it is compared with, its ratio and its bound."""
    rows: list[dict[str, object]] = []
    for what in dict.fromkeys(what for name, what in samples if name == "many"):
        few, many = samples.get(("few", what)), samples["many", what]
        limit = next((v for k, v in LIMITS.items() if what.startswith(k)), None)
        middle = statistics.median(many)
        row: dict[str, object] = {"figure": what, "few": few and statistics.median(few)}
        row |= {"many": middle, "p99": quantile(many, 0.99), "bound": limit}
        rows.append(row | {"ok": limit is None or middle <= limit})
    return rows


def ratios(samples: Samples) -> list[dict[str, object]]:
    """What goals.md bounds by a ratio."""
    rows: list[dict[str, object]] = []
    for one in BOUNDS:
        value = statistics.median(samples["many", one.what])
        ratio = value / statistics.median(samples[one.beside, one.of])
        beside = "1,000 tasks'" if one.beside == "few" else f"{one.beside}'s"
        figure = f"{one.what} / {beside} {one.of}"
        rows.append(
            {"figure": figure, "ratio": ratio, "bound": one.bound, "ok": ratio <= one.bound}
        )
    return rows


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--keys", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    samples: Samples = defaultdict(list)
    begun = time.monotonic()
    with served(options.tasks) as addresses, tempfile.TemporaryDirectory() as home:
        for _ in range(options.rounds):
            bare(samples, options.keys)
            for name, dsn in addresses.items():
                dashboard(name, dsn, Path(home), samples, options.keys)
    figures, bounded = report(samples), ratios(samples)
    if options.json:
        print(json.dumps({"figures": figures, "ratios": bounded}, indent=1))
        return
    print(f"ms, MiB: medians of {options.rounds} rounds in {time.monotonic() - begun:.0f} s")
    print(f"{'':28}{'1,000':>10}{f'{options.tasks:,}':>10}{'p99':>10}   bound")
    for row in figures:
        few = f"{row['few']:10.1f}" if row["few"] is not None else f"{'-':>10}"
        told = "" if row["bound"] is None else f"{row['bound']:8.0f}  {_verdict(row)}"
        print(f"{row['figure']:28}{few}{row['many']:10.1f}{row['p99']:10.1f}{told}")
    print()
    for row in bounded:
        told = f"{row['ratio']:8.2f}   bound {row['bound']:.2f}  {_verdict(row)}"
        print(f"{row['figure']:40}{told}")


def _verdict(row: dict[str, object]) -> str:
    return "ok" if row["ok"] else "OVER"


if __name__ == "__main__":
    main()
