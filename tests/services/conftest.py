"""A second database, for what goes from one to another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
import pytest_asyncio
from psycopg import AsyncConnection, sql

from tests.conftest import TEMPLATE, Server


@pytest.fixture
def other_dsn(server: Server) -> Iterator[str]:
    """Another migrated database, with nothing in it."""
    name = f"test_{uuid4().hex[:12]}"
    identifier = sql.Identifier(name)
    server.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
            identifier, sql.Identifier(TEMPLATE)
        )
    )
    yield server.dsn(name)
    server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@pytest_asyncio.fixture
async def other(other_dsn: str) -> AsyncIterator[AsyncConnection]:
    """A connection to the other database."""
    async with await AsyncConnection.connect(other_dsn) as conn:
        yield conn
