"""`genie-tui agent`: who is at work, and who needs a person."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, bulk, output
from genie_tui.cli.asking import TEXT
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, Here, reply, within
from genie_tui.domain.agents import Agent, Crew, dollars
from genie_tui.domain.metrics import spell
from genie_tui.domain.text import clean
from genie_tui.errors import Refused
from genie_tui.services import costs, crew
from genie_tui.services.task_objects import objects

if TYPE_CHECKING:
    from genie_tui.cli.bulk import Chosen, Outcome
    from genie_tui.services.bulk import Seen
    from genie_tui.settings import Settings

__all__ = ["assign", "jump", "list_", "mail", "read", "release", "show"]

DAY = timedelta(days=1)

NAME = click.argument("name", type=arguments.AGENT, metavar="AGENT")

COLUMNS = {
    "id": "id",
    "custom_name": "name",
    "state": "state",
    "last_state_change": "since",
    "started_at": "started_at",
    "pane_id": "pane",
    "session": "session",
    "transport": "transport",
    "provider": "provider",
    "team": "team",
    "role": "role",
    "skill": "skill",
    "wish_slug": "wish",
    "repo_path": "repo_path",
    "worktree": "worktree",
    "task_id": "task_id",
    "task_seq": "task_seq",
    "task_title": "task_title",
    "resume_attempts": "resumes",
    "max_resume_attempts": "resumes_at_most",
    "auto_resume": "auto_resume",
    "claude_session_id": "session_id",
    "pid": "pid",
    "said": "said",
    "cost_day": "cost_day",
    "cost": "cost",
}
"""What is told of an agent, as its columns are called where it has one of its own."""


@click.command("list", cls=Command)
@click.option("--attention", is_flag=True, help="Only those who need a person.")
@click.option("--team", metavar="NAME", type=arguments.TEAM, help="Only those of a team.")
@pass_settings
def list_(settings: Settings, attention: bool, team: str | None) -> None:
    """List the agents, who needs a person first.

    How one stands is what its row says, unless its pane or process is gone; `no row` is somebody
    of whom only a lock tells. With --json: a list of agents, costs being dollars.

    \b
    genie-tui agent list
    genie-tui agent list --attention --json
    """
    found = read(settings, priced=True)
    wanted = [
        agent
        for agent in found.agents
        if (agent.attention or not attention)
        and (team is None or agent.team.casefold() == team.casefold())
    ]
    now = datetime.now(UTC)
    rows = [_row(agent, now) for agent in wanted]

    def text() -> None:
        if not rows:
            click.echo("no agents here; --all-projects shows those of others", err=True)
            return
        headings = ("agent", "standing", "heard", "task", "lock", "team", "role", "pane", "cost")
        optional = ("role", "pane", "cost", "team", "lock")
        write_table(headings, rows, flexible=("agent", "task", "team", "role"), optional=optional)

    reply(Answer(value=[_told(agent) for agent in wanted], text=text))


@click.command(cls=Command)
@NAME
@pass_settings
def show(settings: Settings, name: str) -> None:
    """Show all that is known of an agent.

    With --json: the agent, with its `locks` and its `checkpoint`.

    \b
    genie-tui agent show eng-1
    genie-tui agent show %12 --json
    """
    agent = crew.find(read(settings, priced=True), name)
    reply(Answer(value=_told(agent), text=lambda: output.write_fields(_fields(agent))))


@click.command(cls=Command)
@NAME
@pass_settings
def jump(settings: Settings, name: str) -> None:
    """Go to the tmux pane in which an agent runs.

    With --json: the agent.

    \b
    genie-tui agent jump eng-1
    """
    agent = crew.find(read(settings), name)
    said = asyncio.run(crew.jump(agent))
    reply(Answer(value=_told(agent), text=said or f"{agent.pane} is before you"))


@click.command(cls=Command)
@NAME
@TEXT
@pass_settings
def mail(settings: Settings, name: str, text: str) -> None:
    """Send an agent a letter.

    TEXT - is read from standard input. With --json: the letter.

    \b
    genie-tui agent mail eng-1 'please rebase #12'
    """
    agent = crew.find(read(settings), name)
    sent = within(settings, lambda here: crew.write(here.conn, agent, text, here.me))
    reply(Answer(value=sent, text=f"sent {sent['id']} to {clean(agent.name)}"))


@click.command(cls=Command)
@NAME
@bulk.tasks
@pass_settings
def assign(settings: Settings, chosen: Chosen, name: str) -> None:
    """Give an agent tasks: it is responsible for them.

    With --json: the task; a list of tasks where several were named, or a filter.

    \b
    genie-tui agent assign eng-1 12
    genie-tui agent assign eng-1 --filter 'tag:bug ready'
    """
    agent = crew.find(read(settings), name)

    async def one(here: Here, task: Seen, _insist: bool) -> Outcome:
        changed = await crew.assign(here.conn, task.id, agent, here.me)
        return bulk.said(task, changed=changed, now=f"assigned to {clean(agent.name)}")

    bulk.act(settings, chosen, one, doing=f"assign {{}} to {clean(agent.name)}")


@click.command(cls=Command)
@NAME
@click.option("--force", is_flag=True, help="Also where it is not known to be gone.")
@pass_settings
def release(settings: Settings, name: str, force: bool) -> None:
    """Release what an agent that is gone has locked.

    Its tasks are ready again. It is gone where its tmux pane or its process is; where it is not, or
    nobody knows, this is refused (exit 4): its work may be lost. With --json: a list of the tasks.

    \b
    genie-tui agent release eng-3
    genie-tui agent release eng-3 --force
    """
    agent = crew.find(read(settings), name)

    async def free(here: Here) -> Answer:
        try:
            freed = await crew.release(here.conn, agent, here.me, insist=force)
        except Refused as error:
            if not error.override:
                raise
            raise Refused(f"{error}; --force releases it all the same", override=True) from error
        tasks = " ".join(f"#{held.seq}" for held in freed)
        left = f", {len(freed)} of {len(agent.locks)}" if len(freed) < len(agent.locks) else ""
        value = await objects(here.conn, [held.task_id for held in freed])
        return Answer(value=value, text=f"released {tasks}{left}")

    reply(within(settings, free))


def read(settings: Settings, *, priced: bool = False) -> Crew:
    """Everybody who works on the project, or on all; tmux is asked after the transaction."""

    async def rows(here: Here) -> tuple[crew.Rows, Any]:
        told = await crew.rows(here.conn, project_id=await here.scope())
        if not priced:
            return told, None
        day = await costs.costs(here.conn, since=datetime.now(UTC) - DAY)
        return told, (day, await costs.costs(here.conn))

    told, spent = within(settings, rows)
    found = asyncio.run(crew.standing(told))
    return crew.priced(found, *spent) if spent else found


def _told(agent: Agent) -> dict[str, Any]:
    """What --json prints; dollars are numbers."""
    value = {column: getattr(agent, name) for column, name in COLUMNS.items()}
    for name in ("cost_day", "cost"):
        value[name] = None if value[name] is None else float(value[name])
    return value | {
        "standing": agent.standing.value,
        "attention": agent.attention,
        "life": agent.life.value,
        "last_at": agent.last_at,
        "locks": [
            {
                "task_id": held.task_id,
                "seq": held.seq,
                "title": held.title,
                "checkout_run_id": held.lock.run_id,
                "execution_locked_at": held.lock.since,
            }
            for held in agent.locks
        ],
        "checkpoint": {
            "phase": agent.phase,
            "context_summary": agent.summary,
            "last_checkpoint": agent.checkpoint_at,
        }
        if agent.checkpoint_at
        else None,
    }


def _row(agent: Agent, now: datetime) -> tuple[object, ...]:
    return (
        agent.name,
        agent.standing.value,
        spell(now - agent.last_at),
        _task(agent),
        _locks(agent),
        agent.team,
        agent.role,
        agent.pane,
        dollars(agent.cost),
    )


def _task(agent: Agent) -> str:
    number = f"#{agent.task_seq} " if agent.task_seq is not None else ""
    return f"{number}{agent.task_title}"


def _locks(agent: Agent) -> str:
    return ", ".join(f"#{held.seq}" for held in agent.locks)


def _fields(agent: Agent) -> dict[str, object]:
    """What is read by people; what is not known is left out."""
    at_most = f" of {agent.resumes_at_most}" if agent.resumes_at_most else ""
    where = f"{agent.pane} ({agent.session})" if agent.session else agent.pane
    point = agent.checkpoint_at and f"{output.moment(agent.checkpoint_at)}  {agent.phase}"
    facts = {
        "agent": agent.name,
        "id": agent.id,
        "standing": f"{agent.standing.value}, since {output.moment(agent.since)}",
        "says": agent.said,
        "alive": agent.life.value,
        "heard": output.moment(agent.last_at),
        "task": _task(agent),
        "locks": _locks(agent),
        "team": agent.team,
        "role": agent.role,
        "provider": agent.provider,
        "pane": where,
        "worktree": agent.worktree,
        "repository": agent.repo_path,
        "resumed": f"{agent.resumes}{at_most}" if agent.resumes or at_most else None,
        "cost": dollars(agent.cost),
        "last day": dollars(agent.cost_day),
        "checkpoint": point,
        "summary": " ".join(agent.summary.split()),
    }
    return {name: _one_line(value) or None for name, value in facts.items()}


def _one_line(value: object) -> str:
    return clean(str(value)) if value else ""
