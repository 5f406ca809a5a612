"""One thing at a time, and of what is asked for meanwhile only the last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

__all__ = ["Latest"]

T = TypeVar("T")


class Latest(Generic[T]):
    """Does what is asked, at once where nothing is under way.

    With `delay`, it waits for as many seconds without another wish first; with `every`, as many
    pass between the end of one and the beginning of the next.
    """

    def __init__(
        self, do: Callable[[T], Awaitable[None]], *, delay: float = 0.0, every: float = 0.0
    ) -> None:
        self._do = do
        self._delay = delay
        self._every = every
        self._asked = asyncio.Event()
        self._wish: T

    def ask(self, wish: T) -> None:
        """This, instead of whatever was asked for and has not begun."""
        self._wish = wish
        self._asked.set()

    async def run(self) -> None:
        """Do what is asked until cancelled."""
        while True:
            await self._asked.wait()
            if self._delay:
                await self._quiet()
            self._asked.clear()
            await self._do(self._wish)
            if self._every:
                await asyncio.sleep(self._every)

    async def _quiet(self) -> None:
        while self._asked.is_set():
            self._asked.clear()
            await asyncio.sleep(self._delay)
        self._asked.set()
