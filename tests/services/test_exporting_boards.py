"""Boards in files: ours, with their tasks, and those that were made elsewhere."""

from __future__ import annotations

import pytest
from psycopg import AsyncConnection

from genie_tui.errors import BadInput, Conflict
from genie_tui.services import boards, projects, tasks
from tests.services.making import ADA, REPO, make, make_board, rows
from tests.services.projects_made import counts, exported_board, imported_board, make_project


async def test_a_board_comes_back_byte_for_byte(
    conn: AsyncConnection, other: AsyncConnection
) -> None:
    await make_project(conn)
    board = await boards.find_board(conn, "Sprint")
    assert board.id is not None
    for with_tasks in (False, True):
        file = await exported_board(conn, board.id, tasks=with_tasks)
        done = await imported_board(other, file)
        assert (done.id, done.tasks) == (board.id, 2 if with_tasks else 0)
        assert await exported_board(other, board.id, tasks=with_tasks) == file
        await other.execute("DELETE FROM tasks")
        await other.execute("DELETE FROM boards WHERE id = %s", (board.id,))


async def test_a_boards_tasks_get_new_numbers_where_there_are_some(conn: AsyncConnection) -> None:
    await make_project(conn)
    board = await boards.find_board(conn, "Sprint")
    assert board.id is not None
    file = await exported_board(conn, board.id, tasks=True)
    done = await imported_board(conn, file, name="Sprint 2")
    found = await rows(
        conn, "SELECT seq, repo_path FROM tasks WHERE board_id = %(id)s ORDER BY 1", id=done.id
    )
    assert found == [{"seq": 5, "repo_path": REPO}, {"seq": 6, "repo_path": REPO}]


async def test_a_task_is_put_under_a_parent_that_is_here_unless_its_group_is_taken(
    conn: AsyncConnection,
) -> None:
    project = await projects.ensure_project(conn, REPO, ADA)
    board = await make_board(conn, project_id=project.id)
    assert board.id is not None
    parent = await make(conn, title="on no board")
    await make(conn, board, title="free", parent_id=parent.id)
    await make(conn, board, title="grouped", parent_id=parent.id, group_name="a")
    file = await exported_board(conn, board.id, tasks=True)
    done = await imported_board(conn, file, name="copy")
    found = await rows(
        conn, "SELECT title, parent_id FROM tasks WHERE board_id = %(id)s ORDER BY 1", id=done.id
    )
    assert [row["parent_id"] for row in found] == [parent.id, None]
    (left_out,) = done.left_out
    assert "group" in left_out


async def test_a_board_of_a_name_that_is_taken_is_refused(conn: AsyncConnection) -> None:
    board = await make_board(conn)
    assert board.id is not None
    file = await exported_board(conn, board.id)
    with pytest.raises(Conflict, match="--name"):
        await imported_board(conn, file, everywhere=True)
    done = await imported_board(conn, file)
    assert done.id != board.id
    made = await boards.find_board(conn, done.id)
    assert (made.project_name, made.columns) == ("acme", board.columns)


async def test_a_boards_row_and_a_template_are_boards(conn: AsyncConnection) -> None:
    (row,) = await rows(
        conn, "SELECT to_jsonb(b) AS row FROM boards b WHERE name = 'Software Development'"
    )
    (template,) = await rows(
        conn, "SELECT to_jsonb(b) AS row FROM board_templates b WHERE name = 'ops'"
    )
    for value, first in ((row["row"], "draft"), (template["row"], "identified")):
        done = await imported_board(conn, value)
        made = await boards.find_board(conn, done.id)
        assert made.columns[0].name == first
        assert (await make(conn, made)).stage == first


async def test_a_list_of_columns_needs_a_name(conn: AsyncConnection) -> None:
    columns = [{"name": "todo"}, {"name": "done", "gate": "agent"}]
    with pytest.raises(BadInput, match="--name NAME"):
        await imported_board(conn, columns)
    await conn.rollback()
    done = await imported_board(conn, columns, name="Chores", everywhere=True)
    made = await boards.find_board(conn, "Chores")
    assert (made.id, made.project_id) == (done.id, None)
    assert [(column.name, column.gate) for column in made.columns] == [
        ("todo", "human"),
        ("done", "agent"),
    ]
    assert (await tasks.create_task(conn, REPO, title="x", actor=ADA, board=made)).stage == "todo"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"name": "x", "columns": [{"name": "a"}, {"gate": "human"}]}, "columns[1].name: expected"),
        ({"genie": {"format": "board", "version": 1}}, "board: expected an object, found nothing"),
        ("{", "it is not JSON at line 1, column 2: it ends in the middle"),
    ],
)
async def test_what_is_no_board_is_refused_with_its_place(
    conn: AsyncConnection, value: object, message: str
) -> None:
    before = await counts(conn)
    with pytest.raises(BadInput) as raised:
        await imported_board(conn, value)
    assert str(raised.value).startswith(message)
    await conn.rollback()
    assert await counts(conn) == before
