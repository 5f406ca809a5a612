"""`genie-tui release`: which tasks go out together."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg import AsyncConnection

from tests.cli.conftest import Cli
from tests.services.making import make


async def made(conn: AsyncConnection, repo: Path, count: int) -> None:
    """So many tasks, committed."""
    for number in range(count):
        await make(conn, repo=str(repo), title=f"task {number}")
    await conn.commit()


async def test_releases_have_tasks_and_progress(
    cli: Cli, conn: AsyncConnection, repo: Path
) -> None:
    await made(conn, repo, 4)
    assert "'genie-tui release add REF… RELEASE' begins one" in cli("release", "list").err
    assert cli("release", "add", "1", "2", "3", "2.0").out == "#1 in 2.0\n#2 in 2.0\n#3 in 2.0\n"
    assert cli("release", "add", "1", "2.0").out == "#1 in 2.0 already\n"
    assert cli("release", "add", "4", "1.0", "--json").json["release_id"] == "1.0"
    cli("task", "done", "1")
    cli("task", "cancel", "2")
    lines = [line.split() for line in cli("release", "list").out.splitlines()]
    assert lines[2] == ["2.0", "1", "1", "3", "50%"]
    shown = cli("release", "show", "2.0")
    assert "1 done, 1 open, 3 in all" in shown.out
    assert [line.split()[0] for line in shown.out.splitlines()[-3:]] == ["#1", "#2", "#3"]
    value = cli("release", "show", "2.0", "--json").json
    assert (value["done"], value["open"], value["all"], value["progress"]) == (1, 1, 3, 0.5)
    assert [task["seq"] for task in value["tasks"]] == [1, 2, 3]
    assert cli("release", "list", "--project", "acme", "--json", at=repo.parent).json[1] == {
        key: value[key] for key in ("id", "all", "open", "done", "cancelled", "progress")
    }


async def test_a_release_is_renamed_and_tasks_leave_it(
    cli: Cli, conn: AsyncConnection, repo: Path
) -> None:
    await made(conn, repo, 3)
    cli("release", "add", "--filter", "task", "2.0", "--yes")
    assert cli("release", "rename", "2.0", "2.1").out == "2.0 is 2.1 now; 3 tasks followed\n"
    assert cli("release", "rename", "2.1", "2.1").out == "it is 2.1 already\n"
    assert cli("release", "remove", "1").out == "#1 in no release\n"
    cli("release", "add", "1", "1.0")
    taken = cli("release", "rename", "1.0", "2.1")
    assert (taken.code, "there is a release '2.1' already" in taken.err) == (4, True)
    assert cli("release", "rename", "1.0", "1.1", "--json").json["all"] == 1
    cli("release", "remove", "--filter", "task", "--yes")
    assert cli("release", "list", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "2.0"], 3, "no release '2.0' here"),
        (["show", "BETA"], 3, "there is 'beta'"),
        (["add", "2.0"], 2, "name the tasks"),
        (["add", "9", "2.0"], 3, "no task 9"),
        (["add", "1", "9", "2.0"], 3, "9"),
        (["add", "1", " "], 2, "a release's name is empty"),
        (["add", "1", "x" * 101], 2, "100 characters at most"),
        (["rename", "2.0", "3.0"], 3, "no release '2.0' here"),
        (["rename", "beta", " "], 2, "a release's name is empty"),
        (["remove"], 2, "name the tasks"),
    ],
)
async def test_what_cannot_be_done_is_said(
    cli: Cli, conn: AsyncConnection, repo: Path, arguments: list[str], code: int, said: str
) -> None:
    await made(conn, repo, 1)
    await conn.execute("UPDATE tasks SET release_id = 'beta'")
    await conn.commit()
    refused = cli("release", *arguments)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert [each["id"] for each in cli("release", "list", "--json").json] == ["beta"]


async def test_releases_of_odd_names_and_of_no_project_are_listed(
    cli: Cli, conn: AsyncConnection, repo: Path
) -> None:
    await made(conn, repo, 1)
    await conn.execute(
        "UPDATE tasks SET project_id = NULL, release_id = %s", ("\x1b[31m\u202e 😀 " * 50,)
    )
    await conn.execute("DELETE FROM projects")
    await conn.commit()
    listed = cli("release", "list")
    assert (listed.code, "\x1b" in listed.out, len(listed.out.splitlines())) == (0, False, 2)
    assert cli("release", "show", "\x1b[31m\u202e 😀 " * 50, "--json").json["all"] == 1
