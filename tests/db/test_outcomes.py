"""A connection that breaks anywhere: what was under way happens once, or is known not to have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks.faults import writes as faults
from genie_tui.db import outcomes, server
from genie_tui.db.connection import Database
from genie_tui.domain.actors import Actor
from genie_tui.domain.repeating import repeated
from genie_tui.errors import NoDatabase, NotDone
from genie_tui.services import conversations, stages, tasks
from genie_tui.settings import Settings
from tests.db.programs import kill_all
from tests.services.making import REPO, rows

SAID = "SELECT body FROM messages"
MOVES = "SELECT from_stage, to_stage FROM task_stage_log"


class Scissors:
    """A way to the server that is cut once: at what the client sends the nth time, once armed.

    With `heard`, the server still gets that, and its answer is lost.
    """

    def __init__(self, host: str, port: int, at: int, *, heard: bool) -> None:
        self._server = (host, port)
        self._at = at
        self._heard = heard
        self.armed = self.cut = False
        self._sent = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        there, back = await asyncio.open_connection(*self._server)
        answers = asyncio.create_task(self._answer(there, writer))
        with suppress(OSError):
            while data := await reader.read(65536):
                self._sent += self.armed
                if self.cut or self._sent != self._at:
                    back.write(data)
                    continue
                self.cut = True
                answers.cancel()
                await asyncio.wait([answers])
                if self._heard:
                    back.write(data)
                    # The server has done it once it has answered.
                    await there.read(1)
                break
        answers.cancel()
        for one in (writer, back):
            one.transport.abort()

    async def _answer(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await there.read(65536):
                writer.write(data)


@asynccontextmanager
async def through(settings: Settings, scissors: Scissors) -> AsyncIterator[Database]:
    """A database behind a way that is cut."""
    listening = await asyncio.start_server(scissors.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    dsn = make_conninfo(settings.dsn or "", host="127.0.0.1", port=port)
    async with listening, Database(replace(settings, dsn=dsn), pool_size=1) as database:
        await database.open()
        scissors.armed = True
        yield database


@pytest.mark.parametrize("heard", [False, True])
async def test_wherever_a_connection_is_cut_a_write_happens_just_once(
    settings: Settings, conn: AsyncConnection, ada: Actor, heard: bool
) -> None:
    given = conninfo_to_dict(settings.dsn or "")
    host, port = str(given["host"]), int(str(given["port"]))
    cuts = 0
    for at in range(1, 1000):
        task = await tasks.create_task(conn, REPO, title=f"task {at}", actor=ada)
        await conn.commit()
        scissors = Scissors(host, port, at, heard=heard)
        async with through(settings, scissors) as database:

            async def write(
                database: Database = database, task_id: str = task.id, said: str = f"said {at}"
            ) -> None:
                async with database.connection() as there:
                    await stages.move_task(there, task_id, "build", ada)
                    await conversations.comment(there, task_id, said, ada)

            await repeated(write)
        assert await rows(conn, SAID + f" WHERE body = 'said {at}'") == [{"body": f"said {at}"}]
        moved = await rows(conn, MOVES + " WHERE task_id = %(id)s", id=task.id)
        assert moved == [{"from_stage": "draft", "to_stage": "build"}]
        if not scissors.cut:
            break
        cuts += 1
    assert cuts > 10


async def test_what_the_server_has_forgotten_is_said_to_be_unknown(
    settings: Settings, conn: AsyncConnection
) -> None:
    assert settings.dsn is not None
    dsn = settings.dsn

    async def connect() -> AsyncConnection:
        return await AsyncConnection.connect(dsn, autocommit=True)

    lost = psycopg.OperationalError("lost")
    await conn.execute("SELECT pg_current_xact_id()")
    number = await outcomes.number(conn)
    assert number is not None
    await conn.commit()
    await outcomes.committed(number, connect, lost)
    with pytest.raises(NoDatabase, match="look before you repeat it"):
        await outcomes.committed(number._replace(text="999999999999"), connect, lost)


async def test_a_number_that_a_crash_gave_to_another_transaction_proves_nothing(
    home: Settings,
) -> None:
    async def connect() -> AsyncConnection:
        found = await asyncio.to_thread(server.ensure, home)
        return await AsyncConnection.connect(found.conninfo, autocommit=True)

    lost = psycopg.OperationalError("lost")
    async with await connect() as conn, conn.transaction(force_rollback=True):
        await conn.execute("CREATE TABLE ours ()")
        number = await outcomes.number(conn)
        assert number is not None
        # Nothing of it is on the disk by now, not even that its number was given.
        kill_all(home.data)
        await conn.close()
    with pytest.raises(NotDone):
        await outcomes.committed(number, connect, lost)
    async with await connect() as conn:
        theirs = await (await conn.execute("SELECT pg_current_xact_id()::text")).fetchone()
        assert theirs is not None
        assert int(theirs[0]) <= int(number.text)
        for _ in range(int(theirs[0]), int(number.text)):
            await conn.execute("SELECT pg_current_xact_id()")
    with pytest.raises(NoDatabase, match="look before you repeat it"):
        await outcomes.committed(number, connect, lost)


async def test_what_only_reads_has_no_number(conn: AsyncConnection) -> None:
    assert await outcomes.number(conn) is None
    await conn.execute("SELECT 1")
    assert await outcomes.number(conn) is None


@pytest.mark.parametrize(
    ("outcome", "found", "wrong"),
    [
        (faults.DONE, (1, 1), []),
        (faults.DONE, (0, 0), ["w 1: lost"]),
        (faults.DONE, (2, 2), ["w 1: doubled, 2 times"]),
        (faults.DONE, (1, 0), ["w 1: halved, 1 tasks and 0 comments"]),
        (faults.UNDONE, (1, 1), ["w 1: undone in word alone"]),
        (faults.UNKNOWN, (1, 1), []),
    ],
)
def test_who_judges_the_writes_finds_what_was_lost_doubled_or_halved(
    outcome: str, found: tuple[int, int], wrong: list[str]
) -> None:
    assert faults.Told({"w 1": outcome}).judge({"w 1": found}) == wrong


async def test_every_break_leaves_of_each_write_what_its_writer_was_told(home: Settings) -> None:
    told, wrong = await faults.torture(home, len(faults.BREAKS) - 1, writers=2)
    assert wrong == []
    assert told.counts[faults.DONE] >= len(faults.BREAKS)
