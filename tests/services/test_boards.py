"""Boards: the real ones, and those made up for tasks that have none."""

from __future__ import annotations

import asyncio
import json

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.gates import Gate
from genie_tui.errors import Ambiguous, BadInput, Conflict, NotFound, Refused
from genie_tui.services import boards, projects
from tests.conftest import Connect
from tests.services.making import ADA, column, make, make_board, rows, waits

GLOBAL = "Software Development"


async def test_boards_are_listed_with_those_made_up_for_tasks_without(
    conn: AsyncConnection,
) -> None:
    acme = await projects.ensure_project(conn, "/src/acme")
    other = await projects.ensure_project(conn, "/src/other")
    await make_board(conn, name="Sprint", project_id=acme.id)
    await make_board(conn, name="Elsewhere", project_id=other.id)
    assert [b.name for b in await boards.list_boards(conn)] == ["Sprint", "Elsewhere", GLOBAL]
    await make(conn, repo="/src/acme")
    listed = await boards.list_boards(conn, project_id=acme.id)
    assert [(b.name, b.project_name, b.key) for b in listed] == [
        ("Sprint", "acme", listed[0].id),
        (GLOBAL, None, listed[1].id),
        (f"{GLOBAL} (no board)", None, "type:software"),
    ]
    assert [c.name for c in listed[2].columns] == [c.name for c in listed[1].columns]
    unused = await boards.list_boards(conn, project_id=other.id)
    assert [b.name for b in unused] == ["Elsewhere", GLOBAL]


async def test_a_board_is_found_in_the_project_then_globally_then_anywhere(
    conn: AsyncConnection,
) -> None:
    acme = await projects.ensure_project(conn, "/src/acme")
    other = await projects.ensure_project(conn, "/src/other")
    here = await make_board(conn, name="Sprint", project_id=acme.id)
    everywhere = await make_board(conn, name="sprint")
    there = await make_board(conn, name="Release", project_id=other.id)
    assert (await boards.find_board(conn, "SPRINT", project_id=acme.id)) == here
    assert (await boards.find_board(conn, "SPRINT", project_id=other.id)) == everywhere
    assert (await boards.find_board(conn, "Sprint")) == everywhere
    assert (await boards.find_board(conn, "release", project_id=acme.id)) == there
    assert (await boards.find_board(conn, str(here.id), project_id=other.id)) == here


async def test_a_name_in_several_projects_is_ambiguous(conn: AsyncConnection) -> None:
    for path in ("/src/acme", "/src/other"):
        project = await projects.ensure_project(conn, path)
        await make_board(conn, name="Sprint", project_id=project.id)
    with pytest.raises(Ambiguous, match=r"acme/Sprint .*, other/Sprint"):
        await boards.find_board(conn, "sprint")


async def test_names_that_differ_in_case_alone_are_told_apart(conn: AsyncConnection) -> None:
    lower, upper = await make_board(conn, name="flow"), await make_board(conn, name="FLOW")
    assert await boards.find_board(conn, "flow") == lower
    assert await boards.find_board(conn, "FLOW") == upper


@pytest.mark.parametrize("name", ["type:software", "software", f"{GLOBAL} (no board)"])
async def test_a_made_up_board_is_found_by_its_type(conn: AsyncConnection, name: str) -> None:
    board = await boards.find_board(conn, name)
    assert (board.id, board.key, board.type_id) == (None, "type:software", "software")
    assert [c.gate for c in board.columns][:3] == [Gate.HUMAN, Gate.BOTH, Gate.HUMAN]


async def test_what_is_not_found_says_what_to_do(conn: AsyncConnection) -> None:
    with pytest.raises(NotFound, match="'genie-tui board list' shows them"):
        await boards.find_board(conn, "nothing")


async def test_a_new_board_has_new_column_ids_and_counted_positions(
    conn: AsyncConnection,
) -> None:
    made = await make_board(
        conn,
        column("a", "agent", auto=True, on_fail="b", advance_to="b"),
        column("b", action=None),
    )
    (row,) = await rows(conn, "SELECT columns FROM boards WHERE name = 'Flow'")
    assert made == await boards.find_board(conn, "Flow")
    assert [c.position for c in made.columns] == [0, 1]
    assert len({c.id for c in made.columns}) == 2
    assert row["columns"][0] == {
        "id": made.columns[0].id,
        "name": "a",
        "label": "A",
        "gate": "agent",
        "action": "/work",
        "auto_advance": True,
        "transitions": [{"event": "advance", "target": "b"}],
        "roles": ["*"],
        "color": "#94a3b8",
        "parallel": False,
        "on_fail": "b",
        "position": 0,
    }


async def test_a_board_can_be_made_from_a_template(conn: AsyncConnection) -> None:
    made = await boards.create_board(conn, "Hiring", template="HIRING")
    assert [c.name for c in made.columns] == [
        "sourcing",
        "screening",
        "interview",
        "offer",
        "hired",
    ]
    (template,) = await rows(conn, "SELECT columns FROM board_templates WHERE name = 'hiring'")
    assert not {c.id for c in made.columns} & {c["id"] for c in template["columns"]}
    default = await boards.create_board(conn, "Work")
    assert default.columns[0].name == "triage"


async def test_a_board_that_cannot_be_is_refused(conn: AsyncConnection) -> None:
    with pytest.raises(BadInput, match="without columns"):
        await boards.create_board(conn, "Empty", columns=[])
    with pytest.raises(BadInput, match="one name"):
        await make_board(conn, column("a"), column("a"))
    with pytest.raises(BadInput, match="a board's name is empty"):
        await make_board(conn, name=" ")
    with pytest.raises(NotFound, match="no template 'x'"):
        await boards.create_board(conn, "X", template="x")
    with pytest.raises(Conflict, match="there is a board"):
        await make_board(conn, name=GLOBAL)


async def test_of_no_project_a_board_is_refused(conn: AsyncConnection) -> None:
    with pytest.raises(NotFound, match="no project 'proj-0'"):
        await make_board(conn, project_id="proj-0")


async def test_columns_and_limits_stored_as_text_are_read(conn: AsyncConnection) -> None:
    columns = json.dumps(json.dumps([{"name": "one"}, {"name": "zero", "position": -1}, 5, {}]))
    config = json.dumps(json.dumps({"wip": {"one": 4, "zero": "many"}}))
    await conn.execute(
        "INSERT INTO boards (name, columns, config) VALUES ('Odd', %s::jsonb, %s::jsonb)",
        (columns, config),
    )
    board = await boards.find_board(conn, "odd")
    assert [(c.name, c.label, c.id, c.roles) for c in board.columns] == [
        ("zero", "zero", "zero", ("*",)),
        ("one", "one", "one", ("*",)),
    ]
    assert board.wip == {"one": 4}


async def test_a_board_is_renamed_and_described(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    changed = await boards.edit_board(conn, board, name=" Sprint  1 ", description="x", actor=ADA)
    assert changed == ("name", "description")
    now = await boards.find_board(conn, "sprint 1")
    assert (now.id, now.description) == (board.id, "x")
    assert await boards.edit_board(conn, now, name="Sprint 1", actor=ADA) == ()
    assert await boards.edit_board(conn, now, description=" ", actor=ADA) == ("description",)
    (told, _) = await rows(
        conn,
        "SELECT actor, details FROM audit_events"
        " WHERE entity_type = 'board' AND event_type = 'edited' ORDER BY id",
    )
    assert told["actor"] == "ada"
    assert told["details"] == {
        "name": "Flow",
        "before": {"name": "Flow", "description": None},
        "after": {"name": "Sprint 1", "description": "x"},
    }


async def test_a_board_does_not_take_anothers_name_nor_overwrite_anothers_edit(
    conn: AsyncConnection,
) -> None:
    board = await make_board(conn)
    await boards.edit_board(conn, board, description="x", seen=board.updated_at, actor=ADA)
    with pytest.raises(Conflict, match="changed meanwhile"):
        await boards.edit_board(conn, board, description="y", seen=board.updated_at, actor=ADA)
    with pytest.raises(BadInput, match="is empty"):
        await boards.edit_board(conn, board, name=" ", actor=ADA)
    with pytest.raises(Conflict, match="choose another name"):
        await boards.edit_board(conn, board, name=GLOBAL, actor=ADA)


async def test_a_board_is_deleted_once_no_task_refers_to_it(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    task = await make(conn, board)
    with pytest.raises(Refused, match=r"Flow holds 1 task \(1 open\)"):
        await boards.delete_board(conn, board, ADA)
    await conn.execute("DELETE FROM tasks WHERE id = %s", (task.id,))
    await boards.delete_board(conn, board, ADA)
    for verb in (boards.delete_board(conn, board, ADA), boards.find_board(conn, "Flow")):
        with pytest.raises(NotFound):
            await verb
    (told,) = await rows(conn, "SELECT details FROM audit_events WHERE event_type = 'deleted'")
    assert told["details"]["name"] == "Flow"


async def test_a_task_is_not_made_on_a_board_that_is_being_deleted(
    conn: AsyncConnection, connect: Connect
) -> None:
    board = await make_board(conn)
    await conn.commit()
    maker, deleter = await connect(), await connect()
    await boards.delete_board(deleter, board, ADA)
    making = asyncio.create_task(make(maker, board))
    await waits(conn, maker)
    await deleter.commit()
    with pytest.raises(NotFound):
        await making


async def test_a_made_up_board_is_neither_edited_nor_deleted(conn: AsyncConnection) -> None:
    board = await boards.find_board(conn, "type:software")
    for verb in (
        boards.edit_board(conn, board, name="Mine", actor=ADA),
        boards.delete_board(conn, board, ADA),
    ):
        with pytest.raises(Refused, match="made up"):
            await verb


async def test_the_first_board_is_the_projects_own_then_one_with_its_tasks(
    conn: AsyncConnection,
) -> None:
    acme = await projects.ensure_project(conn, "/src/acme")
    assert (await boards.first_board(conn, acme.id)).name == GLOBAL
    await make(conn, repo="/src/acme")
    assert (await boards.first_board(conn, acme.id)).key == "type:software"
    await make_board(conn, name="Sprint", project_id=acme.id)
    assert (await boards.first_board(conn, acme.id)).name == "Sprint"
    await conn.execute("DELETE FROM tasks")
    await conn.execute("DELETE FROM boards")
    assert (await boards.first_board(conn)).key == "type:software"
