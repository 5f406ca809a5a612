"""Waiting until something about tasks has come true: on what the database announces, and a poll."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from genie_tui.db.connection import Database
from genie_tui.db.listener import Listener
from genie_tui.domain.changes import Hint

__all__ = ["until"]

T = TypeVar("T")

CHANNELS = frozenset({"tui_task_change", "genie_task_dep"})
"""What tells that a task may be ready now."""

POLL = 30.0
"""Seconds after which it is looked at anyway: a bulk load of another client announces nothing."""


async def until(
    database: Database, attempt: Callable[[], Awaitable[T | None]], *, seconds: float
) -> T | None:
    """What an attempt gives that is not None; None where none does within so many seconds.

    The first attempt is made when changes are listened for already, so that none falls between;
    no attempt is ever cut short.
    """
    stirred = asyncio.Event()

    def hear(hints: Sequence[Hint]) -> None:
        if any(hint.channel in CHANNELS for hint in hints):
            stirred.set()

    listener = Listener(database, hear=hear, listening=stirred.set, state=lambda _state, _why: None)
    listening = asyncio.create_task(listener.run())
    try:
        return await _repeatedly(attempt, stirred, asyncio.get_running_loop().time() + seconds)
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def _repeatedly(
    attempt: Callable[[], Awaitable[T | None]], stirred: asyncio.Event, deadline: float
) -> T | None:
    clock = asyncio.get_running_loop().time
    while (left := deadline - clock()) > 0:
        with suppress(TimeoutError):
            async with asyncio.timeout(min(left, POLL)):
                await stirred.wait()
        stirred.clear()
        if (found := await attempt()) is not None:
            return found
    return None
