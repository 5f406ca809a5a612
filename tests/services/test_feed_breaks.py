"""What the feed tells across breaks is what it would have told without them."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

import pytest
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.db.listener import Backoff
from genie_tui.domain.changes import LinkState
from genie_tui.services.cards import cards
from genie_tui.services.feed import Feed
from genie_tui.settings import Settings
from tests.conftest import Connect
from tests.services.following import Follower, following
from tests.services.insisting import Writer, check, writing
from tests.services.writing import add_task, add_tasks, move
from tests.wire import Wire, over

BREAKS = 60
FAILURES = 10
TASKS = 6

TERMINATE_READERS = """
    SELECT pg_terminate_backend(pid)
      FROM pg_stat_activity
     WHERE application_name = 'genie-tui' AND datname = current_database()
       AND query NOT LIKE 'LISTEN%'
"""

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
                # On a busy machine most cuts may find nobody who listens; a few have to.
                while (broken := feed.counters.breaks) < number // 3:
                    await follower.until(lambda: follower.link is LinkState.LIVE)
                    await killer.execute(TERMINATE, {"query": "LISTEN%"})
                    await follower.broke(broken + 1)
        await follower.until(lambda: follower.link is LinkState.LIVE)
        await check(follower, conn)


async def test_no_changed_card_is_lost_when_reads_are_cut_off(
    settings: Settings, conn: AsyncConnection, connect: Connect
) -> None:
    tasks = await add_tasks(conn, 900)  # more at once would be one re-read
    killer = await connect()
    await killer.set_autocommit(True)
    async with Database(settings, pool_size=2) as database:
        feed = Feed(database, backoff=Backoff(first=0.001, cap=0.02))
        async with following(feed) as follower:
            for task_id in tasks:  # each changes once, so that no later change makes up for it
                if feed.counters.failures >= FAILURES:
                    break
                await conn.execute("UPDATE tasks SET title = 'new' WHERE id = %s", (task_id,))
                await conn.commit()
                await killer.execute(TERMINATE_READERS)
            changed = await conn.execute("SELECT id FROM tasks WHERE title = 'new'")
            ids = [str(id_) for (id_,) in await changed.fetchall()]
            await follower.until(lambda: set(ids) <= follower.cards.keys())
            await follower.settled()
            assert follower.cards == {card.id: card for card in await cards(conn, ids)}
            assert feed.counters.breaks == 0
            assert feed.counters.failures > 0


@contextlib.asynccontextmanager
async def away(follower: Follower, wire: Wire) -> AsyncIterator[None]:
    """A break that lasts as long as the block."""
    wire.refuse()
    await follower.until(lambda: follower.link is LinkState.RECONNECTING)
    before = len(follower.changes)
    yield
    wire.admit()
    await follower.until(lambda: len(follower.changes) > before)
    await follower.settled()


async def test_what_happens_in_a_break_and_is_in_no_log_is_told_after_it(
    settings: Settings, dsn: str, conn: AsyncConnection
) -> None:
    first, second, third = await add_tasks(conn, 3)
    wire = Wire(dsn)
    async with over(wire, settings) as database:
        feed = Feed(database, backoff=Backoff(first=0.001, cap=0.01))
        async with following(feed) as follower:
            await execute(conn, "UPDATE tasks SET stage = 'build' WHERE id = %s", first)
            await follower.until(lambda: follower.lines == ["#1 draft → build"])
            async with away(follower, wire):
                await execute(conn, "UPDATE tasks SET stage = 'review' WHERE id = %s", first)
                await execute(conn, "UPDATE tasks SET title = 'other' WHERE id = %s", second)
                await execute(
                    conn,
                    "INSERT INTO task_dependencies (task_id, depends_on_id) VALUES (%s, %s)",
                    second,
                    third,
                )
                await move(conn, third, "qa")
                await execute(conn, "INSERT INTO tasks (repo_path, title) VALUES ('/w', 'new')")
            assert follower.lines[0] == "#1 draft → build"
            assert sorted(follower.lines[1:]) == [
                "#1 build → review",
                "#3 draft → qa by eng-1",
                "dep #2 → #3 added",
            ]
            async with away(follower, wire):
                await execute(conn, "UPDATE tasks SET title = 'changed, not moved'")
            assert len(follower.lines) == 4


async def test_what_is_logged_in_a_break_is_told_where_the_same_was_told_without_a_log_before(
    settings: Settings, dsn: str, conn: AsyncConnection
) -> None:
    task_id = await add_task(conn)
    wire = Wire(dsn)
    async with over(wire, settings) as database:
        feed = Feed(database, backoff=Backoff(first=0.001, cap=0.01))
        async with following(feed) as follower:
            await execute(conn, "UPDATE tasks SET stage = 'build' WHERE id = %s", task_id)
            await follower.until(lambda: follower.lines == ["#1 draft → build"])
            async with away(follower, wire):
                await move(conn, task_id, "review")
                await move(conn, task_id, "build")
                await conn.commit()
            assert follower.lines[1:] == [
                "#1 build → review by eng-1",
                "#1 review → build by eng-1",
            ]


async def test_a_change_that_no_trigger_announces_is_told_at_the_next_poll(
    database: Database, conn: AsyncConnection
) -> None:
    task_id = await add_task(conn)
    async with following(Feed(database, poll=0.1)) as follower:
        await execute(conn, "ALTER TABLE tasks DISABLE TRIGGER USER")
        await execute(conn, "UPDATE tasks SET stage = 'build' WHERE id = %s", task_id)
        await follower.until(lambda: follower.lines)
        polls = follower.feed.counters.polls
        await follower.until(lambda: follower.feed.counters.polls > polls + 5)
        assert follower.lines == ["#1 draft → build"]


async def execute(conn: AsyncConnection, statement: str, *params: object) -> None:
    """One committed statement."""
    await conn.execute(statement.encode(), params or None)
    await conn.commit()
