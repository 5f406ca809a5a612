"""Our migrations beside theirs: what is added, what is left alone, and how ours is removed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.db import migrations
from tests import foreign
from tests.cli.conftest import Cli
from tests.db.contract import contract, migrated

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "coexistence.md"

# Tables, columns, constraints, indexes, triggers, functions and types, with what they are made of.
CATALOG = """
    SELECT 'relation', relname::text, relkind::text FROM pg_class WHERE relnamespace = 2200
     UNION ALL SELECT 'column', attrelid::regclass || '.' || attname, concat_ws(' ',
               format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
      FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
     WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 2200) AND attnum > 0
     UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 2200
     UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
     UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger
     WHERE NOT tgisinternal
     UNION ALL SELECT 'function', proname, pg_get_functiondef(oid) FROM pg_proc
     WHERE pronamespace = 2200
     UNION ALL SELECT 'type', typname, typtype::text FROM pg_type WHERE typnamespace = 2200
     UNION ALL SELECT 'migration', name, '' FROM _genie_migrations
"""


async def catalog(conn: AsyncConnection) -> set[Any]:
    return set(await (await conn.execute(CATALOG)).fetchall())


def removal() -> bytes:
    """The SQL of the page."""
    (found,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    return str(found).encode()


@pytest.mark.parametrize("had", ["nothing", "a part"])
async def test_ours_adds_to_theirs_and_its_removal_leaves_theirs_as_it_was(
    conn: AsyncConnection, had: str
) -> None:
    await conn.set_autocommit(True)
    before = await catalog(conn)
    if had == "a part":
        await foreign.partly(conn)
    applied = await migrations.migrate(conn)
    assert ("tui_001_changes" in applied) == (had == "nothing")
    added = await catalog(conn) - before
    assert before <= await catalog(conn), "theirs was changed"
    assert [row for row in added if "tui_" not in row[1]] == []
    assert (await migrations.state(conn)).unknown == tuple(foreign.NEWER)
    await conn.execute(removal())
    assert await catalog(conn) == before
    await conn.execute(removal())  # Once more does no harm.
    assert len(await migrations.migrate(conn)) > 5


async def test_what_is_left_after_the_removal_is_the_contracts(
    conn_to_ours: AsyncConnection,
) -> None:
    await conn_to_ours.execute(removal())
    rows = await (await conn_to_ours.execute(CATALOG)).fetchall()
    assert [row for row in rows if "tui_" in row[1]] == []
    assert await migrated(conn_to_ours) == await contract(conn_to_ours)


async def test_newer_migrations_are_told_and_left_alone(cli: Cli) -> None:
    told = cli("db", "status")
    assert "unknown here, of a newer Genie: 010_workspaces, 011_more_words" in told.out
    assert cli("db", "migrate").code == 0
    listed = cli("db", "migrations", "--json").json
    assert listed["unknown"] == list(foreign.NEWER)
    assert listed["pending"] == []


THEIR_WRITES = """
    UPDATE tags SET name = name || '!';
    UPDATE tags SET raw = '{"new": 1}' WHERE id = 'bug';
    UPDATE tasks SET raw = '[]', points = points + 1 WHERE seq % 2 = 0;
    UPDATE task_actors SET raw = '1';
    UPDATE task_tags SET raw = '2';
    DELETE FROM tags WHERE id = 'odd';
    ALTER TABLE tasks ALTER COLUMN status TYPE text, ALTER COLUMN priority TYPE text,
        ALTER COLUMN due_date TYPE timestamptz(3), ALTER COLUMN title TYPE varchar;
    ALTER TABLE task_actors ALTER COLUMN actor_id TYPE varchar;
    ALTER TABLE tags ALTER COLUMN name TYPE varchar, DROP COLUMN raw;
    ALTER TABLE tasks DROP COLUMN points;
    UPDATE tags SET color = '#000000';
    DELETE FROM task_actors; DELETE FROM task_tags; DELETE FROM tasks
"""


async def test_what_ours_added_stands_in_the_way_of_nothing_that_theirs_do(
    conn: AsyncConnection,
) -> None:
    await conn.set_autocommit(True)
    await migrations.migrate(conn)
    for statement in THEIR_WRITES.split(";"):
        await conn.execute(statement.encode())
