"""Tasks whose column ids are wrong: put right where their stage says how."""

from __future__ import annotations

import json

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.boards import Board
from genie_tui.errors import NotFound, Refused
from genie_tui.services import boards
from genie_tui.services.reconciling import Reconciled, reconcile
from tests.services.making import ADA, events, make, make_board, row_of, rows


async def astray(conn: AsyncConnection) -> tuple[Board, dict[str, str]]:
    """A board with tasks of each kind, whose ids are given by what is the matter with them."""
    board = await make_board(conn)
    ids = {}
    for matter in ("right", "null", "empty", "gone", "lost", "elsewhere"):
        ids[matter] = (await make(conn, board, "build")).id
    await conn.execute("ALTER TABLE tasks DISABLE TRIGGER trg_validate_stage")
    for matter, query in (
        ("null", "UPDATE tasks SET column_id = NULL WHERE id = %s"),
        ("empty", "UPDATE tasks SET column_id = '' WHERE id = %s"),
        ("gone", "UPDATE tasks SET column_id = 'x' WHERE id = %s"),
        ("lost", "UPDATE tasks SET column_id = 'x', stage = 'nowhere' WHERE id = %s"),
        ("elsewhere", "UPDATE tasks SET stage = 'qa' WHERE id = %s"),
    ):
        await conn.execute(query, (ids[matter],))
    await conn.execute("ALTER TABLE tasks ENABLE TRIGGER trg_validate_stage")
    await conn.execute("UPDATE tasks SET updated_at = '2020-01-01'")
    return board, ids


def matters(done: Reconciled, ids: dict[str, str]) -> tuple[set[str], set[str]]:
    """What was the matter with what is repaired, and with what is orphaned."""
    names = {id_: matter for matter, id_ in ids.items()}
    return {names[t.id] for t in done.repaired}, {names[t.id] for t in done.orphaned}


async def test_column_ids_are_repaired_by_the_name_of_the_stage(conn: AsyncConnection) -> None:
    board, ids = await astray(conn)
    build = board.column("build")
    assert build is not None
    done = await reconcile(conn, board, ADA)
    assert matters(done, ids) == ({"null", "empty", "gone"}, {"lost"})
    assert {t.column_id for t in done.repaired} == {None, "x"}
    for matter in ("right", "null", "empty", "gone", "elsewhere"):
        assert (await row_of(conn, ids[matter]))["column_id"] == build.id
    assert (await row_of(conn, ids["lost"]))["column_id"] == "x"
    again = await reconcile(conn, board, ADA)
    assert matters(again, ids) == (set(), {"lost"})


async def test_when_tasks_were_changed_last_stays_as_it_was(conn: AsyncConnection) -> None:
    board, ids = await astray(conn)
    await reconcile(conn, board, ADA)
    times = await rows(conn, "SELECT DISTINCT updated_at::date::text AS day FROM tasks")
    assert times == [{"day": "2020-01-01"}]
    assert await events(conn, ids["gone"]) == []


async def test_what_was_repaired_is_told_once(conn: AsyncConnection) -> None:
    board, _ = await astray(conn)
    await reconcile(conn, board, ADA)
    await reconcile(conn, board, ADA)
    told = await rows(
        conn, "SELECT actor, details FROM audit_events WHERE event_type = 'reconciled'"
    )
    details = {"name": "Flow", "repaired": 3, "orphaned": 1}
    assert told == [{"actor": "ada", "details": details}]


async def test_a_dry_run_writes_nothing(conn: AsyncConnection) -> None:
    board, ids = await astray(conn)
    await conn.commit()
    await conn.execute("SET TRANSACTION READ ONLY")
    done = await reconcile(conn, board, ADA, dry_run=True)
    assert matters(done, ids) == ({"null", "empty", "gone"}, {"lost"})
    await conn.commit()
    assert await reconcile(conn, board, ADA) == done


async def test_columns_stored_as_text_are_good_enough(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    task = await make(conn, board, "build")
    (row,) = await rows(conn, "SELECT columns FROM boards WHERE name = 'Flow'")
    text = json.dumps(json.dumps(row["columns"]))
    await conn.execute("UPDATE boards SET columns = %s::jsonb WHERE id = %s", (text, board.id))
    await conn.execute("UPDATE tasks SET column_id = NULL WHERE id = %s", (task.id,))
    done = await reconcile(conn, board, ADA)
    assert [t.id for t in done.repaired] == [task.id]


async def test_only_the_boards_own_tasks_are_repaired(conn: AsyncConnection) -> None:
    board, other = await make_board(conn), await make_board(conn, name="Other")
    theirs = await make(conn, other, "build")
    await conn.execute("UPDATE tasks SET column_id = 'x' WHERE id = %s", (theirs.id,))
    assert (await reconcile(conn, board, ADA)).repaired == ()
    assert (await row_of(conn, theirs.id))["column_id"] == "x"


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_made_up_board_has_nothing_to_repair(conn: AsyncConnection, dry_run: bool) -> None:
    board = await boards.find_board(conn, "type:software")
    with pytest.raises(Refused, match="made up of the stages"):
        await reconcile(conn, board, ADA, dry_run=dry_run)


async def test_a_board_that_is_gone_is_told(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    await conn.execute("DELETE FROM boards WHERE id = %s", (board.id,))
    with pytest.raises(NotFound, match="is gone"):
        await reconcile(conn, board, ADA)
