"""The road of a key: not out of a burst, kept while nothing can take it, and one at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from textual.events import Key

from genie_tui.ui.burst import Burst, Ruling

__all__ = ["Keyboard", "Roads"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """What a keyboard asks of the application.

    `act` does what a key says, and has done it when it returns. `typed` tells whether a key goes
    into a text, and `urgent` whether it may not wait. `soon` calls back after a few milliseconds,
    and `next` at once, both in the order of the keys. `dropped` is told how long a burst is.
    """

    act: Callable[[Key], Awaitable[None]]
    typed: Callable[[Key], bool]
    urgent: Callable[[Key], bool]
    soon: Callable[[Callable[[], Awaitable[None]]], None]
    next: Callable[[Callable[[], Awaitable[None]]], None]
    dropped: Callable[[int], None]


class Keyboard:
    """Decides when a key may act."""

    def __init__(self, burst: Burst, roads: Roads) -> None:
        self._burst = burst
        self._roads = roads
        self._kept: deque[Key] = deque()
        self._held: list[Key] = []
        self._closed = 0

    async def press(self, event: Key) -> None:
        """A key was read."""
        if self._roads.urgent(event):
            await self._roads.act(event)
        elif not self._closed and not self._kept and self._roads.typed(event):
            await self._let_go()
            await self._roads.act(event)
        else:
            await self._judge(event)

    def close(self) -> None:
        """Keep keys from now on, until `open` was called as often."""
        self._closed += 1

    def open(self, *, forget: bool = False) -> None:
        """Let the keys that were kept take effect, or forget them."""
        self._closed -= 1
        if forget:
            self._kept.clear()
        if not self._closed and self._kept:
            self._roads.next(self._replay)

    def keep_during(self, doing: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None]:
        """The same, with keys kept from this call on until it is done."""
        self.close()

        async def kept() -> None:
            try:
                await doing
            finally:
                self.open()

        return kept()

    async def _judge(self, event: Key) -> None:
        ruling = self._burst.rule(event.key, event.time, held=len(self._held))
        if self._burst.fresh:
            await self._let_go()
        match ruling:
            case Ruling.DROP:
                self._held.clear()
                self._roads.dropped(self._burst.dropped)
            case Ruling.HOLD:
                self._held.append(event)
                self._roads.soon(partial(self._let_go, event))
            case Ruling.TAKE:
                await self._take(event)

    async def _let_go(self, last: Key | None = None) -> None:
        """Take the keys that are held back; with `last`, if it is still the last of them."""
        if last is None or (self._held and self._held[-1] is last):
            held, self._held = self._held, []
            for event in held:
                await self._take(event)

    async def _take(self, event: Key) -> None:
        if self._closed or self._kept:
            self._kept.append(event)
        else:
            await self._roads.act(event)

    async def _replay(self) -> None:
        while self._kept and not self._closed:
            await self._roads.act(self._kept.popleft())
