"""A simulated coding agent: claims, works, talks, asks to go on; sometimes it fails or vanishes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from genie_tui.demo import chatter
from genie_tui.demo.overview import team_boards
from genie_tui.demo.past import call
from genie_tui.demo.simulation import Part, Simulation
from genie_tui.demo.surroundings import post, set_state
from genie_tui.domain.actors import Actor, Kind
from genie_tui.domain.boards import Board, Column
from genie_tui.domain.gates import Gate
from genie_tui.domain.stages import Advance
from genie_tui.domain.tasks import Card, DepType, Status
from genie_tui.domain.windows import Span
from genie_tui.errors import LockLost, NothingReady, Refused
from genie_tui.services import (
    boards,
    checkout,
    conversations,
    dependencies,
    stages,
    tasks,
)

__all__ = ["SimulatedAgent"]

LOOKED_AT = 20
"""Cards of a column among which an agent looks for one that nobody has worked on."""

ENDINGS = {"complete": 78, "vanish": 7, "hand back": 5, "block": 5, "fail": 5}
"""What becomes of a piece of work, and how often out of a hundred."""


class SimulatedAgent(Simulation):
    """Works through the stages it likes best, one task after another."""

    def __init__(self, part: Part, stages: Iterable[str]) -> None:
        super().__init__(part, Actor.agent(part.name))
        self.stages = tuple(stages)
        self.boards: tuple[Board, ...] = ()

    async def turn(self) -> None:
        """Take a task and work on it; without one, look again a little later."""
        taken = await self.take()
        if taken is None:
            await self.be("idle")
            await self.pause(1.5, 4)
            return
        board, card = taken
        await self.work(board, card)
        await self.pause(0.5, 3)

    async def take(self) -> tuple[Board, Card] | None:
        """The first task that is to be had, in the order of what this agent likes to do."""
        if not self.boards:
            async with self.transaction() as conn:
                self.boards = await team_boards(conn)
        for board, column in self.preferred():
            if column.gate is Gate.AGENT and not self.chance(0.15):
                card = await self.claim(board, column)
            else:
                card = await self.pick(board, column)
            if card is not None:
                return board, card
        return None

    def preferred(self) -> list[tuple[Board, Column]]:
        """All columns: the favourite stages first, though not always in the same order."""
        ranks = {stage: rank for rank, stage in enumerate(self.stages)}
        places = [(board, column) for board in self.boards for column in board.columns[:-1]]
        noise = [self.rng.uniform(0, 4) for _ in places]
        order = sorted(
            range(len(places)),
            key=lambda index: ranks.get(places[index][1].name, len(ranks)) + noise[index],
        )
        return [places[index] for index in order]

    async def claim(self, board: Board, column: Column) -> Card | None:
        """What the queue gives."""
        try:
            async with self.transaction() as conn:
                card = await checkout.claim_next(conn, self.actor, board=board, stage=column.name)
                await set_state(conn, self.actor.id, "working", task=(card.id, card.title))
        except NothingReady:
            return None
        self.did("claim", task=card.id)
        return card

    async def pick(self, board: Board, column: Column) -> Card | None:
        """A card that nobody has worked on in this column, or that somebody let go stale."""
        now = datetime.now(UTC)
        try:
            async with self.transaction() as conn:
                span = Span(column_id=column.id, offset=0, limit=LOOKED_AT)
                window = await boards.window(conn, board, [span], project_id=board.project_id)
                seen = [card for page in window.pages for card in page.cards]
                takes_over = self.chance(0.01)
                card = next((card for card in seen if _is_free(card, now, takes_over)), None)
                if card is None:
                    return None
                await checkout.checkout_task(conn, card.id, self.actor)
                await set_state(conn, self.actor.id, "working", task=(card.id, card.title))
        except Refused:
            self.did("lost")
            return None
        is_mine = card.lock is not None and card.lock.run_id == self.actor.run_id
        self.did("renew" if is_mine else "claim", task=card.id)
        return card

    async def work(self, board: Board, card: Card) -> None:
        """Work for a while, then end it one way or another; unless somebody takes the lock."""
        if self.chance(0.4):
            await self.say(card, chatter.STARTS)
        for step in range(self.rng.randint(2, 5)):
            await self.pause(1.5, 4.5)
            if step and self.chance(0.5) and not await self.keep(card):
                return
            await self.at_work(board, card)
        ending = self.rng.choices(list(ENDINGS), list(ENDINGS.values()))[0]
        try:
            await self.end(ending, board, card)
        except Refused:
            # The lock was taken away, or the task was moved or closed by a person.
            self.did("lost", task=card.id)

    async def at_work(self, board: Board, card: Card) -> None:
        """What happens along the way; first of all a tool is used, and costs something."""
        async with self.transaction() as conn:
            await call(conn, self.rng, self.actor.id, card.id)
        if self.chance(0.25):
            await self.say(card, chatter.QUESTIONS if self.chance(0.2) else chatter.PROGRESS)
        elif self.chance(0.04):
            await self.depend(board, card)
        elif self.chance(0.06):
            await self.write_to_another(card)
        elif self.chance(0.05):
            await self.be(self.rng.choice(("permission", "question")), card)
            await self.pause(4, 12)
            await self.be("working", card)

    async def keep(self, card: Card) -> bool:
        """Renew the lock; false where it is lost."""
        try:
            async with self.transaction() as conn:
                await checkout.renew_lock(conn, card.id, self.actor)
        except LockLost:
            self.did("lost", task=card.id)
            return False
        self.did("renew", task=card.id)
        return True

    async def say(self, card: Card, texts: tuple[str, ...]) -> None:
        """Comment on the task."""
        body = self.rng.choice(texts)
        async with self.transaction() as conn:
            await conversations.comment(conn, card.id, body, self.actor)
        self.did("comment", task=card.id)

    async def depend(self, board: Board, card: Card) -> None:
        """Find that another task of the board has to come first."""
        column = self.rng.choice(board.columns[:-1])
        async with self.transaction() as conn:
            span = Span(column_id=column.id, offset=0, limit=3)
            window = await boards.window(conn, board, [span], project_id=board.project_id)
            others = [other for page in window.pages for other in page.cards]
            other = next((o for o in others if o.id != card.id and not o.closed), None)
            if other is None or card.waits or len(other.holds) > 1:
                return
            try:
                kind = DepType.RELATES_TO if self.chance(0.4) else DepType.DEPENDS_ON
                await dependencies.add_dependency(conn, other.id, card.id, kind, actor=self.actor)
            except Refused:
                return
        self.did("dependency", task=other.id)

    async def write_to_another(self, card: Card) -> None:
        """A mail to one of the other agents."""
        others = [agent.name for agent in chatter.crew(4) if agent.name != self.actor.id]
        other = self.rng.choice(others)
        async with self.transaction() as conn:
            await post(conn, self.rng, self.actor.id, other, card.seq, datetime.now(UTC))
        self.did("mail", task=card.id)

    async def end(self, ending: str, board: Board, card: Card) -> None:
        """End a piece of work."""
        match ending:
            case "complete":
                await self.complete(board, card)
            case "vanish":
                self.did("vanish", task=card.id)
                await self.pause(15, 70)
            case "hand back":
                async with self.transaction() as conn:
                    await checkout.release_task(conn, card.id, self.actor)
                self.did("release", task=card.id)
            case "block":
                async with self.transaction() as conn:
                    reason = self.rng.choice(chatter.BLOCKERS)
                    await tasks.block_task(conn, card.id, reason, self.actor)
                    await checkout.release_task(conn, card.id, self.actor)
                self.did("block", task=card.id)
            case _:
                async with self.transaction() as conn:
                    reason = self.rng.choice(chatter.FAILURES)
                    await tasks.fail_task(conn, card.id, reason, self.actor)
                self.did("fail", task=card.id)

    async def complete(self, board: Board, card: Card) -> None:
        """The work of this stage is over: say so, and go on as far as the gates let it."""
        if self.chance(0.4):
            await self.say(card, chatter.FINDINGS)
        column = board.place(card.column_id, card.stage)
        insists = column is not None and not (column.gate is Gate.AGENT and column.auto_advance)
        async with self.transaction() as conn:
            if insists and self.chance(0.6):
                # Some agents ask to go on, rather than only saying that they are done.
                result = await stages.advance_task(conn, card.id, self.actor)
                await checkout.release_task(conn, card.id, self.actor)
            else:
                result = await stages.complete_stage(conn, card.id, self.actor)
        if result.moved:
            self.did("move", task=card.id, times=_steps(board, result))
        if result.done:
            self.did("done", task=card.id)
        if not (result.moved or result.done):
            self.did("ask", task=card.id)

    async def be(self, state: str, card: Card | None = None) -> None:
        """Show what one is at; only a change is noticed by anybody."""
        async with self.transaction() as conn:
            task = (card.id, card.title) if card else None
            await set_state(conn, self.actor.id, state, task=task)


def _steps(board: Board, result: Advance) -> int:
    """How many columns on; completing a stage can lead through several."""
    names = [column.name for column in board.columns]
    return names.index(str(result.to_stage)) - names.index(result.from_stage)


def _is_free(card: Card, now: datetime, takes_over: bool) -> bool:
    """Is it to be had: untouched, or, for one who takes over, held by a lock that is over?"""
    if card.lock is not None:
        return takes_over and card.lock.left(now) < timedelta(0)
    is_untouched = card.status is Status.READY and not card.waits
    return is_untouched and Kind.AGENT not in card.approved


def main() -> None:
    """Play an agent."""
    part = Part.read()
    agent = next(agent for agent in chatter.crew(1000) if agent.name == part.name)
    asyncio.run(SimulatedAgent(part, agent.stages).run())


if __name__ == "__main__":
    main()
