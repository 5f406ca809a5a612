"""Agents as they stand: what their rows say, and whether that can still be so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from genie_tui.domain.tasks import Lock

__all__ = [
    "Agent",
    "Crew",
    "Held",
    "Life",
    "Panes",
    "Server",
    "Session",
    "Standing",
    "Team",
    "crew_of",
    "dollars",
    "lives",
    "pids",
    "spent_by",
    "words",
]

PANE = re.compile(r"%\d{1,9}")
"""A pane as tmux names it."""

PID = re.compile(r"(?:pid:|inline:)?([1-9]\d{0,8})")

STOPPED = frozenset({"permission", "question", "error"})
"""States in which an agent waits for a person."""

OVER = frozenset({"done", "suspended"})
"""States in which nobody expects a pane."""

STARTS_WITHIN = timedelta(seconds=2)
"""So much later than its row's word a process may have begun: clocks are read one by one."""


class Life(StrEnum):
    """What tmux or the processes say of an agent, whatever its row does."""

    ALIVE = "alive"
    GONE = "gone"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """How an agent stands, most pressing first."""

    PERMISSION = "permission"
    QUESTION = "question"
    ERROR = "error"
    GONE = "gone"
    WORKING = "working"
    HOLDING = "no row"
    """Nobody knows this agent but by the lock that it holds."""
    IDLE = "idle"
    SPAWNING = "spawning"
    SUSPENDED = "suspended"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A tmux server: its socket, since when it runs, its sessions, and the panes in which
    something runs."""

    socket: str = ""
    since: datetime
    sessions: frozenset[str] = frozenset()
    panes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Panes:
    """The panes of the tmux servers that one reaches; not `whole` where one of them is hung."""

    servers: tuple[Server, ...]
    whole: bool = True

    def server_of(self, pane: str, session: str, told: datetime) -> Server | None:
        """The server that had a pane when a row told of it.

        Every server counts its panes from %0. So it is one with a session of the name that the row
        has, where there is such a one.
        """
        named = [server for server in self.servers if session in server.sessions]
        for server in named or self.servers:
            if pane in server.panes and server.since <= told + STARTS_WITHIN:
                return server
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A task that somebody has locked."""

    task_id: str
    seq: int
    title: str
    lock: Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A row of `agents`, with what other tables say; or, with `row` False, the holder of a lock.

    `since` is when it came into its state, `heard_at` when it last did anything that was noted,
    `said` what it asks for, where it waits for a person. `pid` is the process that its heartbeat
    names, and `beat_at` when that was. `cost_day` and `cost` are dollars, of a day and in all;
    None until they are known.
    """

    id: str
    name: str
    state: str
    since: datetime
    row: bool = True
    started_at: datetime | None = None
    updated_at: datetime | None = None
    heard_at: datetime | None = None
    beat_at: datetime | None = None
    pid: int | None = None
    pane: str = ""
    session: str = ""
    transport: str = ""
    provider: str = ""
    team: str = ""
    role: str = ""
    skill: str = ""
    wish: str = ""
    repo_path: str = ""
    worktree: str = ""
    task_id: str | None = None
    task_seq: int | None = None
    task_title: str = ""
    said: str = ""
    resumes: int = 0
    resumes_at_most: int = 0
    auto_resume: bool = False
    phase: str = ""
    summary: str = ""
    checkpoint_at: datetime | None = None
    session_id: str = ""
    locks: tuple[Held, ...] = ()
    life: Life = Life.UNKNOWN
    cost_day: Decimal | None = None
    cost: Decimal | None = None

    @property
    def names(self) -> frozenset[str]:
        """What other tables may call it."""
        return frozenset({self.id, self.name})

    @property
    def in_tmux(self) -> bool:
        """Does its row name a pane?"""
        return PANE.fullmatch(self.pane) is not None

    @property
    def told_at(self) -> datetime:
        """When its row last said where it is."""
        return max(self.since, self.started_at or self.since)

    @property
    def standing(self) -> Standing:
        """What its row says, unless that cannot be."""
        if not self.row:
            return Standing.HOLDING
        if self.life is Life.GONE and self.state not in OVER:
            return Standing.GONE
        return Standing(self.state) if self.state in set(Standing) else Standing.ERROR

    @property
    def attention(self) -> bool:
        """Does it need a person: an answer, or somebody to take its lock?"""
        standing = self.standing
        return standing in STOPPED or (standing is Standing.GONE and bool(self.locks))

    @property
    def last_at(self) -> datetime:
        """When it was last heard of."""
        times = (self.since, self.updated_at, self.heard_at, self.beat_at, self.checkpoint_at)
        return max(at for at in times if at is not None)

    @property
    def order(self) -> tuple[int, int, float, str, str]:
        """The place among all: who needs a person first, and of these who has waited longest."""
        rank = list(Standing).index(self.standing)
        since = self.since.timestamp() * (1 if self.attention else -1)
        return (int(not self.attention), rank, since, self.name, self.id)

    def matches(self, text: str) -> bool:
        """Is every word of it in the agent's name, role, team, state, pane or task's title?"""
        task = f"#{self.task_seq} {self.task_title}" if self.task_id else ""
        said = (self.name, self.id, self.role, self.team, self.standing.value, self.pane, task)
        whole = " ".join(said).casefold()
        return all(word in whole for word in text.casefold().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A row of `teams`."""

    name: str
    status: str = ""
    leader: str = ""
    members: tuple[str, ...] = ()
    worktree: str = ""
    wish: str = ""
    branch: str = ""
    repo: str = ""
    session: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def crew(self, agents: Iterable[Agent]) -> tuple[tuple[str, Agent | None], ...]:
        """Its members by name, each with the agent that it is, if one is known; after those that
        the row names, agents that say to be of it."""
        rest = [agent for agent in agents if agent.team == self.name]
        found: list[tuple[str, Agent | None]] = []
        for name in self.members:
            is_it = next((agent for agent in rest if name in agent.names), None)
            rest = [agent for agent in rest if agent is not is_it]
            found.append((name, is_it))
        return (*found, *((agent.name, agent) for agent in rest))

    def matches(self, text: str) -> bool:
        """Is every word of it in the team's name, leader, members or wish?"""
        whole = " ".join((self.name, self.leader, *self.members, self.wish)).casefold()
        return all(word in whole for word in text.casefold().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session of an agent; `cost` in dollars, None where none was reported."""

    id: str
    status: str
    turns: int
    started_at: datetime
    ended_at: datetime | None = None
    task_seq: int | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """The agents in order, their teams by name, and whether tmux could be asked for panes."""

    agents: tuple[Agent, ...] = ()
    teams: Mapping[str, Team] = field(default_factory=dict)
    tmux: bool = False


def crew_of(
    agents: Iterable[Agent],
    held: Sequence[Held],
    teams: Iterable[Team],
    panes: Panes | None,
    begun: Mapping[int, datetime],
) -> Crew:
    """Agents with their locks and lives, and after them who holds a lock without being one.

    `begun` are the processes that run and when they began. People's locks are left out.
    """
    rest = list(held)
    found = []
    for agent in agents:
        mine = [one for one in rest if _holds(agent, one.lock.run_id)]
        rest = [one for one in rest if one not in mine]
        found.append(replace(agent, locks=tuple(mine), life=lives(agent, panes, begun)))
    unknown: dict[str, list[Held]] = {}
    for one in rest:
        if not one.lock.run_id.startswith("tui-"):
            unknown.setdefault(one.lock.run_id, []).append(one)
    found += [_holder(run_id, locks) for run_id, locks in unknown.items()]
    return Crew(
        agents=tuple(sorted(found, key=lambda agent: agent.order)),
        teams={team.name: team for team in teams},
        tmux=panes is not None,
    )


def lives(agent: Agent, panes: Panes | None, begun: Mapping[int, datetime]) -> Life:
    """Is an agent there? Where neither a pane nor a process is known, nobody can say.

    A pane of a tmux server, or a process, that began after the agent's row last said anything is
    another one that was given the same number.
    """
    if agent.in_tmux:
        if panes is None:
            return Life.UNKNOWN
        if panes.server_of(agent.pane, agent.session, agent.told_at) is not None:
            return Life.ALIVE
        return Life.GONE if panes.whole else Life.UNKNOWN
    number = PID.fullmatch(agent.pane)
    if number:
        return _runs(int(number[1]), agent.since, begun)
    if agent.pid is None or agent.beat_at is None:
        return Life.UNKNOWN
    return _runs(agent.pid, agent.beat_at, begun)


def pids(agents: Iterable[Agent]) -> frozenset[int]:
    """The processes by which agents live that have no pane."""
    without = [agent for agent in agents if not agent.in_tmux]
    named = {int(found[1]) for agent in without if (found := PID.fullmatch(agent.pane))}
    return frozenset(named | {agent.pid for agent in without if agent.pid is not None})


def _runs(pid: int, told: datetime, begun: Mapping[int, datetime]) -> Life:
    return _alive(pid in begun, begun.get(pid, told), told)


def _alive(there: bool, since: datetime, told: datetime) -> Life:
    return Life.ALIVE if there and since <= told + STARTS_WITHIN else Life.GONE


def _holds(agent: Agent, run_id: str) -> bool:
    names = {*agent.names, agent.session_id} - {""}
    return run_id in names or run_id.removeprefix("agent-") in agent.names


def _holder(run_id: str, locks: Sequence[Held]) -> Agent:
    """Somebody of whom no row tells."""
    first = min(locks, key=lambda one: one.lock.since)
    return Agent(
        id=run_id,
        name=first.lock.holder,
        state="",
        since=first.lock.since,
        row=False,
        locks=tuple(locks),
        task_id=first.task_id,
        task_seq=first.seq,
        task_title=first.title,
    )


def spent_by(agent: Agent, costs: Mapping[str, Decimal]) -> Decimal | None:
    """What an agent cost, under whatever name that was noted; None where nothing was."""
    found = [costs[name] for name in agent.names if name in costs]
    return sum(found, Decimal()) if found else None


def dollars(amount: Decimal | None) -> str:
    """`$14.20`; a part of a cent is something, too."""
    if amount is None:
        return ""
    if 0 < amount < Decimal("0.01"):
        return "<$0.01"
    return f"${amount:,.2f}" if amount < 10_000 else f"${amount:,.0f}"


TOLD = ("question", "text", "message", "prompt", "reason", "error", "description")
"""Keys under which an event says in words what it is about."""

DONE_WITH = ("command", "file_path", "path", "pattern", "url", "query", "input", "arguments")


def words(details: Any) -> str:
    """What an event of an agent says, on one line: words, or a tool and what is done with it."""
    if isinstance(details, str):
        return " ".join(details[:400].split())
    if not isinstance(details, Mapping):
        return ""
    tool = next((details[k] for k in ("tool", "tool_name") if isinstance(details.get(k), str)), "")
    said = next((details[k] for k in TOLD if isinstance(details.get(k), str)), "")
    with_what = next((w for k in DONE_WITH if (w := words(details.get(k)))), "")
    for key in ("input", "tool_input", "arguments"):
        if not with_what and isinstance(details.get(key), Mapping):
            with_what = words(details[key])
    return " ".join(f"{tool} {said or with_what}"[:400].split())
