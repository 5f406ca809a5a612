"""What the last 24 hours cost, for the header: read after something happened, once a minute."""

from __future__ import annotations

import asyncio
import contextlib

from genie_tui.domain.changes import Change, LinkState
from genie_tui.errors import GenieError
from genie_tui.ui.workspace import Place, Workspace

__all__ = ["Costing"]

FIRST = 1.0
"""Seconds that the first reading leaves to what has to be seen first."""

EVERY = 60.0
"""Seconds between two readings, however much is spent."""

LAPSES = 600.0
"""Seconds after which what was spent a day ago is looked at again, even if nothing happens."""


class Costing:
    """Tells the workspace what the project that is shown has cost."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stale = asyncio.Event()
        self._moved = asyncio.Event()
        self._project: str | None = None

    async def run(self) -> None:
        """Until cancelled."""
        workspace = self._workspace
        self._project = workspace.place.project_id if workspace.place else None
        workspace.changes.subscribe(workspace.app, self._changed, immediate=True)
        workspace.placed.subscribe(workspace.app, self._placed, immediate=True)
        await asyncio.sleep(FIRST)
        while True:
            self._stale.clear()
            self._moved.clear()
            await self._read()
            await self._wait(self._moved, EVERY)
            if not self._moved.is_set():
                await self._wait(self._stale, LAPSES if workspace.cost else None)

    async def _wait(self, event: asyncio.Event, seconds: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()

    def _changed(self, change: Change) -> None:
        if change.events or change.reread:
            self._stale.set()

    def _placed(self, place: Place) -> None:
        if place.project_id != self._project:
            self._project = place.project_id
            self._workspace.spend("")
            self._moved.set()
            self._stale.set()

    async def _read(self) -> None:
        backend, place = self._workspace.backend, self._workspace.place
        if backend is None or place is None or self._workspace.link is LinkState.RECONNECTING:
            return
        try:
            cost = await backend.agents.day_cost(place)
        except GenieError:
            # The header tells how the link stands; it is read again when something happens.
            return
        if place.project_id == self._project:
            self._workspace.spend(cost)
