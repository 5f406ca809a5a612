"""Waiting for what comes true: announced, missed in a break, or never."""

from __future__ import annotations

import asyncio

import pytest
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.domain.tasks import Task
from genie_tui.errors import NothingReady
from genie_tui.services import checkout, statuses
from genie_tui.services.waiting import until
from tests.services.making import ADA, ENG, make

CUT = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
     WHERE datname = current_database() AND query LIKE 'LISTEN %'
"""


class Claimer:
    """Claims once it is let; counts how often it tried."""

    def __init__(self, database: Database) -> None:
        self.tries = 0
        self.tried = asyncio.Event()
        self._database = database

    async def __call__(self) -> Task | None:
        self.tries += 1
        try:
            async with self._database.connection() as conn:
                return await checkout.claim_next(conn, ENG)
        except NothingReady:
            return None
        finally:
            self.tried.set()


async def _blocked(conn: AsyncConnection) -> Task:
    task = await make(conn)
    await statuses.block_task(conn, task.id, "later", ADA)
    await conn.commit()
    return task


async def test_what_is_true_already_is_found_at_once(
    conn: AsyncConnection, database: Database
) -> None:
    task = await make(conn)
    await conn.commit()
    found = await until(database, Claimer(database), seconds=60)
    assert found is not None
    assert found.id == task.id


async def test_what_comes_true_is_found_when_it_is_announced(
    conn: AsyncConnection, database: Database
) -> None:
    task = await _blocked(conn)
    claim = Claimer(database)
    waiting = asyncio.create_task(until(database, claim, seconds=60))
    await claim.tried.wait()
    await statuses.unblock_task(conn, task.id, ADA)
    await conn.commit()
    async with asyncio.timeout(15):
        assert await waiting is not None


async def test_what_came_true_during_a_break_is_found_after_it(
    conn: AsyncConnection, database: Database
) -> None:
    task = await _blocked(conn)
    claim = Claimer(database)
    waiting = asyncio.create_task(until(database, claim, seconds=60))
    await claim.tried.wait()
    await statuses.unblock_task(conn, task.id, ADA)
    await conn.execute(CUT)
    await conn.commit()
    async with asyncio.timeout(15):
        assert await waiting is not None


async def test_it_ends_after_its_time_with_a_last_look(database: Database) -> None:
    claim = Claimer(database)
    assert await until(database, claim, seconds=0.2) is None
    assert claim.tries >= 1


async def test_an_error_ends_the_wait(database: Database) -> None:
    async def fails() -> None:
        raise NothingReady("no")

    with pytest.raises(NothingReady):
        await until(database, fails, seconds=60)
