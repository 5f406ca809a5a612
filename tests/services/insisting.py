"""Writers that never give up, and what a feed must have told of them."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg
from psycopg import AsyncConnection

from genie_tui.domain.changes import Event
from genie_tui.errors import NoDatabase
from tests.services.following import Follower
from tests.services.writing import logged, move, rows_of, say

__all__ = ["Writer", "check", "writing"]

STAGES = ("draft", "brainstorm", "wish", "build", "review", "qa", "ship")

Connecting = Callable[[], Awaitable[AsyncConnection]]


class Writer:
    """Moves tasks and talks, each step until it is known to be committed, once."""

    def __init__(self, connect: Connecting, tasks: list[str], seed: int) -> None:
        self.steps = 0
        self.stopping = False
        self._connect = connect
        self._tasks = tasks
        self._random = random.Random(seed)
        self._conn: AsyncConnection | None = None

    async def run(self) -> None:
        """Write until told to stop."""
        while not self.stopping:
            await self.step()
            await asyncio.sleep(self._random.random() * 0.004)
        await self._hang_up()

    async def step(self) -> None:
        """One transaction, repeated as long as it was not committed."""
        self.steps += 1
        mark = f"step {self.steps} of {id(self)}"
        task, stage = self._random.choice(self._tasks), self._random.choice(STAGES)
        given_up = self._random.random() < 0.1
        while True:
            try:
                conn = await self._connected()
                if await self._is_committed(conn, mark):
                    return
                await self._write(conn, task, stage, mark)
                await (conn.rollback() if given_up else conn.commit())
                if given_up:
                    return
            except (psycopg.OperationalError, NoDatabase):
                await self._hang_up()
                await asyncio.sleep(0.01)

    async def _write(self, conn: AsyncConnection, task: str, stage: str, mark: str) -> None:
        await move(conn, task, stage)
        await say(conn, task, mark)

    async def _is_committed(self, conn: AsyncConnection, mark: str) -> bool:
        query = "SELECT 1 FROM messages WHERE body = %s"
        found = await (await conn.execute(query, (mark,))).fetchone()
        await conn.rollback()
        return found is not None

    async def _connected(self) -> AsyncConnection:
        if self._conn is None or self._conn.closed:
            self._conn = await self._connect()
        return self._conn

    async def _hang_up(self) -> None:
        if self._conn is not None:
            await self._conn.close()


@contextlib.asynccontextmanager
async def writing(writers: list[Writer]) -> AsyncIterator[None]:
    """Writers at work until the end of the block."""
    tasks = [asyncio.create_task(writer.run()) for writer in writers]
    try:
        yield
    finally:
        for writer in writers:
            writer.stopping = True
        await asyncio.gather(*tasks)


def in_order_of_each_task(events: list[Event]) -> bool:
    """Did each task's changes, and its comments, come in the order in which they were made?"""
    ids: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for event in events:
        ids[event.key[0], event.task_id].append(int(event.key[1]))
    return all(found == sorted(found) for found in ids.values())


async def check(follower: Follower, conn: AsyncConnection) -> None:
    """Wait until the last row was told; then every row was told, once, and in order."""
    expected = await rows_of(conn)
    await follower.until(lambda: expected <= set(logged(follower.events)))
    await follower.settled()
    told = logged(follower.events)
    assert sorted(told) == sorted(expected)
    assert in_order_of_each_task([e for e in follower.events if e.key in expected])
    others = [event.text for event in follower.events if event.key not in expected]
    assert others == []
