"""Templates: made, changed and deleted; those that Genie brought stay."""

from __future__ import annotations

import json

import pytest
from psycopg import AsyncConnection

from genie_tui.errors import BadInput, Conflict, NotFound, Refused
from genie_tui.services import boards, templates
from tests.services.making import ADA, FLOW, column, make_board, rows

OURS = ["bug", "hiring", "ops", "sales", "software"]


async def test_templates_are_listed_those_of_genie_first(conn: AsyncConnection) -> None:
    await templates.create_template(conn, "aaa", columns=FLOW, actor=ADA)
    listed = await templates.list_templates(conn)
    assert [t.name for t in listed] == [*OURS, "aaa"]
    assert [t.is_builtin for t in listed] == [True] * 5 + [False]


async def test_a_template_is_found_by_id_or_name(conn: AsyncConnection) -> None:
    made = await templates.create_template(
        conn, "Our  Way", columns=FLOW, description=" how ", icon="code", actor=ADA
    )
    assert (made.name, made.description, made.icon, made.is_builtin) == (
        "Our Way",
        "how",
        "code",
        False,
    )
    assert await templates.find_template(conn, "our way") == made
    assert await templates.find_template(conn, made.id) == made
    with pytest.raises(NotFound, match="'genie-tui board template list' shows them"):
        await templates.find_template(conn, "theirs")


async def test_a_board_becomes_a_template_and_that_a_board_again(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    (row,) = await rows(conn, "SELECT columns FROM boards WHERE name = 'Flow'")
    items = [{**item, "sla": {"hours": 4}} for item in row["columns"]]
    await conn.execute(
        "UPDATE boards SET columns = %s::jsonb WHERE id = %s", (json.dumps(items), board.id)
    )
    board = await boards.find_board(conn, "Flow")
    made = await templates.create_template(conn, "ours", columns=board.columns, actor=ADA)
    again = await boards.create_board(conn, "Again", template="ours")
    assert [c.name for c in again.columns] == [c.name for c in board.columns]
    ids = {c.id for of in (board, made, again) for c in of.columns}
    assert len(ids) == 3 * len(board.columns)
    (stored,) = await rows(conn, "SELECT columns FROM boards WHERE name = 'Again'")
    without = [{**item, "id": ""} for item in stored["columns"]]
    assert without == [{**item, "id": ""} for item in items]


async def test_what_is_given_of_a_template_is_changed(conn: AsyncConnection) -> None:
    made = await templates.create_template(
        conn, "ours", columns=FLOW, description="how", icon="code", actor=ADA
    )
    changed = await templates.edit_template(
        conn, made, name="theirs", description="", columns=[column("only")], actor=ADA
    )
    now = await templates.find_template(conn, made.id)
    assert set(changed) == {"name", "description", "columns"}
    assert (now.name, now.description, now.icon) == ("theirs", None, "code")
    assert [c.name for c in now.columns] == ["only"]
    assert now.updated_at > made.updated_at
    assert await templates.edit_template(conn, now, name="theirs", icon="code", actor=ADA) == ()
    told = await rows(
        conn,
        "SELECT event_type, actor, details->>'name' AS name FROM audit_events"
        " WHERE entity_type = 'board_template' AND entity_id = %(id)s ORDER BY id",
        id=made.id,
    )
    assert [tuple(row.values()) for row in told] == [
        ("created", "ada", "ours"),
        ("edited", "ada", "ours"),
    ]


async def test_what_genie_brought_stays(conn: AsyncConnection) -> None:
    for name in OURS:
        found = await templates.find_template(conn, name)
        with pytest.raises(Refused, match="Genie's own"):
            await templates.edit_template(conn, found, description="mine now", actor=ADA)
        with pytest.raises(Refused, match=f"--from-template {name}"):
            await templates.delete_template(conn, found, ADA)


async def test_a_deleted_template_leaves_its_boards(conn: AsyncConnection) -> None:
    made = await templates.create_template(conn, "ours", columns=FLOW, actor=ADA)
    await boards.create_board(conn, "Sprint", template="ours")
    await templates.delete_template(conn, made, ADA)
    assert len((await boards.find_board(conn, "Sprint")).columns) == len(FLOW)
    with pytest.raises(NotFound, match="is gone"):
        await templates.delete_template(conn, made, ADA)


async def test_a_template_that_cannot_be_is_refused(conn: AsyncConnection) -> None:
    made = await templates.create_template(conn, "ours", columns=FLOW, actor=ADA)
    await conn.commit()
    with pytest.raises(BadInput, match="without columns"):
        await templates.create_template(conn, "empty", columns=[], actor=ADA)
    for name in ("", " ", "nul\0"):
        with pytest.raises(BadInput):
            await templates.create_template(conn, name, columns=FLOW, actor=ADA)
        with pytest.raises(BadInput):
            await templates.edit_template(conn, made, name=name, actor=ADA)
    with pytest.raises(Conflict, match="choose another name"):
        await templates.edit_template(conn, made, name="software", actor=ADA)
    await conn.rollback()
    with pytest.raises(Conflict, match="choose another name"):
        await templates.create_template(conn, "ours", columns=FLOW, actor=ADA)
