"""Processes that contend for tasks and are killed at any moment; and what must be true afterwards.

    python -m tests.services.contending DSN ACTOR SEED

does what such a process does, until it is killed: one transaction after another, and on standard
output `begun`, then of each that is committed a line for each task that it was given, and `.`.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.errors import GenieError, NothingReady
from genie_tui.services import checkout, dependencies, stages, tasks, undo
from tests.services.making import ADA, make, make_board, rows
from tests.services.replaying import contradictions

__all__ = ["Count", "contend", "fill"]

COMMANDS = (
    ("task", "claim", "--json"),
    ("task", "claim", "--json", "--priority", "urgent"),
    ("task", "list", "--json", "--filter", "ready"),
)
"""What is called of the command line."""

PEOPLE = "human:"

TASKS = "SELECT id FROM tasks ORDER BY id"

STAGES = ("draft", "build", "review", "qa", "ship")

AGE = """
    UPDATE tasks SET execution_locked_at = execution_locked_at - interval '1 hour'
     WHERE id = %(id)s AND checkout_run_id IS NOT NULL
"""

OTHERS = """
    SELECT count(*) AS others FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND backend_type = 'client backend' AND state <> 'idle'
"""

GIVEN = """
    SELECT e.entity_id AS task, e.details ->> 'run' AS run, count(*) AS times
      FROM audit_events e
     WHERE e.entity_type = 'task' AND e.event_type = 'checkout'
     GROUP BY 1, 2
"""

HELD = "SELECT checkout_run_id FROM tasks WHERE id = %(id)s FOR NO KEY UPDATE"

# Asked of all tasks at once, and so otherwise than the statement that claims.
READY = """
    SELECT t.id FROM tasks t
     WHERE t.status = 'ready' AND t.checkout_run_id IS NULL AND t.id NOT IN (
        SELECT d.task_id FROM task_dependencies d JOIN tasks o ON o.id = d.depends_on_id
         WHERE d.dep_type = 'depends_on' AND o.status NOT IN ('done', 'cancelled'))
"""

ASTRAY = """
    SELECT t.id, t.status, t.checkout_run_id FROM tasks t
     WHERE (t.checkout_run_id IS NULL AND t.status = 'in_progress')
        OR (t.checkout_run_id IS NOT NULL AND t.status NOT IN ('in_progress', 'blocked'))
"""


@dataclass(slots=True)
class Count:
    """What happened, and what must not have: the latter a line each."""

    transactions: int = 0
    kills: int = 0
    commands: int = 0
    contradictions: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def violations(self) -> int:
        """How often something was wrong."""
        return len(self.contradictions) + len(self.lost) + len(self.failures)


async def fill(conn: AsyncConnection, tasks_: int = 12) -> None:
    """Tasks to contend for, some of which wait for others."""
    board = await make_board(conn)
    made = [(await make(conn, board)).id for _ in range(tasks_)]
    for waiter, waited in zip(made[1::3], made[::3], strict=False):
        await dependencies.add_dependency(conn, waiter, waited, actor=ADA)
    await conn.commit()


async def contend(
    dsn: str,
    *,
    processes: int,
    seconds: float,
    seed: int = 1,
    commands: int = 0,
    environment: Mapping[str, str] | None = None,
) -> Count:
    """Let processes, and callers of the command line, contend for the tasks that there are."""
    count, chance = Count(), random.Random(seed)
    given: Counter[tuple[str, str]] = Counter()
    until = time.monotonic() + seconds
    env = {**os.environ, **(environment or {}), "GENIE_DATABASE_URL": dsn}
    async with asyncio.TaskGroup() as group:
        for number in range(processes):
            name = f"{PEOPLE * (number % 3 == 0)}eng-{number}"
            group.create_task(
                _keep_one(dsn, name, until, random.Random(chance.random()), count, given)
            )
        for number in range(commands):
            one = {**env, "GENIE_AGENT_NAME": f"cli-{number}"}
            group.create_task(_call(one, until, random.Random(chance.random()), count))
    async with await AsyncConnection.connect(dsn, autocommit=True) as conn:
        await _judge(conn, count, given)
    return count


async def _keep_one(
    dsn: str,
    name: str,
    until: float,
    chance: random.Random,
    count: Count,
    given: Counter[tuple[str, str]],
) -> None:
    """A process, and the next one when it was killed."""
    while (left := until - time.monotonic()) > 0:
        seed = str(chance.randrange(10**9))
        command = [sys.executable, "-m", "tests.services.contending", dsn, name, seed]
        process = await _start(command, os.environ)
        assert process.stdout is not None
        await process.stdout.readline()
        life = min(left, chance.uniform(0.05, 2.0))
        out, err = await _end(process, life)
        count.kills += process.returncode == -9
        if process.returncode != -9:
            count.failures.append(f"{name} ended: {err.decode()[-2000:]}")
        run = _actor(name).run_id
        # The last line may be cut off by the kill.
        for line in out.decode().split("\n")[:-1]:
            if line == ".":
                count.transactions += 1
            else:
                given[line, run] += 1


async def _call(env: Mapping[str, str], until: float, chance: random.Random, count: Count) -> None:
    """One command after another, some of them killed."""
    while until > time.monotonic():
        process = await _start(
            [sys.executable, "-m", "genie_tui", "--all-projects", *chance.choice(COMMANDS)], env
        )
        life = chance.uniform(0.2, 1.5) if chance.random() < 0.4 else 60
        _, err = await _end(process, life)
        count.commands += 1
        count.kills += process.returncode == -9
        if process.returncode not in {0, 3, 4, -9} or b"Traceback" in err:
            count.failures.append(f"exit {process.returncode}: {err.decode()[-2000:]}")


async def _start(command: Sequence[str], env: Mapping[str, str]) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=env)


async def _end(process: asyncio.subprocess.Process, life: float) -> tuple[bytes, bytes]:
    """What it printed until it ended, or was killed."""
    reading = asyncio.ensure_future(process.communicate())
    await asyncio.wait([reading], timeout=life)
    if not reading.done() and process.returncode is None:
        process.kill()
    return await reading


async def _judge(conn: AsyncConnection, count: Count, given: Counter[tuple[str, str]]) -> None:
    """Wait until the last transaction of the killed is over; then look at rows and history."""
    deadline = time.monotonic() + 30
    while (await rows(conn, OTHERS))[0]["others"]:
        assert time.monotonic() < deadline, "a killed client's transaction does not end"
        await asyncio.sleep(0.02)
    count.contradictions += await contradictions(conn)
    told = {(row["task"], row["run"]): row["times"] for row in await rows(conn, GIVEN)}
    count.contradictions += [
        f"{task} was given to {run} {times} times, of which {told.get((task, run), 0)} are told"
        for (task, run), times in given.items()
        if told.get((task, run), 0) < times
    ]
    count.lost += [f"astray: {row}" for row in await rows(conn, ASTRAY)]
    ready = {row["id"] for row in await rows(conn, READY)}
    claimed: set[str] = set()
    while len(claimed) <= len(ready):
        try:
            claimed.add((await checkout.claim_next(conn, Actor.agent("judge"))).id)
        except NothingReady:
            break
    count.lost += [f"ready, but not to be claimed: {task}" for task in sorted(ready - claimed)]
    count.lost += [f"claimed, but not ready: {task}" for task in sorted(claimed - ready)]


def _actor(name: str) -> Actor:
    if name.startswith(PEOPLE):
        return Actor.human(name.removeprefix(PEOPLE), "desk")
    return Actor.agent(name)


class _Contender:
    """What one process does."""

    def __init__(self, conn: AsyncConnection, actor: Actor, chance: random.Random) -> None:
        self.conn = conn
        self.actor = actor
        self.chance = chance
        self.given: list[str] = []

    async def transaction(self, ids: Sequence[str]) -> None:
        """One or a few verbs, in the order of the tasks; committed mostly."""
        self.given = []
        try:
            for id_ in sorted(self.chance.sample(ids, self.chance.choice((1, 1, 1, 2, 3)))):
                await self.verb(id_)
                await asyncio.sleep(self.chance.choice((0, 0, 0, 0.002)))
        except GenieError:
            await self.conn.rollback()
            return
        if self.chance.random() < 0.1:
            await self.conn.rollback()
            return
        await self.conn.commit()
        print(*self.given, ".", sep="\n", flush=True)

    async def verb(self, id_: str) -> None:
        conn, actor, chance = self.conn, self.actor, self.chance
        match chance.randrange(20):
            case 0 | 1 | 2 | 3 | 4:
                self.given.append((await checkout.claim_next(conn, actor)).id)
            case 5 | 6:
                await self.check_out(id_)
            case 7:
                await checkout.renew_lock(conn, id_, actor)
            case 8:
                await checkout.release_task(conn, id_, actor)
            case 9:
                await checkout.unlock_task(conn, id_, actor)
            case 10:
                await tasks.done_task(conn, id_, actor, override=True)
            case 11:
                await tasks.reopen_task(conn, id_, actor)
            case 12:
                await tasks.block_task(conn, id_, "why not", actor)
            case 13:
                await tasks.unblock_task(conn, id_, actor)
            case 14:
                await stages.complete_stage(conn, id_, actor)
            case 15:
                await stages.move_task(conn, id_, chance.choice(STAGES), actor)
            case 16:
                await tasks.set_priority(conn, id_, chance.choice(("low", "urgent")), actor)
            case 17:
                await conn.execute(AGE, {"id": id_})
            case 18:
                await checkout.sweep_expired(conn, actor=actor)
            case 19:
                await self.take_back()

    async def check_out(self, id_: str) -> None:
        # Held: a killed process of the same name may just be committing, and this only renews.
        (row,) = await rows(self.conn, HELD, id=id_)
        await checkout.checkout_task(self.conn, id_, self.actor, take_live=True)
        if row["checkout_run_id"] is None:
            self.given.append(id_)

    async def take_back(self) -> None:
        """Alone in its transaction, as it holds tasks in an order of its own."""
        await self.conn.rollback()
        self.given = []
        if (change := await undo.last(self.conn, self.actor)) is not None:
            await undo.undo(self.conn, self.actor, change)
        await self.conn.commit()


async def _contend_here(dsn: str, name: str, seed: int) -> None:
    chance = random.Random(seed)
    async with await AsyncConnection.connect(dsn) as conn:
        found = await rows(conn, TASKS)
        await conn.rollback()
        ids = [row["id"] for row in found]
        contender = _Contender(conn, _actor(name), chance)
        print("begun", flush=True)
        while True:
            await contender.transaction(ids)


if __name__ == "__main__":
    try:
        asyncio.run(_contend_here(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    except psycopg.OperationalError as lost:
        sys.exit(f"lost: {lost}")
