"""Who is at work: what the tables say of agents and teams, held against tmux and the processes.

The tables are read in a transaction; tmux, which may take its time, is asked outside of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor, acting
from genie_tui.domain.agents import Agent, Crew, Held, Life, Team, crew_of, pids, spent_by
from genie_tui.domain.text import clean
from genie_tui.errors import Ambiguous, NotFound, Refused
from genie_tui.services import agents, mail, panes, people
from genie_tui.services.whereabouts import repository

__all__ = [
    "Rows",
    "assign",
    "find",
    "find_team",
    "jump",
    "priced",
    "release",
    "rows",
    "standing",
    "write",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What the tables say."""

    agents: tuple[Agent, ...]
    held: tuple[Held, ...]
    teams: tuple[Team, ...]


async def rows(conn: AsyncConnection, *, project_id: str | None = None) -> Rows:
    """Everybody who works on a project, or on all."""
    held = await agents.held(conn, project_id=project_id)
    found = await agents.agents(conn, project_id=project_id, locks=held)
    names = {agent.team for agent in found} - {""}
    teams = await agents.teams(conn, project_id=project_id, names=names)
    return Rows(agents=found, held=held, teams=teams)


async def standing(told: Rows) -> Crew:
    """Who is there, and who is not."""
    alive = await panes.panes() if any(agent.in_tmux for agent in told.agents) else None
    begun = await panes.begun(pids(told.agents))
    return crew_of(told.agents, told.held, told.teams, alive, begun)


def priced(crew: Crew, day: Mapping[str, Decimal], whole: Mapping[str, Decimal]) -> Crew:
    """The crew with what each cost, of the last day and in all, from dollars by name."""
    return replace(
        crew,
        agents=tuple(
            replace(agent, cost_day=spent_by(agent, day), cost=spent_by(agent, whole))
            for agent in crew.agents
        ),
    )


def find(crew: Crew, name: str) -> Agent:
    """The agent of a name, an id, the id of a run or a pane.

    Raises:
        NotFound: there is none.
        Ambiguous: several are called so.
    """
    wanted = name.casefold()
    found = [a for a in crew.agents if name in (a.id, a.pane)] or [
        a for a in crew.agents if wanted in (a.name.casefold(), a.id.casefold())
    ]
    if not found:
        raise NotFound(f"no agent {name!r}; 'genie-tui agent list --all-projects' shows them")
    if len(found) > 1:
        each = ", ".join(agent.id for agent in found[:10])
        raise Ambiguous(f"{name!r} is each of {each}; name one by its id")
    return found[0]


def find_team(crew: Crew, name: str) -> Team:
    """The team of a name, whatever its case.

    Raises:
        NotFound: there is none.
    """
    alike = [team for team in crew.teams.values() if team.name.casefold() == name.casefold()]
    exact = [team for team in alike if team.name == name]
    if found := exact or alike:
        return found[0]
    raise NotFound(f"no team {name!r}; 'genie-tui team list --all-projects' shows them")


async def jump(agent: Agent) -> str:
    """Bring an agent's pane before the user; a sentence where they must go there themselves.

    Raises:
        NotFound: it has no pane, or that is gone.
        GenieError: tmux does not answer.
    """
    if not agent.row:
        raise NotFound(f"nothing tells where {clean(agent.name)} runs: it has no row, but a lock")
    if not agent.in_tmux:
        how = f" ({agent.transport})" if agent.transport else ""
        raise NotFound(f"{clean(agent.name)} runs without a tmux pane of its own{how}")
    return await panes.go_to(agent.pane, agent.session, agent.told_at)


async def write(conn: AsyncConnection, agent: Agent, body: str, me: Actor) -> dict[str, Any]:
    """Send an agent a letter, in the repository in which it works.

    Raises:
        BadInput: it says nothing.
    """
    to = agent.id if agent.row else agent.name
    return await mail.send(conn, to, body, me, repo_path=agent.repo_path or repository())


async def assign(conn: AsyncConnection, task_id: str, agent: Agent, me: Actor) -> bool:
    """Make an agent responsible for a task; False if it is.

    Raises:
        NotFound: there is no such task.
    """
    whom = acting(name=f"local/{agent.name}", agent_name=None, login="", host="")
    return await people.assign(conn, task_id, whom, by=me)


async def release(
    conn: AsyncConnection, agent: Agent, me: Actor, *, insist: bool = False
) -> Sequence[Held]:
    """Take the locks from an agent that is gone, as far as they are as they were seen: which.

    Raises:
        NotFound: it has locked nothing.
        Refused: it is not known to be gone, which one may `insist` on all the same; or it has just
            done something with each of its locks.
    """
    if not agent.locks:
        raise NotFound(f"{clean(agent.name)} has locked nothing")
    if agent.life is not Life.GONE and not insist:
        tasks = ", ".join(f"#{held.seq}" for held in agent.locks[:5])
        how = "is at work" if agent.life is Life.ALIVE else "may be at work"
        raise Refused(f"{clean(agent.name)} {how}, and has locked {tasks}", override=True)
    return await agents.release(conn, agent.locks, me)
