"""Sessions whose transactions overlap: what each wrote and holds, and whom each waits for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.errors import GenieError
from tests.services.making import rows
from tests.services.sessions import is_blocked

__all__ = [
    "GONE",
    "Facts",
    "Sitting",
    "Verdict",
    "awaited",
    "begun",
    "first_done",
    "given_up",
    "until",
    "until_blocked",
]

GONE = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %(pid)s) AS gone"


@dataclass(frozen=True)
class Facts:
    """What a task is like, to those who see it so."""

    status: str = "ready"
    holder: str | None = None
    over: bool = False

    @property
    def closed(self) -> bool:
        return self.status in ("done", "cancelled")

    def free(self) -> Facts:
        ready = "ready" if self.status == "in_progress" else self.status
        return Facts(status=ready)


Verdict = Facts | type[GenieError]
"""What a verb makes of a task, or the error it says no with."""


@dataclass
class Sitting:
    """A session: its open transaction's writes, and the verb that waits for another, if any."""

    conn: AsyncConnection
    actor: Actor
    wrote: dict[int, Facts] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)
    pending: asyncio.Task[Any] | None = None
    wants: int | None = None
    settle: Callable[[Facts], Verdict] | None = None


async def awaited(awaitable: Any) -> Any:
    return await awaitable


async def begun(work: Awaitable[Any]) -> asyncio.Task[Any]:
    return asyncio.ensure_future(awaited(work))


async def given_up(task: asyncio.Task[Any]) -> None:
    try:
        await asyncio.wait_for(task, 10)
    except (psycopg.OperationalError, GenieError):
        return
    raise AssertionError("it was done on a connection that had ended")


async def until(watcher: AsyncConnection, query: str, **params: Any) -> None:
    deadline = time.monotonic() + 10
    while not next(iter((await rows(watcher, query, **params))[0].values())):
        assert time.monotonic() < deadline, query
        await asyncio.sleep(0.001)


async def until_blocked(watcher: AsyncConnection, sitting: Sitting) -> None:
    deadline = time.monotonic() + 10
    while not await is_blocked(watcher, sitting.conn):
        assert sitting.pending is not None
        assert not sitting.pending.done(), "it did not wait for who holds the task"
        assert time.monotonic() < deadline, "it neither goes on nor waits"


async def first_done(watcher: AsyncConnection, queue: list[Sitting]) -> Sitting:
    """Of those who waited for the same task, the one who has it now."""
    pending = [sitting.pending for sitting in queue if sitting.pending is not None]
    await asyncio.wait(pending, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    (first,) = [s for s in queue if s.pending is not None and s.pending.done()]
    for sitting in queue:
        if sitting is not first:
            await until_blocked(watcher, sitting)
    return first
