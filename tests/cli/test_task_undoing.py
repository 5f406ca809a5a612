"""`task undo` and `task redo`: what would be done is said first."""

from __future__ import annotations

from pathlib import Path

from psycopg import AsyncConnection

from genie_tui.services import stages
from genie_tui.settings import Settings
from tests.cli.conftest import Cli
from tests.cli.flows import flow, terminal
from tests.services.making import BOB, row_of


async def test_a_change_is_taken_back_and_made_again(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await flow(conn, repo, "build")
    assert cli("task", "undo", "--yes").code == 3
    assert cli("task", "move", "1", "qa").code == 0
    unasked = cli("task", "undo", "--json")
    assert (unasked.out, unasked.code) == ("", 4)
    assert unasked.error["message"] == (
        "This would take back your last change: #1 a task: to build. "
        "Nothing was done; --yes goes on"
    )
    undone = cli("task", "undo", "--yes", "--json").json
    assert (undone["stage"], undone["undo"]) == ("build", {"text": "#1 a task: to build"})
    assert cli("task", "redo", "--yes").out == "made again: #1 a task: to qa\n"
    assert cli("task", "redo", "--yes").code == 3
    assert cli("--as", "bob", "task", "undo", "--yes").code == 3


async def test_what_was_done_to_many_is_taken_back_from_all(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await flow(conn, repo, "build", "build", "build")
    assert cli("task", "move", "--filter", "stage:build", "qa", "--yes").code == 0
    undone = cli("task", "undo", "--yes", "--json").json
    assert [task["stage"] for task in undone] == ["build"] * 3
    assert undone[1]["undo"] == {"text": "#2 a task: to build"}
    assert cli("task", "redo", "--yes").out == "made again: 3 tasks: to qa (#1, #2, #3)\n"


async def test_a_row_that_moved_on_is_refused_before_anybody_is_asked(
    conn: AsyncConnection, cli: Cli, settings: Settings, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    assert cli("task", "move", "1", "qa").code == 0
    await stages.move_task(conn, task.id, "ship", BOB)
    await conn.commit()
    refused = cli("task", "undo", "--yes", "--json")
    assert (refused.out, refused.code, refused.error["code"]) == ("", 4, "conflict")
    with terminal(settings, repo, "task", "undo") as screen:
        assert screen.wait_for_end() == 4
        assert "Go on?" not in screen.text()
        assert "was changed since" in screen.text()
    assert (await row_of(conn, task.id))["stage"] == "ship"


async def test_a_row_that_moves_on_while_a_person_thinks_is_refused(
    conn: AsyncConnection, cli: Cli, settings: Settings, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    assert cli("task", "move", "1", "qa").code == 0
    with terminal(settings, repo, "task", "undo") as screen:
        assert "#1 a task: to build" in screen.wait_for("Go on?")
        await stages.move_task(conn, task.id, "ship", BOB)
        await conn.commit()
        screen.send("y", "enter")
        assert screen.wait_for_end() == 4
    assert (await row_of(conn, task.id))["stage"] == "ship"


async def test_leaving_the_question_leaves_the_task(
    conn: AsyncConnection, cli: Cli, settings: Settings, repo: Path
) -> None:
    (task,) = await flow(conn, repo, "build")
    assert cli("task", "move", "1", "qa").code == 0
    for key, code in ("\x03", 130), ("\x04", 130), ("\r", 4):
        with terminal(settings, repo, "task", "undo") as screen:
            screen.wait_for("Go on?")
            screen.send(key)
            assert screen.wait_for_end() == code
    assert (await row_of(conn, task.id))["stage"] == "qa"
