"""What became of a transaction whose connection broke while it was being committed.

Such a client cannot know: its COMMIT may never have arrived, or the answer to it was lost. The
server does: it keeps what became of each transaction, also over a crash.

But a crash takes back the numbers of transactions of which nothing was on the disk yet, and the
server gives them to others: `committed` may then be said of somebody else's transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import NamedTuple

import psycopg
from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus

from genie_tui.errors import NoDatabase, NotDone

__all__ = ["NOTHING_DONE", "UNKNOWN", "Number", "committed", "number"]

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

# The statistics are kept over a stop, begun anew after a crash, and another's on a standby.
NUMBER = """
    SELECT pg_current_xact_id_if_assigned()::text AS text,
           (SELECT stats_reset::text FROM pg_stat_bgwriter) AS run
"""
# Asked for a number that it has not given, or has taken back, the server would raise an error.
# A standby may not have heard of it yet.
STATUS = """
    SELECT (SELECT stats_reset::text FROM pg_stat_bgwriter) AS run,
           CASE WHEN pg_is_in_recovery() THEN NULL
                WHEN %(text)s::xid8 < pg_snapshot_xmax(pg_current_snapshot())
                THEN pg_xact_status(%(text)s::xid8) ELSE 'never begun' END AS status
"""


class Number(NamedTuple):
    """A transaction's number, and in which run of the server, from crash to crash, it was given."""

    text: str
    run: str | None


class Outcome(StrEnum):
    """As the server tells it."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    UNKNOWN = "unknown"


async def number(conn: AsyncConnection) -> Number | None:
    """The number of the transaction under way; None where it has written nothing."""
    if conn.info.transaction_status is not TransactionStatus.INTRANS:
        return None
    row = await (await conn.execute(NUMBER, prepare=False)).fetchone()
    return None if row is None or row[0] is None else Number(*row)


async def committed(
    number: Number, connect: Callable[[], Awaitable[AsyncConnection]], error: Exception
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


async def _found_out(number: Number, connect: Callable[[], Awaitable[AsyncConnection]]) -> Outcome:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        try:
            run, status = await _asked(number, connect)
        except (NoDatabase, psycopg.OperationalError):
            pass
        except psycopg.Error:
            # Of another server than it was.
            return Outcome.UNKNOWN
        else:
            if (outcome := _judged(status, crashed=run != number.run)) is not None:
                return outcome
        await asyncio.sleep(EVERY)
    return Outcome.UNKNOWN


def _judged(status: str | None, *, crashed: bool) -> Outcome | None:
    """What a status tells of our transaction; None while that is still to be decided.

    After a crash nothing of ours is under way, and what was committed may be somebody else's.
    """
    match status:
        case Outcome.ABORTED:
            return Outcome.ABORTED
        case Outcome.COMMITTED:
            return Outcome.UNKNOWN if crashed else Outcome.COMMITTED
        case "in progress" | "never begun" if crashed:
            return Outcome.ABORTED
        case "in progress":
            return None
    return Outcome.UNKNOWN


async def _asked(
    number: Number, connect: Callable[[], Awaitable[AsyncConnection]]
) -> tuple[str | None, str | None]:
    conn = await connect()
    try:
        row = await (await conn.execute(STATUS, {"text": number.text})).fetchone()
    finally:
        await conn.close()
    return (None, None) if row is None else (row[0], row[1])
