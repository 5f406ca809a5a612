"""A look at the database where nobody may wait: nothing is started, migrated or written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from genie_tui.db import endpoints, finding, passwords
from genie_tui.db.endpoints import Endpoint
from genie_tui.db.pooling import local_settings, session_options
from genie_tui.errors import NoDatabase
from genie_tui.settings import Settings

__all__ = ["glance"]

CONNECT_WITHIN = 1.0
"""Seconds for the server to let us in."""

QUERY_WITHIN = 500
"""Milliseconds for each query."""

NOTHING = "no server runs that could be looked at; 'genie-tui db start' starts it"


@asynccontextmanager
async def glance(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """A connection that only reads, to the server that runs.

    Raises:
        NoDatabase: none runs where the last one was, or it is not ours.
        psycopg.Error, TimeoutError: it does not let us in, or not at once.
    """
    port = None if settings.dsn is not None else finding.known_ports(settings)[0]
    async with asyncio.timeout(CONNECT_WITHIN):
        conn, password = await _connected(settings, port)
    async with conn:
        if port is not None:
            row = await (await conn.execute(endpoints.IDENTITY)).fetchone()
            identifier = int(row[0]) if row else None
            if finding.recognised(settings, port, identifier, password) is None:
                raise NoDatabase(NOTHING)
        yield conn


async def _connected(settings: Settings, port: int | None) -> tuple[AsyncConnection, str]:
    """A connection, and the password that it was let in with where it is one of this home's."""
    if port is None:
        return await _connect_far(endpoints.external(settings.dsn or ""), settings), ""
    *others, last = passwords.candidates(settings) or (endpoints.SHARED,)
    for password in others:
        with suppress(psycopg.OperationalError):
            return await _connect(endpoints.local(port, password=password), settings), password
    return await _connect(endpoints.local(port, password=last), settings), last


async def _connect(endpoint: Endpoint, settings: Settings) -> AsyncConnection:
    options = [
        *session_options(replace(settings, read_only=True)),
        f"-c statement_timeout={QUERY_WITHIN}",
    ]
    conninfo = make_conninfo(endpoint.conninfo, client_encoding="UTF8", options=" ".join(options))
    return await AsyncConnection.connect(conninfo, autocommit=True)


async def _connect_far(endpoint: Endpoint, settings: Settings) -> AsyncConnection:
    """All in one transaction, which a pooler keeps together, and after which nothing stays."""
    conninfo = make_conninfo(endpoint.conninfo, client_encoding="UTF8")
    conn = await AsyncConnection.connect(conninfo, prepare_threshold=None)
    await conn.set_read_only(True)
    await conn.execute(local_settings(replace(settings, read_only=True)))
    await conn.execute(f"SET LOCAL statement_timeout TO {QUERY_WITHIN}")
    return conn
