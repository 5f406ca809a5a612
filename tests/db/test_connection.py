"""`Database`: the program's way to its database, before, while and after a server is there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import psycopg
import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from genie_tui.db import processes, server
from genie_tui.db.connection import Database
from genie_tui.errors import BadInput, GenieError, NoDatabase, NotDone
from genie_tui.settings import Settings
from tests.db.programs import kill_all, listener
from tests.homes import MakeHome, Running
from tests.ports import free_port
from tests.waiting import wait_until

SLEEPERS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"

MakeDatabase = Callable[..., Database]


@pytest_asyncio.fixture
async def make() -> AsyncIterator[MakeDatabase]:
    """Makes databases, and closes them."""
    made: list[Database] = []

    def make(settings: Settings, **how: object) -> Database:
        made.append(Database(settings, **how))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for database in made:
        await database.close()


async def value(conn: AsyncConnection, query: str) -> object:
    """The one value that a query gives."""
    row = await (await conn.execute(query.encode())).fetchone()
    return row and row[0]


async def run(database: Database, *steps: str | Callable[[], object]) -> None:
    """Do queries and other things in one transaction."""
    async with database.connection() as conn:
        for step in steps:
            await conn.execute(step.encode()) if isinstance(step, str) else step()


async def backend(database: Database) -> object:
    """The server process behind a connection."""
    async with database.connection() as conn:
        return await value(conn, "SELECT pg_backend_pid()")


def on(running: Running, database: str = "genie") -> Settings:
    """An external server, as far as the program knows."""
    at = running.endpoint
    dsn = f"postgresql://{at.user}:{at.password}@{at.host}:{at.port}/{database}"
    return replace(running.settings, dsn=dsn, home=running.settings.home / "elsewhere")


async def test_nothing_happens_before_the_first_use(
    empty_home: MakeHome, make: MakeDatabase
) -> None:
    settings = empty_home()
    await make(settings).close()
    assert not settings.home.exists()


async def test_the_first_use_starts_the_server_and_migrates(
    empty_home: MakeHome, make: MakeDatabase
) -> None:
    steps: list[str] = []
    database = make(empty_home(), progress=steps.append)
    async with database.connection() as conn:
        assert await value(conn, "SELECT count(*) FROM tasks") == 0
    assert "making the database" in steps
    assert "008_boards" in database.migrated
    assert "psycopg_pool" not in sys.modules


async def test_uses_that_come_together_start_one_server(home: Settings, make: MakeDatabase) -> None:
    database = make(home)
    pids = await asyncio.gather(*(backend(database) for _ in range(5)))
    assert len(set(pids)) == 5
    assert len(database.migrated) == len(set(database.migrated))


async def test_a_transaction_is_committed_at_its_end(home: Settings, make: MakeDatabase) -> None:
    database = make(home)
    async with database.connection() as conn:
        await conn.execute("CREATE TABLE mine (n int)")
    async with database.connection() as conn:
        assert await value(conn, "SELECT count(*) FROM mine") == 0


@pytest.mark.parametrize("pool_size", [0, 1])
async def test_a_transaction_is_rolled_back_on_an_error(
    home: Settings, make: MakeDatabase, pool_size: int
) -> None:
    database = make(home, pool_size=pool_size)
    with pytest.raises(psycopg.errors.DivisionByZero):
        await run(database, "CREATE TABLE mine (n int)", "SELECT 1 / 0")
    with pytest.raises(ZeroDivisionError):
        await run(database, "CREATE TABLE mine (n int)", lambda: 1 // 0)
    async with database.connection() as conn:
        assert await value(conn, "SELECT to_regclass('mine') IS NULL") is True


@pytest.mark.parametrize("pool_size", [0, 1])
async def test_a_transaction_that_is_cancelled_is_rolled_back_and_hinders_no_other(
    home: Settings, make: MakeDatabase, pool_size: int
) -> None:
    database = make(home, pool_size=pool_size)
    async with await make(home).dedicated() as observer:
        queries = run(database, "CREATE TABLE mine (n int)", "SELECT pg_sleep(60)")
        sleeping = asyncio.create_task(queries)
        while await value(observer, SLEEPERS) == 0:
            pass
        sleeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeping
        assert await value(observer, SLEEPERS) == 0
    async with database.connection() as conn:
        assert await value(conn, "SELECT to_regclass('mine') IS NULL") is True


def test_a_query_whose_program_was_killed_does_not_run_on(home: Settings) -> None:
    found = server.ensure(home)
    client = [sys.executable, "-c", "import psycopg, sys; psycopg.connect(sys.argv[1]).execute("]
    client[-1] += "'SELECT pg_sleep(60)')"
    program = subprocess.Popen([*client, found.conninfo])
    with psycopg.connect(found.conninfo, autocommit=True) as observer:
        wait_until(lambda: observer.execute(SLEEPERS).fetchone() == (1,))
        program.kill()
        program.wait()
        wait_until(lambda: observer.execute(SLEEPERS).fetchone() == (0,), seconds=10)


async def test_a_pool_keeps_its_connections_and_makes_no_more(
    home: Settings, make: MakeDatabase
) -> None:
    database = make(home, pool_size=2)
    pids = await asyncio.gather(*(backend(database) for _ in range(20)))
    assert len(set(pids)) <= 2
    assert await backend(database) in pids


async def test_a_use_that_ends_after_all_was_closed_leaves_no_connection(
    running: Running, make: MakeDatabase
) -> None:
    database = make(running.settings, pool_size=2)
    async with database.connection() as conn:
        await database.close()
    assert conn.closed


async def test_a_use_that_is_cancelled_anywhere_leaves_no_connection(
    running: Running, make: MakeDatabase
) -> None:
    database = make(running.settings, pool_size=1)
    await database.open()
    seen: list[AsyncConnection] = []

    async def use() -> None:
        async with database.connection() as conn:
            seen.append(conn)
            await conn.execute("SELECT 1")

    for steps in range(40):
        task = asyncio.create_task(use())
        await asyncio.sleep(steps / 20_000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert seen
    await database.close()
    assert all(conn.closed for conn in seen)


async def test_every_connection_is_set_up_the_same(running: Running, make: MakeDatabase) -> None:
    database = make(on(running))
    for conn in (await database.dedicated(), await database.dedicated()):
        async with conn:
            assert await value(conn, "SHOW application_name") == "genie-tui"
            assert await value(conn, "SHOW TimeZone") == "UTC"
            assert await value(conn, "SHOW client_encoding") == "UTF8"
            assert conn.autocommit


@pytest.mark.parametrize("schema", ["isolated", 'odd "one\\ of, these'])
async def test_a_test_schema_is_made_and_stands_before_public(
    running: Running, make: MakeDatabase, schema: str
) -> None:
    settings = replace(on(running), schema=schema)
    async with make(settings).connection() as conn:
        assert await value(conn, "SELECT current_schema()") == schema
        assert await value(conn, "SELECT count(*) FROM tasks") == 0
    # Twice, and at once: it is there already.
    await asyncio.gather(*(make(settings).open() for _ in range(3)))


async def test_read_only_writes_nothing(running: Running, make: MakeDatabase) -> None:
    await make(on(running)).open()
    async with make(replace(on(running), read_only=True)).connection() as conn:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await conn.execute("DELETE FROM tasks")


@pytest.mark.parametrize("choice", [{"migrate": False}, {"read_only": True}], ids=str)
async def test_a_database_that_must_not_be_migrated_says_how_it_would_be(
    home: Settings, make: MakeDatabase, choice: dict[str, bool]
) -> None:
    with pytest.raises(NoDatabase, match="db migrate"):
        await make(replace(home, **choice)).open()  # type: ignore[arg-type]


async def test_a_server_that_was_killed_is_started_again_by_the_next_use(
    home: Settings, make: MakeDatabase
) -> None:
    database = make(home, pool_size=1)
    await backend(database)
    kill_all(home.data)
    assert await backend(database)
    assert not server.crashed(home)


async def test_what_a_kill_interrupts_is_known_not_to_have_been_done(
    home: Settings, make: MakeDatabase
) -> None:
    database = make(home)

    def kill_server() -> None:
        kill_all(home.data)

    with pytest.raises(NotDone, match="before anything was written"):
        await run(database, kill_server, "SELECT 1")
    with pytest.raises(NotDone, match="before anything was written"):
        await run(database, "SELECT 1", kill_server)


async def test_a_server_that_was_stopped_stays_so_and_the_next_use_fails_at_once(
    home: Settings, make: MakeDatabase
) -> None:
    database = make(home, pool_size=1)
    await backend(database)
    server.stop(home)
    begun = time.monotonic()
    with pytest.raises(NoDatabase, match="db start"):
        await backend(database)
    assert time.monotonic() - begun < 1
    assert processes.live(home.data) == []


async def test_a_server_that_comes_back_on_another_port_is_found_there(
    home: Settings, make: MakeDatabase
) -> None:
    database = make(home, pool_size=1)
    await backend(database)
    server.stop(home)
    with listener(home.port, b"no"):
        moved = server.ensure(home)
        assert moved.port != home.port
        async with database.connection() as conn:
            assert conn.info.port == moved.port


async def test_a_kept_connection_that_has_died_is_replaced_unseen(
    home: Settings, make: MakeDatabase
) -> None:
    database = make(home, pool_size=1)
    first = await backend(database)
    async with await make(home).dedicated() as other:
        assert await value(other, f"SELECT pg_terminate_backend({first}, 5000)") is True
    assert await backend(database) not in (None, first)


async def test_an_external_server_is_used_and_nothing_is_made(
    running: Running, make: MakeDatabase
) -> None:
    settings = on(running)
    assert await backend(make(settings))
    assert not settings.home.exists()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("postgresql://postgres:s3cret@127.0.0.1:{port}/genie", "does not let us in"),
        ("postgresql://postgres:s3cret@127.0.0.1:{closed}/genie", "does not let us in"),
        ("postgresql://postgres:s3cret@[::bad/genie", "cannot be understood"),
        ("postgresql://postgres:p@s3cret/x@127.0.0.1/genie", "cannot be understood"),
        ("postgresql://postgres:s3cret/x@127.0.0.1/genie", "cannot be understood"),
        ("host=127.0.0.1 port={closed} password=s3cret s3cret", "cannot be understood"),
    ],
)
async def test_an_external_server_that_cannot_be_used_is_named_without_its_password(
    running: Running, make: MakeDatabase, address: str, message: str
) -> None:
    dsn = address.format(port=running.endpoint.port, closed=free_port())
    with pytest.raises(GenieError, match=message) as caught:
        await make(replace(on(running), dsn=dsn)).open()
    assert isinstance(caught.value, NoDatabase | BadInput)
    assert "s3cret" not in str(caught.value)


async def test_a_closed_database_opens_again_at_the_next_use(
    home: Settings, make: MakeDatabase
) -> None:
    async with make(home, pool_size=2) as database:
        await backend(database)
    assert await backend(database)
