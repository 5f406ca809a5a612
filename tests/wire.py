"""A wire between a program and its server, which a test can cut."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

from psycopg.conninfo import conninfo_to_dict

from genie_tui.db.connection import Database
from genie_tui.settings import Settings

__all__ = ["Wire", "over"]


class Wire:
    """A wire to the server, which can be cut; the first `deaf` times, LISTEN gets lost on it."""

    def __init__(self, dsn: str, *, deaf: int = 0) -> None:
        at = conninfo_to_dict(dsn)
        self._target = str(at["host"]), int(str(at["port"]))
        self._dsn = dsn.replace(f":{at['port']}/", ":{}/")
        self._ends: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._deaf = deaf
        self._refusing = False

    async def open(self) -> str:
        """The address to connect to."""
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        return self._dsn.format(port)

    def refuse(self) -> None:
        """Cut all connections and let nobody in, until `admit`."""
        self._refusing = True
        self.cut()

    def admit(self) -> None:
        """Let everybody in again."""
        self._refusing = False

    async def close(self) -> None:
        """End everything."""
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Reset all connections."""
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        try:
            other_reader, other_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._ends += [writer, other_writer]
        for source, sink in ((reader, other_writer), (other_reader, writer)):
            task = asyncio.create_task(self._carry(source, sink))
            self._tasks.add(task)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if b"LISTEN" in data and self._deaf:
                    self._deaf -= 1
                else:
                    sink.write(data)
        sink.close()


@contextlib.asynccontextmanager
async def over(wire: Wire, settings: Settings) -> AsyncIterator[Database]:
    """A database at the other end of a wire."""
    address = await wire.open()
    database = Database(replace(settings, dsn=address))
    try:
        yield database
    finally:
        await database.close()
        await wire.close()
