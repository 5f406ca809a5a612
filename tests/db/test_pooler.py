"""Behind PgBouncer in transaction mode nothing outlasts a transaction or is announced."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg import errors

from genie_tui.db import listener, server
from genie_tui.db.connection import Database
from genie_tui.db.glance import glance
from genie_tui.domain.actors import Actor
from genie_tui.domain.changes import LinkState
from genie_tui.errors import NoDatabase
from genie_tui.services import stages
from genie_tui.services.feed import Feed
from genie_tui.settings import Settings
from tests.cli.programs import genie
from tests.db.test_listener import Ear, listening
from tests.pooler import pooled
from tests.services.following import following
from tests.services.making import make, make_board


@pytest.fixture
def through(settings: Settings, dsn: str) -> Iterator[Settings]:
    """The test's database behind a pooler."""
    with pooled(dsn) as address:
        yield replace(settings, dsn=address)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often, and does not wait long for what will not come."""
    monkeypatch.setattr(listener, "POLL_EVERY", 0.05)
    monkeypatch.setattr(listener, "ARRIVES_WITHIN", 0.3)


async def test_each_transaction_has_its_settings_and_queries_are_never_prepared(
    through: Settings,
) -> None:
    async with Database(through, pool_size=4) as database:

        async def often() -> set[tuple[object, ...]]:
            found = set()
            for _ in range(12):
                async with database.connection() as conn:
                    shown = await conn.execute(
                        "SELECT current_setting('TimeZone'), current_setting('jit'),"
                        " current_setting('transaction_isolation'), %s::int",
                        (1,),
                    )
                    found |= set(await shown.fetchall())
            return found

        assert await asyncio.gather(*[often() for _ in range(4)]) == 4 * [
            {("UTC", "off", "read committed", 1)}
        ]
        assert database.limits.pooled
        async with database.connection() as conn:
            await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


async def test_read_only_holds_behind_a_pooler_and_leaves_nothing_with_it(
    through: Settings,
) -> None:
    async with Database(replace(through, read_only=True)) as database:
        with pytest.raises(errors.ReadOnlySqlTransaction):
            async with database.connection() as conn:
                await conn.execute("DELETE FROM tags")
    async with glance(through) as conn:
        with pytest.raises(errors.ReadOnlySqlTransaction):
            await conn.execute("DELETE FROM tags")
    with psycopg.connect(through.dsn or "", prepare_threshold=None) as plain:
        plain.execute("DELETE FROM tags")


async def test_changes_are_looked_for_where_none_is_announced(
    through: Settings, database: Database, ada: Actor
) -> None:
    async with database.connection() as conn:
        board = await make_board(conn)
        task = await make(conn, board, "draft")
    async with Database(through) as far, following(Feed(far)) as follower:
        assert follower.states[-1][0] is LinkState.POLLING
        async with database.connection() as conn:
            await stages.move_task(conn, task.id, "build", ada)
        await follower.until(lambda: follower.events)
        assert "build" in follower.events[-1].text


async def test_a_direct_connection_hears_what_the_pooler_swallows(
    through: Settings, dsn: str
) -> None:
    settings = replace(through, listen_dsn=dsn)
    async with Database(settings) as far, listening(Ear(far)) as ear:
        assert ear.states[-1] == (LinkState.LIVE, "")
        async with far.connection() as conn:
            await conn.execute("SELECT pg_notify('genie_trigger_due', 'trg-1')")
        await ear.until(lambda: ear.hints)


async def test_a_direct_connection_to_another_database_is_found_out(
    through: Settings, dsn: str
) -> None:
    settings = replace(through, listen_dsn=dsn.rpartition("/")[0] + "/genie")
    async with Database(settings) as far, listening(Ear(far)) as ear:
        link, reason = ear.states[-1]
        assert (link, "the same database" in reason) == (LinkState.POLLING, True)


async def test_migrations_take_the_direct_connection_or_are_refused(
    through: Settings, dsn: str
) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("DROP SCHEMA public CASCADE")
        conn.execute("CREATE SCHEMA public")
    with pytest.raises(NoDatabase, match="--listen-dsn"):
        await Database(through).open()
    other = dsn.rpartition("/")[0] + "/postgres"
    with pytest.raises(NoDatabase, match="another database"):
        await Database(replace(through, listen_dsn=other)).open()
    async with Database(replace(through, listen_dsn=dsn)) as database:
        await database.open()
        assert "001_core" in database.migrated


def test_commands_work_through_it_and_say_so(through: Settings) -> None:
    dsn = through.dsn or ""
    made = genie(through, "--dsn", dsn, "task", "create", "Far away", "--json")
    assert (made.code, made.err) == (0, "")
    assert "Far away" in genie(through, "--dsn", dsn, "task", "list").out
    assert genie(through, "--dsn", dsn, "status").code == 0
    found = genie(through, "--dsn", dsn, "db", "status", "--json").json
    assert found["pooled"]
    assert "--listen-dsn" in found["note"]
    assert server.find(through) is not None
