"""What became of a transaction whose connection broke while it was being committed.

Such a client cannot know: its COMMIT may never have arrived, or the answer to it was lost. The
server does: it keeps what became of each transaction, also over a crash.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum

import psycopg
from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus

from genie_tui.errors import NoDatabase, NotDone

__all__ = ["NOTHING_DONE", "committed", "number"]

NOTHING_DONE = (
    "the connection to the database was lost before anything was written; repeat what was under way"
)
UNKNOWN = (
    "the connection to the database was lost while it was being written, and whether it was cannot "
    "be found out by now; look before you repeat it ('genie-tui event list' shows what was done)"
)

PATIENCE = 8.0
"""Seconds for which a server that is away, or that still ends the transaction, is waited for."""
EVERY = 0.2

NUMBER = "SELECT pg_current_xact_id_if_assigned()::text"
STATUS = "SELECT pg_xact_status(%s::text::xid8)"


class Outcome(StrEnum):
    """As the server tells it."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    UNKNOWN = "unknown"


async def number(conn: AsyncConnection) -> str | None:
    """The number of the transaction under way; None where it has written nothing."""
    if conn.info.transaction_status is not TransactionStatus.INTRANS:
        return None
    row = await (await conn.execute(NUMBER, prepare=False)).fetchone()
    return None if row is None or row[0] is None else str(row[0])


async def committed(
    number: str, connect: Callable[[], Awaitable[AsyncConnection]], error: Exception
) -> None:
    """Return if a transaction was; `connect` gives connections for asking.

    Raises:
        NotDone: it was not, and nothing of it was written.
        NoDatabase: the server does not know, or is away for too long.
    """
    outcome = await _found_out(number, connect)
    if outcome is Outcome.ABORTED:
        raise NotDone(NOTHING_DONE) from error
    if outcome is Outcome.UNKNOWN:
        raise NoDatabase(UNKNOWN) from error


async def _found_out(number: str, connect: Callable[[], Awaitable[AsyncConnection]]) -> Outcome:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        try:
            status = await _asked(number, connect)
        except (NoDatabase, psycopg.OperationalError):
            status = None
        except psycopg.Error:
            # A number from before the server's memory, or of another server than it was.
            return Outcome.UNKNOWN
        if status in {Outcome.COMMITTED, Outcome.ABORTED}:
            return Outcome(status)
        await asyncio.sleep(EVERY)
    return Outcome.UNKNOWN


async def _asked(number: str, connect: Callable[[], Awaitable[AsyncConnection]]) -> str | None:
    conn = await connect()
    try:
        row = await (await conn.execute(STATUS, [number])).fetchone()
    finally:
        await conn.close()
    return None if row is None else row[0]
