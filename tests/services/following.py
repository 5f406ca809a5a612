"""A feed at work, and what it has delivered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from genie_tui.domain.changes import Change, Event, LinkState
from genie_tui.domain.tasks import Card
from genie_tui.services.feed import Feed

__all__ = ["Follower", "following"]

PATIENCE = 60.0
"""Seconds after which what has not come will not."""


class Follower:
    """Keeps what a feed delivers, and waits for it."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.changes: list[Change] = []
        self.states: list[tuple[LinkState, str]] = []
        self._news = asyncio.Event()

    @property
    def events(self) -> list[Event]:
        """All events so far, as they were delivered."""
        return [event for change in self.changes for event in change.events]

    @property
    def lines(self) -> list[str]:
        """Their texts."""
        return [event.text for event in self.events]

    @property
    def cards(self) -> dict[str, Card]:
        """Each task as it was delivered last."""
        return {card.id: card for change in self.changes for card in change.cards}

    @property
    def link(self) -> LinkState | None:
        """How the connection stands."""
        return self.states[-1][0] if self.states else None

    def deliver(self, change: Change) -> None:
        """What `Feed.run` delivers to."""
        self.changes.append(change)
        self._news.set()

    def state(self, link: LinkState, reason: str) -> None:
        """What `Feed.run` tells the connection's state."""
        self.states.append((link, reason))
        self._news.set()

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for something to become true of what was delivered.

        Raises:
            AssertionError: it did not.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            counters = self.feed.counters
            raise AssertionError(f"still not: {self.states[-3:]} {counters}") from None

    async def told(self, number: int) -> None:
        """Wait for that many events in all."""
        await self.until(lambda: len(self.events) >= number)

    async def broke(self, times: int) -> None:
        """Wait until the connection was lost that many times in all."""
        await self.until(lambda: self.feed.counters.breaks >= times)

    async def settled(self) -> None:
        """Wait until all that was heard is told.

        Raises:
            TimeoutError: it was not.
        """
        async with asyncio.timeout(PATIENCE):
            while not self.feed.idle:  # noqa: ASYNC110 - what is looked at makes no event
                await asyncio.sleep(0.01)


@asynccontextmanager
async def following(feed: Feed) -> AsyncIterator[Follower]:
    """A feed that runs, connected, until the end of the block."""
    follower = Follower(feed)
    running = asyncio.create_task(feed.run(follower.deliver, follower.state))
    try:
        await follower.until(lambda: follower.changes or running.done())
        yield follower
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
