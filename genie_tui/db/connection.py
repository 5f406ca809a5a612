"""The program's way to its database: one `Database` per process, which opens at first use."""

from __future__ import annotations

import asyncio
import logging
import select
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from functools import partial
from types import TracebackType
from typing import Self

import psycopg
from psycopg import AsyncConnection, IsolationLevel, errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.types.json import set_json_loads

from genie_tui.db import endpoints, finding, migrations, outcomes, passwords, pooling
from genie_tui.db.endpoints import Endpoint
from genie_tui.domain import documents
from genie_tui.domain.limits import Limits
from genie_tui.errors import NoDatabase, NotDone
from genie_tui.settings import Settings

__all__ = ["Database"]

# What it warns of (a query that does not let itself be cancelled) comes to us as an exception, and
# without a handler it would be printed in the middle of the dashboard.
logging.getLogger("psycopg").addHandler(logging.NullHandler())

# Other clients store any JSON; one number that Python does not take would hide a whole board.
set_json_loads(documents.loads)

CREATE_SCHEMA = sql.SQL("CREATE SCHEMA IF NOT EXISTS {}")
APPLICATION = "genie-tui"
CONNECT_WITHIN = 10
"""Seconds for an external server to answer, where its address does not say otherwise."""

PREPARED_AFTER = 5
"""Uses after which a query is prepared, where the session is ours alone: psycopg's own default."""

VANISHED = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""When the kernel gives up a peer that has gone without a word: after 25 s, told or asked."""

LOST = "the database server has gone ({}); repeat it, or see what 'genie-tui db status' says"
STOPPED = "the database server does not run; 'genie-tui db start' starts it"
UNREADABLE = "the database cannot be read or migrated: {}; is it Genie's, and may you write to it?"
UNMIGRATED = "the database has not been migrated; 'genie-tui db migrate' does it"


class Database:
    """Connections to the one database of this process; usable with `async with`.

    Nothing happens before the first use, which finds or starts the server and migrates.
    Up to `pool_size` connections are kept and shared; with 0, each use makes its own.
    `progress` is told the steps of a start in words, in another thread. `migrated` names what was
    migrated so far. `limits` are the server's, as they were when it was last asked.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        pool_size: int = 0,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        self.settings = settings
        self.migrated: tuple[str, ...] = ()
        self.limits = Limits()
        self._progress = progress
        self._endpoint: Endpoint | None = None
        self._was_open = False
        self._opening = asyncio.Lock()
        self._keep = pool_size
        self._slots: AbstractAsyncContextManager[None] = (
            asyncio.Semaphore(pool_size) if pool_size else nullcontext()
        )
        self._idle: list[AsyncConnection] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Find or start the server, and migrate it; a second call does nothing.

        Raises:
            NoDatabase: there is none, and none can be started.
        """
        await self._opened()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed at the end, rolled back on an error.

        Where the connection breaks while it is committed, the server is asked what became of it.

        Raises:
            NotDone: the server goes away meanwhile, and nothing was written.
            NoDatabase: it is away, or what became of the transaction cannot be found out.
        """
        async with self._slots:
            conn = await self._take(autocommit=False)
            number: outcomes.Number | None = None
            try:
                if self.limits.pooled:
                    await conn.execute(pooling.local_settings(self.settings))
                yield conn
                number = await outcomes.number(conn)
                await conn.commit()
            except psycopg.OperationalError as error:
                if not conn.closed:
                    raise
                if number is None:
                    raise NotDone(outcomes.NOTHING_DONE) from error
                await outcomes.committed(number, partial(self._take, autocommit=True), error)
            finally:
                await self._give_back(conn)

    async def dedicated(self) -> AsyncConnection:
        """A connection in autocommit mode for the caller alone, who closes it.

        Raises:
            NoDatabase: the server is away.
        """
        return await self._take(autocommit=True)

    async def ears(self) -> AsyncConnection:
        """A connection for LISTEN: to the server itself where --listen-dsn names it.

        Raises:
            NoDatabase: it is away, or does not let us in.
        """
        await self._opened()
        if self.settings.listen_dsn is None:
            return await self.dedicated()
        return await self._reach(endpoints.external(self.settings.listen_dsn))

    async def look_again(self, conn: AsyncConnection) -> Limits:
        """What the server lets us do by now; it may be another since, or have been promoted."""
        if self.settings.dsn is not None:
            from genie_tui.db import limits

            async with conn.transaction():
                await conn.execute(pooling.local_settings(self.settings))
                self.limits = await limits.look(conn, read_only=self.settings.read_only)
        return self.limits

    async def close(self) -> None:
        """Close what is open; another use opens it again."""
        self._endpoint = None
        while self._idle:
            await self._idle.pop().close()

    async def _take(self, *, autocommit: bool) -> AsyncConnection:
        """An idle connection that still lives, else a new one; the server may have moved."""
        for _ in range(2):
            endpoint = await self._opened()
            while self._idle:
                conn = self._idle.pop()
                if not _is_quiet(conn):
                    await conn.close()
                    continue
                async with _closed_on_failure(conn):
                    await conn.set_autocommit(autocommit)
                return conn
            try:
                return await self._log_in(endpoint, autocommit=autocommit)
            except psycopg.OperationalError as error:
                failed = error
                if self._endpoint is endpoint:
                    self._endpoint = None
        raise NoDatabase(endpoints.refusal(endpoint, failed)) from failed

    async def _give_back(self, conn: AsyncConnection) -> None:
        """Keep a connection for the next use, or close it, which rolls back."""
        async with _closed_on_failure(conn):
            at_rest = len(self._idle) < self._keep and await _is_at_rest(conn)
        # Whoever closes everything meanwhile closes but what is idle then.
        if at_rest and self._endpoint is not None:
            self._idle.append(conn)
        else:
            await conn.close()

    async def _opened(self) -> Endpoint:
        async with self._opening:
            if self._endpoint is None:
                self._endpoint = await self._attach() or await self._start()
                self._was_open = True
            return self._endpoint

    async def _attach(self) -> Endpoint | None:
        """The running server, found with the very connection that is used first."""
        if self.settings.dsn is not None:
            external = endpoints.external(self.settings.dsn)
            await self._check(await self._introduced(external))
            return external
        port = finding.known_ports(self.settings)[0]
        for password in passwords.candidates(self.settings):
            endpoint = endpoints.local(port, password=password)
            try:
                conn = await _log_in(endpoint, self.settings, autocommit=True)
            except psycopg.OperationalError:
                continue
            async with _closed_on_failure(conn):
                found = finding.recognised(self.settings, port, await _identifier(conn), password)
            if found is None:
                await conn.close()
            else:
                await self._check(conn)
            return found
        return None

    async def _start(self) -> Endpoint:
        endpoint = await asyncio.to_thread(self._find_or_start)
        await self._check(await self._reach(endpoint))
        return endpoint

    def _find_or_start(self) -> Endpoint:
        """Start for the first use, and when the server died; but not when somebody stopped it."""
        # Its import costs more than the whole way to a server that runs.
        from genie_tui.db import server

        if (found := finding.find(self.settings)) is not None:
            return found
        if not self._was_open or self.settings.dsn is not None:
            return server.ensure(self.settings, self._progress)
        if (found := server.revive(self.settings, self._progress)) is None:
            raise NoDatabase(STOPPED)
        return found

    async def _reach(self, endpoint: Endpoint) -> AsyncConnection:
        try:
            return await self._log_in(endpoint, autocommit=True)
        except psycopg.OperationalError as error:
            raise NoDatabase(endpoints.refusal(endpoint, error)) from error

    async def _log_in(self, endpoint: Endpoint, *, autocommit: bool) -> AsyncConnection:
        pooled = self.limits.pooled and endpoint.dsn == self.settings.dsn
        return await _log_in(endpoint, self.settings, autocommit=autocommit, pooled=pooled)

    async def _introduced(self, endpoint: Endpoint) -> AsyncConnection:
        """The first connection to an external server, which is asked what it lets us do."""
        from genie_tui.db import limits

        # Until that is known, nothing is done that a pooler could not bear.
        self.limits = Limits(pooled=True)
        conn = await self._reach(endpoint)
        async with _told(endpoint, conn), _closed_on_failure(conn):
            found = await self.look_again(conn)
            limits.refuse_unreadable(found)
            if not found.pooled:
                await conn.execute(pooling.session_settings(self.settings))
                conn.prepare_threshold = PREPARED_AFTER
        return conn

    async def _check(self, conn: AsyncConnection) -> None:
        """Migrate if anything is pending; the connection is kept for the first use."""
        try:
            await self._migrate(conn)
        except psycopg.Error as error:
            text = LOST if conn.closed or isinstance(error, errors.AdminShutdown) else UNREADABLE
            await conn.close()
            raise NoDatabase(text.format(error.diag.message_primary or error)) from error
        except BaseException:
            await conn.close()
            raise
        self._idle.append(conn)

    async def _migrate(self, conn: AsyncConnection) -> None:
        may_write = self.settings.migrate and not self.settings.read_only
        if may_write and self.settings.schema:
            await _make_schema(conn, self.settings.schema)
        state = await self._state(conn)
        if state.pending and may_write:
            migrations.check_allowed(state, self.limits, self.settings)
            self.migrated += await self._migrated(conn)
        elif state.pending and not state.applied:
            raise NoDatabase(UNMIGRATED)

    async def _state(self, conn: AsyncConnection) -> migrations.State:
        if not self.limits.pooled:
            return await migrations.state(conn)
        async with conn.transaction():
            await conn.execute(pooling.local_settings(self.settings))
            return await migrations.state(conn)

    async def _migrated(self, conn: AsyncConnection) -> tuple[str, ...]:
        """Migrate, through no pooler: the lock is a session's, as is what it is held for."""
        if not self.limits.pooled or self.settings.listen_dsn is None:
            return await migrations.migrate(conn, self._progress)
        direct = await self._reach(endpoints.external(self.settings.listen_dsn))
        async with direct:
            if await _identity(direct) != await _identity(conn):
                raise NoDatabase(pooling.OTHER_DATABASE)
            return await migrations.migrate(direct, self._progress)


@asynccontextmanager
async def _told(endpoint: Endpoint, conn: AsyncConnection) -> AsyncIterator[None]:
    """What goes wrong at the first questions, in words."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise NoDatabase(endpoints.refusal(endpoint, error)) from error
    except psycopg.Error as error:
        await conn.close()
        raise NoDatabase(UNREADABLE.format(error.diag.message_primary or error)) from error


@asynccontextmanager
async def _closed_on_failure(conn: AsyncConnection) -> AsyncIterator[None]:
    """Nobody else has the connection: whatever ends this, a cancellation too, closes it."""
    try:
        yield
    except BaseException:
        await conn.close()
        raise


async def _make_schema(conn: AsyncConnection, name: str) -> None:
    # Two who make it at once: the slower one is told so, whatever IF NOT EXISTS says.
    with suppress(errors.DuplicateSchema, errors.UniqueViolation):
        await conn.execute(CREATE_SCHEMA.format(sql.Identifier(name)))


async def _is_at_rest(conn: AsyncConnection) -> bool:
    """Roll back what was left open; false where that is not possible."""
    try:
        if conn.info.transaction_status != TransactionStatus.IDLE:
            await conn.rollback()
    except psycopg.Error:
        return False
    return conn.info.transaction_status == TransactionStatus.IDLE


async def _identifier(conn: AsyncConnection) -> int | None:
    try:
        row = await (await conn.execute(endpoints.IDENTITY)).fetchone()
    except psycopg.Error:
        return None
    return int(row[0]) if row else None


async def _identity(conn: AsyncConnection) -> tuple[object, ...] | None:
    """Which database of which cluster this is; a standby's is its primary's."""
    return await (await conn.execute(pooling.IDENTITY)).fetchone()


def _is_quiet(conn: AsyncConnection) -> bool:
    """Is nothing to be read? An idle connection that has something to say says that it ended."""
    if conn.closed:
        return False
    poller = select.poll()
    poller.register(conn.fileno(), select.POLLIN)
    return not poller.poll(0)


async def _log_in(
    endpoint: Endpoint, settings: Settings, *, autocommit: bool, pooled: bool = False
) -> AsyncConnection:
    given = conninfo_to_dict(endpoint.conninfo)
    ours = endpoint.dsn is None
    conninfo = make_conninfo(
        endpoint.conninfo,
        application_name=APPLICATION,
        client_encoding="UTF8",
        connect_timeout=given.get("connect_timeout") or CONNECT_WITHIN,
        # A pooler refuses options, or takes no notice of them; and a service file may have some.
        options=" ".join(pooling.session_options(settings)) if ours else given.get("options"),
        **{name: given.get(name, value) for name, value in VANISHED.items()},
    )
    conn = await AsyncConnection.connect(
        conninfo, autocommit=True, prepare_threshold=None if pooled else PREPARED_AFTER
    )
    async with _closed_on_failure(conn):
        if pooled:
            await conn.set_isolation_level(IsolationLevel.READ_COMMITTED)
            await conn.set_read_only(settings.read_only or None)
        elif not ours:
            await conn.execute(pooling.session_settings(settings))
        await conn.set_autocommit(autocommit)
    return conn
