"""Columns changed and removed with tasks in them, by several at once, and seen by others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.errors import Conflict, NotFound, Refused
from genie_tui.services import board_objects, columns, stages, tasks
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
    waits,
)
from tests.services.stored import names, now, told


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


async def test_words_are_forgotten_where_the_stage_has_the_name_of_the_new_column_already(
    conn: AsyncConnection,
) -> None:
    board = await make_board(conn, column("a", "human+agent"), column("b", "human+agent"))
    task = await make(conn, board, "b")
    await conn.execute("UPDATE tasks SET stage = 'a' WHERE id = %s", (task.id,))
    await stages.advance_task(conn, task.id, ENG)
    assert await approvals(conn, task.id) == {("a", "agent", "eng-1")}
    await columns.remove_column(conn, board, "b", to="a", actor=ADA)
    assert await approvals(conn, task.id) == set()
