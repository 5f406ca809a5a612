"""The table of saved views comes to a database that is in use, and goes along with its boards."""

from __future__ import annotations

import re

import psycopg
import pytest
from psycopg import AsyncConnection

from genie_tui.db.migrations import available, migrate
from tests.db.conftest import ConnectEmpty

FILL = """
    INSERT INTO projects (id, name) VALUES ('p', 'acme'), ('q', 'other');
    INSERT INTO boards (id, name, project_id, columns)
    VALUES ('b', 'Flow', 'p', '[{"name": "build"}]'), ('c', 'Shared', NULL, '[]');
    INSERT INTO tasks (repo_path, title, board_id, stage) VALUES ('/r', 't', 'b', 'build');
"""

ADD = """
    INSERT INTO tui_views (name, board_key, project_id, created_by_type, created_by_id)
    VALUES (%s, %s, %s, 'local', 'ada') RETURNING id, filter, view, board_id
"""


async def left(conn: AsyncConnection) -> list[tuple[str, str]]:
    query = "SELECT board_key, coalesce(project_id, '') FROM tui_views ORDER BY 1, 2"
    return list(await (await conn.execute(query)).fetchall())


async def test_a_filled_database_gets_views_that_go_with_their_boards_and_projects(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    views = "tui_005_views"
    await migrate(conn, migrations=[one for one in available() if one.name < views])
    await conn.execute(FILL)
    assert views in await migrate(conn)
    made = []
    for board, project in (("b", "p"), ("c", None), ("c", "p"), ("c", "q"), ("type:x", None)):
        made.append(await (await conn.execute(ADD, ("Mine", board, project))).fetchone())
        with pytest.raises(psycopg.errors.UniqueViolation):
            await conn.execute(ADD, ("MINE", board, project))
    assert all(row is not None and re.fullmatch("view-[0-9a-f]{8}", row[0]) for row in made)
    assert [row[1:] for row in made if row] == [
        ("", {}, board) for board in ("b", "c", "c", "c", None)
    ]
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await conn.execute(ADD, ("Mine", "gone", None))
    await conn.execute("DELETE FROM projects WHERE id = 'q'")
    assert await left(conn) == [("b", "p"), ("c", ""), ("c", "p"), ("type:x", "")]
    await conn.execute("DELETE FROM boards WHERE id = 'c'")
    assert await left(conn) == [("b", "p"), ("type:x", "")]
