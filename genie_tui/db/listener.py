"""The connection that listens: on every channel, and back again after a break.

A notification is a hint that may get lost; what the listener promises is to say when. After each
(re)connect it listens first and only then says "read again", so that nothing falls between.

Where nothing can be announced, behind a pooler or on a standby, it looks every `POLL_EVERY` seconds
whether any transaction has ended since, and says "read again" if one has.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.pq import ConnStatus

from genie_tui.db import server
from genie_tui.db.connection import Database
from genie_tui.domain.changes import CHANNELS, POLL_EVERY, Hint, LinkState, parse
from genie_tui.errors import GenieError, NoDatabase

__all__ = ["Backoff", "Listener"]

ANSWER_WITHIN = 10.0
"""Seconds for a server that has let us in to say that it listens."""

SETTLED_AFTER = 1.0
"""Seconds after which a connection counts as good, and the next retry is immediate again."""


ARRIVES_WITHIN = 2.0
"""Seconds for a notification to come by another connection; if it does not, none will."""

TRY_AGAIN = 60.0
"""Seconds after which a --listen-dsn that did not work is tried again."""

# Other databases of the cluster change it, too; but where nothing at all ends, it stays the same.
GLIMPSE = "SELECT pg_current_snapshot()::text, pg_is_in_recovery()"

UNHEARD = "notifications do not come through --listen-dsn: does it name the same database as --dsn?"


class _OtherServer(psycopg.OperationalError):
    """What was a standby is none any more, or the other way round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait before the next attempt to connect, in seconds."""

    first: float = 0.05
    cap: float = 5.0

    def delay(self, attempt: int) -> float:
        """None before the first attempt (0), then doubling, with jitter, up to the cap."""
        if attempt == 0:
            return 0.0
        longest = min(self.first * 2.0 ** min(attempt - 1, 32), self.cap)
        return longest * random.uniform(0.5, 1.0)


class Listener:
    """One dedicated connection that listens, on all channels unless some are named.

    `hear` gets the notifications of each read from the socket, `listening` is called when a
    connection listens anew: whatever was announced before may have been missed. `state` is told
    how the connection stands, with the reason in words.
    """

    def __init__(
        self,
        database: Database,
        *,
        hear: Callable[[Sequence[Hint]], None],
        listening: Callable[[], None],
        state: Callable[[LinkState, str], None],
        backoff: Backoff | None = None,
        channels: Iterable[str] = CHANNELS,
    ) -> None:
        # One round trip for all of them.
        self._listen_to = "; ".join(f"LISTEN {channel}" for channel in channels)
        self.heard = 0
        self.breaks = 0
        self._database = database
        self._hear = hear
        self._listening = listening
        self._state = state
        self._backoff = backoff or Backoff()
        self._hurry = asyncio.Event()
        self._live_since = inf

    def hurry(self) -> None:
        """Do not wait for the next attempt to connect: make it now."""
        self._hurry.set()

    async def run(self) -> None:
        """Listen until cancelled."""
        attempt = 0
        self._state(LinkState.CONNECTING, "")
        while True:
            await self._pause(self._backoff.delay(attempt))
            self._live_since = inf
            try:
                await self._listen()
            except (psycopg.Error, GenieError, OSError) as error:
                lived = asyncio.get_running_loop().time() - self._live_since
                attempt = 0 if lived >= SETTLED_AFTER else attempt + 1
                self.breaks += lived >= 0
                self._state(await self._standing(error), _reason(error))

    async def _pause(self, delay: float) -> None:
        self._hurry.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._hurry.wait()

    async def _listen(self) -> None:
        """Connect and hear until the connection breaks, or look; returns to listen once more."""
        settings = self._database.settings
        if settings.dsn is None:
            return await self._hear_on(await self._database.ears(), proven=True)
        conn = await self._database.dedicated()
        async with _closing(conn):
            limits = await self._database.look_again(conn)
            if limits.standby:
                return await self._poll(conn, LinkState.STANDBY, limits.only_reads)
            if not limits.pooled and settings.listen_dsn is None:
                return await self._hear_on(conn, proven=True)
            reason = UNHEARD if settings.listen_dsn else ""
            try:
                await self._hear_on(await self._database.ears(), proven=False)
            except NoDatabase as error:
                if settings.listen_dsn is None:
                    raise
                reason = str(error)
            return await self._poll(conn, LinkState.POLLING, reason)

    async def _hear_on(self, conn: AsyncConnection, *, proven: bool) -> None:
        """Hear until the connection breaks, which is raised; or return, as nothing arrives."""
        async with _closing(conn):
            if not proven and not await self._arrives(conn):
                return
            ears = _Ears(conn, self._heard)
            await ears.open(self._listen_to)
            self._live_since = asyncio.get_running_loop().time()
            self._state(LinkState.LIVE, "")
            self._listening()
            await ears.broken()

    async def _arrives(self, conn: AsyncConnection) -> bool:
        """Does what another connection announces come here?

        Only another's tells: behind a pooler both may be served by one session, which hears itself.
        """
        channel = f"tui_hello_{secrets.token_hex(8)}"
        await conn.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        async with self._database.connection() as other:
            await other.execute("SELECT pg_notify(%s, '')", (channel,))
        came = [note async for note in conn.notifies(timeout=ARRIVES_WITHIN, stop_after=1)]
        await conn.execute(sql.SQL("UNLISTEN {}").format(sql.Identifier(channel)))
        return bool(came)

    async def _poll(self, conn: AsyncConnection, link: LinkState, reason: str) -> None:
        """Look until the connection breaks, the server changes, or listening may work again."""
        clock = asyncio.get_running_loop().time
        self._live_since = clock()
        self._state(link, reason)
        until = self._live_since + TRY_AGAIN if self._database.settings.listen_dsn else inf
        seen = None
        while clock() < until or link is LinkState.STANDBY:
            snapshot, standby = await _glimpse(conn)
            if standby != (link is LinkState.STANDBY):
                raise _OtherServer("the server was promoted, or is another one now")
            if snapshot != seen:
                seen = snapshot
                self._listening()
            await self._pause(POLL_EVERY)

    def _heard(self, hints: Sequence[Hint]) -> None:
        self.heard += len(hints)
        self._hear(hints)

    async def _standing(self, error: Exception) -> LinkState:
        """A server that was stopped on purpose is not about to come back."""
        settings = self._database.settings
        if settings.dsn is not None or not isinstance(error, NoDatabase):
            return LinkState.RECONNECTING
        if await asyncio.to_thread(server.crashed, settings):
            return LinkState.RECONNECTING
        running = await asyncio.to_thread(server.find, settings)
        return LinkState.RECONNECTING if running else LinkState.STOPPED


async def _glimpse(conn: AsyncConnection) -> tuple[str, bool]:
    """What is committed by now, and whether the server follows another."""
    with _socket_of(conn) as peer:
        cut = asyncio.get_running_loop().call_later(ANSWER_WITHIN, _hang_up, peer)
        try:
            [row] = await (await conn.execute(GLIMPSE)).fetchall()
        finally:
            cut.cancel()
    return str(row[0]), bool(row[1])


@contextlib.asynccontextmanager
async def _closing(conn: AsyncConnection) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await conn.close()


class _Ears:
    """The reading end of one connection; the event loop watches its file descriptor."""

    def __init__(self, conn: AsyncConnection, hear: Callable[[Sequence[Hint]], None]) -> None:
        self._conn = conn
        self._hear = hear
        self._last_words = ""
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self, listen: str) -> None:
        """Have the server announce what is listened to."""
        self._conn.add_notice_handler(self._noticed)
        with _socket_of(self._conn) as peer:
            # Cancelling would wait for the server to agree; a closed socket waits for nobody.
            cut = asyncio.get_running_loop().call_later(ANSWER_WITHIN, _hang_up, peer)
            try:
                await self._conn.execute(listen)
            finally:
                cut.cancel()

    async def broken(self) -> None:
        """Hear until the connection breaks; raises the reason."""
        loop = asyncio.get_running_loop()
        fd = self._conn.fileno()
        loop.add_reader(fd, self._readable)
        try:
            # What came in one packet with the answer to LISTEN makes no descriptor readable.
            self._take()
            await self._broken
        finally:
            loop.remove_reader(fd)

    def _readable(self) -> None:
        try:
            self._conn.pgconn.consume_input()
        except psycopg.OperationalError as error:
            self._take()
            self._fail(self._last_words or str(error))
            return
        self._take()
        if self._conn.pgconn.status == ConnStatus.BAD:
            self._fail(self._last_words or "the server closed the connection")

    def _take(self) -> None:
        """Hand on what libpq has received."""
        pgconn = self._conn.pgconn
        hints = []
        while (note := pgconn.notifies()) is not None:
            hints.append(parse(note.relname.decode(), note.extra.decode(errors="replace")))
        if hints:
            self._hear(hints)

    def _fail(self, reason: str) -> None:
        if not self._broken.done():
            self._broken.set_exception(psycopg.OperationalError(reason))

    def _noticed(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        """Why the server ends a connection comes as a notice, since nothing was asked."""
        if diagnostic.severity_nonlocalized in {"FATAL", "PANIC"}:
            self._last_words = diagnostic.message_primary or ""


def _socket_of(conn: AsyncConnection) -> socket.socket:
    """Another handle of the connection's socket, for the caller to close."""
    return socket.socket(fileno=os.dup(conn.fileno()))


def _hang_up(peer: socket.socket) -> None:
    """Make whoever waits for the peer see the end of the connection."""
    with contextlib.suppress(OSError):  # it is at its end already
        peer.shutdown(socket.SHUT_RDWR)


def _reason(error: Exception) -> str:
    """The first line; libpq adds advice on others."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
