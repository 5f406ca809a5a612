"""Whether a restore that is killed ever leaves anything but one whole database in use.

    python -m benchmarks.faults.restoring [--rounds N] [--seed N]

In each round a restore is killed (-9) at a random moment, in every third round the server with it.
What is in use then must be all of the old database or all of the new one, and in the end the next
restore must have removed what the killed ones left. Of every violation the bound is 0. The server
has a temporary home and is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psycopg

from genie_tui.db import backups, restoring, server
from genie_tui.db.connection import Database
from genie_tui.settings import Settings
from tests.cli.programs import COMMAND, environment
from tests.ports import free_port

__all__ = ["main", "rounds"]

NEW, OLD = ["kept"], ["kept", "made since"]
TITLES = "SELECT title FROM tasks ORDER BY title"
ADD = "INSERT INTO tasks (title, repo_path) VALUES (%s, '/')"
LEFT = "SELECT datname FROM pg_database WHERE datname LIKE 'genie\\_restore\\_%'"


def main() -> int:
    """Kill, print, and fail where there was a violation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="genie-benchmark-") as place:
        home = Settings(home=Path(place) / "home", port=free_port())
        try:
            asyncio.run(_migrate(home))
            with psycopg.connect(server.ensure(home).conninfo) as conn:
                conn.execute(ADD, ["kept"])
            backups.back_up(home, home.home / "one.dump", _silent)
            wrong = rounds(home, options.rounds, seed=options.seed, show=print)
        finally:
            server.stop(home)
    print(f"{options.rounds} rounds, {len(wrong)} violations")
    return 1 if wrong else 0


async def _migrate(home: Settings) -> None:
    async with Database(home) as database:
        await database.open()


def _silent(_: str) -> None:
    """Nobody is told."""


def rounds(home: Settings, count: int, *, seed: int, show: object = _silent) -> list[str]:
    """What was wrong in so many rounds; the home has `one.dump`, a backup of the task `kept`."""
    chance = random.Random(seed)
    tell = show if callable(show) else _silent
    wrong, won = [], 0
    command = [*COMMAND, "db", "restore", str(home.home / "one.dump"), "--yes"]
    length = _undisturbed(home, command)
    for number in range(count):
        _prepare(home)
        with subprocess.Popen(
            command, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as program:
            _wait_for_its_database(home, program)
            time.sleep(length * chance.random())
            program.kill()
            if number % 3 == 2 and (pid := server.ensure(home).pid):
                os.kill(pid, signal.SIGKILL)
        found = _titles(home)
        won += found == NEW
        if found not in (OLD, NEW):
            wrong.append(f"round {number}: {found}")
    _undisturbed(home, command)
    if left := _asked(home, LEFT):
        wrong.append(f"left: {left}")
    tell(f"of {count} killed restores {won} had swapped already")
    return wrong


def _undisturbed(home: Settings, command: list[str]) -> float:
    """Seconds that a restore which is left alone takes once it has made its database."""
    with subprocess.Popen(command, env=environment(home), stdout=subprocess.DEVNULL) as program:
        _wait_for_its_database(home, program)
        begun = time.monotonic()
    if program.returncode != 0:
        raise RuntimeError(f"a restore that was left alone failed ({program.returncode})")
    return time.monotonic() - begun


def _wait_for_its_database(home: Settings, program: subprocess.Popen[bytes]) -> None:
    """What is killed before has done nothing yet; what killed ones left is none of its own."""
    beside = replace(server.ensure(home), database="postgres")
    with psycopg.connect(beside.conninfo, autocommit=True) as conn:
        before = conn.execute(LEFT.encode()).fetchall()
        while program.poll() is None:
            now = conn.execute(LEFT.encode()).fetchall()
            if now and now != before:
                return
            time.sleep(0.005)


def _prepare(home: Settings) -> None:
    """The old database is the one that has a task more; nothing else is kept."""
    for one in _asked(home, "SELECT datname FROM pg_database WHERE datname LIKE 'genie\\_before%'"):
        restoring.confirm(home, [one])
    if _titles(home) == NEW:
        with psycopg.connect(server.ensure(home).conninfo) as conn:
            conn.execute(ADD, ["made since"])


def _titles(home: Settings) -> list[str]:
    return _asked(home, TITLES)


def _asked(home: Settings, query: str) -> list[str]:
    with psycopg.connect(server.ensure(home).conninfo) as conn:
        return [str(row[0]) for row in conn.execute(query.encode())]


if __name__ == "__main__":
    sys.exit(main())
