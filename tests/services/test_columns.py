"""Columns added, changed, moved and removed, with the tasks that stand in them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.domain.boards import Board, Column
from genie_tui.domain.columns import Where
from genie_tui.errors import BadInput, Conflict, NotFound, Refused
from genie_tui.services import board_objects, boards, columns, stages, tasks
from genie_tui.services.feed import Feed
from tests.conftest import Connect
from tests.services.following import following
from tests.services.making import (
    ADA,
    ENG,
    approvals,
    column,
    events,
    gates_passed,
    make,
    make_board,
    row_of,
    rows,
    waits,
)

ODD: list[Any] = [
    {"name": "todo", "gate": "wizard", "wip_limit": 3, "transitions": "none"},
    5,
    {"note": "no column"},
    {
        "id": "c-doing",
        "name": "doing",
        "position": 7,
        "on_fail": "todo",
        "transitions": [
            {"event": "advance", "target": "done", "guard": {"tests": "green"}},
            "odd",
        ],
    },
    {"id": "c-done", "name": "done", "position": 8, "on_fail": "doing"},
]
"""Columns as a client may store them that knows more, or less, than this one."""


async def odd_board(conn: AsyncConnection, config: object = None, *, text: bool = False) -> Board:
    """A board whose columns are ODD, as JSON or as a string that holds it."""
    config = config if config is not None else {"theme": "dark", "wip": {"doing": 2, "x": "y"}}
    stored = [json.dumps(value) for value in (ODD, config)]
    stored = [json.dumps(value) for value in stored] if text else stored
    await conn.execute(
        "INSERT INTO boards (name, columns, config) VALUES ('Odd', %s::jsonb, %s::jsonb)", stored
    )
    return await boards.find_board(conn, "Odd")


async def stored(conn: AsyncConnection, board: Board) -> dict[str, Any]:
    """A board's row."""
    (row,) = await rows(conn, "SELECT * FROM boards WHERE id = %(id)s", id=board.id)
    return row


async def now(conn: AsyncConnection, board: Board) -> Board:
    return await boards.find_board(conn, board.key)


async def names(conn: AsyncConnection, board: Board) -> list[str]:
    return [column.name for column in (await now(conn, board)).columns]


async def told(conn: AsyncConnection, board: Board) -> list[tuple[str, str | None, Any]]:
    """What the audit log tells of a board after it was made."""
    found = await rows(
        conn,
        "SELECT event_type, actor, details FROM audit_events"
        " WHERE entity_type = 'board' AND entity_id = %(id)s AND event_type <> 'created'"
        " ORDER BY id",
        id=board.id,
    )
    return [(row["event_type"], row["actor"], row["details"]) for row in found]


@pytest.mark.parametrize(
    ("where", "order"),
    [
        (Where(), "draft build review qa ship new"),
        (Where(first=True), "new draft build review qa ship"),
        (Where(after="build"), "draft build new review qa ship"),
        (Where(before="BUILD"), "draft new build review qa ship"),
    ],
)
async def test_a_column_is_added_where_it_is_wanted(
    conn: AsyncConnection, where: Where, order: str
) -> None:
    board = await make_board(conn)
    await columns.add_column(conn, board, "new", where=where, actor=ADA)
    row = await stored(conn, board)
    assert [item["name"] for item in row["columns"]] == order.split()
    assert [item["position"] for item in row["columns"]] == list(range(6))
    assert await names(conn, board) == order.split()
    assert row["updated_at"] > row["created_at"]


async def test_a_new_column_has_what_is_said_of_it_and_else_what_the_contract_says(
    conn: AsyncConnection,
) -> None:
    board = await make_board(conn)
    await columns.add_column(conn, board, "plain", actor=ADA)
    await columns.add_column(
        conn,
        board,
        "  secur\n ity ",
        actor=ADA,
        label="Security",
        gate="human+agent",
        action="/audit",
        auto_advance=True,
        color="#FF0000",
        roles=["ops", "ops", "lead"],
        parallel=True,
        on_fail="Build",
        transitions={"advance": "ship"},
        limit=3,
    )
    plain, security = (await stored(conn, board))["columns"][-2:]
    assert len({plain.pop("id"), security.pop("id")}) == 2
    assert plain == {
        "name": "plain",
        "label": "plain",
        "gate": "human",
        "action": None,
        "auto_advance": False,
        "transitions": [],
        "roles": ["*"],
        "color": "#94a3b8",
        "parallel": False,
        "on_fail": None,
        "position": 5,
    }
    assert security == {
        "name": "secur ity",
        "label": "Security",
        "gate": "human+agent",
        "action": "/audit",
        "auto_advance": True,
        "transitions": [{"event": "advance", "target": "ship"}],
        "roles": ["ops", "lead"],
        "color": "#ff0000",
        "parallel": True,
        "on_fail": "build",
        "position": 6,
    }
    assert (await now(conn, board)).wip == {"secur ity": 3}
    (_, (event, actor, details)) = await told(conn, board)
    assert (event, actor, details["name"], details["column"]) == (
        "column_added",
        "ada",
        "Flow",
        "secur ity",
    )
    assert details["after"]["limit"] == 3


@pytest.mark.parametrize(
    ("name", "settings", "error"),
    [
        (" \n", {}, BadInput),
        ("a:b", {}, BadInput),
        ("x" * 101, {}, BadInput),
        ("nul\0", {}, BadInput),
        ("half \ud800", {}, BadInput),
        ("BUILD", {}, Conflict),
        ("new", {"gate": "wizard"}, BadInput),
        ("new", {"color": "red"}, BadInput),
        ("new", {"color": "#12345"}, BadInput),
        ("new", {"color": "#1234567"}, BadInput),
        ("new", {"label": "nul\0"}, BadInput),
        ("new", {"roles": [" "]}, BadInput),
        ("new", {"limit": 0}, BadInput),
        ("new", {"limit": -1}, BadInput),
        ("new", {"limit": 10**12}, BadInput),
        ("new", {"on_fail": "nowhere"}, NotFound),
        ("new", {"on_fail": "new"}, BadInput),
        ("new", {"transitions": {"advance": "nowhere"}}, NotFound),
        ("new", {"transitions": {"": "build"}}, BadInput),
    ],
)
async def test_what_a_column_cannot_be_is_refused(
    conn: AsyncConnection, name: str, settings: Any, error: type[Exception]
) -> None:
    board = await make_board(conn)
    with pytest.raises(error):
        await columns.add_column(conn, board, name, actor=ADA, **settings)
    assert await now(conn, board) == board


async def test_a_renamed_column_takes_all_that_names_it_along(conn: AsyncConnection) -> None:
    board = await make_board(
        conn,
        column("draft", advance_to="build"),
        column("build", "human+agent"),
        column("review", on_fail="build"),
    )
    await columns.edit_column(conn, board, "build", actor=ADA, limit=4)
    inside, beside = await make(conn, board, "build"), await make(conn, board, "draft")
    await stages.advance_task(conn, inside.id, ENG)
    before = await row_of(conn, inside.id)
    changed = await columns.edit_column(conn, board, "Build", actor=ADA, name="forge")
    assert (changed.column, changed.was, changed.keys, changed.tasks) == (
        "forge",
        "build",
        ("name", "label"),
        1,
    )
    after = await row_of(conn, inside.id)
    assert (after["stage"], after["column_id"]) == ("forge", before["column_id"])
    assert (await row_of(conn, beside.id))["stage"] == "draft"
    assert await approvals(conn, inside.id) == {("forge", "agent", "eng-1")}
    draft, forge, review = (await now(conn, board)).columns
    assert (draft.transitions[0].target, review.on_fail) == ("forge", "forge")
    assert (forge.label, (await now(conn, board)).wip) == ("Forge", {"forge": 4})
    # The words still count: the second side's opens the gate.
    assert (await stages.advance_task(conn, inside.id, ADA)).to_stage == "review"


async def test_a_rename_is_no_move_of_its_tasks(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    task = await make(conn, board, "build")
    await columns.edit_column(conn, board, "build", actor=ADA, name="forge")
    assert await stages.stage_log(conn, task.id) == ()
    assert await events(conn, task.id) == []
    ((event, actor, details),) = await told(conn, board)
    assert (event, actor) == ("column_edited", "ada")
    assert details == {
        "name": "Flow",
        "column": "build",
        "before": {"name": "build", "label": "Build"},
        "after": {"name": "forge", "label": "Forge"},
        "tasks": 1,
    }


async def test_words_about_an_earlier_stage_of_the_new_name_are_not_believed(
    conn: AsyncConnection,
) -> None:
    board = await make_board(conn)
    task = await make(conn, board, "build")
    await conn.execute("ALTER TABLE tasks DISABLE TRIGGER tui_tasks_left_stage")
    await conn.execute(
        "INSERT INTO tui_approvals (task_id, stage, kind, actor_type, actor_id)"
        " VALUES (%s, 'forge', 'human', 'local', 'mallory')",
        (task.id,),
    )
    await columns.edit_column(conn, board, "build", actor=ADA, name="forge")
    assert await approvals(conn, task.id) == set()


async def test_approvals_stay_when_hundreds_of_tasks_are_renamed(conn: AsyncConnection) -> None:
    board = await make_board(conn, column("build", "human+agent"), column("ship"))
    made = [await make(conn, board, "build") for _ in range(120)]
    for task in made[:3]:
        await stages.advance_task(conn, task.id, ENG)
    await columns.edit_column(conn, board, "build", actor=ADA, name="forge")
    for task in made[:3]:
        assert await approvals(conn, task.id) == {("forge", "agent", "eng-1")}


async def test_a_rename_to_other_letters_of_the_same_name_is_one(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    task = await make(conn, board, "build")
    await columns.edit_column(conn, board, "build", actor=ADA, name="Build")
    assert (await row_of(conn, task.id))["stage"] == "Build"
    with pytest.raises(Conflict):
        await columns.edit_column(conn, board, "qa", actor=ADA, name="bUILD")


async def test_what_is_the_same_already_is_not_written(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    before = await stored(conn, board)
    changed = await columns.edit_column(conn, board, "build", actor=ADA, name="build", gate="agent")
    moved = await columns.move_column(conn, board, "build", Where(after="draft"), actor=ADA)
    assert (changed.keys, moved.keys) == ((), ())
    assert await stored(conn, board) == before
    assert await told(conn, board) == []


async def test_limits_transitions_and_failures_can_be_taken_away(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    await columns.edit_column(
        conn, board, "review", actor=ADA, limit=2, transitions={"advance": "ship", "skip": "qa"}
    )
    assert (await now(conn, board)).wip == {"review": 2}
    await columns.edit_column(
        conn, board, "review", actor=ADA, limit=None, on_fail=None, transitions={"advance": None}
    )
    after = await now(conn, board)
    review = after.column("review")
    assert review is not None
    assert (after.wip, review.on_fail) == ({}, None)
    assert [(t.event, t.target) for t in review.transitions] == [("skip", "qa")]


@pytest.mark.parametrize("text", [False, True])
async def test_an_edit_leaves_all_else_that_other_clients_stored(
    conn: AsyncConnection, text: bool
) -> None:
    board = await odd_board(conn, text=text)
    task = await make(conn, board, "todo")
    await columns.edit_column(conn, board, "todo", actor=ADA, name="ready", limit=9)
    row = await stored(conn, board)
    assert row["columns"] == [
        {"name": "ready", "label": "ready", "gate": "wizard", "wip_limit": 3}
        | {"transitions": "none"},
        5,
        {"note": "no column"},
        {**ODD[3], "on_fail": "ready"},
        ODD[4],
    ]
    assert row["config"] == {"theme": "dark", "wip": {"doing": 2, "x": "y", "ready": 9}}
    assert (await row_of(conn, task.id))["stage"] == "ready"
    await columns.edit_column(conn, board, "doing", actor=ADA, transitions={"advance": "ready"})
    assert (await stored(conn, board))["columns"][3]["transitions"] == [
        {"event": "advance", "target": "ready", "guard": {"tests": "green"}},
        "odd",
    ]


async def test_what_is_no_column_stays_in_its_place_when_columns_move(
    conn: AsyncConnection,
) -> None:
    board = await odd_board(conn)
    await columns.move_column(conn, board, "done", Where(first=True), actor=ADA)
    row = await stored(conn, board)
    assert row["columns"] == [
        {**ODD[4], "position": 0},
        5,
        {"note": "no column"},
        {**ODD[0], "position": 1},
        {**ODD[3], "position": 2},
    ]
    assert row["config"] == {"theme": "dark", "wip": {"doing": 2, "x": "y"}}
    await columns.remove_column(conn, board, "doing", actor=ADA)
    row = await stored(conn, board)
    assert row["columns"] == [
        {**ODD[4], "position": 0, "on_fail": None},
        5,
        {"note": "no column"},
        {**ODD[0], "position": 1},
    ]
    assert row["config"] == {"theme": "dark", "wip": {"x": "y"}}


@pytest.mark.parametrize("config", ["null", [1], 5])
async def test_a_config_that_is_no_object_holds_no_limit_but_lets_all_else_be_done(
    conn: AsyncConnection, config: Any
) -> None:
    board = await odd_board(conn, config)
    await columns.edit_column(conn, board, "todo", actor=ADA, name="ready")
    await columns.edit_column(conn, board, "ready", actor=ADA, limit=None)
    if config != "null":
        with pytest.raises(BadInput, match="cannot hold a limit"):
            await columns.edit_column(conn, board, "ready", actor=ADA, limit=2)
    assert await names(conn, board) == ["ready", "doing", "done"]


async def test_columns_that_are_no_list_are_left_as_they_are(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    await conn.execute("""UPDATE boards SET columns = '{"a": 1}' WHERE id = %s""", (board.id,))
    with pytest.raises(BadInput, match="no list"):
        await columns.add_column(conn, board, "new", actor=ADA)
    await conn.execute("UPDATE boards SET columns = 'null' WHERE id = %s", (board.id,))
    await columns.add_column(conn, board, "new", actor=ADA)
    assert await names(conn, board) == ["new"]


async def test_of_two_columns_of_one_name_one_can_be_renamed(conn: AsyncConnection) -> None:
    board = await make_board(conn, column("a"), column("b"), column("c", on_fail="a"))
    first, second, _ = board.columns
    in_first, in_second = await make(conn, board, "a"), await make(conn, board, "b")
    twice = json.dumps(
        [
            {**item, "name": "a"} if item["name"] == "b" else item
            for item in (await stored(conn, board))["columns"]
        ]
    )
    await conn.execute("UPDATE boards SET columns = %s WHERE id = %s", (twice, board.id))
    await conn.execute("UPDATE tasks SET stage = 'a' WHERE id = %s", (in_second.id,))
    await columns.edit_column(conn, board, second.id, actor=ADA, name="b")
    assert [(await row_of(conn, task.id))["stage"] for task in (in_first, in_second)] == ["a", "b"]
    after = await now(conn, board)
    assert [c.name for c in after.columns] == ["a", "b", "c"]
    assert after.columns[2].on_fail == "a"
    assert after.columns[0].id == first.id


async def test_a_column_that_holds_tasks_is_not_removed(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    by_id, by_name = await make(conn, board, "build"), await make(conn, board, "build")
    await conn.execute("UPDATE tasks SET stage = 'qa' WHERE id = %s", (by_id.id,))
    await conn.execute("UPDATE tasks SET column_id = NULL WHERE id = %s", (by_name.id,))
    await tasks.done_task(conn, by_name.id, ADA)
    with pytest.raises(Refused, match=r"'build' holds 2 tasks \(1 open\); say with --to"):
        await columns.remove_column(conn, board, "build", actor=ADA)
    assert await now(conn, board) == board


async def test_the_tasks_of_a_removed_column_move_and_are_logged(conn: AsyncConnection) -> None:
    board = await make_board(conn, column("draft"), column("build", "agent"), column("qa"))
    target = board.column("qa")
    assert target is not None
    by_id, by_name = await make(conn, board, "build"), await make(conn, board, "build")
    named, elsewhere = await make(conn, board, "qa"), await make(conn, board, "draft")
    await stages.advance_task(conn, by_id.id, ENG)
    await stages.move_task(conn, by_id.id, "build", ADA)
    await conn.execute("UPDATE tasks SET stage = 'qa' WHERE id = %s", (by_id.id,))
    await conn.execute("UPDATE tasks SET column_id = 'gone' WHERE id = %s", (by_name.id,))
    # It stands in qa, by its column_id; only its stage is that of the column that goes.
    await conn.execute("UPDATE tasks SET stage = 'build' WHERE id = %s", (named.id,))
    changed = await columns.remove_column(conn, board, "build", to="QA", actor=ADA)
    assert (changed.column, changed.tasks, changed.to) == ("build", 3, "qa")
    for task in (by_id, by_name, named):
        row = await row_of(conn, task.id)
        assert (row["stage"], row["column_id"]) == ("qa", target.id)
        assert (await gates_passed(conn, task.id))[-1] == ("build", "qa", "agent")
        assert (await events(conn, task.id))[-1] == "stage_change"
        assert await approvals(conn, task.id) == set()
    assert (await row_of(conn, elsewhere.id))["stage"] == "draft"
    assert await stages.stage_log(conn, elsewhere.id) == ()


async def test_what_names_a_removed_column_but_stands_elsewhere_stays_there(
    conn: AsyncConnection,
) -> None:
    board = await make_board(conn)
    task = await make(conn, board, "ship")
    await conn.execute("UPDATE tasks SET stage = 'build' WHERE id = %s", (task.id,))
    await columns.remove_column(conn, board, "build", to="draft", actor=ADA)
    row = await row_of(conn, task.id)
    ship = board.column("ship")
    assert ship is not None
    assert (row["stage"], row["column_id"]) == ("ship", ship.id)


async def test_what_led_to_a_removed_column_leads_to_where_its_tasks_went(
    conn: AsyncConnection,
) -> None:
    def make_all() -> tuple[Column, ...]:
        return (
            column("draft", advance_to="build"),
            column("build"),
            column("review", on_fail="build"),
        )

    board = await make_board(conn, *make_all())
    await columns.edit_column(conn, board, "build", actor=ADA, limit=3)
    await columns.remove_column(conn, board, "build", to="review", actor=ADA)
    draft, review = (await now(conn, board)).columns
    assert [t.target for t in draft.transitions] == ["review"]
    assert review.on_fail is None
    other = await make_board(conn, *make_all(), name="Other")
    await columns.remove_column(conn, other, "build", actor=ADA)
    draft, review = (await now(conn, other)).columns
    assert (draft.transitions, review.on_fail) == ((), None)
    assert (await now(conn, board)).wip == {}


async def test_a_board_keeps_one_column_at_least(conn: AsyncConnection) -> None:
    board = await make_board(conn, column("only"))
    with pytest.raises(Refused, match="the last column"):
        await columns.remove_column(conn, board, "only", actor=ADA)
    with pytest.raises(BadInput, match="name another"):
        await columns.remove_column(conn, board, "only", to="only", actor=ADA)


async def test_a_column_is_named_by_its_id_name_or_label(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    await columns.edit_column(conn, board, board.columns[0].id, actor=ADA, label="The Beginning")
    await columns.edit_column(conn, board, "the beginning", actor=ADA, name="start")
    assert (await names(conn, board))[0] == "start"
    with pytest.raises(NotFound, match="no column 'x'; there are start, build"):
        await columns.edit_column(conn, board, "x", actor=ADA, name="y")
    with pytest.raises(BadInput, match="beside itself"):
        await columns.move_column(conn, board, "build", Where(after="build"), actor=ADA)


async def test_the_columns_of_a_made_up_board_stay(conn: AsyncConnection) -> None:
    board = await boards.find_board(conn, "type:software")
    edits = (
        columns.add_column(conn, board, "new", actor=ADA),
        columns.edit_column(conn, board, "build", actor=ADA, name="forge"),
        columns.move_column(conn, board, "build", Where(), actor=ADA),
        columns.remove_column(conn, board, "build", actor=ADA),
    )
    for edit in edits:
        with pytest.raises(Refused, match="'genie-tui board create NAME' makes a board"):
            await edit


async def test_who_edits_what_was_changed_since_is_told(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    seen = board.updated_at
    await columns.edit_column(conn, board, "build", actor=ADA, gate="human", seen=seen)
    with pytest.raises(Conflict, match="changed meanwhile"):
        await columns.add_column(conn, board, "new", actor=ADA, seen=seen)
    fresh = await now(conn, board)
    await columns.add_column(conn, board, "new", actor=ADA, seen=fresh.updated_at)
    await conn.execute("DELETE FROM boards WHERE id = %s", (board.id,))
    with pytest.raises(NotFound, match="is gone"):
        await columns.add_column(conn, board, "newer", actor=ADA)


async def test_of_two_who_add_columns_at_once_neither_is_lost(
    conn: AsyncConnection, connect: Connect
) -> None:
    board = await make_board(conn)
    await conn.commit()
    one, two = await connect(), await connect()
    await columns.add_column(one, board, "one", actor=ADA)
    second = asyncio.create_task(columns.add_column(two, board, "two", actor=ADA))
    await waits(conn, two)
    await one.commit()
    await second
    await two.commit()
    assert (await names(conn, board))[-2:] == ["one", "two"]


async def test_a_task_that_is_on_its_way_into_a_column_is_renamed_with_it(
    conn: AsyncConnection, connect: Connect
) -> None:
    board = await make_board(conn)
    task = await make(conn, board, "draft")
    await conn.commit()
    mover, editor = await connect(), await connect()
    await stages.move_task(mover, task.id, "build", ENG)
    edit = asyncio.create_task(columns.edit_column(editor, board, "build", actor=ADA, name="forge"))
    await waits(conn, editor)
    await mover.commit()
    assert (await edit).tasks == 1
    await editor.commit()
    assert (await row_of(conn, task.id))["stage"] == "forge"


async def test_a_task_is_not_moved_into_a_column_that_is_being_removed(
    conn: AsyncConnection, connect: Connect
) -> None:
    board = await make_board(conn)
    task = await make(conn, board, "draft")
    await conn.commit()
    mover, editor = await connect(), await connect()
    await columns.remove_column(editor, board, "build", actor=ADA)
    move = asyncio.create_task(stages.move_task(mover, task.id, "build", ENG))
    await waits(conn, mover)
    await editor.commit()
    with pytest.raises(NotFound):
        await move


async def test_another_clients_move_is_caught_by_a_rename(
    conn: AsyncConnection, connect: Connect
) -> None:
    board = await make_board(conn)
    task = await make(conn, board, "draft")
    await conn.commit()
    other, editor = await connect(), await connect()
    await other.execute("UPDATE tasks SET stage = 'build', column_id = NULL")
    edit = asyncio.create_task(columns.edit_column(editor, board, "build", actor=ADA, name="forge"))
    await waits(conn, editor)
    await other.commit()
    await edit
    late = asyncio.create_task(other.execute("UPDATE tasks SET stage = 'build'"))
    await waits(conn, other)
    await editor.commit()
    with pytest.raises(Exception, match="Invalid stage"):
        await late
    assert (await row_of(conn, task.id))["stage"] == "forge"


async def test_who_moves_a_task_and_who_renames_its_column_do_not_lock_each_other_out(
    conn: AsyncConnection, connect: Connect
) -> None:
    board = await make_board(conn)
    task = await make(conn, board, "draft")
    await conn.commit()
    mover, editor = await connect(), await connect()
    for number in range(20):
        name, stage = ("forge", "qa") if number % 2 == 0 else ("build", "draft")
        current = "build" if name == "forge" else "forge"
        edit = columns.edit_column(editor, board, current, actor=ADA, name=name)
        move = stages.move_task(mover, task.id, stage, ENG)

        async def committed(work: Any, on: AsyncConnection) -> None:
            await work
            await on.commit()

        await asyncio.gather(committed(edit, editor), committed(move, mover))
    assert (await row_of(conn, task.id))["stage"] == "draft"


async def test_a_rename_is_told_once_to_whoever_looks_at_the_board(
    database: Database, conn: AsyncConnection
) -> None:
    board = await make_board(conn)
    made = [await make(conn, board, "build") for _ in range(3)]
    await conn.commit()
    told = "board Flow: column build renamed to forge by ada, 3 tasks followed"
    async with following(Feed(database)) as follower:
        await columns.edit_column(conn, board, "build", actor=ADA, name="forge")
        await conn.commit()
        await follower.until(lambda: any(change.boards for change in follower.changes[1:]))
        await follower.until(lambda: {task.id for task in made} <= set(follower.cards))
        await follower.until(lambda: follower.lines)
        assert {card.stage for card in follower.cards.values()} == {"forge"}
        await stages.move_task(conn, made[0].id, "qa", ADA)
        await conn.commit()
        await follower.told(2)
        await follower.settled()
        assert follower.lines == [told, f"#{made[0].seq} forge → qa by ada"]


async def test_a_rename_is_no_move_to_a_feed_that_looks_for_what_was_not_announced(
    database: Database, conn: AsyncConnection
) -> None:
    board = await make_board(conn)
    renamed, moved = await make(conn, board, "build"), await make(conn, board, "draft")
    await columns.edit_column(conn, board, "build", actor=ADA, name="forge")
    await columns.edit_column(conn, board, "forge", actor=ADA, name="smithy")
    await conn.commit()
    async with following(Feed(database, poll=0.1)) as follower:
        await conn.execute("ALTER TABLE tasks DISABLE TRIGGER USER")
        await conn.execute("UPDATE tasks SET title = 'other' WHERE id = %s", (renamed.id,))
        await conn.execute("UPDATE tasks SET stage = 'smithy' WHERE id = %s", (moved.id,))
        await conn.commit()
        await follower.until(lambda: follower.lines)
        polls = follower.feed.counters.polls
        await follower.until(lambda: follower.feed.counters.polls > polls + 3)
        assert follower.lines == [f"#{moved.seq} draft → smithy"]


async def test_counts_are_where_the_cards_are_shown(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    made = [await make(conn, board, stage) for stage in ("draft", "build", "build", "qa")]
    await tasks.done_task(conn, made[1].id, ADA)
    await conn.execute("UPDATE tasks SET column_id = 'gone' WHERE id = %s", (made[0].id,))
    await conn.execute("ALTER TABLE tasks DISABLE TRIGGER trg_validate_stage")
    await conn.execute(
        "UPDATE tasks SET column_id = '', stage = 'lost' WHERE id = %s", (made[3].id,)
    )
    counts = (await board_objects.object_of(conn, board))["counts"]
    assert (counts["open"], counts["all"], counts["orphaned"]) == (3, 4, 1)
    assert [(c["name"], c["open"], c["all"]) for c in counts["columns"]] == [
        ("draft", 1, 1),
        ("build", 1, 2),
        ("review", 0, 0),
        ("qa", 0, 0),
        ("ship", 0, 0),
    ]


def test_columns_keep_the_ids_that_are_asked_to_be_kept_where_they_can_be_told_by_them() -> None:
    given = [replace(column(name), id=id_) for name, id_ in (("a", "x"), ("b", "x"), ("c", ""))]
    kept = [item["id"] for item in columns.written(given, keep_ids=True)]
    assert kept[0] == "x"
    assert len(set(kept)) == 3
    assert "" not in kept
    assert "x" not in [item["id"] for item in columns.written(given, keep_ids=False)]
