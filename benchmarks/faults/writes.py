"""Whether a write whose connection breaks happens once, or not at all, as its writer is told.

    python -m benchmarks.faults.writes [--rounds N] [--writers N] [--seed N]

Writers write all the time, each a task and a comment on it in one transaction, some of them over a
wire. In each round something breaks at a random moment. Then what each writer was told is compared
with the tables: lost is what was told to be written and is not, doubled what is there more often,
undone in word alone what is there all the same, halved what is there in part. Of each the bound
is 0. The server has a temporary home and is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
from psycopg import AsyncConnection

from genie_tui.db import cluster, outcomes, server
from genie_tui.db.connection import Database
from genie_tui.domain.actors import Actor
from genie_tui.domain.repeating import repeated
from genie_tui.errors import NoDatabase, NotDone
from genie_tui.services import conversations, tasks
from genie_tui.settings import Settings
from tests.ports import free_port
from tests.wire import Wire

__all__ = ["Told", "main", "torture"]

ADA = Actor.human("ada", host="test")
REPO = "/src/acme"

DONE, UNDONE, AWAY, UNKNOWN = "done", "undone", "nothing to write to", "unknown"

OURS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'genie-tui'"
FOUND = """
    SELECT mark, count(*) FILTER (WHERE kind = 'task'), count(*) FILTER (WHERE kind = 'comment')
      FROM (SELECT title, 'task' FROM tasks UNION ALL SELECT body, 'comment' FROM messages)
        AS found (mark, kind)
     GROUP BY mark
"""

Found = Mapping[str, tuple[int, int]]
"""Of each write, how many of its tasks and of its comments there are."""


@dataclass(slots=True)
class Told:
    """What the writers were told of each write, and how many were tried once more."""

    outcomes: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    again: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, mark: str, outcome: str) -> None:
        """A writer was told so."""
        self.outcomes[mark] = outcome
        async with self.changed:
            self.counts[outcome] += 1
            self.changed.notify_all()

    def judge(self, found: Found) -> list[str]:
        """Where the tables say something else; a line each."""
        wrong = [f"{mark}: nobody wrote it" for mark in found.keys() - self.outcomes.keys()]
        for mark, outcome in self.outcomes.items():
            made, said = found.get(mark, (0, 0))
            if made != said:
                wrong.append(f"{mark}: halved, {made} tasks and {said} comments")
            elif made > 1:
                wrong.append(f"{mark}: doubled, {made} times")
            elif made and outcome in {UNDONE, AWAY}:
                wrong.append(f"{mark}: undone in word alone")
            elif not made and outcome == DONE:
                wrong.append(f"{mark}: lost")
        return wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A server, and the wire over which some write."""

    settings: Settings
    wire: Wire
    chance: random.Random

    async def pids(self) -> list[int]:
        """The server's processes that serve the writers; none while it is away."""
        with suppress(psycopg.OperationalError):
            at = await asyncio.to_thread(server.ensure, self.settings)
            async with await AsyncConnection.connect(at.conninfo) as conn:
                return [pid for (pid,) in await (await conn.execute(OURS)).fetchall()]
        return []


async def cut_the_wire(place: Place) -> None:
    """Who writes over it knows no more, and the server may go on with what it has."""
    place.wire.cut()


async def terminate(place: Place) -> None:
    """The server ends what serves the writers."""
    for pid in await place.pids():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


async def kill_one(place: Place) -> None:
    """What serves one of them dies; the server throws out all, and recovers."""
    if pids := await place.pids():
        with suppress(ProcessLookupError):
            os.kill(place.chance.choice(pids), signal.SIGKILL)


async def kill_the_server(place: Place) -> None:
    """It dies without a word; whoever needs it first starts it again."""
    if (found := cluster.pid_file(place.settings.data)) is not None:
        with suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGKILL)
    await asyncio.to_thread(server.ensure, place.settings)


async def restart_the_server(place: Place) -> None:
    """It is stopped, which ends all transactions, and started again."""
    await asyncio.to_thread(server.stop, place.settings)
    await asyncio.to_thread(server.ensure, place.settings)


BREAKS: tuple[Callable[[Place], Awaitable[None]], ...] = (
    *(cut_the_wire, terminate, kill_the_server, kill_one, restart_the_server, kill_the_server),
)


async def torture(
    settings: Settings, rounds: int, *, writers: int = 6, seed: int = 1
) -> tuple[Told, list[str]]:
    """Break a home's server so often; what was told, and what is wrong with it."""
    async with _served(settings, random.Random(seed)) as here:
        over = replace(settings, dsn=await here.wire.open())
        told, going = Told(), asyncio.Event()
        going.set()
        async with asyncio.TaskGroup() as group:
            for number in range(writers):
                way = over if number % 2 else settings
                group.create_task(_write_on(way, f"w{number}", told, going))
            for number in range(rounds):
                await _some_are_done(told, writers)
                await asyncio.sleep(here.chance.random() * 0.05)
                await BREAKS[number % len(BREAKS)](here)
            await _some_are_done(told, writers)
            going.clear()
        at = server.ensure(settings)
        async with await AsyncConnection.connect(at.conninfo) as conn:
            rows = await (await conn.execute(FOUND)).fetchall()
        return told, told.judge({mark: (made, said) for mark, made, said in rows})


@asynccontextmanager
async def _served(settings: Settings, chance: random.Random) -> AsyncIterator[Place]:
    async with Database(settings) as database:
        await database.open()
    at = server.ensure(settings)
    wire = Wire(f"postgresql://{at.user}:{at.password}@{at.host}:{at.port}/genie")
    try:
        yield Place(settings=settings, wire=wire, chance=chance)
    finally:
        await wire.close()
        server.stop(settings)


async def _some_are_done(told: Told, number: int) -> None:
    """So many more; whoever was thrown out has come back then."""
    enough = told.counts[DONE] + number
    async with told.changed:
        await told.changed.wait_for(lambda: told.counts[DONE] >= enough)


async def _write_on(settings: Settings, name: str, told: Told, going: asyncio.Event) -> None:
    """Write one thing after the other, as a screen does."""
    number = 0
    async with Database(settings, pool_size=1) as database:
        while going.is_set():
            number += 1
            mark = f"{name} {number}"
            await told.take(mark, await _write(database, mark, told))


async def _write(database: Database, mark: str, told: Told) -> str:
    tries = 0

    async def once() -> None:
        nonlocal tries
        tries += 1
        async with database.connection() as conn:
            task = await tasks.create_task(conn, REPO, title=mark, actor=ADA)
            await conversations.comment(conn, task.id, mark, ADA)

    try:
        await repeated(once)
    except (NoDatabase, psycopg.Error) as error:
        await asyncio.sleep(0.05)
        if str(error) == outcomes.UNKNOWN:
            return UNKNOWN
        return UNDONE if isinstance(error, NotDone | psycopg.Error) else AWAY
    finally:
        told.again += tries > 1
    return DONE


def main() -> int:
    """Break, print, and fail where somebody was told what is not so."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--writers", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="genie-benchmark-") as place:
        settings = Settings(home=Path(place) / "home", port=free_port())
        told, wrong = asyncio.run(
            torture(settings, options.rounds, writers=options.writers, seed=options.seed)
        )
    shown = ", ".join(f"{number} {outcome}" for outcome, number in told.counts.items())
    print(
        f"{options.rounds} breaks, {len(told.outcomes)} writes: {shown}; {told.again} tried again"
    )
    print(f"{len(wrong)} wrong", *wrong[:30], sep="\n  ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
