"""The receiver of OpenTelemetry: what it takes is in the database, and all else is refused."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psutil
import pytest
import pytest_asyncio
from google.rpc.status_pb2 import Status
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.domain import otlp
from genie_tui.errors import GenieError
from genie_tui.scheduler import serving
from genie_tui.scheduler.receiving import receiving
from genie_tui.settings import Settings
from tests.ports import free_port
from tests.reports import logs, metrics
from tests.scheduler.rows import rows

JSON = {"Content-Type": "application/json"}
REPORTED = "SELECT * FROM audit_events WHERE entity_type LIKE 'otel%%' ORDER BY id"


class Ear:
    """A receiver that runs, and ways of talking to it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.said: list[tuple[str, dict[str, Any]]] = []

    def heard(self, event: str, **about: Any) -> None:
        """What it tells of."""
        self.said.append((event, about))

    async def __call__(
        self, path: str, body: Any = b"", method: str = "POST", **headers: str
    ) -> http.client.HTTPResponse:
        """Send a request; the answer, its body being in `.data`."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        names = {key.replace("_", "-"): value for key, value in headers.items()}

        def ask() -> http.client.HTTPResponse:
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                line.request(method, path, data, JSON | names)
                answer = line.getresponse()
                answer.data = answer.read()  # type: ignore[attr-defined]
                return answer
            finally:
                line.close()

        return await asyncio.to_thread(ask)

    async def raw(self, *parts: bytes) -> bytes:
        """Send bytes, and hear until the other side has no more to say."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            async with asyncio.timeout(20):
                return await reader.read()
        finally:
            writer.close()


@pytest_asyncio.fixture
async def ear(database: Database) -> AsyncIterator[Ear]:
    ear = Ear(free_port(1))
    async with receiving(database, ear.port, ear.heard):
        yield ear


def a_call(at: datetime | None = None) -> dict[str, Any]:
    """What Claude Code says of a call of its model."""
    said = {"event.name": "api_request", "session.id": "s-1", "cost_usd": 0.25, "model": "m"}
    return logs(("claude_code.api_request", said), at=at or datetime.now(UTC), agent="eng-1")


async def test_what_is_told_is_in_the_database_before_it_is_answered(
    ear: Ear, conn: AsyncConnection
) -> None:
    at = datetime.now(UTC)
    answer = await ear("/v1/logs", a_call(at))
    assert (answer.status, json.loads(answer.data)) == (200, {})  # type: ignore[attr-defined]
    (row,) = await rows(conn, REPORTED)
    kept = (row["entity_type"], row["entity_id"], row["event_type"], row["actor"])
    assert kept == ("otel_api", "s-1", "api_request", "eng-1")
    assert row["details"].items() >= {"cost_usd": 0.25, "model": "m", "success": True}.items()
    assert row["created_at"] == at


async def test_several_records_keep_their_order_and_any_text_is_taken(
    ear: Ear, conn: AsyncConnection
) -> None:
    hostile = 'x\0"{}\\ \x1b]0;t\x07'
    body = logs(*((f"a.e{n}", {"event.name": f"e{n}", "session.id": hostile}) for n in range(50)))
    assert (await ear("/v1/logs", body)).status == 200
    found = await rows(conn, REPORTED)
    assert [row["event_type"] for row in found] == [f"e{n}" for n in range(50)]
    assert found[0]["entity_id"] == hostile.replace("\0", "�")


@pytest.mark.parametrize(
    ("encoding", "packed"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
async def test_a_packed_body_is_unpacked(
    ear: Ear, conn: AsyncConnection, encoding: str, packed: Callable[[bytes], bytes]
) -> None:
    data = packed(json.dumps(metrics(("a.cost.usage", "USD", 1.5, {}))).encode())
    assert (await ear("/v1/metrics", data, Content_Encoding=encoding)).status == 200
    (row,) = await rows(conn, REPORTED)
    assert (row["entity_type"], row["details"]["cost_usd"]) == ("otel_metric", 1.5)


async def test_what_is_sent_again_as_its_answer_was_lost_is_written_once(
    ear: Ear, conn: AsyncConnection
) -> None:
    call = a_call()
    answers = await asyncio.gather(*(ear("/v1/logs", call) for _ in range(4)))
    assert {answer.status for answer in answers} == {200}
    await ear("/v1/logs", a_call())
    assert len(await rows(conn, REPORTED)) == 2


@pytest.mark.parametrize(
    ("status", "path", "body", "how"),
    [
        (400, "/v1/logs", b"{", {}),
        (400, "/v1/logs", b"\xff\xff\xff", {"Content_Type": "application/x-protobuf"}),
        (400, "/v1/logs", b"{}", {"Content_Encoding": "gzip"}),
        (400, "/v1/logs", gzip.compress(b"{}", mtime=0)[:-4], {"Content_Encoding": "gzip"}),
        (403, "/v1/logs", b"{}", {"Host": "rebound.example.org:4318"}),
        (403, "/v1/logs", b"{}", {"Host": "127.0.0.1.example.org"}),
        (403, "/v1/logs", b"{}", {"Host": ""}),
        (403, "/v1/logs", b"{}", {"Origin": "http://localhost"}),
        (404, "/v1/traces", b"{}", {}),
        (404, "/", b"{}", {"method": "GET"}),
        (405, "/v1/logs", b"", {"method": "GET"}),
        (405, "/v1/metrics", b"", {"method": "OPTIONS"}),
        (413, "/v1/logs", b"x" * (serving.LARGEST + 1), {}),
        (413, "/v1/logs", gzip.compress(b" " * 50_000_000, mtime=0), {"Content_Encoding": "gzip"}),
        (415, "/v1/logs", b"{}", {"Content_Type": "text/plain"}),
        (415, "/v1/logs", b"{}", {"Content_Encoding": "br"}),
    ],
)
async def test_what_is_malformed_or_not_meant_for_it_is_refused_with_a_reason(
    ear: Ear, conn: AsyncConnection, status: int, path: str, body: bytes, how: dict[str, str]
) -> None:
    answer = await ear(path, body, **how)
    data: bytes = answer.data  # type: ignore[attr-defined]
    assert answer.status == status
    if answer.getheader("Content-Type") == "application/x-protobuf":
        said = Status.FromString(data)
        assert said.code
        assert said.message
    else:
        assert set(json.loads(data)) == {"code", "message"}
    assert await rows(conn, REPORTED) == []
    assert ear.said[-1][0] == "refused"
    assert (await ear("/v1/logs", a_call())).status == 200


HEAD = b"POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


async def test_what_is_no_http_or_never_ends_is_let_go(ear: Ear) -> None:
    assert (await ear.raw(b"\x16\x03\x01\x02\x00 hello\r\n\r\n")).startswith(b"HTTP/1.1 400")
    assert (await ear.raw(HEAD + b"Content-Length: many\r\n\r\n")).startswith(b"HTTP/1.1 4")
    long = HEAD + b"X: " + b"x" * 40_000
    assert (await ear.raw(long)).startswith(b"HTTP/1.1 431")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    endless = [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 80, b"0\r\n\r\n"]
    assert (await ear.raw(*endless)).startswith(b"HTTP/1.1 413")
    assert (await ear("/v1/logs", a_call())).status == 200


async def test_who_is_slow_keeps_nobody_else_out(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "WITHIN", 0.5)
    slow = [asyncio.create_task(ear.raw(HEAD)) for _ in range(serving.AT_ONCE - 2)]
    assert (await ear("/v1/logs", a_call())).status == 200
    assert set(await asyncio.gather(*slow)) == {b""}


async def test_a_connection_takes_one_request_after_another(ear: Ear) -> None:
    data = json.dumps(a_call()).encode()
    one = HEAD + b"Content-Length: %d\r\n\r\n" % len(data) + data
    last = one.replace(b"Host:", b"Connection: close\r\nHost:")
    assert (await ear.raw(one + one, last)).count(b"HTTP/1.1 200") == 3


async def test_while_the_database_is_away_it_is_said_when_to_try_again(settings: Settings) -> None:
    ear = Ear(free_port(1))
    gone = Database(replace(settings, dsn="postgresql://127.0.0.1:1/none"))
    async with receiving(gone, ear.port, ear.heard):
        answer = await ear("/v1/logs", a_call())
    assert (answer.status, answer.getheader("Retry-After")) == (503, "5")
    assert json.loads(answer.data)["code"] == 14  # type: ignore[attr-defined]


async def test_what_was_not_written_is_written_when_it_is_sent_again(
    ear: Ear, conn: AsyncConnection
) -> None:
    call = a_call()
    await conn.execute("ALTER TABLE audit_events RENAME TO elsewhere")
    await conn.commit()
    assert (await ear("/v1/logs", call)).status == 500
    await conn.execute("ALTER TABLE elsewhere RENAME TO audit_events")
    await conn.commit()
    assert (await ear("/v1/logs", call)).status == 200
    assert len(await rows(conn, REPORTED)) == 1


async def test_it_listens_on_loopback_alone(ear: Ear) -> None:
    held = {
        line.laddr.ip
        for line in psutil.Process().net_connections("tcp")
        if line.status == psutil.CONN_LISTEN and line.laddr.port == ear.port
    }
    assert held
    assert held <= {"127.0.0.1", "::1"}


async def test_a_port_that_is_taken_is_named(ear: Ear, database: Database) -> None:
    with pytest.raises(GenieError, match=f"127.0.0.1:{ear.port}.*--otlp-port"):
        async with receiving(database, ear.port, ear.heard):
            pass


def test_the_answers_are_those_of_the_protocol() -> None:
    assert otlp.answered("logs", "protobuf") == b""
    assert json.loads(otlp.refused(3, "why", "json")) == {"code": 3, "message": "why"}
