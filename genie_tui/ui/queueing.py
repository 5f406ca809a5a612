"""The queue of what needs a person, kept right while things change and time passes."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from genie_tui.domain.changes import Change, EventKind, LinkState
from genie_tui.errors import GenieError
from genie_tui.ui.latest import Latest
from genie_tui.ui.workspace import Place, Workspace

__all__ = ["Queueing"]

EVERY = 0.1
"""Seconds between two readings, however much changes."""

SHARE = 20
"""A reading takes one part in so many of the time, whatever the number of tasks."""

BEYOND_TASKS = frozenset({EventKind.AGENT, EventKind.RUN, EventKind.MAIL})
"""Events that change the queue without changing a task."""


class Queueing:
    """Reads the queue for the workspace: at first, when something changes, when time does it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._reads: Latest[None] = Latest(self._read, every=EVERY)
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Until cancelled."""
        workspace = self._workspace
        workspace.changes.subscribe(workspace.app, self._changed, immediate=True)
        workspace.placed.subscribe(workspace.app, self._placed, immediate=True)
        workspace.decided.subscribe(workspace.app, self._reads.ask, immediate=True)
        self._reads.ask(None)
        try:
            await self._reads.run()
        finally:
            self._wake_at(None)

    def _placed(self, _: Place) -> None:
        self._reads.ask(None)

    def _changed(self, change: Change) -> None:
        told = any(event.kind in BEYOND_TASKS for event in change.events)
        if change.cards or change.gone or change.reread or told:
            self._reads.ask(None)

    async def _read(self, _: None) -> None:
        backend, place = self._workspace.backend, self._workspace.place
        if backend is None or place is None or self._workspace.link is LinkState.RECONNECTING:
            return
        begun = time.monotonic()
        try:
            queue = await backend.triage.queue(place)
        except GenieError:
            # It is read again when the link is back: that brings a change.
            return
        if place.project_id == (self._workspace.place or place).project_id:
            self._workspace.decide(queue)
            self._wake_at(queue.changes_at)
        await asyncio.sleep((time.monotonic() - begun) * SHARE)

    def _wake_at(self, moment: datetime | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if moment is not None:
            ahead = (moment - datetime.now(UTC)).total_seconds() + 0.1
            # A day is beyond what a session lasts; the next change sets it anew.
            delay = min(max(ahead, 1.0), 86_400.0)
            self._timer = asyncio.get_running_loop().call_later(delay, self._reads.ask, None)
