"""Databases without a table, ears for every channel; homes for servers are in tests/homes.py."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

import pytest_asyncio
from psycopg import AsyncConnection, sql

from genie_tui.domain.changes import CHANNELS
from tests.conftest import Connect, Server
from tests.homes import empty_home, home, prepared, ready_home, running, swept

__all__ = ["empty_home", "home", "prepared", "ready_home", "running", "swept"]

ConnectEmpty = Callable[[], Awaitable[AsyncConnection]]
Heard = list[tuple[str, str]]
Hear = Callable[[str], Awaitable[Heard]]


@pytest_asyncio.fixture
async def connect_empty(server: Server) -> AsyncIterator[ConnectEmpty]:
    """Makes connections, in autocommit mode, to a database of this test's own without a table."""
    name = sql.Identifier(f"empty_{uuid.uuid4().hex[:12]}")
    server.execute(sql.SQL("CREATE DATABASE {} STRATEGY file_copy").format(name))
    async with AsyncExitStack() as stack:

        async def another() -> AsyncConnection:
            dsn = server.dsn(name.as_string().strip('"'))
            conn = await AsyncConnection.connect(dsn, autocommit=True)
            stack.push_async_callback(conn.close)
            return conn

        yield another
    server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest_asyncio.fixture
async def hear(connect: Connect) -> AsyncIterator[Hear]:
    """Runs statements in one transaction: what a listener hears of them, in order."""
    writer, listener = await connect(), await connect()
    await listener.set_autocommit(True)
    for channel in (*CHANNELS, "the_end"):
        await listener.execute(f"LISTEN {channel}".encode())

    async def run(statements: str) -> Heard:
        await writer.execute(statements.encode())
        await writer.commit()
        await writer.execute("NOTIFY the_end")
        await writer.commit()
        heard: Heard = []
        async for notification in listener.notifies():
            if notification.channel == "the_end":
                break
            heard.append((notification.channel, notification.payload))
        return heard

    yield run


def on(channel: str, heard: Sequence[tuple[str, str]]) -> list[str]:
    """The payloads of one channel."""
    return [payload for one, payload in heard if one == channel]
