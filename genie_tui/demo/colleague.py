"""The simulated colleague: a person who approves, sends back, answers, and brings new work.

Some of what waits for a person is always left to whoever watches the demo.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from genie_tui.demo import chatter
from genie_tui.demo.content import DIFFERENT, more_stories
from genie_tui.demo.overview import Overview, Seen, look
from genie_tui.demo.planning import HOST, LOCK_TIMES
from genie_tui.demo.seeding import PROJECTS
from genie_tui.demo.simulation import Part, Simulation
from genie_tui.demo.surroundings import SCHEDULES
from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.gates import Gate
from genie_tui.domain.tasks import Card, Priority, Status
from genie_tui.errors import NotFound, Refused
from genie_tui.services import checkout, conversations, dependencies, schedules, stages, tasks

__all__ = ["LEFT_WAITING", "Colleague"]

LEFT_WAITING = 4
"""Tasks that the colleague leaves to the viewer, of those that wait for a person."""
LEFT_BLOCKED = 2
LEFT_FAILED = 1
LEFT_STALE = 2
LEFT_HELD_UP = 9
"""Tasks that may wait for others; with every dependency that agents find they would be more."""
KEPT_DONE = 20
"""Done tasks above which old ones are reopened, so that the boards never dry up nor overflow."""

STRIDE = 97
"""From one new story to the next, so that neighbours have little in common."""

SET_LOCK_TIME = """
    UPDATE tasks
       SET checkout_timeout_ms = extract(epoch FROM %(time)s::interval) * 1000
     WHERE id = %(id)s
"""


class Colleague(Simulation):
    """Looks over all boards, and does what is most pressing."""

    def __init__(self, part: Part) -> None:
        super().__init__(part, Actor.human(part.name, HOST))
        self.enough: int | None = None
        self.written = 0

    async def turn(self) -> None:
        """Look, do one thing, and wait a little."""
        async with self.transaction() as conn:
            seen = await look(conn, datetime.now(UTC))
        if self.enough is None:
            self.enough = len(seen.open)
        try:
            await self.choice(seen)(seen)
        except (Refused, NotFound):
            # An agent or the viewer was quicker.
            self.did("lost")
        await self.pause(2, 5)

    def choice(self, seen: Overview) -> Callable[[Overview], Awaitable[None]]:
        """What is most pressing; not always, as with everybody."""
        lacking = (self.enough or 0) - len(seen.open)
        weights: dict[Callable[[Overview], Awaitable[None]], int] = {
            self.judge: 3 * (len(seen.waiting) - LEFT_WAITING),
            self.unblock: 3 * (len(seen.having(Status.BLOCKED)) - LEFT_BLOCKED),
            self.try_again: 3 * (len(seen.having(Status.FAILED)) - LEFT_FAILED),
            self.untie: 2 * (len(seen.held_up) - LEFT_HELD_UP),
            self.unlock: 2 * (len(seen.stale) - LEFT_STALE),
            self.bring: 3 * lacking,
            self.talk: 2,
            self.go_on: 2,
            self.run_something: 1,
        }
        bounded = [min(max(weight, 0), 20) for weight in weights.values()]
        return self.rng.choices(list(weights), bounded)[0]

    async def judge(self, seen: Overview) -> None:
        """Approve what has waited longest, or send it back."""
        one = seen.waiting[0]
        column = one.board.place(one.card.column_id, one.card.stage)
        if column is not None and one.board.before(column) and self.chance(0.15):
            reason = self.rng.choice(chatter.RETURNS)
            async with self.transaction() as conn:
                await stages.send_back(conn, one.card.id, self.actor, reason)
            self.did("comment", task=one.card.id)
            self.did("move", task=one.card.id)
            return
        if self.chance(0.3):
            await self.say(one.card, chatter.APPROVALS)
        await self.advance(one.card)

    async def advance(self, card: Card) -> None:
        """A person's word, that opens an agent's gate as well."""
        async with self.transaction() as conn:
            result = await stages.advance_task(conn, card.id, self.actor, override=True)
        if result.moved or result.done:
            self.did("approve", task=card.id)
            self.did("move" if result.moved else "done", task=card.id)

    async def unblock(self, seen: Overview) -> None:
        """Clear the way for what has been blocked longest."""
        card = seen.having(Status.BLOCKED)[0].card
        async with self.transaction() as conn:
            await tasks.unblock_task(conn, card.id, self.actor)
        self.did("unblock", task=card.id)
        await self.say(card, chatter.ANSWERS)

    async def try_again(self, seen: Overview) -> None:
        """Give what has failed another chance."""
        card = seen.having(Status.FAILED)[0].card
        async with self.transaction() as conn:
            await tasks.reopen_task(conn, card.id, self.actor)
        self.did("reopen", task=card.id)

    async def untie(self, seen: Overview) -> None:
        """Decide that a task need not wait for another after all."""
        card = self.rng.choice(seen.held_up).card
        other = card.waits[0].id
        async with self.transaction() as conn:
            for pair in ((card.id, other), (other, card.id)):
                await dependencies.remove_dependency(conn, *pair, actor=self.actor)
        self.did("untie", task=card.id)

    async def unlock(self, seen: Overview) -> None:
        """Take away the lock that has been over for longest."""
        card = min((one.card for one in seen.stale), key=lambda card: card.updated_at)
        async with self.transaction() as conn:
            await checkout.unlock_task(conn, card.id, self.actor)
        self.did("unlock", task=card.id)

    async def bring(self, seen: Overview) -> None:
        """Bring work: something that was done and is broken again, or something new."""
        done = seen.having(Status.DONE)
        if len(done) > KEPT_DONE:
            await self.bring_back(done[0])
        else:
            await self.bring_new(seen)

    async def bring_back(self, one: Seen) -> None:
        """Reopen a task that was done, at the beginning of its board."""
        first = one.board.columns[0].name
        async with self.transaction() as conn:
            await tasks.reopen_task(conn, one.card.id, self.actor)
            moved = await stages.move_task(conn, one.card.id, first, self.actor)
        self.did("reopen", task=one.card.id)
        if moved.moved:
            self.did("move", task=one.card.id)

    async def bring_new(self, seen: Overview) -> None:
        """Write a new task."""
        board = self.rng.choice(seen.boards)
        again, number = divmod(self.written, DIFFERENT)
        story = more_stories(number * STRIDE % DIFFERENT + again * DIFFERENT)
        self.written += 1
        async with self.transaction() as conn:
            task = await tasks.create_task(
                conn,
                _repository(board),
                title=story.title,
                actor=self.actor,
                board=board,
                stage=board.columns[0].name,
                priority=self.rng.choice(list(Priority)),
                description=story.description,
                acceptance_criteria=story.acceptance_criteria,
                tags=story.tags,
            )
            await conn.execute(SET_LOCK_TIME, {"id": task.id, "time": self.rng.choice(LOCK_TIMES)})
        self.did("create", task=task.id)

    async def talk(self, seen: Overview) -> None:
        """Say something about what somebody works on."""
        held = [one.card for one in seen.open if one.card.lock is not None]
        if held:
            texts = chatter.ANSWERS if self.chance(0.6) else chatter.QUESTIONS
            await self.say(self.rng.choice(held), texts)

    async def go_on(self, seen: Overview) -> None:
        """Take something a step on without an agent, where that is a person's matter."""
        free = [one for one in seen.open if _is_a_persons(one)]
        if free:
            await self.advance(self.rng.choice(free).card)

    async def run_something(self, _seen: Overview) -> None:
        """Have one of the schedules fire out of turn."""
        name = self.rng.choice(SCHEDULES)[0]
        async with self.transaction() as conn:
            await schedules.run_now(conn, await schedules.find(conn, name), self.actor)
        self.did("run", schedule=name)

    async def say(self, card: Card, texts: tuple[str, ...]) -> None:
        """Comment on a task."""
        async with self.transaction() as conn:
            await conversations.comment(conn, card.id, self.rng.choice(texts), self.actor)
        self.did("comment", task=card.id)


def _is_a_persons(one: Seen) -> bool:
    column = one.board.place(one.card.column_id, one.card.stage)
    free = one.card.status is Status.READY and one.card.lock is None and not one.card.waits
    return column is not None and column.gate is Gate.HUMAN and free and not one.card.approvals


def _repository(board: Board) -> str:
    return next(one.repo_path for one in PROJECTS if one.id == board.project_id)


def main() -> None:
    """Play the colleague."""
    asyncio.run(Colleague(Part.read()).run())


if __name__ == "__main__":
    main()
