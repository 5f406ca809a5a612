"""The tasks that a demo begins with, and their past: made from the seed alone, without a clock.

Times are told as how long ago something was when the demo begins, so that two demos with the same
seed are the same but for the hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from genie_tui.demo import chatter
from genie_tui.demo.content import Story, more_stories, stories
from genie_tui.domain.actors import Actor, Kind
from genie_tui.domain.boards import Board, Column
from genie_tui.domain.gates import Gate
from genie_tui.domain.tasks import DepType, Priority, Status

__all__ = ["HOST", "LOCK_TIMES", "Edge", "Move", "Past", "Remark", "plan"]

HOST = "demo"
"""The machine at which the people of the demo sit, as their run ids tell it."""

THEMES = ("sprint", "bugs", "operations")
SHARES = (0.55, 0.27, 0.18)
LOCK_TIMES = tuple(timedelta(seconds=seconds) for seconds in (45, 60, 90))
"""How long locks last in the demo: so briefly that one sees some of them end."""
DROPPED_OUT = Actor.agent("eng-9")
"""An agent that is not there any more, and left a lock behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A task went on, or back, so long ago; the gate is that of the column it left."""

    ago: timedelta
    source: Column
    target: Column
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A comment; `reply_to` is the index of an earlier one of the same task."""

    ago: timedelta
    actor: Actor
    body: str
    reply_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A task as it stands when the demo begins, and how it came there.

    `asked` is how long ago an agent asked to go on past the present stage's gate, and who;
    `held` how long ago somebody took the lock without ever giving it back.
    """

    id: str
    story: Story
    board: int
    column: Column
    status: Status
    priority: Priority
    ago: timedelta
    creator: Actor
    assignee: Actor | None
    due: timedelta | None
    lock_time: timedelta
    blocked_reason: str | None
    asked: tuple[timedelta, Actor] | None
    held: tuple[timedelta, Actor] | None
    moves: tuple[Move, ...] = ()
    remarks: tuple[Remark, ...] = field(default=())

    @property
    def staged(self) -> timedelta:
        """How long ago it came to its present stage."""
        return self.moves[-1].ago if self.moves else self.ago


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A dependency between two tasks."""

    task_id: str
    depends_on_id: str
    type: DepType


def plan(
    seed: int, count: int, boards: Sequence[Board], agents: Sequence[chatter.Agent]
) -> tuple[tuple[Past, ...], tuple[Edge, ...]]:
    """`count` tasks over three boards, and what they wait for; the same for the same arguments."""
    author = _Author(seed, [Actor.agent(agent.name) for agent in agents])
    pasts = tuple(
        author.past(index, column, story, boards[index])
        for index, column, story in _places(author.rng, count, boards)
    )
    return pasts, tuple(_edges(author.rng, pasts))


def _places(
    rng: Random, count: int, boards: Sequence[Board]
) -> Iterator[tuple[int, Column, Story]]:
    """Which story stands where, spread over the columns so that none stays empty."""
    spare = iter(range(10**9))
    left = count
    for index, (board, theme, share) in enumerate(zip(boards, THEMES, SHARES, strict=True)):
        size = left if index == len(boards) - 1 else min(left, round(count * share))
        left -= size
        told = list(stories()[theme][:size])
        told += [more_stories(next(spare)) for _ in range(size - len(told))]
        rng.shuffle(told)
        for number, story in enumerate(told):
            yield index, board.columns[_column_of(number, len(board.columns))], story


def _column_of(number: int, columns: int) -> int:
    """Each column in turn, and the one in the middle of the board, where work is, twice."""
    turn = number % (columns + 1)
    return turn if turn < columns else columns // 2


def _edges(rng: Random, pasts: Sequence[Past]) -> Iterator[Edge]:
    """Later tasks wait for earlier ones of their board, which cannot close a cycle."""
    is_open = [past for past in pasts if past.status not in (Status.DONE, Status.CANCELLED)]
    for index, past in enumerate(is_open):
        earlier = [other for other in is_open[:index] if other.board == past.board]
        # What has been asked for, or is being worked on, does not wait.
        if not earlier or past.asked or past.held or rng.random() > 0.3:
            continue
        kind = rng.choices(list(DepType), (8, 1, 2))[0]
        other = rng.choice(earlier)
        first, second = (other, past) if kind is DepType.BLOCKS else (past, other)
        yield Edge(task_id=first.id, depends_on_id=second.id, type=kind)


class _Author:
    """Makes up the past of one task after another."""

    def __init__(self, seed: int, agents: Sequence[Actor]) -> None:
        self.rng = Random(f"{seed}:plan")
        self.agents = agents or [Actor.agent("eng-1")]
        self.people = [Actor.human(name, HOST) for name in chatter.PEOPLE]
        self.ids: set[str] = set()

    def past(self, index: int, column: Column, story: Story, board: Board) -> Past:
        moves = self.moves(board, column)
        came = moves[-1].ago if moves else self.hours(1, 40)
        ago = moves[0].ago + self.hours(1, 30) if moves else came
        status, reason = self.status(column, board)
        return Past(
            id=self.id(),
            story=story,
            board=index,
            column=column,
            status=status,
            priority=self.priority(story),
            ago=ago,
            creator=self.rng.choice(self.people),
            assignee=self.rng.choice([None, None, *self.people, *self.agents]),
            due=self.due(status),
            lock_time=self.rng.choice(LOCK_TIMES),
            blocked_reason=reason,
            asked=self.asked(column, status, came),
            held=self.held(column, status),
            moves=moves,
            remarks=tuple(self.remarks(ago)),
        )

    def id(self) -> str:
        while (found := f"task-{self.rng.getrandbits(32):08x}") in self.ids:
            continue
        self.ids.add(found)
        return found

    def hours(self, least: float, most: float) -> timedelta:
        # Whole seconds, and most of them short: what happened lately is more than what is old.
        share = self.rng.random() ** 2
        return timedelta(seconds=int(3600 * (least + share * (most - least))))

    def moves(self, board: Board, column: Column) -> tuple[Move, ...]:
        """The way from the first column to this one, the oldest step first."""
        way = list(board.columns[: board.columns.index(column) + 1])
        if len(way) > 2 and self.rng.random() < 0.25:
            # It was sent back once.
            turn = self.rng.randrange(1, len(way) - 1)
            way[turn + 1 : turn + 1] = [way[turn - 1], way[turn]]
        agos = [self.hours(0.2, 26)]
        for _ in way[2:]:
            agos.append(agos[-1] + self.hours(0.3, 60))
        steps = zip(way, way[1:], reversed(agos), strict=False)
        return tuple(
            Move(ago=ago, source=source, target=target, actor=self.mover(source))
            for source, target, ago in steps
        )

    def mover(self, column: Column) -> Actor:
        return self.rng.choice(self.agents if column.gate is Gate.AGENT else self.people)

    def status(self, column: Column, board: Board) -> tuple[Status, str | None]:
        if column is board.columns[-1]:
            return (Status.DONE if self.rng.random() < 0.8 else Status.READY), None
        chance = self.rng.random()
        if chance < 0.05:
            return Status.BLOCKED, self.rng.choice(chatter.BLOCKERS)
        if chance < 0.07:
            return Status.FAILED, self.rng.choice(chatter.FAILURES)
        return Status.READY, None

    def priority(self, story: Story) -> Priority:
        if "urgent" in story.tags:
            return Priority.URGENT
        return self.rng.choices([Priority.HIGH, Priority.NORMAL, Priority.LOW], (3, 6, 2))[0]

    def due(self, status: Status) -> timedelta | None:
        if status is Status.DONE or self.rng.random() > 0.4:
            return None
        return timedelta(hours=self.rng.randrange(-60, 14 * 24))

    def asked(
        self, column: Column, status: Status, came: timedelta
    ) -> tuple[timedelta, Actor] | None:
        """Agents have done their part at a third of the people's gates."""
        if Kind.HUMAN not in column.gate.kinds or status is not Status.READY:
            return None
        if self.rng.random() > 0.35:
            return None
        return came * self.rng.random(), self.rng.choice(self.agents)

    def held(self, column: Column, status: Status) -> tuple[timedelta, Actor] | None:
        if column.gate is not Gate.AGENT or status is not Status.READY or self.rng.random() > 0.07:
            return None
        return timedelta(minutes=self.rng.randrange(12, 50)), DROPPED_OUT

    def remarks(self, ago: timedelta) -> Iterator[Remark]:
        """Comments since the task was made, some of them as a question and its answer."""
        count = self.rng.choice((0, 0, 1, 2, 3, 5))
        times = sorted((ago * self.rng.uniform(0.01, 0.9) for _ in range(count)), reverse=True)
        asked: int | None = None
        said: set[str] = set()
        for index, time in enumerate(times):
            at = timedelta(seconds=int(time.total_seconds()))
            if asked is not None:
                person = self.rng.choice(self.people)
                answer = self.rng.choice(chatter.ANSWERS)
                yield Remark(ago=at, actor=person, body=answer, reply_to=asked)
                asked = None
                continue
            texts = self.rng.choice((chatter.STARTS, chatter.PROGRESS, chatter.QUESTIONS))
            asked = index if texts is chatter.QUESTIONS else None
            body = self.rng.choice([text for text in texts if text not in said] or texts)
            said.add(body)
            yield Remark(ago=at, actor=self.rng.choice(self.agents), body=body)
