"""What starting the command line costs, beside bare programs in the same run.

    uv run python -m benchmarks.command_line [--rounds N] [--tasks N] [--small] [--json [FILE]]

Processes are timed from outside, one of each kind a round, so that whatever else the machine does
falls on all alike. The bare programs import click, or click and psycopg, and then run the very
statements that the command runs, which are recorded beforehand. The server runs all the while, in
a temporary home.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import report
from benchmarks.report import Row, median, quantile
from genie_tui.db import server
from genie_tui.settings import Settings
from tests.ports import free_port

FILL = """
    INSERT INTO tasks (repo_path, project_id, title, description, stage)
    SELECT p.repo_path, p.id, 'task ' || n, repeat('what is to be done, in so many words. ', 5),
           (ARRAY['draft', 'build', 'review'])[1 + n % 3]
      FROM projects p, generate_series(1, {tasks}) AS n
"""

# The checks of the server and of its migrations are not among what is replayed.
RECORD = """
import sys
import psycopg
from genie_tui.cli import main
from genie_tui.db import endpoints, migrations

checks = (endpoints.IDENTITY, migrations.APPLIED)
execute = psycopg.AsyncCursor.execute
statements = []

async def recording(self, query, params=None, **how):
    if query not in checks:
        statements.append((query, params))
    return await execute(self, query, params, **how)

psycopg.AsyncCursor.execute = recording
try:
    main(sys.argv[2:])
finally:
    with open(sys.argv[1], "w") as file:
        file.write(repr(statements))
"""

REPLAY = """
import click
import psycopg
import datetime

with psycopg.connect({address!r}) as conn:
    for query, params in {statements}:
        conn.execute(query, params).fetchall()
"""

CLICK = "import click"
COMMANDS = {"task list": ["task", "list", "--json"], "status": ["status"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where everything is measured."""

    directory: Path
    repository: Path
    environment: Mapping[str, str]
    address: str


def genie(*arguments: str) -> list[str]:
    """The program, started as an installed one is."""
    return [sys.executable, "-c", "from genie_tui.__main__ import main; main()", *arguments]


def prepared(directory: Path, port: int, tasks: int) -> Place:
    """A running server whose one project has so many tasks."""
    settings = Settings(home=directory / "home", port=port)
    address = server.ensure(settings).url
    unwanted = ("GENIE_", "PYTHON", "NO_COLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    repository = directory / "acme"
    (repository / ".git").mkdir(parents=True)
    place = Place(
        directory=directory,
        repository=repository,
        environment={
            **kept,
            "GENIE_HOME": str(settings.home),
            "GENIE_PG_PORT": str(port),
            # Compiled once, as an installed program is.
            "PYTHONPYCACHEPREFIX": str(directory / "compiled"),
        },
        address=address,
    )
    run(place, genie("task", "create", "the first"))
    run(place, genie("db", "shell", "--", "-qc", FILL.format(tasks=tasks - 1)))
    run(place, genie("db", "shell", "--", "-qc", "ANALYZE tasks"))
    return place


def run(place: Place, command: Sequence[str]) -> float:
    """Seconds that a command takes.

    Raises:
        CalledProcessError: it fails.
    """
    started = time.perf_counter()
    subprocess.run(
        command,
        cwd=place.repository,
        env=place.environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - started


def replayed(place: Place, name: str, arguments: Sequence[str]) -> list[str]:
    """A bare program that runs the statements which a command runs."""
    record = place.directory / f"{name}.txt"
    run(place, [sys.executable, "-c", RECORD, str(record), *arguments])
    program = place.directory / f"{name}.py"
    program.write_text(REPLAY.format(address=place.address, statements=record.read_text()))
    return [sys.executable, str(program)]


def measured(place: Place, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of every program, in turns."""
    programs = {
        "python": [sys.executable, "-c", ""],
        CLICK: [sys.executable, "-c", "import click"],
        "--version": genie("--version"),
        "--help": genie("--help"),
        "import click, psycopg": [sys.executable, "-c", "import click, psycopg"],
    }
    for name, arguments in COMMANDS.items():
        programs[f"{name}, bare"] = replayed(place, name.replace(" ", "_"), arguments)
        programs[name] = genie(*arguments)
    for command in programs.values():
        run(place, command)
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, command in programs.items():
            times[name].append(run(place, command) * 1e3)
    return times


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """The floors, and each command beside the bare program that does as much."""
    with tempfile.TemporaryDirectory(prefix="genie-command-") as directory:
        port = free_port()
        try:
            place = prepared(Path(directory), port, options.tasks)
            found = measured(place, options.rounds)
        finally:
            server.stop(Settings(home=Path(directory) / "home", port=port))
    beside = {"--version": (CLICK, 2.0), "--help": (CLICK, 2.0)}
    beside |= {name: (f"{name}, bare", 1.4) for name in COMMANDS}
    for name, times in found.items():
        floor, bound = beside.get(name, ("", None))
        yield Row(
            figure=f"genie-tui {name}" if floor else name,
            value=median(times),
            p99=quantile(times),
            beside=floor,
            other=median(found[floor]) if floor else None,
            bound=bound,
        )


def main() -> int:
    """Measure, and print."""
    return report.main(__doc__, rows, rounds=(25, 1), tasks=(100, 10))


if __name__ == "__main__":
    sys.exit(main())
