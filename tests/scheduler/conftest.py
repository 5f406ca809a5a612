"""A daemon within the test's own process, which looks around quickly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from genie_tui.db.connection import Database
from genie_tui.domain.runs import Caps
from genie_tui.scheduler.daemon import Daemon, Rhythm
from genie_tui.settings import Settings
from tests.homes import empty_home, home, prepared, ready_home, running, swept

__all__ = ["empty_home", "home", "prepared", "ready_home", "running", "swept"]

QUICK = Rhythm(look=0.1, minute=0.2, orphans=0.2, renew_at_most=0.2, jitter=0.0, retry=0.05)
"""Everything is looked at several times within a test."""


class Running:
    """A daemon that runs; `said` is what it told."""

    def __init__(self, daemon: Daemon, said: list[tuple[str, dict[str, Any]]]) -> None:
        self.daemon = daemon
        self.said = said
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def words(self) -> list[str]:
        """What it told, without what that was about."""
        return [event for event, _ in self.said]

    def start(self) -> None:
        """Begin to run."""
        self._task = asyncio.create_task(self.daemon.run(self._stop))

    async def stop(self) -> None:
        """Have it stop, as SIGTERM does."""
        self._stop.set()
        if self._task is not None:
            await asyncio.wait_for(self._task, 20)


StartDaemon = Callable[..., Running]


@pytest_asyncio.fixture
async def start_daemon(settings: Settings) -> AsyncIterator[StartDaemon]:
    """Starts daemons on the test's database; they are stopped at its end."""
    async with AsyncExitStack() as stack:

        def start(*, caps: Caps | None = None, **rhythm: float) -> Running:
            said: list[tuple[str, dict[str, Any]]] = []
            database = Database(settings, pool_size=3)
            daemon = Daemon(
                database,
                caps=caps or Caps(),
                said=lambda event, **about: said.append((event, about)),
                rhythm=replace(QUICK, **rhythm),
            )
            running = Running(daemon, said)
            stack.push_async_callback(database.close)
            stack.push_async_callback(running.stop)
            running.start()
            return running

        yield start


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may be an agent."""
    for name in ("GENIE_AGENT_NAME", "GENIE_RUN_ID", "TMUX", "TMUX_PANE"):
        monkeypatch.delenv(name, raising=False)
