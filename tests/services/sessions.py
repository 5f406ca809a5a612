"""Sessions that go on one statement at a time, so that a test decides who is first with each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import tuple_row

__all__ = ["Session", "Stepping", "interleaved", "is_blocked"]

BLOCKED = "SELECT cardinality(pg_blocking_pids(%s)) > 0"


class SteppingCursor(AsyncCursor[Any]):
    """Asks its connection's session before each statement."""

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        connection = self.connection
        assert isinstance(connection, Stepping)
        await connection.step()
        return await super().execute(*args, **kwargs)


class Stepping(AsyncConnection[Any]):
    """A connection that stops before each statement, and before it commits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursor_factory = SteppingCursor
        self.waiting = asyncio.Event()
        self.may_go = asyncio.Event()

    async def step(self) -> None:
        """Wait for leave."""
        self.waiting.set()
        await self.may_go.wait()
        self.may_go.clear()

    async def commit(self) -> None:
        await self.step()
        await super().commit()


class Session:
    """A transaction under way: what it does, and what came of it."""

    def __init__(self, conn: Stepping, work: Callable[[Stepping], Awaitable[Any]]) -> None:
        self.conn = conn
        conn.waiting.clear()
        conn.may_go.clear()
        self.task = asyncio.create_task(self._run(work))

    async def _run(self, work: Callable[[Stepping], Awaitable[Any]]) -> Any:
        try:
            came = await work(self.conn)
            await self.conn.commit()
        except Exception as error:  # what came of it is for the test to judge
            await self.conn.rollback()
            return error
        return came

    @property
    def can_go(self) -> bool:
        """Does it stand before a statement?"""
        return not self.task.done() and self.conn.waiting.is_set()

    def go(self) -> None:
        """Let one statement begin."""
        self.conn.waiting.clear()
        self.conn.may_go.set()

    @property
    def at_rest(self) -> bool:
        """Is it over, or does it stand before a statement?"""
        return self.task.done() or self.conn.waiting.is_set()


async def settled(watcher: AsyncConnection, sessions: Sequence[Session]) -> None:
    """Return once each is at rest, or waits for one that is.

    Raises:
        AssertionError: they do not come to rest within ten seconds.
    """
    deadline = time.monotonic() + 10
    while moving := [session for session in sessions if not session.at_rest]:
        await asyncio.sleep(0)
        blocked = [session for session in moving if await is_blocked(watcher, session.conn)]
        # Who was seen waiting may go on while another is still moving.
        if len(moving) == len(blocked) == sum(not session.at_rest for session in sessions):
            return
        assert time.monotonic() < deadline, "they neither go on nor wait"


async def is_blocked(watcher: AsyncConnection, conn: AsyncConnection) -> bool:
    """Does a connection wait for what another holds?"""
    async with watcher.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(BLOCKED, (conn.info.backend_pid,))
        row = await cursor.fetchone()
    return bool(row and row[0])


async def interleaved(
    watcher: AsyncConnection,
    conns: Sequence[Stepping],
    begin: Callable[[], Awaitable[Sequence[Callable[[Stepping], Awaitable[Any]]]]],
) -> AsyncIterator[tuple[list[Any], list[int]]]:
    """Every order in which the statements of transactions can follow each other, one run each.

    `begin` makes the scene and says what each session does. Yields what came of each, errors
    included, and the order: who went on at each choice. The watcher is in autocommit mode.
    """
    untried: list[list[int]] = [[]]
    while untried:
        order = untried.pop()
        sessions = [Session(c, work) for c, work in zip(conns, await begin(), strict=True)]
        for depth in _depths():
            await settled(watcher, sessions)
            able = [number for number, session in enumerate(sessions) if session.can_go]
            if not able:
                assert all(session.task.done() for session in sessions), "they wait for each other"
                break
            if depth == len(order):
                untried += [[*order, other] for other in able[1:]]
                order.append(able[0])
            sessions[order[depth]].go()
        yield [await session.task for session in sessions], order


def _depths() -> Iterator[int]:
    yield from range(1000)
