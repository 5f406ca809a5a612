"""The feed: notifications become changes, a frame's worth at a time.

A notification is a hint that something changed; the row is the truth. Hints are gathered in sets,
read for in one batch, and delivered as one `Change`. After a break everything that may have been
missed is read from the tables, so that what the feed tells is the same as without it.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from math import inf

import psycopg
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.db.listener import Backoff, Listener
from genie_tui.domain.changes import Change, Event, Hint, LinkState
from genie_tui.domain.marks import LAST, Mark
from genie_tui.errors import GenieError
from genie_tui.services.activity import event
from genie_tui.services.gaps import Moment
from genie_tui.services.hints import Hints
from genie_tui.services.logs import LOGS, Log, newest_mark, older
from genie_tui.services.reading import Found, read
from genie_tui.services.telling import Teller, in_order, position

__all__ = ["Counters", "Feed"]

HEARD_WITHIN = 1.0
"""Seconds for a notification to come: one that was cut off meanwhile may be missed."""

HANDFUL = 100
"""Tasks in one piece that tell of a bulk change."""


@dataclass(slots=True)
class Counters:
    """What the feed has done; `lag` is from hearing of the last change to its delivery, seconds."""

    heard: int = 0
    breaks: int = 0
    flushes: int = 0
    rereads: int = 0
    polls: int = 0
    cards: int = 0
    events: int = 0
    failures: int = 0
    lag: float = 0.0
    worst_lag: float = 0.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Feed:
    """What happens in the database, as changes.

    `frame` is the shortest time between two deliveries, `poll` the time between two looks at
    what makes no notification, both in seconds.
    """

    def __init__(
        self,
        database: Database,
        *,
        frame: float = 1 / 60,
        poll: float = 30.0,
        backoff: Backoff | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.counters = Counters()
        self._database = database
        self._frame = frame
        self._poll = poll
        self._backoff = backoff or Backoff()
        self._hints = Hints()
        self._marks: dict[Log, Mark] = {}
        self._teller = Teller(clock)
        self._wake = asyncio.Event()
        self._again = asyncio.Event()
        self._listener: Listener | None = None
        self._link = LinkState.CONNECTING
        self._flushing = False
        self._failed = 0
        self._poll_at = inf
        self._moments: list[tuple[float, Moment]] = []

    async def run(
        self,
        deliver: Callable[[Change], None],
        state: Callable[[LinkState, str], None],
    ) -> None:
        """Deliver changes and say how the connection stands, until cancelled.

        Uses one connection of its own and, for short reads, `database.connection()`. The first
        change after each (re)connect asks for a re-read.
        """
        self._deliver, self._state = deliver, state
        self._listener = Listener(
            self._database,
            hear=self._hear,
            listening=self._missed,
            state=self._linked,
            backoff=self._backoff,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listener.run(), name="listener")
            group.create_task(self._keep_flushing(), name="feed")

    def hurry(self) -> None:
        """Where the connection is lost, try again now."""
        self._again.set()
        if self._listener is not None:
            self._listener.hurry()

    @property
    def idle(self) -> bool:
        """Is everything told that was heard?"""
        return not (self._flushing or self._hints) and self._teller.next == inf

    async def history(
        self, conn: AsyncConnection, *, before: Event | None = None, limit: int = 100
    ) -> tuple[Event, ...]:
        """The newest events that the logs hold, oldest first; those before another one, if given.

        Called before `run` has connected, the feed goes on exactly where this ends.
        """
        if before is None:
            await self._begin(conn)
        pages = [await _page(conn, log, before, limit) for log in LOGS]
        merged = heapq.merge(*pages, key=position, reverse=True)
        return tuple(in_order(islice(merged, limit)))

    async def _begin(self, conn: AsyncConnection) -> None:
        for log in LOGS:
            if log not in self._marks:
                mark = await newest_mark(conn, log, asyncio.get_running_loop().time())
                self._marks.setdefault(log, mark)

    # What the listener says

    def _hear(self, hints: Sequence[Hint]) -> None:
        now = asyncio.get_running_loop().time()
        self.counters.heard += len(hints)
        self._hints.add(hints, now)
        # At once, as rows that came first are not remembered for long.
        self._teller.hear(hints, now)
        self._wake.set()

    def _missed(self) -> None:
        self._hints.everything(asyncio.get_running_loop().time())
        self._wake.set()

    def _linked(self, link: LinkState, reason: str) -> None:
        if self._link.connected and not link.connected:
            self.counters.breaks += 1
        self._link = link
        self._state(link, reason)
        self._wake.set()
        self._again.set()

    # What is read

    async def _keep_flushing(self) -> None:
        """Flush at once when something is heard after a quiet time, then once a frame at most."""
        loop = asyncio.get_running_loop()
        while True:
            await self._something()
            if len(self._hints.tasks) > HANDFUL:
                await self._burst()
            started = loop.time()
            self._flushing = True
            await self._flush(started)
            self._flushing = False
            await asyncio.sleep(max(0.0, started + self._frame - loop.time()))

    async def _burst(self) -> None:
        """Wait while a bulk change comes in, some frames at most: it will be one re-read."""
        for _ in range(24):
            heard = self.counters.heard
            await asyncio.sleep(self._frame / 4)
            if self.counters.heard == heard:
                return

    async def _something(self) -> None:
        """Wait for a hint, for one that has waited for its row, or for the slow poll."""
        loop = asyncio.get_running_loop()
        while True:
            live = self._link.connected
            if live and loop.time() >= self._poll_at:
                self.counters.polls += 1
                self._poll_at = inf
                self._missed()
            if live and (self._hints or self._teller.next <= loop.time()):
                return
            self._wake.clear()
            until = min(self._poll_at, self._teller.next) if live else inf
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(None if until == inf else until):
                    await self._wake.wait()

    async def _flush(self, now: float) -> None:
        hints, self._hints = self._hints, Hints()
        try:
            async with self._database.connection() as conn:
                found = await read(
                    conn,
                    hints,
                    self._marks,
                    self._teller.known,
                    now=now,
                    last=self._moments[0][1] if self._moments else None,
                    numbers_of=self._teller.overdue(now),
                )
        except (psycopg.Error, GenieError, OSError) as error:
            hints.merge(self._hints)
            self._hints = hints
            await self._falter(error)
            return
        self._recover()
        if hints.missed:
            self._poll_at = now + self._poll
        self._tell(hints, found, now)

    async def _falter(self, error: Exception) -> None:
        """A read failed: once may be chance, after that say so; try again after a while."""
        self.counters.failures += 1
        self._failed += 1
        if self._failed > 1 and self._link.connected:
            self._state(LinkState.RECONNECTING, re.split("[;\n]", str(error).strip())[0])
        self._again.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._backoff.delay(self._failed)):
                await self._again.wait()

    def _recover(self) -> None:
        if self._failed > 1 and self._link.connected:
            self._state(self._link, "")
        self._failed = 0

    # What is told

    def _tell(self, hints: Hints, found: Found, now: float) -> None:
        """Deliver what was found; from here on nothing waits, so it is all or nothing."""
        self._remember(found, now)
        events = self._teller.logged(found.unread, asyncio.get_running_loop().time())
        self._teller.guess(found.missed, now)
        if found.seen is not None:
            events += self._teller.sighted(found.seen, hints.wanted, hints.agents, now)
        events += self._teller.unlogged(found.seqs, now)
        events += self._teller.raw(hints.odd)
        if found.anew:
            events.append(self._teller.replaced())
        change = Change(
            cards=found.cards,
            gone=found.gone,
            reread=found.reread,
            anew=found.anew,
            boards=hints.boards,
            events=tuple(in_order(events)),
        )
        if change != Change():
            self._deliver(change)
        self._count(change, hints)

    def _remember(self, found: Found, now: float) -> None:
        if found.anew:
            self._moments = []
        for log in found.unread:
            if log.begun and log.log in self._marks:
                # The history was asked for meanwhile, and has told up to an earlier place.
                self._hints.look_again(now)
                continue
            log.mark.settle(found.moment.xmin, found.moment.xmax, now)
            self._marks[log.log] = log.mark
        self._pass(found.moment, now)

    def _pass(self, moment: Moment, now: float) -> None:
        """Keep a moment that is so old that all which was announced before it was heard."""
        if not self._moments or now - self._moments[-1][0] >= HEARD_WITHIN:
            self._moments = [*self._moments[-1:], (now, moment)]

    def _count(self, change: Change, hints: Hints) -> None:
        counters = self.counters
        counters.flushes += 1
        counters.rereads += change.reread
        counters.cards += len(change.cards)
        counters.events += len(change.events)
        if hints.since is not None:
            counters.lag = asyncio.get_running_loop().time() - hints.since
            counters.worst_lag = max(counters.worst_lag, counters.lag)


async def _page(conn: AsyncConnection, log: Log, before: Event | None, limit: int) -> list[Event]:
    """The newest events of one log before another event, newest first."""
    at, id_ = _place(log, before)
    events: list[Event] = []
    while len(events) < limit:
        rows = await older(conn, log, at=at, id_=id_, limit=limit)
        events += [told for row in rows if (told := event(row)) is not None]
        if len(rows) < limit:
            break
        at, id_ = rows[-1].at, rows[-1].id
    return events[:limit]


def _place(log: Log, before: Event | None) -> tuple[datetime | None, int]:
    """Where in a log the rows before an event begin, as `older` wants it."""
    if before is None:
        return None, LAST
    at, rank, id_ = position(before)
    if log.rank == rank:
        return at, id_
    return at, LAST if log.rank < rank else 0
