"""A real embedded PostgreSQL for each test worker, and a fresh, migrated database for each test."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from psycopg import AsyncConnection, sql

from genie_tui.db import migrations, server
from genie_tui.db.connection import Database
from genie_tui.domain.actors import Actor
from genie_tui.settings import Settings
from tests.disks import quickest_disk
from tests.ports import free_port

TEMPLATE = "genie_template"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An embedded server that only the tests use; `settings` are those of its home."""

    settings: Settings
    endpoint: server.Endpoint

    def dsn(self, database: str) -> str:
        """The address of one of its databases."""
        at = self.endpoint
        return f"postgresql://{at.user}:{at.password}@{at.host}:{at.port}/{database}"

    def execute(self, statement: sql.Composed) -> None:
        """Run a statement that cannot be in a transaction."""
        with psycopg.connect(self.dsn("genie"), autocommit=True) as conn:
            conn.execute(statement)


@pytest.fixture(scope="session", name="server")
def embedded_server() -> Iterator[Server]:
    """An embedded server in a home of its own, with a migrated database to copy."""
    with tempfile.TemporaryDirectory(prefix="genie-tests-", dir=quickest_disk()) as home:
        yield from _serve(Settings(home=Path(home), port=free_port()))


def _serve(settings: Settings) -> Iterator[Server]:
    running = Server(settings=settings, endpoint=server.ensure(settings))
    try:
        _forgo_safety(running)
        running.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        asyncio.run(_migrate(running.dsn(TEMPLATE)))
        yield running
    finally:
        server.stop(settings)


def _forgo_safety(running: Server) -> None:
    """Making and dropping a database for each test waits for the disk otherwise.

    Nor may it be vacuumed just when it is dropped: that process is not ours to end.
    """
    with (running.settings.data / "postgresql.conf").open("a") as file:
        file.write("\nfsync = off\nfull_page_writes = off\nautovacuum = off\n")
    assert running.endpoint.pid is not None
    os.kill(running.endpoint.pid, signal.SIGHUP)


async def _migrate(dsn: str) -> None:
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        await migrations.migrate(conn)


@pytest.fixture
def dsn(server: Server) -> Iterator[str]:
    """A migrated database of this test's own."""
    name = sql.Identifier(f"test_{uuid.uuid4().hex[:12]}")
    template = sql.Identifier(TEMPLATE)
    server.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(name, template)
    )
    yield server.dsn(name.as_string().strip('"'))
    server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def settings(dsn: str, tmp_path: Path) -> Settings:
    """What a program that uses this test's database is told."""
    return Settings(home=tmp_path / "home", dsn=dsn)


@pytest_asyncio.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The program's own way to this test's database."""
    database = Database(settings)
    yield database
    await database.close()


Connect = Callable[[], Awaitable[AsyncConnection]]


@pytest_asyncio.fixture
async def connect(dsn: str) -> AsyncIterator[Connect]:
    """Makes connections, as many as a test has sessions; they are closed at its end."""
    async with AsyncExitStack() as stack:

        async def another() -> AsyncConnection:
            conn = await AsyncConnection.connect(dsn)
            stack.push_async_callback(conn.close)
            return conn

        yield another


@pytest_asyncio.fixture
async def conn(connect: Connect) -> AsyncConnection:
    """A connection whose transactions the test owns."""
    return await connect()


@pytest.fixture
def ada() -> Actor:
    """A person."""
    return Actor.human("ada", "desk")


@pytest.fixture
def eng() -> Actor:
    """An agent."""
    return Actor.agent("eng-1")


@pytest.fixture
def read_only(settings: Settings) -> Settings:
    """The same database, for looking only."""
    return replace(settings, read_only=True)
