"""What coding agents report by OpenTelemetry (OTLP/HTTP), received and written.

A request is answered once its rows are committed, so that an exporter which is told otherwise, or
nothing, can send it again. One that is sent again although it was written (as the answer was lost)
is known by what it holds, and not written twice.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import psycopg

from genie_tui.db.connection import Database
from genie_tui.db.failures import explained
from genie_tui.domain import otlp
from genie_tui.domain.telemetry import row
from genie_tui.errors import BadInput, GenieError, NoDatabase
from genie_tui.scheduler import serving
from genie_tui.scheduler.firing import Log
from genie_tui.scheduler.serving import LARGEST, TOO_LARGE, Answer, Asked, TooLarge
from genie_tui.services import telemetry

__all__ = ["Receiver", "receiving"]

PATHS: dict[str, otlp.Signal] = {"/v1/logs": "logs", "/v1/metrics": "metrics"}
ENCODINGS: dict[str, otlp.Encoding] = {
    "application/json": "json",
    "application/x-protobuf": "protobuf",
}
CONTENT = {encoding: content for content, encoding in ENCODINGS.items()}
OURSELVES = {"localhost", "127.0.0.1", "[::1]"}

REMEMBERED = 512
"""Requests that would be known if they were sent again."""
AGAIN_AFTER = 5
"""Seconds after which to try again where the database is away."""
CODES = {400: 3, 403: 7, 404: 5, 405: 12, 413: 8, 415: 3, 500: 13, 503: 14}
"""What gRPC calls it, which is what a Status holds."""


@asynccontextmanager
async def receiving(database: Database, port: int, said: Log) -> AsyncIterator[None]:
    """Receive on a port of loopback.

    Raises:
        GenieError: the port is taken.
    """
    receiver = Receiver(database, said)
    try:
        async with serving.serving(port, receiver.judge, receiver.handle) as addresses:
            said("receiving", otlp=" ".join(addresses))
            yield
    except OSError as error:
        raise GenieError(
            f"cannot listen on 127.0.0.1:{port} ({error.strerror}); give another --otlp-port"
        ) from error


class Receiver:
    """Takes logs and metrics, and refuses everything else."""

    def __init__(self, database: Database, said: Log) -> None:
        self._database = database
        self._said = said
        self._complained = ""
        # One body is unpacked and written at a time: memory, and the daemon's connections.
        self._turn = asyncio.Lock()
        self._written: deque[bytes] = deque(maxlen=REMEMBERED)

    def judge(self, asked: Asked) -> Answer | None:
        """Refuse what is not meant for us, before its body is read."""
        if (status := _wrong(asked)) is None:
            return None
        code, why = status
        return self._refuse(asked, code, why, close=True)

    async def handle(self, asked: Asked) -> Answer:
        """Write what a request holds; with an answer that says why where that cannot be."""
        if len(asked.body) > LARGEST:
            return self._refuse(asked, 413, TOO_LARGE, close=True)
        try:
            async with self._turn:
                await self._take(asked)
        except (TooLarge, otlp.TooMuch) as error:
            return self._refuse(asked, 413, str(error))
        except BadInput as error:
            return self._refuse(asked, 400, str(error))
        except (NoDatabase, psycopg.OperationalError) as error:
            return self._refuse(asked, 503, f"the database is away: {error}")
        except psycopg.Error as error:
            return self._refuse(asked, 500, str(explained(error)))
        encoding = _encoding(asked)
        body = otlp.answered(PATHS[asked.path], encoding)
        return Answer(status=200, body=body, content_type=CONTENT[encoding])

    async def _take(self, asked: Asked) -> None:
        signal, encoding = PATHS[asked.path], _encoding(asked)
        packing = asked.headers.get("content-encoding", "").lower()
        try:
            body = await asyncio.to_thread(serving.unpacked, asked.body, packing)
        except ValueError as error:
            raise BadInput(f"the body is not {packing}, as its header says: {error}") from error
        told = await asyncio.to_thread(otlp.decode, body, signal, encoding)
        mark = hashlib.sha256(asked.path.encode() + body).digest()
        if not told or mark in self._written:
            return
        now = datetime.now(UTC)
        rows = [row(one, now) for one in told]
        async with self._database.connection() as conn:
            await telemetry.write(conn, rows)
        # What bears no time of its own may be said twice, and be meant so.
        if all(one.at is not None for one in rows):
            self._written.append(mark)

    def _refuse(self, asked: Asked, status: int, why: str, *, close: bool = False) -> Answer:
        # An exporter goes on for days; the log shall tell of it once.
        if why != self._complained:
            self._complained = why
            self._said("refused", path=asked.path[:80], status=status, why=why)
        encoding = _encoding(asked)
        headers = {}
        if status == 503:
            headers["Retry-After"] = str(AGAIN_AFTER)
        if status == 405:
            headers["Allow"] = "POST"
        return Answer(
            status=status,
            body=otlp.refused(CODES[status], why, encoding),
            content_type=CONTENT[encoding],
            headers=headers,
            close=close,
        )


def _encoding(asked: Asked) -> otlp.Encoding:
    return ENCODINGS.get(_content_type(asked), "json")


def _content_type(asked: Asked) -> str:
    return asked.headers.get("content-type", "").partition(";")[0].strip().lower()


def _wrong(asked: Asked) -> tuple[int, str] | None:
    """Why a request is refused by its head, if it is."""
    host = asked.headers.get("host", "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name not in OURSELVES or "origin" in asked.headers:
        # A page in a browser, whose name somebody has made to lead here.
        return 403, "programs of this machine are heard alone: send to localhost or 127.0.0.1"
    if asked.path not in PATHS:
        return 404, f"logs and metrics are received: {' and '.join(PATHS)}"
    if asked.method != "POST":
        return 405, "logs and metrics are sent with POST"
    if _content_type(asked) not in ENCODINGS:
        return 415, f"the content type is one of {' and '.join(ENCODINGS)}"
    if asked.headers.get("content-encoding", "").lower() not in ("", "identity", "gzip", "deflate"):
        return 415, "a body is packed with gzip, with deflate or not at all"
    length = asked.headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > LARGEST:
        return 413, TOO_LARGE
    return None
