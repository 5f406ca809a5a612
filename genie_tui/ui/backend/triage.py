"""What the triage screen asks: the queue, and the verdicts on what is no task."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING

from genie_tui.domain.actors import Actor
from genie_tui.domain.notifications import Channel
from genie_tui.domain.tasks import Priority
from genie_tui.domain.triage import Queue
from genie_tui.services import alerting, mail, notifications, schedules, triage
from genie_tui.ui.backend.transactions import Transaction

if TYPE_CHECKING:
    from genie_tui.ui.workspace import Place

__all__ = ["Transaction", "TriageDesk"]


class TriageDesk:
    """The queue of one person."""

    def __init__(self, transaction: Transaction, me: Actor) -> None:
        self._transaction = transaction
        self._me = me

    async def queue(self, place: Place) -> Queue:
        """What needs a person in the project that is shown, or in all."""
        async with self._transaction() as conn:
            return await triage.triage(conn, self._me, project_id=place.project_id)

    async def is_told(self, priority: Priority) -> bool:
        """Does this person want to be told here of something of that priority?"""
        person = (self._me.type, self._me.id)
        async with self._transaction() as conn:
            told = await notifications.who_is_told(conn, priority, [person])
        return Channel.TMUX in told[person]

    async def tell(self, text: str, ways: Collection[str]) -> None:
        """Tell it outside this program, in those of the ways that there are."""
        if "tmux" in ways and alerting.in_tmux():
            await asyncio.to_thread(alerting.tell_tmux, text)
        if "desktop" in ways and alerting.can_tell_desktop():
            await asyncio.to_thread(alerting.tell_desktop, text)

    async def read(self, letter_id: str) -> None:
        """A letter has been read."""
        async with self._transaction() as conn:
            await mail.mark_read(conn, self._me.id, [letter_id])

    async def retry(self, run_id: str) -> None:
        """Have a failed run's schedule try again now."""
        async with self._transaction() as conn:
            await schedules.retry_run(conn, run_id, self._me)
