"""The server dies under the feed: it says so, comes back, and has missed nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from genie_tui.db import cluster, server
from genie_tui.db.connection import Database
from genie_tui.db.listener import Backoff
from genie_tui.domain.changes import LinkState
from genie_tui.services.feed import Feed
from genie_tui.settings import Settings
from tests.ports import free_port
from tests.services.following import following
from tests.services.insisting import Writer, check, writing
from tests.services.writing import add_task, add_tasks, move

CRASHES = 3
SOON = Backoff(first=0.005, cap=0.1)


@pytest.fixture
def home() -> Iterator[Settings]:
    """Settings of a home whose server is this test's to kill."""
    place = Path(tempfile.mkdtemp(prefix="genie-feed-"))
    settings = Settings(home=place / "home", port=free_port())
    yield settings
    server.stop(settings)
    shutil.rmtree(place)


@pytest_asyncio.fixture
async def embedded(home: Settings) -> AsyncIterator[Database]:
    """A database on that server."""
    async with Database(home, pool_size=2) as database:
        await database.open()
        yield database


async def connect(database: Database) -> AsyncConnection:
    conn = await database.dedicated()
    await conn.set_autocommit(False)
    return conn


def kill(settings: Settings) -> None:
    """End the postmaster without a word, as the kernel does when memory runs out."""
    found = cluster.pid_file(settings.data)
    assert found is not None
    os.kill(found.pid, signal.SIGKILL)


async def test_nothing_is_missed_when_the_server_is_killed_under_traffic(
    embedded: Database, home: Settings
) -> None:
    conn = await connect(embedded)
    tasks = await add_tasks(conn, 4)
    await conn.close()
    feed = Feed(embedded, backoff=SOON)
    async with following(feed) as follower:
        writers = [Writer(lambda: connect(embedded), tasks, seed) for seed in (1, 2)]
        async with writing(writers):
            for crash in range(1, CRASHES + 1):
                await follower.told(len(follower.events) + 20)
                await asyncio.to_thread(kill, home)
                await follower.broke(crash)
                await follower.until(lambda: follower.link is LinkState.LIVE)
        conn = await connect(embedded)
        await check(follower, conn)
        await conn.close()


async def test_a_server_that_was_stopped_is_not_started_again_but_found_when_it_is(
    embedded: Database, home: Settings
) -> None:
    conn = await connect(embedded)
    task_id = await add_task(conn)
    await conn.close()
    async with following(Feed(embedded, backoff=SOON)) as follower:
        await asyncio.to_thread(server.stop, home)
        await follower.until(lambda: follower.link is LinkState.STOPPED)
        assert server.find(home) is None
        assert "db start" in follower.states[-1][1]
        await asyncio.to_thread(server.ensure, home)
        await follower.until(lambda: follower.link is LinkState.LIVE)
        conn = await connect(embedded)
        await move(conn, task_id, "build")
        await conn.commit()
        await conn.close()
        await follower.until(lambda: "#1 draft → build by eng-1" in follower.lines)
