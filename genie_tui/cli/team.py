"""`genie-tui team`: teams of agents, and how their members stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from genie_tui.cli import arguments, output
from genie_tui.cli.agent import read
from genie_tui.cli.options import Command, pass_settings
from genie_tui.cli.tables import write_table
from genie_tui.cli.transactions import Answer, reply
from genie_tui.domain.agents import Crew, Life, Team
from genie_tui.domain.text import clean
from genie_tui.services import crew

if TYPE_CHECKING:
    from genie_tui.settings import Settings

__all__ = ["list_", "show"]


@click.command("list", cls=Command)
@pass_settings
def list_(settings: Settings) -> None:
    """List the teams, with how many of each are at work.

    With --json: a list of teams, each with its `members` and how these stand.

    \b
    genie-tui team list
    genie-tui team list --all-projects --json
    """
    found = read(settings)
    told = [_told(team, found) for team in found.teams.values()]
    rows = [
        (
            each["name"],
            each["status"],
            each["leader"],
            len(each["members"]),
            sum(member["life"] == Life.ALIVE for member in each["members"]),
            sum(bool(member["attention"]) for member in each["members"]),
            each["wish_slug"],
        )
        for each in told
    ]

    def text() -> None:
        if not rows:
            click.echo("no teams here; --all-projects shows those of others", err=True)
            return
        headings = ("team", "status", "leader", "members", "alive", "waiting", "wish")
        write_table(headings, rows, flexible=("team", "leader", "wish"), optional=("wish",))

    reply(Answer(value=told, text=text))


@click.command(cls=Command)
@click.argument("name", type=arguments.TEAM, metavar="TEAM")
@pass_settings
def show(settings: Settings, name: str) -> None:
    """Show a team, and how its members stand.

    With --json: the team, with its `members`.

    \b
    genie-tui team show backend
    """
    found = read(settings)
    team = crew.find_team(found, name)
    told = _told(team, found)

    def text() -> None:
        facts = {
            "team": team.name,
            "status": team.status.replace("_", " "),
            "leader": team.leader,
            "wish": team.wish,
            "branch": team.branch,
            "worktree": team.worktree,
            "repository": team.repo,
        }
        output.write_fields({key: clean(value) for key, value in facts.items() if value})
        rows = [
            (each["name"], each["standing"] or "no row", each["role"], _task(each))
            for each in told["members"]
        ]
        if rows:
            click.echo()
            write_table(("member", "standing", "role", "task"), rows, flexible=("member", "task"))

    reply(Answer(value=told, text=text))


def _told(team: Team, found: Crew) -> dict[str, Any]:
    """A row of `teams`, and its members as they stand."""
    return {
        "name": team.name,
        "status": team.status,
        "leader": team.leader or None,
        "repo": team.repo,
        "worktree_path": team.worktree,
        "base_branch": team.branch,
        "wish_slug": team.wish or None,
        "tmux_session_name": team.session or None,
        "created_at": team.created_at,
        "updated_at": team.updated_at,
        "members": [
            {
                "name": name,
                "id": agent and agent.id,
                "standing": agent and agent.standing.value,
                "life": agent and agent.life.value,
                "attention": agent and agent.attention,
                "role": agent and agent.role,
                "task_seq": agent and agent.task_seq,
                "task_title": agent and agent.task_title,
            }
            for name, agent in team.crew(found.agents)
        ],
    }


def _task(member: dict[str, Any]) -> str:
    number = member["task_seq"]
    return f"{'' if number is None else f'#{number} '}{member['task_title'] or ''}"
