"""Columns added, changed, moved and removed, whatever other clients have stored."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.boards import Column
from genie_tui.domain.columns import Where
from genie_tui.errors import BadInput, Conflict, NotFound, Refused
from genie_tui.services import boards, columns
from tests.services.making import ADA, column, make, make_board, row_of
from tests.services.stored import ODD, names, now, odd_board, stored, told


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


def test_columns_keep_the_ids_that_are_asked_to_be_kept_where_they_can_be_told_by_them() -> None:
    given = [replace(column(name), id=id_) for name, id_ in (("a", "x"), ("b", "x"), ("c", ""))]
    kept = [item["id"] for item in columns.written(given, keep_ids=True)]
    assert kept[0] == "x"
    assert len(set(kept)) == 3
    assert "" not in kept
    assert "x" not in [item["id"] for item in columns.written(given, keep_ids=False)]
