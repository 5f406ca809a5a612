"""`task block`, `unblock`, `done`, `fail`, `cancel` and `reopen`."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg import AsyncConnection

from genie_tui.services import checkout
from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.cli.flows import AGENT, flow, terminal
from tests.services.making import QA, events, make, row_of


async def test_a_task_goes_through_what_may_be_done_with_it(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    steps = [
        (("block", "1", "--reason", "no server"), "#1 blocked\n"),
        (("block", "1", "--reason", "no server"), "#1 blocked already\n"),
        (("unblock", "1"), "#1 unblocked\n"),
        (("unblock", "1"), "#1 was not blocked\n"),
        (("fail", "1", "--reason", "no API"), "#1 failed\n"),
        (("reopen", "1"), "#1 ready again\n"),
        (("reopen", "1"), "#1 was open\n"),
        (("cancel", "1"), "#1 cancelled\n"),
    ]
    for arguments, told in steps:
        done = cli("task", *arguments)
        assert (done.out, done.err, done.code) == (told, "", 0)
    refused = cli("task", "done", "1", "--json")
    assert (refused.out, refused.code, refused.error["code"]) == ("", 4, "refused")
    wanted = ["blocked", "unblocked", "failed", "reopened", "cancelled"]
    assert await events(conn, task.id) == wanted


async def test_a_verb_answers_with_the_task_as_it_is_then(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await flow(conn, repo, "build", "build")
    blocked = cli("task", "block", "1", "--reason", "no\x1b[31m", "--json").json
    assert (blocked["status"], blocked["blocked_reason"]) == ("blocked", "no\x1b[31m")
    ended = cli("task", "done", "1", "2", "--json").json
    assert [task["status"] for task in ended] == ["done", "done"]
    assert all(task["ended_at"].endswith("Z") for task in ended)


@pytest.mark.parametrize("verb", ["block", "fail"])
async def test_a_reason_is_required(conn: AsyncConnection, cli: Cli, repo: Path, verb: str) -> None:
    (task, _) = await flow(conn, repo, "build", "build")
    assert cli("task", verb, "1").code == 2
    empty = cli("task", verb, "1", "2", "--reason", " ", "--json")
    assert (empty.out, empty.code, empty.error["code"]) == ("", 2, "usage")
    assert await events(conn, task.id) == []


async def test_an_agent_does_not_end_what_another_works_on(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    await checkout.checkout_task(conn, task.id, QA)
    await conn.commit()
    lost = cli("task", "done", "1", "--json", env=AGENT)
    assert (lost.out, lost.code, lost.error["code"]) == ("", 4, "lock_lost")
    assert cli("task", "done", "1").code == 0


async def test_open_children_are_asked_about(
    conn: AsyncConnection, cli: Cli, settings: Settings, repo: Path
) -> None:
    (parent,) = await flow(conn, repo, "build")
    await make(conn, repo=str(repo), parent_id=parent.id)
    await conn.commit()
    refused = cli("task", "done", "1")
    assert refused.code == 4
    assert refused.err == ("error: #1 has open children: #2; end them first; --override insists\n")
    assert "--override" not in cli("task", "done", "1", env=AGENT).err
    with terminal(settings, repo, "task", "done", "1") as screen:
        screen.wait_for("Go on?")
        screen.send("enter")
        assert screen.wait_for_end() == 4
    assert (await row_of(conn, parent.id))["status"] == "ready"
    await conn.rollback()
    with terminal(settings, repo, "task", "done", "1") as screen:
        screen.wait_for("Go on?")
        screen.send("y", "enter")
        assert screen.wait_for_end() == 0
    assert (await row_of(conn, parent.id))["status"] == "done"


async def test_a_parent_and_its_children_are_done_by_one_command(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (parent,) = await flow(conn, repo, "build")
    await make(conn, repo=str(repo), parent_id=parent.id)
    await conn.commit()
    assert cli("task", "done", "1", "2", env=AGENT).out == "#1 done\n#2 done\n"
