"""What happens to a feed: each is brought about for real, while clients write."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from psycopg import AsyncConnection, errors

from benchmarks.faults.feed_clients import Clients
from genie_tui.db import cluster, server
from genie_tui.settings import Settings
from tests.terminal import Terminal
from tests.wire import Wire

__all__ = ["BREAKS", "Place", "connected", "furnish"]

OURS = """
    SELECT pid FROM pg_stat_activity
     WHERE application_name = 'genie-tui' AND datname = current_database() AND query LIKE %s
"""

LISTENERS, ALL = "LISTEN%", "%"

# In two halves: one whose changes are logged, and one that no log ever tells of.
FILL = """
    INSERT INTO tasks (id, seq, repo_path, project_id, board_id, title, stage, column_id,
                       priority, group_name)
    SELECT 'task-' || lpad(to_hex(n), 8, '0'), 1000000 + n, '/src/bulk', b.project_id, b.id,
           'bulk ' || n || CASE WHEN n % 2 = 0 THEN ' logged' ELSE '' END,
           c ->> 'name', c ->> 'id', 'low', 'bulk'
      FROM generate_series(1, {number}) AS n, boards b
     CROSS JOIN jsonb_array_elements(b.columns) AS c
     WHERE b.id = '{board}' AND c ->> 'name' = 'ship'
"""

WITHOUT_TRIGGERS = """
    ALTER TABLE tasks DISABLE TRIGGER USER; {fill}; ALTER TABLE tasks ENABLE TRIGGER USER
"""

TARGET = """
    target AS (
        SELECT c ->> 'id' AS id, c ->> 'name' AS name
          FROM boards b CROSS JOIN jsonb_array_elements(b.columns) AS c
         WHERE b.id = %(board)s AND c ->> 'name' = %(stage)s)
"""

HALF = "t.group_name = 'bulk' AND t.board_id = %(board)s AND (t.title LIKE '%% logged') = "

MOVE_LOGGED = f"""
    WITH {TARGET}, old AS (SELECT t.id, t.stage FROM tasks t WHERE {HALF} true),
    moved AS (
        UPDATE tasks t SET stage = target.name, column_id = target.id, updated_at = now()
          FROM target WHERE {HALF} true)
    INSERT INTO task_stage_log (task_id, from_stage, to_stage, actor_type, actor_id)
    SELECT old.id, old.stage, target.name, 'local', 'bulk' FROM old, target
"""

MOVE_UNLOGGED = f"""
    WITH {TARGET}
    UPDATE tasks t SET stage = target.name, column_id = target.id
      FROM target WHERE {HALF} false
"""

RETITLE = f"UPDATE tasks t SET title = split_part(t.title, ',', 1) || %(mark)s WHERE {HALF} false"

# Who edits a column takes its board and then all of its tasks; so does this, or the one of the two
# that is given up would be this one, every time.
HOLD = "SELECT FROM boards WHERE id = %(board)s FOR NO KEY UPDATE"

SAY = """
    INSERT INTO messages (conversation_id, sender_type, sender_id, body)
    VALUES ('conv-breaks', 'local', 'breaks', %s)
"""

RETITLE_ONE = """
    UPDATE tasks SET title = t.title
      FROM (SELECT id, %(title)s AS title FROM tasks
             WHERE board_id = %(board)s AND group_name IS NULL LIMIT 1) AS t
     WHERE tasks.id = t.id
"""

TRIGGERED = ("tasks", "messages", "audit_events", "task_dependencies", "task_tags")


@dataclass(slots=True, kw_only=True)
class Place:
    """Where it happens: a server, a dashboard in a terminal behind a wire, and a board.

    `number` counts what is told apart by it.
    """

    settings: Settings
    dsn: str
    board: str
    wire: Wire
    terminal: Terminal
    writing: Clients
    chance: random.Random
    number: int = 0

    async def some_time(self, least: float, most: float) -> None:
        """Let the clients write."""
        await asyncio.sleep(self.chance.uniform(least, most))


async def connected(place: Place) -> AsyncConnection:
    """A connection of the test's own, in autocommit mode."""
    return await AsyncConnection.connect(place.dsn, autocommit=True)


async def furnish(conn: AsyncConnection, board: str, bulk: int) -> None:
    """Make what is changed in bulk, and the conversation in which a break speaks."""
    fill = FILL.format(number=bulk, board=board)
    await conn.execute(WITHOUT_TRIGGERS.format(fill=fill).encode())
    await conn.execute("INSERT INTO conversations (id, name) VALUES ('conv-breaks', 'breaks')")
    await conn.execute("ANALYZE")


async def cut_listeners(place: Place) -> None:
    """The connections that listen are ended."""
    await _terminate(place, LISTENERS)


async def cut_all(place: Place) -> None:
    """All connections of the dashboards are ended, a few times; some amid a read."""
    for _ in range(place.chance.randint(1, 5)):
        await _terminate(place, ALL)
        await place.some_time(0, 0.1)


async def kill_the_server(place: Place) -> None:
    """It dies without a word; whoever needs it first starts it again."""
    found = cluster.pid_file(place.settings.data)
    assert found is not None
    os.kill(found.pid, signal.SIGKILL)
    await place.some_time(0, 0.5)
    await asyncio.to_thread(server.ensure, place.settings)


async def restart_the_server(place: Place) -> None:
    """It is stopped for a while; nobody may start it again but who stopped it."""
    await asyncio.to_thread(server.stop, place.settings)
    try:
        await _away(place)
    finally:
        await asyncio.to_thread(server.ensure, place.settings)


async def cut_the_wire(place: Place) -> None:
    """The dashboard's connections are reset, and none is let in for a while."""
    place.wire.refuse()
    try:
        await _away(place)
    finally:
        place.wire.admit()


async def stall_the_listeners(place: Place) -> None:
    """What serves the listeners stands still, and sometimes is ended as it goes on."""
    pids = await _pids(place, LISTENERS)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        await place.some_time(0.5, 2)
        if place.chance.random() < 0.5:
            await _terminate(place, LISTENERS)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def stall_the_dashboard(place: Place) -> None:
    """It stands still itself, and reads nothing of what is announced; once amid very much."""
    pid = place.terminal.process.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        if place.chance.random() < 0.3:
            await change_very_much(place)
        await place.some_time(0.5, 2)
    finally:
        os.kill(pid, signal.SIGCONT)


async def change_very_much(place: Place) -> None:
    """A hundred thousand changes in one transaction."""
    place.number += 1
    values = {
        "board": place.board,
        "stage": "qa" if place.number % 2 else "ship",
        "mark": f", for the {place.number}th time",
    }
    many = place.chance.choice(((MOVE_LOGGED,), (MOVE_UNLOGGED, RETITLE)))
    async with await connected(place) as conn, conn.transaction():
        for query in (HOLD, *many):
            await conn.execute(query.encode(), values)


async def commit_in_another_order(place: Place) -> None:
    """Who got an id first commits last, or never; sometimes the listeners are cut in between."""
    place.number += 1
    conns = [await AsyncConnection.connect(place.dsn) for _ in range(6)]
    for turn, conn in enumerate(conns):
        await conn.execute(SAY, (f"late {place.number}.{turn}",))
    for turn, conn in enumerate(reversed(conns)):
        await place.some_time(0, 0.3)
        await (conn.rollback() if turn == 2 else conn.commit())
        await conn.close()
        if turn == 3 and place.chance.random() < 0.5:
            await _terminate(place, LISTENERS)


async def disable_triggers(place: Place) -> None:
    """For a while nothing is announced; what comes last then is heard of by looking alone."""
    place.number += 1
    async with await connected(place) as conn:
        await _switch(conn, "DISABLE")
        try:
            await place.some_time(0.1, 0.4)
            await place.writing.quiet()
            await conn.execute(SAY, (f"unheard {place.number}",))
            await conn.execute(
                RETITLE_ONE, {"board": place.board, "title": f"unheard {place.number}"}
            )
        finally:
            await _switch(conn, "ENABLE")


async def _switch(conn: AsyncConnection, how: str) -> None:
    """One table after the other, as who holds one may wait for another that a client holds."""
    for table in TRIGGERED:
        while True:
            with suppress(errors.DeadlockDetected):
                await conn.execute(f"ALTER TABLE {table} {how} TRIGGER USER".encode())
                break


async def _away(place: Place) -> None:
    """So long that it can be seen; what the dashboard shows then must say so."""
    await asyncio.to_thread(place.terminal.wait_for, "○ reconnecting")
    await place.some_time(0.2, 1)
    text = place.terminal.text()
    assert "○ reconnecting" in text, f"the database is away, and is said not to be:\n{text}"


async def _pids(place: Place, query: str) -> list[int]:
    async with await connected(place) as conn:
        return [pid for (pid,) in await (await conn.execute(OURS, (query,))).fetchall()]


async def _terminate(place: Place, query: str) -> None:
    async with await connected(place) as conn:
        for pid in await _pids(place, query):
            await conn.execute("SELECT pg_terminate_backend(%s)", (pid,))


BREAKS: Mapping[str, tuple[Callable[[Place], Awaitable[None]], int]] = {
    "listeners cut": (cut_listeners, 4),
    "connections cut": (cut_all, 3),
    "server killed": (kill_the_server, 3),
    "server restarted": (restart_the_server, 2),
    "wire cut": (cut_the_wire, 2),
    "listeners stalled": (stall_the_listeners, 3),
    "dashboard stalled": (stall_the_dashboard, 2),
    "very many changes": (change_very_much, 2),
    "ids out of order": (commit_in_another_order, 3),
    "triggers disabled": (disable_triggers, 2),
}
"""By name, and how often each comes beside the others."""
