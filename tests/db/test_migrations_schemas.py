"""A schema other than public, alone or with public behind it."""

from __future__ import annotations

import pytest
from psycopg import AsyncConnection

from genie_tui.db.migrations import available, migrate, state
from tests.db.conftest import ConnectEmpty
from tests.db.contract import contract, migrated

NAMES = tuple(migration.name for migration in available())
IN_PUBLIC = """
    SELECT relname, relkind::text, relfilenode FROM pg_class
     WHERE relnamespace = 'public'::regnamespace
     UNION ALL
    SELECT proname, 'function', oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


async def rows(conn: AsyncConnection, query: str) -> list[tuple[object, ...]]:
    return await (await conn.execute(query.encode())).fetchall()


@pytest.mark.parametrize("path", ["fresh", '"Odd; name"', "fresh, public", '"$user", fresh'])
@pytest.mark.parametrize("public", ["empty", "migrated"])
async def test_all_is_made_in_the_first_schema_of_the_path_and_works_there(
    connect_empty: ConnectEmpty, path: str, public: str
) -> None:
    conn = await connect_empty()
    if public == "migrated":
        await migrate(conn)
    await conn.execute('CREATE SCHEMA fresh; CREATE SCHEMA "Odd; name"')
    before = await rows(conn, IN_PUBLIC)
    await conn.execute(f"SET search_path = {path}".encode())
    assert (await state(conn)).pending == NAMES
    assert await migrate(conn) == NAMES
    assert (await state(conn)).pending == ()
    assert await migrated(conn) ^ await contract(conn) == set()
    assert set(await rows(conn, IN_PUBLIC)) == set(before)
    await expect_it_works(conn)


async def expect_it_works(conn: AsyncConnection) -> None:
    """Numbers, validation, notifications and approvals are those of the current schema."""
    await conn.execute("""
        LISTEN genie_task_stage; LISTEN tui_task_change;
        INSERT INTO boards (id, name, columns) VALUES ('b', 'b', '[{"name": "odd stage"}]');
        INSERT INTO tasks (id, repo_path, title) VALUES ('t', '/r', 'x');
        INSERT INTO tui_approvals (task_id, stage, kind, actor_type, actor_id)
        VALUES ('t', 'draft', 'human', 'local', 'ada');
    """)
    await conn.execute("UPDATE tasks SET board_id = 'b', stage = 'odd stage'")
    heard = [(one.channel, one.payload) async for one in conn.notifies(timeout=30, stop_after=3)]
    assert heard == [
        ("tui_task_change", "t"),
        ("genie_task_stage", "t:draft:odd stage"),
        ("tui_task_change", "t"),
    ]
    assert await rows(conn, "SELECT seq FROM tasks") == [(1,)]
    assert await rows(conn, "SELECT count(*) FROM tui_approvals") == [(0,)]


async def test_schemas_of_one_database_are_migrated_each_for_itself(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    await conn.execute("CREATE SCHEMA one; CREATE SCHEMA two; SET search_path = one, two")
    await migrate(conn, migrations=available()[:2])
    await conn.execute("SET search_path = two, one")
    assert (await state(conn)).applied == ()
    await migrate(conn)
    await conn.execute("SET search_path = one, two")
    assert (await state(conn)).applied == NAMES[:2]
    assert await migrate(conn) == NAMES[2:]


async def test_a_client_that_names_the_schema_itself_is_heard_whatever_its_path(
    connect_empty: ConnectEmpty,
) -> None:
    conn, stranger = await connect_empty(), await connect_empty()
    await conn.execute("CREATE SCHEMA ours; SET search_path = ours")
    await migrate(conn)
    await conn.execute("""
        INSERT INTO tasks (id, repo_path, title) VALUES ('t', '/r', 'x'), ('u', '/r', 'x');
        INSERT INTO task_tags (task_id, tag_id) VALUES ('t', 'bug');
    """)
    await conn.execute("LISTEN tui_task_change")
    await stranger.execute("SET search_path = ''")
    await stranger.execute("UPDATE ours.tasks SET title = 'y' WHERE id = 't'")
    await stranger.execute("DELETE FROM ours.task_tags")
    await stranger.execute("DELETE FROM ours.tasks WHERE id = 'u'")
    heard = [one.payload async for one in conn.notifies(timeout=30, stop_after=3)]
    assert heard == ["t", "t", "u"]
