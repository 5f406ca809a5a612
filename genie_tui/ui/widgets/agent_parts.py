"""An agent in full, as content that is built from variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from textual.content import Content

from genie_tui.domain.agents import Agent, Crew, Life, Session, Team, dollars
from genie_tui.domain.changes import Event
from genie_tui.domain.durations import short
from genie_tui.ui.widgets.agent_list import lock_told
from genie_tui.ui.widgets.log_lines import told
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import brief

__all__ = ["about", "life_told"]

HEAD = "bold $primary"
DIM = "$foreground 55%"
SUMMARY_LINES = 12
MEMBERS_AT_MOST = 12

Local = Callable[[datetime], datetime]


def about(
    agent: Agent,
    crew: Crew,
    story: tuple[Sequence[Event], Sequence[Session]],
    *,
    now: datetime,
    local: Local,
    marks: Marks,
) -> Content:
    """Everything that is known of it."""
    events, sessions = story
    team = crew.teams.get(agent.team)
    parts = [
        Content.assemble(
            (brief(agent.name), "bold"), (f"  {agent.standing.value}", _weight(agent))
        ),
        *([Content.styled(brief(agent.said), "$accent")] if agent.said else []),
        *_rows(_facts(agent, now, local)),
        *_locks(agent, now, marks),
        *_checkpoint(agent, now),
        *(_team(team, crew) if team else []),
        *_sessions(sessions, local),
        *_events(events, local, marks),
    ]
    return Content("\n").join(parts)


def life_told(agent: Agent) -> str:
    """What is known of whether it is there."""
    if not agent.row:
        return "unknown: no row tells of it, only its lock"
    if agent.life is Life.UNKNOWN:
        return "unknown: no tmux here" if agent.in_tmux else "unknown: neither pane nor process"
    where = agent.pane if agent.in_tmux else f"process {agent.pid or agent.pane}"
    return f"{where} is {'there' if agent.life is Life.ALIVE else 'gone'}"


def _weight(agent: Agent) -> str:
    return "bold $accent" if agent.attention else DIM


def _facts(agent: Agent, now: datetime, local: Local) -> list[tuple[str, str]]:
    seq = f"#{agent.task_seq} " if agent.task_seq is not None else ""
    task = f"{seq}{agent.task_title}" if agent.task_id else ""
    said = "" if agent.standing.value == agent.state else f"its row says {agent.state}, "
    resumed = f"{agent.resumes} of {agent.resumes_at_most}"
    day, whole = dollars(agent.cost_day), dollars(agent.cost)
    return [
        ("state", f"{said}since {_moment(agent.since, local)}, {short(now - agent.since)}"),
        ("alive", life_told(agent)),
        ("task", task),
        ("last sign", f"{short(now - agent.last_at)} ago"),
        ("cost", f"{day or '$0.00'} in 24 h, {whole} in all" if whole else ""),
        ("team", agent.team),
        ("role", " ".join(filter(None, (agent.role, agent.skill)))),
        ("wish", agent.wish),
        ("tmux", f"{agent.session} {agent.pane}" if agent.in_tmux else agent.transport),
        ("provider", agent.provider),
        ("resumed", f"{resumed}{'' if agent.auto_resume else ', not by itself'}")
        if agent.row
        else ("", ""),
        ("started", _moment(agent.started_at, local) if agent.started_at else ""),
        ("worktree", agent.worktree),
        ("repo", agent.repo_path),
        ("session", agent.session_id),
        ("id" if agent.row else "run", agent.id),
    ]


def _rows(rows: Iterable[tuple[str, str]]) -> list[Content]:
    return [Content.assemble((f"{name:<10}", DIM), brief(text)) for name, text in rows if text]


def _locks(agent: Agent, now: datetime, marks: Marks) -> list[Content]:
    lines = []
    for one in agent.locks:
        text, _ = lock_told(one.lock, now, marks)
        lines.append(
            Content.assemble((f"{text:<10}", "$success"), brief(f"#{one.seq} {one.title}"))
        )
    return _titled("locked", lines)


def _checkpoint(agent: Agent, now: datetime) -> list[Content]:
    if agent.checkpoint_at is None:
        return []
    head = f"{agent.phase or 'checkpoint'}, {short(now - agent.checkpoint_at)} ago"
    lines = [Content(brief(line)) for line in agent.summary.splitlines()[:SUMMARY_LINES]]
    return _titled("checkpoint", [Content.styled(head, DIM), *lines])


def _team(team: Team, crew: Crew) -> list[Content]:
    every = team.crew(crew.agents)
    told = [f"{name} ({agent.standing.value if agent else 'no row'})" for name, agent in every]
    more = f" and {len(told) - MEMBERS_AT_MOST} more" if len(told) > MEMBERS_AT_MOST else ""
    rows = [
        ("status", team.status.replace("_", " ")),
        ("leader", team.leader),
        ("members", ", ".join(told[:MEMBERS_AT_MOST]) + more),
        ("wish", team.wish),
        ("branch", team.branch),
        ("worktree", team.worktree),
    ]
    return _titled(f"team {brief(team.name)}", _rows(rows))


def _sessions(sessions: Sequence[Session], local: Local) -> list[Content]:
    lines = []
    for one in sessions:
        task = f"  #{one.task_seq}" if one.task_seq is not None else ""
        facts = f"{one.turns:>4} turns  {dollars(one.cost):>8}  {one.status}{task}"
        lines.append(Content.assemble((f"{_moment(one.started_at, local)}  ", DIM), brief(facts)))
    return _titled("sessions", lines)


def _events(events: Sequence[Event], local: Local, marks: Marks) -> list[Content]:
    lines = [
        Content.assemble((f"{_moment(one.at, local)}  ", DIM), told(one, marks)) for one in events
    ]
    return _titled("what it did last", lines)


def _titled(title: str, lines: Sequence[Content]) -> list[Content]:
    return [Content(""), Content.styled(title, HEAD), *lines] if lines else []


def _moment(at: datetime, local: Local) -> str:
    when = local(at)
    return f"{when.day:>2} {when:%b %H:%M}"
