"""`task dep`: added, removed, and listed both ways, circles and all."""

from __future__ import annotations

from pathlib import Path

from psycopg import AsyncConnection

from tests.cli.conftest import Cli
from tests.cli.flows import flow
from tests.services.making import events, rows


async def _links(conn: AsyncConnection) -> set[tuple[int, str, int]]:
    found = await rows(
        conn,
        "SELECT t.seq, d.dep_type, o.seq AS other FROM task_dependencies d"
        " JOIN tasks t ON t.id = d.task_id JOIN tasks o ON o.id = d.depends_on_id",
    )
    await conn.rollback()
    return {(row["seq"], row["dep_type"], row["other"]) for row in found}


async def test_dependencies_are_added_and_removed(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    (task, *_) = await flow(conn, repo, "build", "build", "build", "build")
    added = cli("task", "dep", "add", "1", "2", "--json").json
    assert [other["seq"] for other in added["waits_for"]] == [2]
    assert added["dependency"]["dep_type"] == "depends_on"
    assert cli("task", "dep", "add", "1", "2").out == "#1 waits for #2 already\n"
    assert cli("task", "dep", "add", "3", "1", "--type", "blocks").out == "#3 holds up #1\n"
    assert cli("task", "dep", "add", "4", "1", "--type", "relates_to").code == 0
    assert await _links(conn) == {(1, "depends_on", 2), (3, "blocks", 1), (4, "relates_to", 1)}
    assert cli("task", "dep", "remove", "2", "1").out == "#2 does not depend on #1\n"
    removed = cli("task", "dep", "remove", "1", "2", "--json").json
    assert (removed["waits_for"][0]["seq"], removed["dependency"]["dep_type"]) == (3, "depends_on")
    assert cli("task", "dep", "remove", "1", "3").out == "#1 does not depend on #3 any more\n"
    assert cli("task", "dep", "remove", "1", "4").code == 0
    assert await _links(conn) == set()
    assert await events(conn, task.id) == ["dependency_added", "dependency_removed"]


async def test_what_would_wait_for_itself_is_refused(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await flow(conn, repo, "build", "build")
    assert cli("task", "dep", "add", "1", "2").code == 0
    for arguments in ("2", "1"), ("1", "1"), ("1", "2", "--type", "blocks"):
        refused = cli("task", "dep", "add", *arguments, "--json")
        assert (refused.out, refused.code) == ("", 4)
    assert cli("task", "dep", "add", "1", "9").code == 3
    assert cli("task", "dep", "add", "1", "2", "--type", "eats").code == 2
    assert await _links(conn) == {(1, "depends_on", 2)}


async def test_both_ways_are_listed_near_and_far(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    await flow(conn, repo, *(["build"] * 5))
    for one, other, kind in (
        ("1", "2", "depends_on"),
        ("2", "3", "depends_on"),
        (
            "4",
            "1",
            "relates_to",
        ),
    ):
        assert cli("task", "dep", "add", one, other, "--type", kind).code == 0
    near = cli("task", "dep", "list", "2").out.splitlines()
    assert [line.split()[:3] for line in near[1:]] == [
        ["waits", "for", "#3"],
        ["holds", "up", "#1"],
    ]
    listed = cli("task", "dep", "list", "1", "--json").json
    assert [(row["task"]["seq"], row["depends_on"]["seq"]) for row in listed] == [(1, 2), (4, 1)]
    far = cli("task", "dep", "list", "1", "--tree", "--json").json
    assert (2, 3) in [(row["task"]["seq"], row["depends_on"]["seq"]) for row in far]
    assert not any(row["circle"] for row in far)
    assert cli("task", "dep", "list", "1", "--tree", "--ascii").out == (
        "#1 a task (build, ready)\n"
        "waits for\n"
        "`- #2 a task (build, ready)\n"
        "   `- #3 a task (build, ready)\n"
        "is related to\n"
        "   #4 a task (build, ready)\n"
    )
    assert cli("task", "dep", "list", "5").out == "#5 has no dependencies\n"
    assert cli("task", "dep", "list", "5", "--tree").out == "#5 has no dependencies\n"
    assert cli("task", "dep", "list", "5", "--json").json == []


async def test_a_circle_of_another_clients_making_is_marked_and_not_looped_over(
    conn: AsyncConnection, cli: Cli, repo: Path
) -> None:
    tasks = await flow(conn, repo, *(["build"] * 4))
    ids = [task.id for task in tasks]
    for one, other in (0, 1), (1, 2), (2, 0), (3, 0):
        await conn.execute(
            "INSERT INTO task_dependencies VALUES (%s, %s, 'depends_on')", (ids[one], ids[other])
        )
    await conn.commit()
    far = cli("task", "dep", "list", "1", "--tree", "--json").json
    circle = {row["task"]["seq"]: row["circle"] for row in far}
    assert circle == {1: True, 2: True, 3: True, 4: False}
    tree = cli("task", "dep", "list", "1", "--tree").out
    assert tree.count("(circle)") == 2
    near = cli("task", "dep", "list", "1").out.splitlines()
    assert [line.endswith("circle") for line in near[1:]] == [True, True, False]
