"""One thing at a time, and of what is asked for meanwhile only the last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from genie_tui.ui.latest import Latest

TURNS = 20
"""Turns of the event loop in which everything that can happen has happened."""


@asynccontextmanager
async def serving(latest: Latest[str]) -> AsyncIterator[None]:
    server = asyncio.create_task(latest.run())
    try:
        yield
    finally:
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)


async def turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


def noting(done: list[str], gate: asyncio.Event) -> Callable[[str], Awaitable[None]]:
    async def do(wish: str) -> None:
        done.append(wish)
        await gate.wait()

    return do


async def test_a_wish_is_done_at_once_where_nothing_is_under_way() -> None:
    done: list[str] = []
    latest = Latest(noting(done, asyncio.Event()))
    async with serving(latest):
        latest.ask("a")
        await turns()
        assert done == ["a"]


async def test_of_the_wishes_made_meanwhile_only_the_last_is_done() -> None:
    done: list[str] = []
    gate = asyncio.Event()
    latest = Latest(noting(done, gate))
    async with serving(latest):
        for wish in "abcd":
            latest.ask(wish)
            await turns()
        gate.set()
        await turns()
        assert done == ["a", "d"]


async def test_with_a_delay_a_wish_is_done_once_no_other_follows_it() -> None:
    done: list[str] = []
    gate = asyncio.Event()
    gate.set()
    finished = asyncio.Event()

    async def do(wish: str) -> None:
        done.append(wish)
        finished.set()

    latest = Latest(do, delay=0.02)
    async with serving(latest):
        for wish in "abc":
            latest.ask(wish)
            await turns()
        assert done == []
        await asyncio.wait_for(finished.wait(), 10)
        assert done == ["c"]


async def test_between_two_that_are_done_some_time_passes() -> None:
    loop = asyncio.get_running_loop()
    times: list[float] = []
    finished = asyncio.Event()

    async def do(_: str) -> None:
        times.append(loop.time())
        if len(times) == 2:
            finished.set()

    latest = Latest(do, every=0.05)
    async with serving(latest):
        latest.ask("a")
        await turns()
        latest.ask("b")
        await asyncio.wait_for(finished.wait(), 10)
    assert times[1] - times[0] >= 0.05
