"""Commands on many tasks: named, or chosen by a filter, which is shown and confirmed first."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg import AsyncConnection

from genie_tui.services import stages, statuses
from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.cli.flows import flow, terminal
from tests.conftest import Connect
from tests.services.making import ADA, events, make, row_of, rows


async def _stages(conn: AsyncConnection) -> list[str]:
    found = await rows(conn, "SELECT stage FROM tasks ORDER BY project_id, seq")
    await conn.rollback()
    return [row["stage"] for row in found]


async def test_several_tasks_are_moved_together_and_answered_as_a_list(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    tasks = await flow(conn, repo, "build", "build", "qa")
    done = cli("task", "move", "1", "#2", tasks[2].id, "1", "review", "--json")
    assert [task["seq"] for task in done.json] == [1, 2, 3]
    assert {task["stage"] for task in done.json} == {"review"}
    assert await _stages(conn) == ["review"] * 3
    (at,) = await rows(conn, "SELECT count(DISTINCT created_at) FROM task_stage_log")
    assert at["count"] == 1
    assert cli("task", "move", "1", "review", "--json").json["stage"] == "review"


async def test_an_error_lists_every_task_that_refuses_and_nothing_is_done(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    tasks = await flow(conn, repo, "build", "build", "build")
    await statuses.cancel_task(conn, tasks[0].id, ADA)
    await statuses.cancel_task(conn, tasks[2].id, ADA)
    await conn.commit()
    refused = cli("task", "done", "1", "2", "3", "--json")
    assert (refused.out, refused.code) == ("", 4)
    assert refused.error["code"] == "refused"
    assert "#1 is cancelled" in refused.error["message"]
    assert "#3 is cancelled" in refused.error["message"]
    assert await events(conn, tasks[1].id) == []
    unknown = cli("task", "done", "2", "98", "99")
    assert (unknown.out, unknown.code) == ("", 3)
    assert unknown.err.startswith("error: 2 of 3 tasks are not known; nothing was done:\n")
    assert "  98: no task 98" in unknown.err


async def test_a_filter_acts_where_yes_is_said_and_never_unasked(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await flow(conn, repo, "build", "qa", "build")
    refused = cli("task", "move", "--filter", "stage:build", "review")
    assert refused.code == 4
    assert refused.err == (
        "error: This would move 2 tasks to review. Nothing was done; --yes goes on\n"
    )
    assert cli("task", "move", "--filter", "stage:build", "review", "--json").code == 4
    assert await _stages(conn) == ["build", "qa", "build"]
    done = cli("task", "move", "--filter", "stage:build", "review", "--yes", "--json")
    assert [task["stage"] for task in done.json] == ["review", "review"]
    assert await _stages(conn) == ["review", "qa", "review"]
    nothing = cli("task", "move", "--filter", "stage:build", "review", "--yes", "--json")
    assert (nothing.out, nothing.code, nothing.error["code"]) == ("", 3, "not_found")


async def test_a_filter_acts_within_its_project_and_board(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await flow(conn, repo, "build")
    await make(conn, repo="/src/other", title="other", stage="build")
    await make(conn, repo=str(repo), title="boardless", stage="build")
    await conn.commit()
    tag = ("task", "tag", "--filter", "stage:build", "bug", "--yes", "--json")
    assert [task["seq"] for task in cli(*tag, "--board", "Flow").json] == [1]
    assert [task["seq"] for task in cli(*tag).json] == [1, 2]
    assert [task["title"] for task in cli(*tag, "--project", "other").json] == ["other"]
    assert len(cli(*tag, "--all-projects").json) == 3


async def test_closed_tasks_are_left_out_unless_their_status_is_named(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    tasks = await flow(conn, repo, "build", "build")
    await statuses.done_task(conn, tasks[0].id, ADA)
    await conn.commit()
    tag = ("task", "tag", "bug", "--yes", "--json", "--filter")
    assert [task["seq"] for task in cli(*tag, "stage:build").json] == [2]
    assert [task["seq"] for task in cli(*tag, "s:done").json] == [1]
    reopened = cli("task", "reopen", "--filter", "stage:build", "--yes", "--json").json
    assert {task["status"] for task in reopened} == {"ready"}
    assert len(reopened) == 2


async def test_tasks_are_named_or_filtered_and_a_mistake_is_shown_in_its_place(cli: Cli) -> None:
    both = cli("task", "done", "1", "--filter", "ready")
    neither = cli("task", "done")
    wrong = cli("task", "done", "--filter", "ready p:hgh")
    assert [both.code, neither.code, wrong.code] == [2, 2, 2]
    assert "name the tasks, or choose them by --filter" in neither.err
    assert "did you mean high?" in wrong.err


async def test_a_person_is_shown_what_a_filter_chose_and_asked(
    conn: AsyncConnection, settings: Settings, repo: Path
) -> None:
    await flow(conn, repo, *(["build"] * 22), "qa")
    move = ("task", "move", "--filter", "stage:build", "review")
    with terminal(settings, repo, *move) as screen:
        text = screen.wait_for("Go on?")
        assert text.count("a task") == 20
        assert "… and 2 more" in text
        assert "This would move 22 tasks to review." in text
        screen.send("n", "enter")
        assert screen.wait_for_end() == 4
    assert set(await _stages(conn)) == {"build", "qa"}
    with terminal(settings, repo, *move) as screen:
        screen.wait_for("Go on?")
        screen.send("y", "enter")
        assert screen.wait_for_end() == 0
    assert await _stages(conn) == ["review"] * 22 + ["qa"]


@pytest.mark.parametrize("key", ["\x03", "\x04"])
async def test_leaving_a_question_does_nothing(
    conn: AsyncConnection, settings: Settings, repo: Path, key: str
) -> None:
    await flow(conn, repo, "build")
    with terminal(settings, repo, "task", "cancel", "--filter", "ready") as screen:
        screen.wait_for("Go on?")
        screen.send(key)
        assert screen.wait_for_end() == 130
        assert "Traceback" not in screen.text()
    assert (await rows(conn, "SELECT status FROM tasks"))[0]["status"] == "ready"


async def test_what_changed_while_a_person_thought_is_told_and_nothing_done(
    conn: AsyncConnection, connect: Connect, settings: Settings, repo: Path
) -> None:
    tasks = await flow(conn, repo, "build", "build", "build")
    other = await connect()
    with terminal(settings, repo, "task", "move", "--filter", "stage:build", "qa") as screen:
        screen.wait_for("Go on?")
        await stages.move_task(other, tasks[0].id, "ship", ADA)
        await statuses.block_task(other, tasks[1].id, "later", ADA)
        await make(other, None, "build", repo=str(repo), title="new")
        await other.commit()
        screen.send("y", "enter")
        assert screen.wait_for_end() == 4
        text = screen.text()
    assert "#1 does not match any more" in text
    assert "#2 was changed (status)" in text
    assert "#3" not in text.partition("error:")[2]
    assert await _stages(conn) == ["ship", "build", "build", "build"]


async def test_a_task_that_is_made_while_a_person_thought_is_left_as_it_is(
    conn: AsyncConnection, connect: Connect, settings: Settings, repo: Path
) -> None:
    await flow(conn, repo, "build")
    other = await connect()
    with terminal(settings, repo, "task", "tag", "--filter", "stage:build", "bug") as screen:
        screen.wait_for("Go on?")
        new = await make(other, None, "build", repo=str(repo), title="new")
        await other.commit()
        screen.send("y", "enter")
        assert screen.wait_for_end() == 0
    assert await events(conn, new.id) == []


async def test_read_only_writes_nothing(conn: AsyncConnection, cli: Cli, repo: Path) -> None:
    (task, _) = await flow(conn, repo, "build", "build")
    refused = cli("task", "move", "1", "2", "qa", "--read-only")
    assert refused.code == 4
    assert "--read-only" in refused.err
    assert (await row_of(conn, task.id))["stage"] == "build"
