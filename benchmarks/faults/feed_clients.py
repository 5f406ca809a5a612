"""Clients that write at random while a feed is followed, each a process of its own.

    python -m benchmarks.faults.feed_clients DSN BOARD SEED

is one of them: it writes once it reads `go`, and at `quiet` says `quiet` as soon as its last
transaction is over. Of each that it knows to be committed it tells, as a line of JSON, the ids that
it got of the logs.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import psycopg
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.errors import GenieError
from genie_tui.services import (
    boards,
    checkout,
    columns,
    conversations,
    deleting,
    dependencies,
    editing,
    stages,
    tags,
    tasks,
)

__all__ = ["BULK", "Clients", "Logged", "clients"]

REPO = "/src/acme"
BULK = "bulk"
"""The group of the tasks that are only ever changed in bulk."""

Logged = tuple[str, int, str]
"""A row of a log: its table, its id, and the task that it is about."""

IDS = """
    SELECT id FROM tasks WHERE board_id = %s AND group_name IS DISTINCT FROM 'bulk' ORDER BY id
"""

# As another client does it: it writes the log, and no audit event.
MOVE = """
    WITH target AS (
        SELECT c ->> 'id' AS id, c ->> 'name' AS name
          FROM boards b CROSS JOIN jsonb_array_elements(b.columns) AS c
         WHERE b.id = %(board)s ORDER BY random() LIMIT 1),
    old AS (SELECT id, stage FROM tasks WHERE id = %(task)s FOR UPDATE),
    moved AS (
        UPDATE tasks t SET stage = target.name, column_id = target.id, updated_at = now()
          FROM target, old WHERE t.id = old.id AND old.stage <> target.name RETURNING t.id)
    INSERT INTO task_stage_log (task_id, from_stage, to_stage, actor_type, actor_id)
    SELECT old.id, old.stage, target.name, 'local', %(actor)s FROM old, target, moved
 RETURNING id
"""

SAY = """
    WITH made AS (
        INSERT INTO conversations (id, linked_entity, linked_entity_id)
        SELECT 'conv-' || id, 'task', id FROM tasks WHERE id = %(task)s
            ON CONFLICT (id) DO UPDATE SET updated_at = now() RETURNING id)
    INSERT INTO messages (conversation_id, sender_type, sender_id, body)
    SELECT id, 'local', %(actor)s, %(body)s FROM made
 RETURNING id
"""

TITLE = "UPDATE tasks SET title = %s, updated_at = now() WHERE id = %s"

LABELS = ("Draft", "Sketch", "Plan")
TAGS = ("bug", "feature", "idea", "chore")
FEWEST, MOST = 30, 60
"""Tasks that there are, about."""


class Clients:
    """The processes; `written` are the rows that they know to be committed."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self.written: list[Logged] = []
        self._processes = processes
        self._going = False

    async def go(self) -> None:
        """Let all write."""
        self._going = True
        await self._say("go")

    async def quiet(self) -> None:
        """Let all end what they are at, if they are; no transaction of theirs is open then."""
        if not self._going:
            return
        self._going = False
        await self._say("quiet")
        await asyncio.gather(*(self._listen(process) for process in self._processes))

    async def _say(self, word: str) -> None:
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{word}\n".encode())
            await process.stdin.drain()

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None
        while (line := (await process.stdout.readline()).decode().strip()) != "quiet":
            assert line, f"a client has ended with {await process.wait()}"
            self.written += [(table, id_, task) for table, id_, task in json.loads(line)]


@asynccontextmanager
async def clients(dsn: str, board: str, *, number: int, seed: int) -> AsyncIterator[Clients]:
    """So many processes, which write nothing before they are told to."""
    module = "benchmarks.faults.feed_clients"
    commands = [[sys.executable, "-m", module, dsn, board, str(seed + n)] for n in range(number)]
    processes = [await create_subprocess_exec(*c, stdin=PIPE, stdout=PIPE) for c in commands]
    try:
        yield Clients(processes)
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


class _Client:
    """What one process does."""

    def __init__(self, dsn: str, board: str, seed: int) -> None:
        self.dsn, self.board_id = dsn, board
        self.chance = random.Random(seed)
        self.actor = Actor.agent(f"eng-{seed % 100}")
        self.going = asyncio.Event()
        self.logged: list[Logged] = []
        self._conn: AsyncConnection | None = None
        self._steps = 0

    async def run(self) -> None:
        """Obey what is read, and write in between."""
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        while word := (await reader.readline()).decode().strip():
            if word == "go":
                self.going.set()
                writing = asyncio.create_task(self._write())
            else:
                self.going.clear()
                await writing
                print("quiet", flush=True)

    async def _write(self) -> None:
        while self.going.is_set():
            self.logged = []
            try:
                conn = await self._connected()
                await self._transaction(conn)
            except (GenieError, psycopg.Error):
                await self._back()
            else:
                print(json.dumps(self.logged), flush=True)
            await asyncio.sleep(self.chance.random() * 0.01)

    async def _transaction(self, conn: AsyncConnection) -> None:
        """A few deeds; some transactions stay open for a while after they have got their ids."""
        ids = [id_ for (id_,) in await (await conn.execute(IDS, (self.board_id,))).fetchall()]
        for id_ in sorted(self.chance.sample(ids, self.chance.choice((1, 1, 2, 3)))):
            await self._deed(conn, id_, ids)
        if self.chance.random() < 0.2:
            await asyncio.sleep(self.chance.random() * 0.1)
        if self.chance.random() < 0.1:
            raise GenieError("thought better of it")
        await conn.commit()

    async def _deed(self, conn: AsyncConnection, id_: str, ids: Sequence[str]) -> None:
        self._steps += 1
        mark = f"m{self.actor.id.removeprefix('eng-')}x{self._steps}"
        values = {"task": id_, "board": self.board_id, "actor": self.actor.id, "body": mark}
        match self.chance.randrange(24):
            case 0 | 1 | 2 | 3 | 4 | 5:
                await self._log(conn, "task_stage_log", MOVE, values)
            case 6 | 7 | 8 | 9 | 10 | 11:
                await self._log(conn, "messages", SAY, values)
            case 12 | 13:
                await conn.execute(TITLE, (f"titled {mark}", id_))
            case 14:
                board = await self._board(conn)
                stage = self.chance.choice(board.columns).name
                await stages.move_task(conn, id_, stage, self.actor)
            case 15:
                await conversations.comment(conn, id_, mark, self.actor)
            case 16:
                await editing.edit_task(conn, id_, {"title": f"edited {mark}"}, self.actor)
            case 17:
                await self._tag(conn, id_)
            case 18:
                await self._tie(conn, id_, self.chance.choice(ids))
            case 19:
                await self._lock(conn, id_)
            case 20:
                await tasks.set_priority(conn, id_, self._priority(), self.actor)
            case 21 | 22:
                await self._make_or_delete(conn, id_, len(ids), mark)
            case 23:
                await self._columns(conn)

    async def _log(
        self, conn: AsyncConnection, table: str, query: str, values: dict[str, str]
    ) -> None:
        rows = await (await conn.execute(query.encode(), values)).fetchall()
        self.logged += [(table, id_, values["task"]) for (id_,) in rows]

    async def _tag(self, conn: AsyncConnection, id_: str) -> None:
        do = self.chance.choice((tags.tag, tags.untag))
        await do(conn, id_, self.chance.choice(TAGS), self.actor)

    async def _tie(self, conn: AsyncConnection, id_: str, other: str) -> None:
        if self.chance.random() < 0.5:
            await dependencies.add_dependency(conn, id_, other, actor=self.actor)
        else:
            await dependencies.remove_dependency(conn, id_, other, actor=self.actor)

    async def _lock(self, conn: AsyncConnection, id_: str) -> None:
        do = self.chance.choice((checkout.checkout_task, checkout.release_task))
        await do(conn, id_, self.actor)

    def _priority(self) -> str:
        return self.chance.choice(("urgent", "high", "normal", "low"))

    async def _make_or_delete(
        self, conn: AsyncConnection, id_: str, number: int, mark: str
    ) -> None:
        if number < FEWEST or (number < MOST and self.chance.random() < 0.5):
            board = await self._board(conn)
            await tasks.create_task(
                conn,
                REPO,
                title=f"made {mark}",
                actor=self.actor,
                board=board,
                stage=self.chance.choice(board.columns).name,
                priority=self._priority(),
            )
        else:
            await deleting.delete_task(conn, id_, self.actor)

    async def _columns(self, conn: AsyncConnection) -> None:
        """A column is called otherwise; sometimes the tasks' stage is, too."""
        board = await self._board(conn)
        first = board.columns[0]
        if self.chance.random() < 0.5:
            label = self.chance.choice(LABELS)
            await columns.edit_column(conn, board, first.name, actor=self.actor, label=label)
        else:
            name = "draft" if first.name == "sketch" else "sketch"
            await columns.edit_column(conn, board, first.name, actor=self.actor, name=name)

    async def _board(self, conn: AsyncConnection) -> Board:
        return await boards.find_board(conn, self.board_id)

    async def _connected(self) -> AsyncConnection:
        if self._conn is None or self._conn.closed:
            self._conn = await AsyncConnection.connect(self.dsn, connect_timeout=5)
        return self._conn

    async def _back(self) -> None:
        """Nothing of it is to be committed; where that cannot be said, begin anew."""
        if self._conn is None:
            await asyncio.sleep(0.05)
            return
        try:
            await self._conn.rollback()
        except psycopg.Error:
            await self._conn.close()
            self._conn = None
            await asyncio.sleep(0.05)


def main() -> None:
    """Be one of them."""
    dsn, board, seed = sys.argv[1:]
    asyncio.run(_Client(dsn, board, int(seed)).run())


if __name__ == "__main__":
    main()
