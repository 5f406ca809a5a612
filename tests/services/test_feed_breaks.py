"""What the feed tells across breaks is what it would have told without them."""

from __future__ import annotations

import asyncio
import random

import pytest
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.db.listener import Backoff
from genie_tui.domain.changes import LinkState
from genie_tui.services.feed import Feed
from tests.conftest import Connect
from tests.services.following import following
from tests.services.insisting import Writer, check, writing
from tests.services.writing import add_tasks

BREAKS = 60
TASKS = 6

TERMINATE = """
    SELECT pg_terminate_backend(pid)
      FROM pg_stat_activity
     WHERE application_name = 'genie-tui' AND datname = current_database()
       AND pid <> pg_backend_pid() AND (query LIKE %(query)s)
"""


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_event_is_lost_or_doubled_when_connections_are_cut_at_any_moment(
    database: Database, conn: AsyncConnection, connect: Connect, seed: int
) -> None:
    chance = random.Random(seed)
    tasks = await add_tasks(conn, TASKS)
    killer = await connect()
    await killer.set_autocommit(True)
    feed = Feed(database, backoff=Backoff(first=0.001, cap=0.02))
    async with following(feed) as follower:
        async with writing([Writer(connect, tasks, seed + number) for number in range(3)]):
            for number in range(BREAKS):
                await asyncio.sleep(chance.random() * 0.05)
                query = "LISTEN%" if chance.random() < 0.7 else "%"
                await killer.execute(TERMINATE, {"query": query})
                await follower.broke(number // 3)
        await follower.until(lambda: follower.link is LinkState.LIVE)
        await check(follower, conn)
        assert feed.counters.breaks > BREAKS / 3
