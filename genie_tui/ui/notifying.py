"""Calls the user when something needs a person and they look elsewhere: bell, tmux, desktop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from textual import events
from textual.app import App

from genie_tui.domain.alerts import Alerts, priority_of, sentence
from genie_tui.domain.triage import Item, Queue
from genie_tui.errors import GenieError
from genie_tui.ui.workspace import Workspace

__all__ = ["Notifying"]

LOOKING_FOR = 20.0
"""Seconds after a key for which somebody is taken to look, where the terminal does not tell."""


class Notifying:
    """Follows the queue of the workspace; tells as the user's notification preferences say."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._alerts = Alerts()
        self._timer: asyncio.TimerHandle | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self._project: str | None = ""
        self._focused: bool | None = None
        self._pressed = float("-inf")

    def start(self, app: App[None]) -> None:
        """Hear of the queue."""
        self._workspace.queued.subscribe(app, self._queued, immediate=True)

    def stop(self) -> None:
        """Tell nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def saw(self, event: events.Event) -> None:
        """A key was pressed: somebody is here. Some terminals tell whether they have the focus."""
        if isinstance(event, events.Key):
            self._pressed = time.monotonic()
        elif isinstance(event, events.AppFocus | events.AppBlur):
            self._focused = isinstance(event, events.AppFocus)

    @property
    def _looked_at(self) -> bool:
        if self._focused is not None:
            return self._focused
        return time.monotonic() - self._pressed < LOOKING_FOR

    def _queued(self, queue: Queue) -> None:
        place = self._workspace.place
        if place is not None and place.project_id != self._project:
            self._project = place.project_id
            self._alerts.forget()
        due = self._alerts.take(queue, datetime.now(UTC))
        self.stop()
        if due is not None:
            ahead = max((due - datetime.now(UTC)).total_seconds(), 0) + 0.01
            self._timer = asyncio.get_running_loop().call_later(ahead, self._due)

    def _due(self) -> None:
        items = self._alerts.due(datetime.now(UTC))
        if items and not self._looked_at:
            telling = asyncio.ensure_future(self._tell(items))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)

    async def _tell(self, items: Sequence[Item]) -> None:
        backend, ways = self._workspace.backend, self._workspace.settings.notify
        if backend is None or not ways:
            return
        with contextlib.suppress(GenieError):
            # Whoever looks sees it all the same.
            if await backend.triage.is_told(priority_of(items)):
                if "bell" in ways:
                    self._workspace.app.bell()
                await backend.triage.tell(sentence(items), ways)
