"""`task assign`, `unassign`, `tag` and `untag`."""

from __future__ import annotations

from pathlib import Path

from psycopg import AsyncConnection

from tests.cli.conftest import Cli
from tests.cli.flows import flow
from tests.services.making import audited, events


async def test_people_are_made_responsible_and_let_off(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task, _) = await flow(conn, repo, "build", "build")
    assert cli("task", "assign", "1", "2", "eng-1").out == (
        "#1 assigned to eng-1\n#2 assigned to eng-1\n"
    )
    assert cli("task", "assign", "1", "eng-1").out == "#1 assigned to eng-1 already\n"
    typed = cli("task", "assign", "1", "omni_agent/eng-1", "--json").json
    assignees = [actor["actor_type"] for actor in typed["actors"] if actor["role"] == "assignee"]
    assert assignees == ["local", "omni_agent"]
    assert cli("task", "unassign", "1", "eng-1").out == "#1 not assigned to eng-1 any more\n"
    assert cli("task", "unassign", "1", "eng-1").out == "#1 was not assigned to eng-1\n"
    told = await audited(conn, task.id)
    assert [(event, actor) for event, actor, _ in told[1:]] == [
        ("assigned", "ada"),
        ("assigned", "ada"),
        ("unassigned", "ada"),
    ]
    assert cli("task", "assign", "1", "agent:").code == 2


async def test_a_name_cannot_steer_the_terminal(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await flow(conn, repo, "build")
    assert "\x1b" not in cli("task", "assign", "1", "x\x1b[31m").out


async def test_tags_are_put_on_and_taken_off_by_name_or_id(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task, _) = await flow(conn, repo, "build", "build")
    assert cli("task", "tag", "1", "Bug", "--json").json["tags"] == ["bug"]
    assert cli("task", "tag", "1", "2", "bug").out == "#1 tagged bug already\n#2 tagged bug\n"
    assert cli("task", "untag", "1", "bug").out == "#1 not tagged bug any more\n"
    assert cli("task", "untag", "1", "bug").out == "#1 was not tagged bug\n"
    assert await events(conn, task.id) == ["tagged", "untagged"]
    unknown = cli("task", "tag", "1", "2", "nonsense", "--json")
    assert (unknown.out, unknown.code, unknown.error["code"]) == ("", 3, "not_found")
    assert unknown.error["message"].count("no tag 'nonsense'") == 1
