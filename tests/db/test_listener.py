"""The listening connection: what it hears, and how it comes back when it is cut off."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from psycopg import AsyncConnection

from genie_tui.db import binaries, listener
from genie_tui.db.connection import Database
from genie_tui.db.listener import Backoff, Listener
from genie_tui.domain.changes import CHANNELS, Hint, LinkState
from genie_tui.settings import Settings
from tests.wire import Wire, over

SOON = Backoff(first=0.001, cap=0.02)
LISTENERS = (
    "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
)
TERMINATE = f"SELECT pg_terminate_backend(pid) FROM ({LISTENERS}) AS found"


class Ear:
    """Runs a listener, and keeps what it says."""

    def __init__(self, database: Database, backoff: Backoff = SOON) -> None:
        self.hints: list[Hint] = []
        self.reads = 0
        self.listened = 0
        self.states: list[tuple[LinkState, str]] = []
        self._news = asyncio.Event()
        self.listener = Listener(
            database,
            hear=self._hear,
            listening=self._listening,
            state=self._state,
            backoff=backoff,
        )

    def _hear(self, hints: Sequence[Hint]) -> None:
        self.hints += hints
        self.reads += 1
        self._news.set()

    def _listening(self) -> None:
        self.listened += 1
        self._news.set()

    def _state(self, link: LinkState, reason: str) -> None:
        self.states.append((link, reason))
        self._news.set()

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not holds():
                self._news.clear()
                await self._news.wait()


@contextlib.asynccontextmanager
async def listening(ear: Ear) -> AsyncIterator[Ear]:
    """A listener at work, connected."""
    running = asyncio.create_task(ear.listener.run())
    try:
        await ear.until(lambda: ear.listened or running.done())
        yield ear
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def notify(conn: AsyncConnection, channel: str, payload: str) -> None:
    await conn.execute("SELECT pg_notify(%s, %s)", (channel, payload))
    await conn.commit()


async def test_every_channel_is_heard(database: Database, conn: AsyncConnection) -> None:
    async with listening(Ear(database)) as ear:
        for channel in CHANNELS:
            await notify(conn, channel, "x")
        await ear.until(lambda: len(ear.hints) == len(CHANNELS))
        assert [hint.channel for hint in ear.hints] == list(CHANNELS)


@pytest.mark.parametrize(
    ("channel", "payload", "parts"),
    [
        ("genie_audit_event", "task:done:pane:%1", ("task", "done", "pane:%1")),
        ("genie_agent_state", "a:b:idle:working", ("a:b", "idle", "working")),
        ("genie_message", "conv-1:7:bot:ada", ("conv-1", "7", "bot:ada")),
        ("genie_mailbox_delivery", "eng: ☎:m-1", ("eng: ☎", "m-1")),
        ("genie_task_stage", "nonsense", ()),
    ],
)
async def test_payloads_are_heard_as_they_were_sent_and_taken_apart(
    database: Database,
    conn: AsyncConnection,
    channel: str,
    payload: str,
    parts: tuple[str, ...],
) -> None:
    async with listening(Ear(database)) as ear:
        await notify(conn, channel, payload)
        await ear.until(lambda: ear.hints)
        assert ear.hints == [Hint(channel=channel, payload=payload, parts=parts)]


async def test_psql_is_heard(database: Database, dsn: str) -> None:
    async with listening(Ear(database)) as ear:
        psql = str(binaries.find().program("psql"))
        script = "NOTIFY genie_trigger_due, 'trg:1'"
        await asyncio.to_thread(subprocess.run, [psql, dsn, "-qc", script], check=True)
        await ear.until(lambda: ear.hints)
        assert ear.hints[0].parts == ("trg:1",)


async def test_ten_thousand_notifications_come_in_order_and_in_large_pieces(
    database: Database, conn: AsyncConnection
) -> None:
    async with listening(Ear(database)) as ear:
        await conn.execute(
            "SELECT pg_notify('genie_trigger_due', n::text) FROM generate_series(1, 10000) AS n"
        )
        await conn.commit()
        await ear.until(lambda: len(ear.hints) == 10_000)
        assert [hint.payload for hint in ear.hints] == [str(n) for n in range(1, 10_001)]
        assert ear.reads < 500
        assert ear.listener.heard == 10_000


async def test_after_each_break_it_listens_again_and_says_so(
    database: Database, conn: AsyncConnection
) -> None:
    async with listening(Ear(database)) as ear:
        for times in range(2, 6):
            await conn.execute(TERMINATE)
            await conn.commit()
            await listened(ear, times)
            await notify(conn, "genie_trigger_due", str(times))
            # What is announced just before a break may be lost by it.
            await ear.until(lambda: len(ear.hints) == times - 1)  # noqa: B023
        assert [hint.payload for hint in ear.hints] == ["2", "3", "4", "5"]
        assert ear.listener.breaks == 4
        links = [link for link, _ in ear.states]
        assert links == [LinkState.CONNECTING, LinkState.LIVE] + 4 * [
            LinkState.RECONNECTING,
            LinkState.LIVE,
        ]


async def listened(ear: Ear, times: int) -> None:
    await ear.until(lambda: ear.listened >= times)


async def test_the_reason_of_a_break_is_what_the_server_said(
    database: Database, conn: AsyncConnection
) -> None:
    async with listening(Ear(database)) as ear:
        await conn.execute(TERMINATE)
        await conn.commit()
        await listened(ear, 2)
        reason = "terminating connection due to administrator command"
        assert (LinkState.RECONNECTING, reason) in ear.states


async def test_a_connection_that_ends_without_a_word_is_noticed(
    settings: Settings, dsn: str, conn: AsyncConnection
) -> None:
    wire = Wire(dsn)
    async with over(wire, settings) as database, listening(Ear(database)) as ear:
        wire.cut()
        await listened(ear, 2)
        await notify(conn, "genie_trigger_due", "after")
        await ear.until(lambda: ear.hints)
        assert ear.states[2][0] is LinkState.RECONNECTING
        assert ear.states[2][1]


async def test_a_server_that_lets_us_in_and_then_says_nothing_is_given_up(
    settings: Settings, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "ANSWER_WITHIN", 0.2)

    wire = Wire(dsn, deaf=1)
    async with over(wire, settings) as database, listening(Ear(database)) as ear:
        links = [link for link, _ in ear.states]
        assert links == [LinkState.CONNECTING, LinkState.RECONNECTING, LinkState.LIVE]


async def test_an_external_server_that_is_away_is_waited_for_and_named(
    settings: Settings, dsn: str
) -> None:
    wire = Wire(dsn)
    async with over(wire, settings) as database, listening(Ear(database)) as ear:
        wire.refuse()
        await ear.until(lambda: len(ear.states) > 4)
        assert {link for link, _ in ear.states[2:]} == {LinkState.RECONNECTING}
        assert all("\n" not in reason for _, reason in ear.states)
        assert not any("postgres:postgres" in reason for _, reason in ear.states)


async def test_who_is_in_a_hurry_does_not_wait_for_the_next_attempt(
    settings: Settings, dsn: str
) -> None:
    wire = Wire(dsn)
    patient = Backoff(first=1000.0, cap=1000.0)
    async with over(wire, settings) as database, listening(Ear(database, patient)) as ear:
        wire.cut()
        await ear.until(lambda: ear.states[-1][0] is LinkState.RECONNECTING)
        ear.listener.hurry()
        await listened(ear, 2)


async def test_a_peer_that_vanishes_is_given_up_by_the_kernel(database: Database) -> None:
    conn = await database.dedicated()
    with socket.socket(fileno=os.dup(conn.fileno())) as peer:
        assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 25_000
    await conn.close()


def test_the_first_retry_is_immediate_and_the_others_wait_ever_longer_up_to_a_limit() -> None:
    backoff = Backoff(first=0.1, cap=5.0)
    assert backoff.delay(0) == 0
    for attempt, longest in ((1, 0.1), (2, 0.2), (3, 0.4), (6, 3.2), (7, 5.0), (10**6, 5.0)):
        waits = {backoff.delay(attempt) for _ in range(200)}
        assert longest / 2 <= min(waits) < max(waits) <= longest
