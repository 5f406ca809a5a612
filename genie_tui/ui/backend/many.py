"""What keys do to all marked tasks at once: one transaction, and all of them or none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor, acting
from genie_tui.errors import NotFound
from genie_tui.services import bulk, checkout, people, stages, tags, tasks
from genie_tui.ui.backend.transactions import Transaction

__all__ = ["ManyDesk"]

Verb = Callable[[AsyncConnection, str], Awaitable[object]]


class ManyDesk:
    """Verbs on many tasks; each refuses with the reasons of all that refuse."""

    def __init__(self, transaction: Transaction, me: Actor) -> None:
        self._transaction = transaction
        self._me = me

    async def _act(self, ids: Collection[str], verb: Verb) -> None:
        async with self._transaction() as conn:
            held = await bulk.hold_all(conn, sorted(ids))
            if not held:
                raise NotFound("the marked tasks are gone")
            await bulk.act(conn, held, lambda task: verb(conn, task.id))

    async def advance(self, ids: Collection[str], *, override: bool) -> None:
        """On to the next column."""
        me = self._me
        await self._act(
            ids, lambda conn, task: stages.advance_task(conn, task, me, override=override)
        )

    async def send_back(self, ids: Collection[str], reason: str) -> None:
        """Back to where they came from."""
        why = reason.strip() or None
        await self._act(ids, lambda conn, task: stages.send_back(conn, task, self._me, reason=why))

    async def move(self, ids: Collection[str], stage: str) -> None:
        """To a column."""
        await self._act(ids, lambda conn, task: stages.move_task(conn, task, stage, self._me))

    async def done(self, ids: Collection[str], *, override: bool) -> None:
        """Done."""
        me = self._me
        await self._act(ids, lambda conn, task: tasks.done_task(conn, task, me, override=override))

    async def block(self, ids: Collection[str], reason: str) -> None:
        """Blocked, for a reason."""
        await self._act(ids, lambda conn, task: tasks.block_task(conn, task, reason, self._me))

    async def checkout(self, ids: Collection[str], *, override: bool) -> None:
        """Take the locks, or renew them."""
        me = self._me
        await self._act(
            ids, lambda conn, task: checkout.checkout_task(conn, task, me, take_live=override)
        )

    async def release(self, ids: Collection[str]) -> None:
        """Give the locks back."""
        await self._act(ids, lambda conn, task: checkout.release_task(conn, task, self._me))

    async def assign(self, ids: Collection[str], name: str) -> None:
        """Assign somebody."""
        chosen = acting(name=name, agent_name=None, login="", host="")
        await self._act(ids, lambda conn, task: people.assign(conn, task, chosen, by=self._me))

    async def tag(self, ids: Collection[str], tag_id: str) -> None:
        """Put a tag on."""
        await self._act(ids, lambda conn, task: tags.tag(conn, task, tag_id, self._me))

    async def set_priority(self, ids: Collection[str], priority: str) -> None:
        """Another priority."""
        await self._act(ids, lambda conn, task: tasks.set_priority(conn, task, priority, self._me))
