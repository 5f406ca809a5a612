"""Dependencies read as graphs: whose, how many, and at what cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.boards import Board
from genie_tui.domain.graph import Graph
from genie_tui.domain.tasks import Task
from genie_tui.errors import NotFound
from genie_tui.services import dependencies, graph, projects, statuses
from tests.services.making import ADA, REPO, make, make_board, rows

LINK = """
    INSERT INTO task_dependencies (task_id, depends_on_id, dep_type)
    VALUES (%(task)s, %(other)s, %(type)s)
"""


async def link(conn: AsyncConnection, task: Task, other: Task, type_: str = "depends_on") -> None:
    """As another client would, who does not look for circles."""
    await conn.execute(LINK, {"task": task.id, "other": other.id, "type": type_})


def arrows(found: Graph) -> set[tuple[str, str]]:
    """By the tasks' titles."""
    cards = found.cards
    return {(cards[a.tail].title, cards[a.head].title) for a in found.shape.arrows}


async def tasks_of(conn: AsyncConnection, board: Board, titles: str) -> list[Task]:
    """A task for each letter."""
    return [await make(conn, board, title=title) for title in titles]


async def test_a_board_has_the_tasks_with_dependencies_and_those_elsewhere_they_are_on(
    conn: AsyncConnection,
) -> None:
    project = await projects.ensure_project(conn, REPO, ADA)
    board = await make_board(conn, project_id=project.id)
    other = await make_board(conn, name="Other")
    a, b, c, d, *_ = await tasks_of(conn, board, "abcdef")
    x, y = await tasks_of(conn, other, "xy")
    await dependencies.add_dependency(conn, b.id, a.id, actor=ADA)
    await dependencies.add_dependency(conn, b.id, x.id, "blocks", actor=ADA)
    await dependencies.add_dependency(conn, y.id, x.id, actor=ADA)
    await dependencies.add_dependency(conn, c.id, a.id, "relates_to", actor=ADA)
    await dependencies.add_dependency(conn, a.id, x.id, "relates_to", actor=ADA)
    await statuses.done_task(conn, d.id, ADA)
    found = await graph.of_board(conn, board)
    assert arrows(found) == {("a", "b"), ("b", "x")}
    assert found.linked(a.id) == (x.id,)
    assert (found.left_out, found.isolated) == (0, 3)
    whole = await graph.of_project(conn, None)
    assert arrows(whole) == {("a", "b"), ("b", "x"), ("x", "y")}
    assert arrows(await graph.of_project(conn, project.id)) == arrows(whole)
    assert not (await graph.of_board(conn, other, project_id="none")).cards


async def test_of_too_many_the_open_and_urgent_ones_are_read_with_what_is_beside_them(
    conn: AsyncConnection,
) -> None:
    board = await make_board(conn)
    tasks = await tasks_of(conn, board, "abcdef")
    urgent = await make(conn, board, title="u", priority="urgent")
    for one, other in ((1, 0), (3, 2), (5, 4)):
        await link(conn, tasks[one], tasks[other])
    await link(conn, urgent, tasks[5])
    for task in tasks[:2]:
        await statuses.done_task(conn, task.id, ADA)
    found = await graph.of_board(conn, board, limit=5)
    assert arrows(found) == {("f", "u"), ("e", "f"), ("c", "d")}
    assert found.left_out == 2
    assert arrows(await graph.of_board(conn, board, limit=2)) == {("f", "u")}


async def test_around_a_task_is_what_it_waits_for_and_what_waits_for_it(
    conn: AsyncConnection,
) -> None:
    board = await make_board(conn)
    a, b, c, d, e, f, r = await tasks_of(conn, board, "abcdefr")
    for one, other in ((b, a), (c, b), (d, c), (e, b), (a, d)):
        await link(conn, one, other)
    await link(conn, f, e, "blocks")
    await link(conn, c, r, "relates_to")
    around = await graph.around(conn, e.id)
    assert arrows(around) == {tuple(pair) for pair in ("ab", "bc", "cd", "da", "be", "fe")}
    assert set(around.shape.circles) == {a.id, b.id, c.id, d.id}
    assert (await graph.around(conn, c.id)).linked(c.id) == (r.id,)
    near = await graph.around(conn, e.id, limit=3)
    assert {card.title for card in near.cards.values()} == set("bef")
    assert near.left_out > 0
    one_step = await graph.around(conn, e.id, steps=1)
    assert {card.title for card in one_step.cards.values()} == set("bef")
    with pytest.raises(NotFound, match="task-gone"):
        await graph.around(conn, "task-gone")


def read_through(node: dict[str, Any]) -> Iterator[str]:
    """The tables that a plan reads from end to end."""
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from read_through(child)


async def test_an_index_can_serve_every_read(conn: AsyncConnection) -> None:
    project = await projects.ensure_project(conn, REPO, ADA)
    board = await make_board(conn)
    await conn.execute("SET LOCAL enable_seqscan = off")
    limits = {"limit": 100, "dependencies": 100}
    for query, params in (
        graph.board_statement(board, None),
        graph.board_statement(board, project.id),
        graph.project_statement(project.id),
        (graph.AROUND, {"task": "task-1", "steps": 9}),
    ):
        plan = (await rows(conn, f"EXPLAIN (FORMAT JSON) {query}", **params, **limits))[0]
        assert not set(read_through(plan["QUERY PLAN"][0]["Plan"]))
