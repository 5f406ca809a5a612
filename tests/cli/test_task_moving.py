"""`task move`, `advance`, `complete` and `back`: what they print, and how they end."""

from __future__ import annotations

from pathlib import Path

from psycopg import AsyncConnection

from genie_tui.services import conversations, statuses
from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.cli.flows import AGENT, flow, terminal
from tests.services.making import ADA, approvals, events, gates_passed, row_of


async def test_a_task_is_moved_to_any_stage_and_told_where_from(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "draft")
    moved = cli("task", "move", "#1", "Review")
    assert (moved.out, moved.err, moved.code) == ("#1 draft → review\n", "", 0)
    again = cli("task", "move", "1", "review", "--json").json
    assert again["id"] == task.id
    assert not again["advance"]["moved"]
    nowhere = cli("task", "move", "1", "nowhere", "--json")
    assert (nowhere.out, nowhere.code, nowhere.error["code"]) == ("", 3, "not_found")
    assert await gates_passed(conn, task.id) == [("draft", "review", "human")]


async def test_an_agent_at_a_persons_gate_is_refused_and_its_wish_is_kept(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "draft")
    refused = cli("task", "advance", "1", env=AGENT)
    assert (refused.out, refused.code) == ("", 4)
    assert refused.err == "error: #1 waits for a person at draft\n"
    assert await approvals(conn, task.id) == {("draft", "agent", "eng-1")}
    await conn.rollback()
    again = cli("task", "advance", "1", "--json", env=AGENT)
    assert (again.out, again.code, again.error["code"]) == ("", 4, "refused")
    advanced = cli("task", "advance", "1", "--json").json
    assert advanced["stage"] == "build"
    assert advanced["waits_for"] == []
    assert advanced["advance"] == {
        "from_stage": "draft",
        "to_stage": "build",
        "moved": True,
        "done": False,
        "waits_for": None,
        "refused": False,
        "message": "#1 draft → build",
    }


async def test_of_several_those_whose_gates_open_go_on_and_the_error_tells_of_all(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    tasks = await flow(conn, repo, "qa", "ship", "build", "review")
    refused = cli("task", "advance", "1", "2", "3", "4", env=AGENT)
    assert (refused.out, refused.code) == ("", 4)
    assert refused.err == (
        "error: 1 of 4 tasks did not go on; what they wait for is recorded:\n"
        "  #2 waits for a person at ship\n"
        "  #1 qa → ship\n"
        "  #3 build → review\n"
        "  #4 waits for a person at review\n"
    )
    assert [(await row_of(conn, task.id))["stage"] for task in tasks] == [
        "ship",
        "ship",
        "review",
        "review",
    ]


async def test_where_one_is_refused_outright_none_goes_on(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    tasks = await flow(conn, repo, "qa", "ship")
    await statuses.cancel_task(conn, tasks[1].id, ADA)
    await conn.commit()
    assert cli("task", "advance", "1", "2", env=AGENT).code == 4
    assert (await row_of(conn, tasks[0].id))["stage"] == "qa"
    assert await approvals(conn, tasks[1].id) == set()


async def test_a_person_at_an_agents_gate_is_told_how_to_insist_and_may(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "qa")
    refused = cli("task", "advance", "1")
    assert (refused.out, refused.code) == ("", 4)
    assert refused.err.endswith("; --override insists\n")
    assert cli("task", "advance", "1", "--override").out == "#1 qa → ship\n"
    assert await gates_passed(conn, task.id) == [("qa", "ship", "agent:override")]


async def test_a_person_at_an_agents_gate_is_asked_on_a_terminal(
    conn: AsyncConnection, settings: Settings, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "qa")
    await statuses.block_task(conn, task.id, "waits for staging", ADA)
    await conn.commit()
    for answer, code in ("\x03", 130), ("\r", 4):
        with terminal(settings, repo, "task", "advance", "1") as screen:
            assert "waits for staging" in screen.wait_for("Go on?")
            screen.send(answer)
            assert screen.wait_for_end() == code
    assert (await row_of(conn, task.id))["stage"] == "qa"
    await conn.rollback()
    with terminal(settings, repo, "task", "advance", "1") as screen:
        screen.wait_for("Go on?")
        screen.send("y", "enter")
        assert screen.wait_for_end() == 0
    assert (await row_of(conn, task.id))["stage"] == "ship"


async def test_an_override_is_for_what_was_seen(
    conn: AsyncConnection, settings: Settings, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "qa")
    with terminal(settings, repo, "task", "advance", "1") as screen:
        screen.wait_for("Go on?")
        await statuses.block_task(conn, task.id, "stop", ADA)
        await conn.commit()
        screen.send("y", "enter")
        assert screen.wait_for_end() == 4
        assert "#1 was changed (status)" in screen.text()
    assert (await row_of(conn, task.id))["stage"] == "qa"


async def test_an_agent_cannot_insist(conn: AsyncConnection, cli: Cli, repo: Path) -> None:
    (task,) = await flow(conn, repo, "build")
    await statuses.block_task(conn, task.id, "no", ADA)
    await conn.commit()
    refused = cli("task", "advance", "1", "--override", env=AGENT)
    assert (refused.code, refused.err) == (4, "error: #1 is blocked: no\n")


async def test_completing_a_stage_releases_the_lock_and_takes_the_task_on(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    assert cli("task", "checkout", "1", env=AGENT).code == 0
    done = cli("task", "complete", "1", "--json", env=AGENT).json
    assert (done["stage"], done["checkout_run_id"]) == ("review", None)
    assert done["advance"]["moved"]
    waiting = cli("task", "complete", "1", env=AGENT)
    assert (waiting.out, waiting.code) == ("#1 waits for a person at review\n", 0)
    await statuses.block_task(conn, task.id, "no", ADA)
    await conn.commit()
    stays = cli("task", "complete", "1", env=AGENT)
    assert (stays.out, stays.code) == ("", 4)
    assert stays.err == "error: #1 is blocked: no; #1 waits for a person at review\n"


async def test_completing_what_another_works_on_is_refused(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    assert cli("task", "checkout", "1", env=AGENT).code == 0
    lost = cli("task", "complete", "1", "--json", env={"GENIE_AGENT_NAME": "eng-2"})
    assert (lost.out, lost.code, lost.error["code"]) == ("", 4, "lock_lost")
    assert await events(conn, task.id) == ["checkout"]


async def test_a_task_is_sent_back_with_a_reason_that_becomes_a_comment(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "qa")
    assert cli("task", "back", "1", "--reason", "no tests").out == "#1 qa → review\n"
    assert cli("task", "back", "1", "--json").json["stage"] == "build"
    assert [said.body for said in await conversations.comments(conn, task.id)] == ["no tests"]
    assert cli("task", "move", "1", "draft").code == 0
    first = cli("task", "back", "1")
    assert first.code == 4
    assert "the first stage" in first.err
