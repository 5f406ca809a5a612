"""`genie-tui project`: projects, as a user or a script has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg import AsyncConnection

from tests.cli.conftest import Cli
from tests.services.making import make, make_board


def repository(place: Path) -> Path:
    """A directory with a git work tree in it."""
    (place / ".git").mkdir(parents=True)
    return place


async def test_projects_are_listed_and_shown(cli: Cli, conn: AsyncConnection, repo: Path) -> None:
    assert "the first task that is made in a repository makes one" in cli("project", "list").err
    nothing = cli("project", "show")
    assert nothing.code == 3
    assert f"no project of {repo} yet" in nothing.err
    await make(conn, repo=str(repo))
    await conn.commit()
    heading, line = cli("project", "list").out.splitlines()
    assert heading.split() == ["project", "open", "all", "boards", "changed", "repository"]
    assert line.split()[:4] == ["acme", "1", "1", "0"]
    assert line.split()[-1] == str(repo)
    below = repo / "src"
    below.mkdir()
    assert "1 open of 1" in cli("project", "show", at=below).out
    (listed,) = cli("project", "list", "--json").json
    assert cli("project", "show", "ACME", "--json", at=repo.parent).json == listed
    assert list(listed) == [
        *("id", "name", "repo_path", "description", "created_at"),
        *("boards", "open", "all", "changed_at"),
    ]


async def test_reading_makes_no_project(cli: Cli) -> None:
    for words in (["list"], ["show"], ["list", "--read-only"]):
        cli("project", *words)
    assert cli("project", "list", "--json").json == []


def test_a_project_is_made_changed_and_deleted(cli: Cli, repo: Path, tmp_path: Path) -> None:
    site = repository(tmp_path / "site")
    (site / "deep").mkdir()
    made = cli("project", "create", "website", "--repo", str(site / "deep"), "--description", "a")
    assert (made.code, made.out) == (0, "made the project website\n")
    assert cli("project", "show", "--json", at=site).json["repo_path"] == str(site)
    edit = ("project", "edit", "website")
    assert cli(*edit).code == 2
    assert cli(*edit, "--name", "website").out == "nothing changed\n"
    changed = cli(*edit, "--name", "shop", "--repo", ".", "--description", "", "--json").json
    assert (changed["name"], changed["repo_path"], changed["description"]) == (
        "shop",
        str(repo),
        None,
    )
    assert cli("project", "edit", "shop", "--repo", "").out == "changed the repository of shop\n"
    asked = cli("project", "delete", "shop")
    assert (asked.code, asked.err) == (
        4,
        "error: This deletes the project shop. Nothing was done; --yes goes on\n",
    )
    assert cli("project", "delete", "shop", "--yes", "--json").json["name"] == "shop"
    assert cli("project", "list", "--json").json == []


async def test_tasks_are_found_by_number_where_their_project_has_moved(
    cli: Cli, tmp_path: Path
) -> None:
    cli("task", "create", "one")
    shop = repository(tmp_path / "shop")
    cli("project", "edit", "acme", "--repo", str(shop))
    assert cli("task", "show", "1", "--json", at=shop).json["title"] == "one"
    assert cli("task", "create", "two", at=shop).out == "#2 made in draft\n"


async def test_a_project_that_is_in_use_says_how_much(
    cli: Cli, conn: AsyncConnection, repo: Path
) -> None:
    task = await make(conn, repo=str(repo))
    await make_board(conn, project_id=task.project_id)
    await conn.commit()
    refused = cli("project", "delete", "acme", "--yes")
    assert (refused.code, refused.err) == (
        4,
        "error: acme has 1 task and 1 board; delete or move these first\n",
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "nope"], 3, "no project 'nope'; 'genie-tui project list' shows them"),
        (["create", "ACME"], 4, "there is a project 'acme' already"),
        (["create", "b", "--repo", "."], 4, "is the repository of acme; edit that project"),
        (["create", "b", "--repo", "nowhere"], 2, "nowhere is no directory"),
        (["create", "a#1"], 2, "has no #"),
        (["create", " "], 2, "a project's name is empty"),
        (["create", "b", "--read-only"], 4, "--read-only"),
        (["edit", "nope", "--name", "x"], 3, "no project 'nope'"),
        (["delete", "nope", "--yes"], 3, "no project 'nope'"),
    ],
)
async def test_what_cannot_be_done_is_said(
    cli: Cli, conn: AsyncConnection, repo: Path, arguments: list[str], code: int, said: str
) -> None:
    await make(conn, repo=str(repo))
    await conn.commit()
    refused = cli("project", *arguments)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert [each["name"] for each in cli("project", "list", "--json").json] == ["acme"]


async def test_names_of_other_clients_do_not_steer_the_terminal(
    cli: Cli, conn: AsyncConnection
) -> None:
    name = "\x1b[31mred\N{RIGHT-TO-LEFT OVERRIDE} 😀 " + "long " * 500
    await conn.execute("INSERT INTO projects (name, description) VALUES (%s, %s)", (name, name))
    await conn.commit()
    for words in (["list"], ["show", name], ["list", "--json"]):
        shown = cli("project", *words)
        assert shown.code == 0
        assert "\x1b" not in shown.out
    assert cli("project", "list", "--json").json[0]["name"] == name
