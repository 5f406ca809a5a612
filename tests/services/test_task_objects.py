"""Tasks as programs read them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.errors import NotFound
from genie_tui.services import checkout, conversations, dependencies, stages
from genie_tui.services.stages import advance_task
from genie_tui.services.task_details import audit_lines, audit_rows, details_of, stage_rows, stays
from genie_tui.services.task_objects import object_of, objects
from tests.services.making import ADA, BOB, ENG, REPO, column, make, make_board, row_of

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


async def test_an_object_has_all_columns_of_the_task_under_their_own_names(
    conn: AsyncConnection,
) -> None:
    task = await make(conn, await make_board(conn), tags=["bug"], assignees=[ENG])
    found = await object_of(conn, task.id)
    row = await row_of(conn, task.id)
    assert row.keys() <= found.keys()
    assert {name: found[name] for name in row} == row
    beside = {name: found[name] for name in found.keys() - row.keys()}
    creator = {"actor_type": "local", "actor_id": "ada", "role": "creator"}
    assert beside == {
        "project": "acme",
        "board": "Flow",
        "tags": ["bug"],
        "actors": [{"actor_type": "local", "actor_id": "eng-1", "role": "assignee"}, creator],
        "waits_for": [],
        "approvals": [],
    }


async def test_it_says_what_the_task_waits_for_and_who_approved(conn: AsyncConnection) -> None:
    board = await make_board(conn, column("review", "human+agent"), column("ship"))
    task, done, first, second = [await make(conn, board) for _ in range(4)]
    await advance_task(conn, task.id, ENG)
    await dependencies.add_dependency(conn, task.id, done.id, actor=ADA)
    await dependencies.add_dependency(conn, task.id, first.id, actor=ADA)
    await dependencies.add_dependency(conn, second.id, task.id, "blocks", actor=ADA)
    await conn.execute("UPDATE tasks SET status = 'done' WHERE id = %s", (done.id,))
    found = await object_of(conn, task.id)
    assert [other["id"] for other in found["waits_for"]] == [first.id, second.id]
    (word,) = found["approvals"]
    assert (word["stage"], word["kind"], word["actor_id"]) == ("review", "agent", "eng-1")


async def test_objects_come_in_the_order_of_their_ids_and_gone_ones_not(
    conn: AsyncConnection,
) -> None:
    a, b = await make(conn), await make(conn)
    found = await objects(conn, [b.id, "task-00000000", a.id])
    assert [task["id"] for task in found] == [b.id, a.id]
    assert await objects(conn, []) == []
    with pytest.raises(NotFound):
        await object_of(conn, "task-00000000")


async def test_odd_data_is_read(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    task = await make(conn, board)
    await conversations.comment(conn, task.id, "hello", ADA)
    await stages.move_task(conn, task.id, "build", ADA)
    times = "start_date due_date started_at ended_at execution_locked_at created_at updated_at"
    changes = ", ".join(f"{name} = 'infinity'" for name in times.split())
    await conn.execute(
        f"UPDATE tasks SET {changes}, checkout_timeout_ms = NULL, project_id = NULL,"
        " description = NULL, metadata = to_jsonb('{\"a\": 1}'::text), column_id = 'gone'"
    )
    await conn.execute("UPDATE task_stage_log SET created_at = '-infinity', actor_id = NULL")
    await conn.execute("UPDATE boards SET columns = '[]'")
    await conn.execute("UPDATE audit_events SET created_at = 'infinity', details = '5'")
    found = await details_of(conn, task.id)
    assert found["metadata"] == {"a": 1}
    assert found["due_date"].year == 9998
    assert (found["project"], len(found["comments"]), len(found["log"])) == (None, 1, 1)
    assert len(await audit_rows(conn, task.id)) == 2
    assert stays(found, found["log"], NOW)[0]["seconds"] == 0
    json.dumps(found, default=str)


def numbers(others: list[dict[str, Any]]) -> list[tuple[int, str, bool]]:
    return [(other["seq"], other["dep_type"], other["cycle"]) for other in others]


async def test_dependencies_are_told_both_ways_with_their_state(conn: AsyncConnection) -> None:
    task, done, waited, blocker, waiting, held, linked = [await make(conn) for _ in range(7)]
    for one, other, dep_type in (
        (task, done, "depends_on"),
        (task, waited, "depends_on"),
        (blocker, task, "blocks"),
        (waiting, task, "depends_on"),
        (task, held, "blocks"),
        (linked, task, "relates_to"),
    ):
        await dependencies.add_dependency(conn, one.id, other.id, dep_type, actor=ADA)
    await conn.execute("UPDATE tasks SET status = 'done' WHERE id = %s", (done.id,))
    found = await details_of(conn, task.id)
    assert numbers(found["dependencies"]) == [
        (3, "depends_on", False),
        (4, "blocks", False),
        (2, "depends_on", False),
    ]
    assert numbers(found["dependents"]) == [(5, "depends_on", False), (6, "blocks", False)]
    assert numbers(found["related"]) == [(7, "relates_to", False)]
    assert found["dependencies"][2]["status"] == "done"


async def test_circles_of_others_making_are_marked(conn: AsyncConnection) -> None:
    a, b, c, outside = [await make(conn) for _ in range(4)]
    for one, other in ((a, b), (b, c), (c, a), (a, outside), (outside, outside)):
        if one is not other:
            await conn.execute(
                "INSERT INTO task_dependencies (task_id, depends_on_id) VALUES (%s, %s)",
                (one.id, other.id),
            )
    found = await details_of(conn, a.id)
    assert numbers(found["dependencies"]) == [(2, "depends_on", True), (4, "depends_on", False)]
    assert numbers(found["dependents"]) == [(3, "depends_on", True)]


async def test_parent_and_children_are_told(conn: AsyncConnection) -> None:
    parent = await make(conn, repo="/src/other")
    task = await make(conn, parent_id=parent.id)
    children = [await make(conn, parent_id=task.id) for _ in range(2)]
    found = await details_of(conn, task.id)
    assert found["parent"]["id"] == parent.id
    assert found["parent"]["project"] == "other"
    assert [child["id"] for child in found["children"]] == [child.id for child in children]
    assert (await details_of(conn, parent.id))["parent"] is None


async def test_a_circle_of_parents_is_shown(conn: AsyncConnection) -> None:
    a, b = await make(conn), await make(conn)
    swap = "UPDATE tasks SET parent_id = %s WHERE id = %s"
    await conn.execute(swap, (a.id, b.id))
    await conn.execute(swap, (b.id, a.id))
    found = await details_of(conn, a.id)
    assert (found["parent"]["id"], found["children"][0]["id"]) == (b.id, b.id)


async def test_the_stage_log_is_told_by_its_columns(conn: AsyncConnection) -> None:
    task = await make(conn, await make_board(conn))
    await stages.move_task(conn, task.id, "build", BOB)
    (row,) = await stage_rows(conn, task.id)
    assert row.pop("id") > 0
    assert row.pop("created_at").tzinfo is not None
    assert row == {
        "task_id": task.id,
        "from_stage": "draft",
        "to_stage": "build",
        "actor_type": "local",
        "actor_id": "bob",
        "run_id": "tui-bob@desk",
        "gate_type": "human",
    }


async def test_the_audit_log_is_told_as_rows_and_as_lines(conn: AsyncConnection) -> None:
    task = await make(conn, title="auth")
    other = await make(conn)
    await checkout.checkout_task(conn, task.id, ENG)
    await dependencies.add_dependency(conn, task.id, other.id, actor=ADA)
    found = await audit_rows(conn, task.id)
    assert [row["event_type"] for row in found] == ["created", "checkout", "dependency_added"]
    assert found[0]["details"] == {"title": "auth", "stage": "draft"}
    lines = [text for _, text in await audit_lines(conn, task.id)]
    assert lines == ["#1 created by ada: auth", "eng-1 took #1", "dep #1 → #2 added by ada"]


def hours(count: float) -> datetime:
    return NOW + timedelta(hours=count)


def task_in(stage: str, status: str = "ready", ended: datetime | None = None) -> dict[str, Any]:
    return {"stage": stage, "status": status, "created_at": NOW, "ended_at": ended}


def moved(way: str, at: datetime) -> dict[str, Any]:
    before, _, after = way.partition(">")
    return {"from_stage": before or None, "to_stage": after, "created_at": at}


def told(found: list[dict[str, Any]]) -> list[tuple[str, float | None]]:
    return [
        (stay["stage"], None if stay["seconds"] is None else stay["seconds"] / 3600)
        for stay in found
    ]


def test_the_time_in_each_stage_is_counted_from_move_to_move() -> None:
    log = [moved("draft>build", hours(1)), moved("build>draft", hours(3))]
    found = stays(task_in("draft"), log, hours(7))
    assert told(found) == [("draft", 1), ("build", 2), ("draft", 4)]
    assert [stay["left_at"] for stay in found] == [hours(1), hours(3), None]
    assert told(stays(task_in("draft"), [], hours(7))) == [("draft", 7)]


def test_a_task_that_is_done_is_in_its_last_stage_no_longer() -> None:
    log = [moved("draft>ship", hours(1))]
    found = stays(task_in("ship", "done", hours(3)), log, hours(100))
    assert (told(found)[-1], found[-1]["left_at"]) == (("ship", 2), hours(3))
    assert told(stays(task_in("ship", "cancelled"), log, hours(9)))[-1] == ("ship", None)


def test_where_a_move_was_not_logged_it_is_not_known_how_long() -> None:
    log = [moved("draft>build", hours(1))]
    found = stays(task_in("qa"), log, hours(9))
    assert told(found) == [("draft", 1), ("build", None), ("qa", None)]
    assert found[-1]["entered_at"] is None


def test_a_log_whose_first_row_says_not_from_where_is_read() -> None:
    log = [moved(">build", hours(1))]
    assert told(stays(task_in("build"), log, hours(2))) == [("build", 1), ("build", 1)]


async def test_two_tasks_of_one_number_are_each_shown(conn: AsyncConnection) -> None:
    a, b = await make(conn), await make(conn)
    await conn.execute("UPDATE tasks SET seq = 1, repo_path = %s", (REPO,))
    assert [task["seq"] for task in await objects(conn, [a.id, b.id])] == [1, 1]
