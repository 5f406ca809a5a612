"""Exports and imports of projects: what is carried, and that it is all."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from psycopg import AsyncConnection, sql

from tests.conftest import TEMPLATE, Server
from tests.services.projects_made import counts, exported, imported, make_project


@pytest.fixture
def other_dsn(server: Server) -> Iterator[str]:
    """Another migrated database, with nothing in it."""
    name = sql.Identifier("test_elsewhere")
    server.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
            name, sql.Identifier(TEMPLATE)
        )
    )
    yield server.dsn("test_elsewhere")
    server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest_asyncio.fixture
async def other(other_dsn: str) -> AsyncIterator[AsyncConnection]:
    """A connection to the other database."""
    async with await AsyncConnection.connect(other_dsn) as conn:
        yield conn


async def test_a_project_comes_back_byte_for_byte(
    conn: AsyncConnection, other: AsyncConnection
) -> None:
    project = await make_project(conn)
    file = await exported(conn, project)
    done = await imported(other, file)
    assert (done.id, done.left_out, done.made) == (project, (), ())
    assert await exported(other, project) == file
    print(file)
