"""The board beside kanban-tui's, with as many tasks, in the same run.

    uv run --group benchmarks python -m benchmarks.peers [--rounds N] [--tasks N] [--keys N]
                                                         [--small] [--json [FILE]]

Each round opens a bare Textual program, kanban-tui 0.21 on an SQLite file of its own, and the
dashboard as if it had never been opened there, on a server that runs; all in a pseudo-terminal of
160 by 48, with the tasks spread over the columns. kanban-tui is of the dependency group
`benchmarks`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import places, report
from benchmarks.places import Place
from benchmarks.report import Row, median, quantile
from benchmarks.terminal import Session

HELLO, OURS, THEIRS = "hello", "genie-tui", "kanban-tui"
FIRST, DOWN, RIGHT, MEMORY = "first card", "cursor down", "column to column", "memory"
BOUNDS = {FIRST: 1 / 15, DOWN: 1 / 8, RIGHT: 1 / 8, MEMORY: 1 / 3}
Samples = dict[tuple[str, str], list[float]]

# Its own functions make the file; the tasks are put in at once, as 1,000 calls take minutes.
FILL = """
import datetime, sqlite3, sys
from kanban_tui.backends.sqlite.database import create_new_board_db, init_new_db
from kanban_tui.config import init_config
from kanban_tui.constants import CONFIG_FILE, DATABASE_FILE
file = DATABASE_FILE.as_posix()
init_config(CONFIG_FILE.as_posix(), file)
init_new_db(file)
create_new_board_db("Bench", icon=":sparkles:", database=file)
with sqlite3.connect(file) as conn:
    seen = "SELECT column_id FROM columns WHERE visible ORDER BY position"
    columns = [column for (column,) in conn.execute(seen)]
    now = datetime.datetime.now().isoformat(timespec="seconds")
    conn.executemany(
        "INSERT INTO tasks (title, column, description, creation_date) VALUES (?, ?, ?, ?)",
        [(f"task {n} of the benchmark", columns[n % len(columns)], "what is to be done", now)
         for n in range(int(sys.argv[1]))])
"""
PROGRAM = "import sys; from kanban_tui.cli import cli; sys.argv = ['kanban-tui']; cli()"


def main() -> int:
    """Measure, and print."""
    return report.main(__doc__, measure, rounds=(3, 1), tasks=(1_000, 50), keys=(30, 3))


def measure(options: argparse.Namespace) -> Iterator[Row]:
    """In turns."""
    samples: Samples = defaultdict(list)
    with places.served() as place:
        place.fill("bench", options.tasks)
        theirs = kanban(place, options.tasks)
        for _ in range(options.rounds):
            with places.hello() as session:
                samples[HELLO, FIRST].append(session.paint(HELLO) * 1e3)
                session.quiet(0.3)
                samples[HELLO, DOWN] += session.keys("j", options.keys)
                samples[HELLO, MEMORY].append(session.memory())
            with Session(
                [sys.executable, "-c", PROGRAM], environment=theirs, cwd=place.directory
            ) as session:
                used(THEIRS, session, samples, options.keys)
            with place.opened("bench") as session:
                used(OURS, session, samples, options.keys)
    return rows(samples)


def kanban(place: Place, tasks: int) -> dict[str, str]:
    """The variables with which kanban-tui opens a file that has so many tasks."""
    homes = {"XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config"}
    variables = {name: str(place.directory / "kanban" / part) for name, part in homes.items()}
    for directory in variables.values():
        Path(directory).mkdir(parents=True)
    subprocess.run([sys.executable, "-c", FILL, str(tasks)], env=os.environ | variables, check=True)
    return variables


def used(name: str, session: Session, samples: Samples, keys: int) -> None:
    """Opened, moved about in, and weighed."""
    samples[name, FIRST].append(session.paint("of the", patience=60) * 1e3)
    session.quiet(1.5, limit=60)
    samples[name, MEMORY].append(session.memory())
    session.send("j")
    session.quiet(1)
    samples[name, DOWN] += pressed(session, "j" * keys)
    samples[name, RIGHT] += pressed(session, "lh" * max(1, keys // 4))


def pressed(session: Session, keys: str) -> list[float]:
    """Milliseconds until the last output of each, however long it takes."""
    costs = [session.after(partial(session.send, key), settle=0.06, patience=10) for key in keys]
    return [cost * 1e3 for cost in costs if cost is not None]


def rows(samples: Samples) -> Iterator[Row]:
    """Ours by theirs, and by hello's."""
    for what in (FIRST, DOWN, RIGHT, MEMORY):
        unit = "MiB" if what == MEMORY else "ms"
        hello = median(samples[HELLO, DOWN if what == RIGHT else what])
        for name, bound in ((OURS, BOUNDS[what]), (THEIRS, None)):
            values, beside = samples[name, what], (THEIRS if name == OURS else HELLO)
            other = median(samples[THEIRS, what]) if name == OURS else hello
            yield Row(
                figure=f"{name}: {what}",
                value=median(values),
                unit=unit,
                p99=quantile(values) if unit == "ms" else None,
                beside=f"{beside}'s",
                other=other,
                bound=bound,
            )


if __name__ == "__main__":
    sys.exit(main())
