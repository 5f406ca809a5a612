"""What the agents' screen asks, and what it writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from genie_tui.domain.actors import Actor
from genie_tui.domain.agents import Agent, Crew, Session, dollars
from genie_tui.domain.changes import Event
from genie_tui.services import agent_story, agents, costs, crew
from genie_tui.services.agents import Ready
from genie_tui.ui.backend.transactions import Transaction

if TYPE_CHECKING:
    from genie_tui.ui.workspace import Place

__all__ = ["AgentsDesk"]

DAY = timedelta(days=1)
SUMS_AGAIN = timedelta(seconds=30)
"""What has been spent is summed up again after so long."""


class AgentsDesk:
    """Reads rows, and asks tmux and the processes whether they can be so."""

    def __init__(self, transaction: Transaction, me: Actor) -> None:
        self._transaction = transaction
        self._me = me
        self._before: tuple[datetime, dict[str, Decimal]] | None = None
        self._summed_at: datetime | None = None
        self._sums: tuple[Mapping[str, Decimal], Mapping[str, Decimal]] = ({}, {})

    async def crew(self, place: Place, *, priced: bool = False) -> Crew:
        """Everybody who works on the project that is shown, or on all."""
        async with self._transaction() as conn:
            told = await crew.rows(conn, project_id=place.project_id)
        found = await crew.standing(told)
        return crew.priced(found, *await self._spent()) if priced else found

    async def _spent(self) -> tuple[Mapping[str, Decimal], Mapping[str, Decimal]]:
        """Of the last day, and in all; what is older than a day is summed up once."""
        now = datetime.now(UTC)
        if self._summed_at is not None and now - self._summed_at < SUMS_AGAIN:
            return self._sums
        async with self._transaction() as conn:
            if self._before is None:
                self._before = (now - DAY, await costs.costs(conn, until=now - DAY))
            until, before = self._before
            if now - until > 2 * DAY:
                more = await costs.costs(conn, since=until, until=now - DAY)
                until, before = self._before = (now - DAY, _added(before, more))
            since = await costs.costs(conn, since=until)
            day = await costs.costs(conn, since=now - DAY)
        self._summed_at, self._sums = now, (day, _added(before, since))
        return self._sums

    async def day_cost(self, place: Place) -> str:
        """What the last 24 hours cost, as the header tells it; empty where nothing did."""
        async with self._transaction() as conn:
            since = datetime.now(UTC) - DAY
            return dollars(await costs.cost_since(conn, place.project_id, since))

    async def story(self, agent: Agent) -> tuple[tuple[Event, ...], tuple[Session, ...]]:
        """What an agent did last, and its sessions."""
        async with self._transaction() as conn:
            return (
                await agent_story.events_of(conn, agent),
                await agent_story.sessions_of(conn, agent),
            )

    async def ready(self, place: Place) -> tuple[Ready, ...]:
        """The tasks that can be given to somebody."""
        async with self._transaction() as conn:
            return await agents.ready(conn, project_id=place.project_id)

    async def assign(self, task_id: str, agent: Agent) -> bool:
        """Make an agent responsible for a task; False if it is."""
        async with self._transaction() as conn:
            return await crew.assign(conn, task_id, agent, self._me)

    async def write(self, agent: Agent, body: str) -> None:
        """Send an agent a letter."""
        async with self._transaction() as conn:
            await crew.write(conn, agent, body, self._me)

    async def release(self, agent: Agent) -> tuple[int, ...]:
        """Take an agent's locks away, as far as they are still what was seen: of which tasks."""
        async with self._transaction() as conn:
            freed = await crew.release(conn, agent, self._me, insist=True)
        return tuple(one.seq for one in freed)

    async def go_to(self, agent: Agent) -> str:
        """Bring an agent's pane before the user."""
        return await crew.jump(agent)


def _added(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    names = {*one, *other}
    return {name: one.get(name, Decimal()) + other.get(name, Decimal()) for name in names}
