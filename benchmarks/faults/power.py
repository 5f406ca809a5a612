"""Whether what was acknowledged is there after a power cut, and what was denied is not.

    python -m benchmarks.faults.power [--rounds N] [--writers N] [--seed N] [--json]

Writers commit one task after another, as the dashboard does, while in each round every process of
PostgreSQL is killed (-9) at once at a random moment; whoever notices first starts it again. Of each
task it is known whether it was acknowledged, denied ("nothing was written") or left unknown. In the
end the acknowledged must be there, once; the denied must not; and all checksums must be right. Of
every violation the bound is 0.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil

from genie_tui.db import binaries, outcomes, processes
from genie_tui.db.connection import Database
from genie_tui.errors import NoDatabase, NotDone
from genie_tui.settings import Settings
from tests.disks import quickest_disk
from tests.homes import end_everything
from tests.ports import free_port

__all__ = ["Fates", "cut", "main"]

ADD = "INSERT INTO tasks (title, repo_path) VALUES (%s, '/')"
TITLES = "SELECT title FROM tasks"
BETWEEN = 0.4
"""Seconds of commits before a cut, at most."""
COMES_BACK_WITHIN = 60.0


class Fates:
    """What the writers were told of each task, by title."""

    def __init__(self) -> None:
        self.acknowledged: list[str] = []
        self.denied: list[str] = []
        self.unknown: list[str] = []

    def violations(self, found: Counter[str]) -> list[str]:
        """What is otherwise in the table than it was told."""
        told = {
            "lost": [title for title in self.acknowledged if title not in found],
            "denied, and yet there": [title for title in self.denied if title in found],
            "written twice": [title for title, times in found.items() if times > 1],
        }
        return [f"{what}: {titles}" for what, titles in told.items() if titles]


def main() -> int:
    """Cut, print, and fail where there was a violation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="genie-power-", dir=quickest_disk()) as place:
        home = Settings(home=Path(place) / "home", port=free_port())
        try:
            chance = random.Random(options.seed)
            fates, wrong = asyncio.run(cut(home, options.rounds, options.writers, chance))
        finally:
            end_everything(home)
        wrong += _checksums(home)
    told = {fate: len(titles) for fate, titles in vars(fates).items()}
    taken = round(time.monotonic() - begun, 1)
    if options.json:
        print(json.dumps({"rounds": options.rounds, **told, "violations": wrong, "seconds": taken}))
    else:
        numbers = ", ".join(f"{number} {fate}" for fate, number in told.items())
        print(f"{options.rounds} cuts in {taken} s: {numbers}; {len(wrong)} violations")
        print("".join(f"  VIOLATION {line}\n" for line in wrong), end="")
    return 1 if wrong else 0


async def cut(
    home: Settings, rounds: int, writers: int, chance: random.Random
) -> tuple[Fates, list[str]]:
    """Cut the power so many times while they write; what they were told, and what is wrong."""
    fates, over = Fates(), asyncio.Event()
    async with Database(home) as database:
        await database.open()
        async with asyncio.TaskGroup() as group:
            for number in range(writers):
                group.create_task(_write(Database(home, pool_size=1), number, fates, over))
            for _ in range(rounds):
                await _commits(fates)
                await asyncio.sleep(chance.uniform(0, BETWEEN))
                _kill_all(home.data)
            await _commits(fates)
            over.set()
        async with database.connection() as conn:
            rows = await (await conn.execute(TITLES)).fetchall()
    wrong = fates.violations(Counter(str(row[0]) for row in rows))
    if not processes.live(home.data):
        wrong.append("no server runs in the end")
    return fates, wrong


def _kill_all(data: Path) -> None:
    """kill -9 all at once; not waited for, since somebody may start the next already."""
    for process in processes.live(data):
        with suppress(psutil.NoSuchProcess):
            process.kill()


async def _write(database: Database, number: int, fates: Fates, over: asyncio.Event) -> None:
    """One task after another, and what is said of each."""
    count = 0
    async with database:
        while not over.is_set():
            title = f"{number}/{count}"
            count += 1
            try:
                async with database.connection() as conn:
                    await conn.execute(ADD, [title])
            except NotDone:
                fates.denied.append(title)
            except NoDatabase as error:
                known = str(error) != outcomes.UNKNOWN
                (fates.denied if known else fates.unknown).append(title)
            else:
                fates.acknowledged.append(title)


async def _commits(fates: Fates) -> None:
    """Wait until the server is there again and commits.

    Raises:
        TimeoutError: it does not come back.
    """
    before = len(fates.acknowledged)
    async with asyncio.timeout(COMES_BACK_WITHIN):
        while len(fates.acknowledged) == before:  # noqa: ASYNC110 - eight writers may be first
            await asyncio.sleep(0.01)


def _checksums(home: Settings) -> list[str]:
    """What is wrong with the files of the server, which was stopped."""
    program = binaries.find().program("pg_checksums")
    done = subprocess.run(
        [program, "--check", "-D", home.data], capture_output=True, text=True, check=False
    )
    return [done.stderr + done.stdout] if done.returncode else []


if __name__ == "__main__":
    sys.exit(main())
