"""A small HTTP/1.1 server on loopback: h11 reads and writes, asyncio carries.

What comes is a stranger's: who is slow, or sends too much, is let go.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

import h11

from genie_tui.errors import GenieError

__all__ = ["LARGEST", "TOO_LARGE", "Answer", "Asked", "Handle", "TooLarge", "serving", "unpacked"]

LARGEST = 4 * 1024 * 1024
"""Bytes of a body, as it is sent and unpacked."""
TOO_LARGE = f"a body has at most {LARGEST:,} bytes, also when unpacked; send less at once"
AT_ONCE = 32
"""Connections; one more is closed at once."""
WITHIN = 15.0
"""Seconds for a request to come whole, from its first byte on, or for the next one to begin."""
LINGERS = 2.0
"""Seconds for the other side to hear why it is let go."""
_CHUNK = 64 * 1024
_HEADERS = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request; of `headers`, in lower case, the first of a name counts."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered; with `close` nothing more is read from this connection."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    close: bool = False


class TooLarge(GenieError):
    """A body is longer than `LARGEST`."""


Handle = Callable[[Asked], Awaitable[Answer]]
"""Answers a request that has come whole; a body longer than `LARGEST` is cut there."""
Judge = Callable[[Asked], Answer | None]
"""Refuses a request by its head; None where its body is worth reading."""


@asynccontextmanager
async def serving(port: int, judge: Judge, handle: Handle) -> AsyncIterator[list[str]]:
    """Listen on loopback, IPv6's too where there is one; gives the addresses.

    Raises:
        OSError: the port is taken.
    """
    door = _Door(judge, handle)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(door.close)
        first = await asyncio.start_server(door.enter, "127.0.0.1", port)
        stack.callback(first.close)
        addresses = [f"http://127.0.0.1:{port}"]
        with suppress(OSError):
            second = await asyncio.start_server(door.enter, "::1", port)
            stack.callback(second.close)
            addresses.append(f"http://[::1]:{port}")
        yield addresses


def unpacked(body: bytes, encoding: str) -> bytes:
    """A body without its `Content-Encoding`.

    Raises:
        TooLarge: a small one is a very long one packed.
        ValueError: it is not what it says; LookupError: nobody knows that encoding.
    """
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        raise LookupError(encoding)
    unpacking = zlib.decompressobj(wbits=47)
    try:
        whole = unpacking.decompress(body, LARGEST + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(whole) > LARGEST:
        raise TooLarge(TOO_LARGE)
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError("it ends too early, or too late")
    return whole


class _Door:
    """The connections there are."""

    def __init__(self, judge: Judge, handle: Handle) -> None:
        self._judge = judge
        self._handle = handle
        self._within: set[asyncio.Task[None]] = set()

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection until it ends."""
        task = asyncio.current_task()
        assert task is not None
        try:
            if len(self._within) < AT_ONCE:
                self._within.add(task)
                await _Connection(reader, writer, self._judge, self._handle).serve()
        except (OSError, TimeoutError, h11.ProtocolError, asyncio.CancelledError):
            # It is gone, or to be let go; there is nobody to tell.
            pass
        finally:
            self._within.discard(task)
            await _let_go(writer)

    async def close(self) -> None:
        """End all connections; what is being written is finished or not at all."""
        for task in self._within:
            task.cancel()
        await asyncio.gather(*self._within, return_exceptions=True)


class _Connection:
    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        judge: Judge,
        handle: Handle,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._judge = judge
        self._handle = handle
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEADERS)

    async def serve(self) -> None:
        """Answer one request after another."""
        while True:
            try:
                answer = await self._next()
            except h11.RemoteProtocolError as error:
                answer = Answer(status=error.error_status_hint, close=True)
            if answer is None:
                return
            await self._say(answer)
            if {self._http.our_state, self._http.their_state} != {h11.DONE} or answer.close:
                await self._linger()
                return
            self._http.start_next_cycle()

    async def _next(self) -> Answer | None:
        """Read a request and answer it; None where none comes any more."""
        async with asyncio.timeout(WITHIN):
            head = await self._event()
            if not isinstance(head, h11.Request):
                return None
            asked = _asked(head)
            if (refusal := self._judge(asked)) is not None:
                return refusal
            if self._http.they_are_waiting_for_100_continue:
                data = self._http.send(h11.InformationalResponse(status_code=100, headers=[]))
                self._writer.write(data or b"")
            body = await self._body()
        return await self._handle(replace(asked, body=body))

    async def _body(self) -> bytes:
        body = bytearray()
        while isinstance(event := await self._event(), h11.Data):
            body += event.data
            if len(body) > LARGEST:
                break
        return bytes(body)

    async def _event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(_CHUNK))
        return event

    async def _linger(self) -> None:
        """Let the other side finish its sentence; else it is cut off before it reads the answer."""
        with suppress(OSError, TimeoutError):
            self._writer.write_eof()
            async with asyncio.timeout(LINGERS):
                for _ in range(4 * LARGEST // _CHUNK):
                    if not await self._reader.read(_CHUNK):
                        return

    async def _say(self, answer: Answer) -> None:
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        headers = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            **answer.headers,
        }
        if answer.close:
            headers["Connection"] = "close"
        response = h11.Response(status_code=answer.status, headers=list(headers.items()))
        parts = (response, h11.Data(data=answer.body), h11.EndOfMessage())
        self._writer.write(b"".join(self._http.send(part) or b"" for part in parts))
        async with asyncio.timeout(WITHIN):
            await self._writer.drain()


async def _let_go(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(LINGERS):
            await writer.wait_closed()
    writer.transport.abort()


def _asked(head: h11.Request) -> Asked:
    headers: dict[str, str] = {}
    for name, value in head.headers:
        headers.setdefault(name.decode("latin-1"), value.decode("latin-1").strip())
    path = head.target.decode("latin-1").partition("?")[0]
    return Asked(method=head.method.decode("latin-1"), path=path, headers=headers)
