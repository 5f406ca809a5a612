"""A database of other Genie clients with nothing of ours in it, copied for each test."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator

import pytest
import pytest_asyncio
from psycopg import AsyncConnection, sql

from genie_tui.db import migrations, passwords
from tests import foreign
from tests.cli.conftest import cli, repo
from tests.conftest import Server
from tests.db.conftest import ConnectEmpty, connect_empty

__all__ = ["cli", "connect_empty", "repo"]

TEMPLATE = "genie_foreign"


@pytest.fixture(scope="session")
def made(server: Server) -> str:
    """The database that is copied; a bulk load is what foreign keys and triggers do not see."""
    with passwords.as_admin(server.settings, server.endpoint.port) as conn:
        conn.execute("GRANT SET ON PARAMETER session_replication_role TO postgres")
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    asyncio.run(_make(server.dsn(TEMPLATE)))
    return TEMPLATE


async def _make(dsn: str) -> None:
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        await foreign.make(conn)
        await foreign.use(conn)


@pytest.fixture
def dsn(server: Server, made: str) -> Iterator[str]:
    """Theirs, for this test alone."""
    name = sql.Identifier(f"theirs_{uuid.uuid4().hex[:12]}")
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    server.execute(copy.format(name, sql.Identifier(made)))
    yield server.dsn(name.as_string().strip('"'))
    server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest_asyncio.fixture
async def conn_to_ours(connect_empty: ConnectEmpty) -> AsyncConnection:
    """A database that this program alone has migrated."""
    conn = await connect_empty()
    await migrations.migrate(conn)
    return conn
