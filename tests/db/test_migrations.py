"""The runner: which files, in what order, by whom, and what becomes of one that fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from psycopg import AsyncConnection

from genie_tui.db import migrations
from genie_tui.db.migrations import LOCK, Migration, MigrationFailed, available, migrate, state
from genie_tui.errors import NoDatabase
from tests.db.conftest import ConnectEmpty

CONTRACT = (
    "001_core",
    "002_task_lifecycle",
    "003_projects",
    "004_clean_test_artifacts",
    "005_pg_state",
    "006_fix_agents_schema",
    "007_observability",
    "007_reconcile_mailbox_team_chat",
    "008_boards",
    "009_app_store",
)
NAMES = tuple(migration.name for migration in available())
WAITING = """
    SELECT count(*) FROM pg_stat_activity
     WHERE wait_event_type = 'Lock' AND datname = current_database()
"""
AT_ONCE = 30
"""Seconds within which what waits for nobody is surely done."""


async def values(conn: AsyncConnection, query: str) -> list[object]:
    """The first column of a query's answer."""
    return [row[0] for row in await (await conn.execute(query.encode())).fetchall()]


async def tables(conn: AsyncConnection) -> list[object]:
    return await values(conn, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")


async def until_it_waits(conn: AsyncConnection, running: asyncio.Task[tuple[str, ...]]) -> None:
    """Return once somebody waits for a lock of this database."""
    async with asyncio.timeout(AT_ONCE):
        while await values(conn, WAITING) == [0]:
            assert not running.done()
            await asyncio.sleep(0)


def write(directory: Path, **files: str) -> tuple[Migration, ...]:
    """Migrations of a test's own."""
    for name, script in files.items():
        (directory / f"{name}.sql").write_text(script)
    return available(directory)


async def test_ours_come_after_the_ten_of_the_contract() -> None:
    assert NAMES[:10] == CONTRACT
    assert NAMES[10] == "tui_001_changes"
    assert all(name.startswith("tui_") for name in NAMES[10:])


async def test_files_are_taken_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b", "a_2", "a", "a1", "tui_1", "010", "9"):
        (tmp_path / f"{name}.sql").touch()
    (tmp_path / "a.txt").touch()
    names = [migration.name for migration in available(tmp_path)]
    assert names == ["010", "9", "a", "a1", "a_2", "b", "tui_1"]


async def test_an_empty_database_has_everything_pending_and_asking_changes_nothing(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    found = await state(conn)
    assert (found.applied, found.pending, found.unknown) == ((), NAMES, ())
    assert await tables(conn) == []


async def test_each_file_is_recorded_under_its_name_in_order(connect_empty: ConnectEmpty) -> None:
    conn = await connect_empty()
    told: list[str] = []
    assert await migrate(conn, told.append) == NAMES
    assert await values(conn, "SELECT name FROM _genie_migrations ORDER BY id") == list(NAMES)
    assert await values(conn, "SELECT applied_at <= now() FROM _genie_migrations") == [True] * len(
        NAMES
    )
    assert [line.rpartition(" ")[2] for line in told] == list(NAMES)
    assert (await state(conn)).pending == ()


async def test_the_table_of_names_is_the_contracts(connect_empty: ConnectEmpty) -> None:
    conn = await connect_empty()
    await migrate(conn)
    columns = """
        SELECT concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull,
                         nullif(attidentity, ''), pg_get_expr(adbin, adrelid))
          FROM pg_attribute
          LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE attrelid = '_genie_migrations'::regclass AND attnum > 0
         ORDER BY attnum
    """
    assert await values(conn, columns) == [
        "id integer t a",
        "name text t",
        "applied_at timestamp with time zone t now()",
    ]
    constraints = """
        SELECT pg_get_constraintdef(oid) FROM pg_constraint
         WHERE conrelid = '_genie_migrations'::regclass AND contype IN ('p', 'u')
         ORDER BY contype
    """
    assert await values(conn, constraints) == ["PRIMARY KEY (id)", "UNIQUE (name)"]


async def test_a_database_that_another_program_migrated_is_left_as_it_is(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    await migrate(conn)
    await conn.execute("UPDATE _genie_migrations SET applied_at = '2001-01-01'")
    assert await migrate(conn) == ()
    assert await values(conn, "SELECT DISTINCT extract(year FROM applied_at)::int"
                              " FROM _genie_migrations") == [2001]  # fmt: skip


async def test_names_of_a_newer_program_are_told_and_are_no_error(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    await migrate(conn, migrations=available()[:3])
    await conn.execute("INSERT INTO _genie_migrations (name) VALUES ('010_next'), ('999_later')")
    found = await state(conn)
    assert (found.applied, found.unknown) == (NAMES[:3], ("010_next", "999_later"))
    assert await migrate(conn) == NAMES[3:]
    assert (await state(conn)).unknown == ("010_next", "999_later")


async def test_several_who_migrate_at_once_apply_each_file_once(
    connect_empty: ConnectEmpty,
) -> None:
    runners = [await connect_empty() for _ in range(5)]
    applied = await asyncio.gather(*(migrate(conn) for conn in runners))
    assert sorted(name for names in applied for name in names) == sorted(NAMES)
    assert await values(runners[0], "SELECT name FROM _genie_migrations ORDER BY id") == list(NAMES)


async def test_one_waits_for_who_migrates_already_and_finds_nothing_left(
    connect_empty: ConnectEmpty,
) -> None:
    first, second = await connect_empty(), await connect_empty()
    await first.execute(LOCK)
    waiting = asyncio.create_task(migrate(second))
    await until_it_waits(first, waiting)
    assert await tables(first) == []
    assert await migrate(first) == NAMES
    await first.execute(migrations.UNLOCK)
    assert await asyncio.wait_for(waiting, AT_ONCE) == ()


async def test_who_finds_nothing_pending_waits_for_nobody(connect_empty: ConnectEmpty) -> None:
    first, second = await connect_empty(), await connect_empty()
    await migrate(first)
    await first.execute(LOCK)
    assert await asyncio.wait_for(migrate(second), AT_ONCE) == ()


async def test_the_lock_is_free_again_afterwards(
    connect_empty: ConnectEmpty, tmp_path: Path
) -> None:
    conn = await connect_empty()
    await migrate(conn, migrations=write(tmp_path, a="SELECT 1"))
    with pytest.raises(MigrationFailed):
        await migrate(conn, migrations=write(tmp_path, b="SELECT nothing"))
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    assert await values(conn, held) == [0]


async def test_a_file_that_a_program_without_our_lock_applies_meanwhile_is_left_to_it(
    connect_empty: ConnectEmpty, tmp_path: Path
) -> None:
    other, conn = await connect_empty(), await connect_empty()
    files = write(tmp_path, a="CREATE TABLE a (); INSERT INTO log VALUES ('we')", b="SELECT 1")
    await other.execute(f"{migrations.CREATE_TABLE}; CREATE TABLE log (who text)".encode())
    async with other.transaction():
        await other.execute("INSERT INTO _genie_migrations (name) VALUES ('a')")
        await other.execute("CREATE TABLE a (); INSERT INTO log VALUES ('they')")
        running = asyncio.create_task(migrate(conn, migrations=files))
        await until_it_waits(other, running)
    assert await asyncio.wait_for(running, AT_ONCE) == ("b",)
    assert await values(conn, "SELECT who FROM log") == ["they"]


@pytest.mark.parametrize(
    ("bad", "line", "statement", "reason"),
    [
        ("\n\nSELCT 1;", 4, "SELCT 1;", 'syntax error at or near "SELCT"'),
        ("SELECT 1;\nSELECT\n  a,\n  b;", 4, "SELECT a, b;", 'column "a" does not exist'),
        ("-- why; not\nSELECT\n1/0;", 3, "SELECT 1/0;", "division by zero"),
        (
            "/* a;\n/* b; */ */ DO $$\nBEGIN\n  PERFORM ';'; RAISE 'no;';\nEND $$;",
            3,
            "DO $$ BEGIN PERFORM ';'; RAISE 'no;'; END $$;",
            "no;",
        ),
        (
            "INSERT INTO kept VALUES (1);\nINSERT INTO kept VALUES (1);",
            3,
            "INSERT INTO kept VALUES (1);",
            'duplicate key value violates unique constraint "kept_pkey": '
            "Key (id)=(1) already exists",
        ),
    ],
    ids=["syntax", "unknown column", "when run", "in a block", "a key"],
)
async def test_a_file_that_fails_is_rolled_back_and_named_with_line_statement_and_reason(
    connect_empty: ConnectEmpty,
    tmp_path: Path,
    bad: str,
    line: int,
    statement: str,
    reason: str,
) -> None:
    conn = await connect_empty()
    files = write(
        tmp_path,
        a_first="CREATE TABLE kept (id int PRIMARY KEY)",
        b_second=f"CREATE TABLE gone ();\n{bad}\nCREATE TABLE gone_too ();",
        c_third="CREATE TABLE never ()",
    )
    with pytest.raises(MigrationFailed) as caught:
        await migrate(conn, migrations=files)
    error = caught.value
    assert (error.file, error.line, error.reason) == ("b_second.sql", line, reason)
    assert " ".join(error.statement.split()) == statement
    assert f"b_second.sql failed at line {line}" in str(error)
    assert "genie-tui db migrate" in str(error)
    assert sorted(map(str, await tables(conn))) == ["_genie_migrations", "kept"]
    assert await values(conn, "SELECT name FROM _genie_migrations") == ["a_first"]
    mended = write(tmp_path, b_second="SELECT 1")
    assert await migrate(conn, migrations=mended) == ("b_second", "c_third")


async def test_a_failure_leaves_the_others_who_wait_their_turn(
    connect_empty: ConnectEmpty, tmp_path: Path
) -> None:
    bad = write(tmp_path, a="SELECT 1", b="SELECT 1/0")
    runners = [await connect_empty() for _ in range(3)]
    outcomes = await asyncio.gather(
        *(migrate(conn, migrations=bad) for conn in runners), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [MigrationFailed] * 3
    assert await values(runners[0], "SELECT name FROM _genie_migrations") == ["a"]


async def test_limits_that_suit_queries_do_not_stop_a_migration(
    connect_empty: ConnectEmpty, tmp_path: Path
) -> None:
    conn = await connect_empty()
    await conn.execute("SET statement_timeout = '20ms'; SET lock_timeout = '20ms'")
    slow = write(tmp_path, a="SELECT pg_sleep(0.1)")
    assert await migrate(conn, migrations=slow) == ("a",)
    assert await values(conn, "SHOW statement_timeout") == ["20ms"]


async def test_who_may_make_no_tables_is_told_so(connect_empty: ConnectEmpty) -> None:
    conn = await connect_empty()
    await conn.execute("SET default_transaction_read_only = on")
    with pytest.raises(NoDatabase, match=r"read-only transaction.*--no-migrate"):
        await migrate(conn)
    await conn.execute("SET default_transaction_read_only = off; SET search_path = nowhere")
    with pytest.raises(NoDatabase, match="no schema has been selected to create in"):
        await migrate(conn)


async def test_a_connection_that_breaks_meanwhile_is_no_mistake_in_a_file(
    connect_empty: ConnectEmpty, tmp_path: Path
) -> None:
    conn, other = await connect_empty(), await connect_empty()
    cut = "SELECT pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(NoDatabase, match="connection was lost"):
        await migrate(conn, migrations=write(tmp_path, a="SELECT 1", b=cut, c="SELECT 1"))
    rest = write(tmp_path, b="SELECT 1")
    assert await migrate(other, migrations=rest) == ("b", "c")


async def test_no_file_of_ours_ends_a_transaction_by_itself() -> None:
    for migration in available():
        script = migration.path.read_text().upper()
        assert "COMMIT" not in script, migration.name
        assert "ROLLBACK" not in script, migration.name
