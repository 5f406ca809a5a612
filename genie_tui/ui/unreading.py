"""How much there is to read, for every header: counted when something was said, or was read."""

from __future__ import annotations

import asyncio
import time

from genie_tui.domain.changes import Change, EventKind, LinkState
from genie_tui.errors import GenieError
from genie_tui.ui.latest import Latest
from genie_tui.ui.workspace import Place, Workspace

__all__ = ["Unreading"]

EVERY = 0.1
"""Seconds between two counts, however much is said."""

SHARE = 20
"""A count takes one part in so many of the time, whatever the number of messages."""

TALK = frozenset({EventKind.MESSAGE, EventKind.MAIL})


class Unreading:
    """Counts for the workspace. Team chat tells nothing by itself: it is counted by the way."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._reads: Latest[None] = Latest(self._read, every=EVERY)
        self._project: str | None = None

    async def run(self) -> None:
        """Until cancelled."""
        workspace = self._workspace
        workspace.changes.subscribe(workspace.app, self._changed, immediate=True)
        workspace.placed.subscribe(workspace.app, self._placed, immediate=True)
        workspace.marked.subscribe(workspace.app, self._reads.ask, immediate=True)
        workspace.decided.subscribe(workspace.app, self._reads.ask, immediate=True)
        self._reads.ask(None)
        await self._reads.run()

    def _placed(self, place: Place) -> None:
        if place.project_id != self._project:
            self._reads.ask(None)

    def _changed(self, change: Change) -> None:
        if change.reread or any(event.kind in TALK for event in change.events):
            self._reads.ask(None)

    async def _read(self, _: None) -> None:
        backend, place = self._workspace.backend, self._workspace.place
        if backend is None or place is None or self._workspace.link is LinkState.RECONNECTING:
            return
        begun, self._project = time.monotonic(), place.project_id
        try:
            unread = await backend.messages.unread(place.project_id)
        except GenieError:
            # It is read again when the link is back: that brings a change.
            return
        if place.project_id == (self._workspace.place or place).project_id:
            self._workspace.count_unread(unread)
        await asyncio.sleep((time.monotonic() - begun) * SHARE)
