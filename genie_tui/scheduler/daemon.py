"""The daemon: fires what is due, as long as it runs, and looks after what others left behind."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.db.failures import explained
from genie_tui.db.listener import Listener
from genie_tui.domain.agents import Life, crew_of, pids
from genie_tui.domain.changes import Hint, LinkState
from genie_tui.domain.runs import Caps, Spread
from genie_tui.errors import GenieError
from genie_tui.scheduler import presence
from genie_tui.scheduler.commands import clear_away
from genie_tui.scheduler.firing import Firing, Held, Log
from genie_tui.scheduler.recovering import look_after
from genie_tui.services import agents, checkout, housekeeping, leases, orphans, panes
from genie_tui.services.housekeeping import Load

__all__ = ["Daemon", "Rhythm"]

CHANNEL = "genie_trigger_due"

BEGINS_WITHIN = 10.0
"""Seconds for a command to begin that was claimed before the daemon was told to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often something is looked at, in seconds; and the longest delay of what is spread."""

    look: float = 30.0
    minute: float = 60.0
    orphans: float = 300.0
    renew_at_most: float = 20.0
    jitter: float = 30.0
    retry: float = 2.0


class Daemon:
    """Fires triggers of one database; any number of daemons may.

    `said` is told what happens: a word and what it is about.
    """

    def __init__(
        self, database: Database, *, caps: Caps, said: Log, rhythm: Rhythm | None = None
    ) -> None:
        self.host = socket.gethostname()
        self.id = presence.daemon_id(self.host)
        self.held: dict[str, Held] = {}
        self._database = database
        self._caps = caps
        self._said = said
        self._rhythm = rhythm or Rhythm()
        self._spread = Spread(self._rhythm.jitter, random.random, time.monotonic)
        self._there = presence.Host(self.host, shared=database.settings.dsn is not None)
        self._directory = database.settings.home / "runs"
        self._firing = Firing(database, self.id, self.host, self._directory, said)
        self._wake = asyncio.Event()
        # Between the rows of a claim and knowing them as one's own, nobody may look after them.
        self._claiming = asyncio.Lock()
        self._watching: set[asyncio.Task[None]] = set()
        self._forgotten: datetime | None = None
        self._link: LinkState | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Fire until told to stop; what runs then goes on, and the next daemon takes it over.

        Raises:
            NoDatabase: there is none, and none can be started.
        """
        await self._database.open()
        self._said("started", daemon=self.id, at_once=self._caps.total)
        rhythm = self._rhythm
        loops: list[tuple[str, float, Callable[[], Awaitable[None]]]] = [
            ("look after leases", rhythm.look, self._recover),
            ("sweep", rhythm.look, self._sweep),
            ("look around", rhythm.minute, self._look_around),
            ("settle orphans", rhythm.orphans, self._settle),
        ]
        tasks = [asyncio.create_task(self._every(seconds, what, do)) for what, seconds, do in loops]
        tasks += [
            asyncio.create_task(self._claim_on()),
            asyncio.create_task(self._renew_on()),
            asyncio.create_task(self._listener().run()),
        ]
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
            for done in (task for task in tasks if task.done()):
                done.result()
        finally:
            await _cancelled([*tasks, stopping])
            await self._leave()

    def wake(self) -> None:
        """Look at once what is due."""
        self._wake.set()

    async def _claim_on(self) -> None:
        while True:
            self._wake.clear()
            try:
                wait = await self._claim()
            except GenieError as error:
                self._said("away", error=str(error))
                wait = self._rhythm.retry
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()

    async def _claim(self) -> float:
        """Fire what is due; the seconds until it is time to look again."""
        async with self._claiming:
            async with self._database.connection() as conn:
                claims, until = await leases.claim(conn, self.id, self._caps, self._spread)
            for one in claims:
                held = Held(
                    trigger_id=one.trigger_id,
                    run_id=one.run_id,
                    name=one.name,
                    left=one.spec.timeout,
                )
                self._hold(held, self._firing.fire(one, held))
        waits = (until, self._spread.wait(), self._rhythm.look)
        return max(min(one for one in waits if one is not None), 0.0)

    def _hold(self, held: Held, work: Coroutine[Any, Any, None]) -> None:
        self.held[held.trigger_id] = held

        async def until_the_end() -> None:
            try:
                await work
            finally:
                held.under_way.set()
                self.held.pop(held.trigger_id, None)
                self._wake.set()

        task = asyncio.create_task(until_the_end())
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    async def _renew_on(self) -> None:
        while True:
            shortest = min((one.left.total_seconds() for one in self.held.values()), default=60)
            await asyncio.sleep(min(max(shortest / 3, 0.2), self._rhythm.renew_at_most))
            if self.held:
                with suppress(GenieError):
                    async with self._database.connection() as conn:
                        await leases.renew(conn, self.id, list(self.held))

    async def _recover(self) -> None:
        """Look after the triggers whose lease is over, or whose daemon is dead."""
        async with self._claiming:
            async with self._database.connection() as conn:
                found = await orphans.executing(conn)
            for one in found:
                if one.trigger_id in self.held:
                    continue
                async with self._database.connection() as conn:
                    held = await look_after(conn, one, self.id, self._there, self._said)
                if held is not None:
                    self._hold(held, self._firing.watch(held))

    async def _sweep(self) -> None:
        """Clear the locks on tasks that are over, but for those whose holders live."""
        async with self._database.connection() as conn:
            if expired := await checkout.expired_locks(conn):
                runs = {one.run_id: True for one in self.held.values()}
                spare = await presence.living_holders(conn, expired, runs)
                for lock in await checkout.sweep_expired(conn, spare=spare):
                    self._said("lock expired", task=lock.id, run=lock.run_id)
            for name in await orphans.mend_chains(conn):
                self._said("next made", schedule=name)

    async def _look_around(self) -> None:
        """Once a minute on each host: heartbeats, a snapshot, and what is old goes."""
        async with self._database.connection() as conn:
            apart = timedelta(seconds=self._rhythm.minute * 0.9)
            if not await housekeeping.turn(conn, self.host, apart):
                return
            looked_at = [
                (run, alive)
                for run in await orphans.running(conn)
                if (alive := await self._there.lives(run)) is not None
            ]
            await orphans.beat(conn, looked_at, {"host": self.host, "by": self.id})
            await self._snapshot(conn)
            gone, self._forgotten = await housekeeping.forget(conn, self._forgotten)
        if gone:
            self._said("forgotten", rows=gone)

    async def _settle(self) -> None:
        """Fail the runs of which nobody will ever tell how they ended."""
        async with self._database.connection() as conn:
            held = [one.run_id for one in self.held.values()]
            for run_id in await orphans.settle_dead(conn, self.id, held):
                self._said("orphaned", run=run_id)
            running = {run.run_id for run in await orphans.running(conn)}
        await asyncio.to_thread(clear_away, self._directory, running)

    async def _snapshot(self, conn: AsyncConnection) -> None:
        there = await panes.panes()
        known = await agents.agents(conn)
        crew = crew_of(known, (), (), there, await panes.begun(pids(known)))
        machine = presence.load()
        load = Load(
            workers=sum(agent.life is Life.ALIVE for agent in crew.agents),
            sessions=sum(len(server.sessions) for server in there.servers) if there else 0,
            cpu=machine.pop("cpu_percent"),
            memory=machine.pop("memory_mb"),
        )
        await housekeeping.snapshot(conn, load, {"host": self.host, "by": self.id, **machine})

    async def _every(self, seconds: float, what: str, do: Callable[[], Awaitable[None]]) -> None:
        """Do something now, and again and again; the database may be away meanwhile."""
        while True:
            try:
                await do()
            except GenieError as error:
                self._said("not done", what=what, error=str(error))
            except psycopg.Error as error:
                self._said("not done", what=what, error=str(explained(error)))
            await asyncio.sleep(seconds)

    def _listener(self) -> Listener:
        def hear(_: Sequence[Hint]) -> None:
            self.wake()

        def state(link: LinkState, reason: str) -> None:
            if link is not self._link:
                self._link = link
                self._said(str(link.value), error=reason or None)

        return Listener(
            self._database, hear=hear, listening=self.wake, state=state, channels=(CHANNEL,)
        )

    async def _leave(self) -> None:
        """Let go of what runs, so that the next daemon need not wait for the leases to end.

        What is about to begin does; else it would be known as begun, and not be.
        """
        starting = [one.under_way.wait() for one in self.held.values()]
        with suppress(TimeoutError):
            async with asyncio.timeout(BEGINS_WITHIN):
                await asyncio.gather(*starting)
        going = [one.run_id for one in self.held.values() if one.worker is not None]
        await _cancelled(self._watching)
        with suppress(GenieError):
            async with self._database.connection() as conn:
                await orphans.let_go(conn, self.id)
        self._said("stopped", daemon=self.id, still_running=going or None)


async def _cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks, and wait until they have ended."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
