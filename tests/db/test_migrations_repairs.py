"""Databases in an older shape: repaired, with their data kept."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.db.migrations import available, migrate
from tests.db.conftest import ConnectEmpty
from tests.db.contract import contract, migrated

OLD_AGENTS = """
    CREATE TABLE agents (
        id text PRIMARY KEY, pane_id text NOT NULL, session text NOT NULL, worktree text,
        task_id text, task_title text, wish_slug text, group_number integer,
        started_at timestamptz NOT NULL,
        state text NOT NULL DEFAULT 'spawning'
            CHECK (state IN ('spawning', 'working', 'idle', 'permission', 'question', 'done',
                             'error', 'suspended')),
        last_state_change timestamptz NOT NULL DEFAULT now(), repo_path text NOT NULL,
        claude_session_id text, window_name text, window_id text, role text, custom_name text,
        sub_panes text[] DEFAULT '{}', provider text,
        transport text DEFAULT 'tmux' CHECK (transport IN ('tmux', 'inline')),
        skill text, team text, native_agent_id text, native_color text,
        native_team_enabled boolean DEFAULT false, parent_session_id text,
        suspended_at timestamptz, auto_resume boolean DEFAULT true,
        resume_attempts integer DEFAULT 0, last_resume_attempt timestamptz,
        max_resume_attempts integer DEFAULT 3
    );
    CREATE TABLE agent_templates (
        id text PRIMARY KEY, provider text NOT NULL, team text NOT NULL, role text, skill text,
        cwd text NOT NULL, extra_args text[] NOT NULL DEFAULT '{}',
        native_team_enabled boolean DEFAULT false, last_spawned_at timestamptz NOT NULL
    );
    INSERT INTO agents (id, pane_id, session, started_at, repo_path, sub_panes)
    VALUES ('a', '%1', 's', '2020-02-02', '/r', ARRAY['%2', 'say "hi", ok']),
           ('b', '%3', 's', '2020-02-02', '/r', NULL),
           ('c', '%4', 's', '2020-02-02', '/r', DEFAULT);
    INSERT INTO agent_templates (id, provider, team, cwd, extra_args, last_spawned_at)
    VALUES ('t', 'claude', 'core', '/r', '{--model,opus}', '2020-02-02');
"""

OLD_MAILBOX = """
    CREATE TABLE mailbox (
        id text PRIMARY KEY, from_worker text NOT NULL, to_worker text NOT NULL,
        body text NOT NULL, repo_path text NOT NULL, is_read boolean DEFAULT false,
        delivered_at timestamptz, created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX idx_mailbox_to_unread ON mailbox (to_worker) WHERE is_read = false;
    CREATE INDEX idx_mailbox_to_repo ON mailbox (to_worker, repo_path);
    CREATE INDEX idx_mailbox_from ON mailbox (from_worker);
    INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path, is_read)
    VALUES ('m-1', 'a', 'b', 'read', '/r', true), ('m-2', 'a', 'b', 'unread', '/r', false),
           ('m-3', 'a', 'b', 'unknown', '/r', NULL);
"""

TASK = "INSERT INTO tasks (id, repo_path, title, created_at) VALUES "


async def migrated_up_to(conn: AsyncConnection, last: str) -> None:
    """Bring a database to where a program stood whose newest file was `last`."""
    await migrate(conn, migrations=[one for one in available() if one.name <= last])


async def rows(conn: AsyncConnection, query: str) -> list[tuple[Any, ...]]:
    return await (await conn.execute(query.encode())).fetchall()


async def expect_the_contract(conn: AsyncConnection) -> None:
    """The catalog is the contract's now."""
    assert await migrated(conn) ^ await contract(conn) == set()


async def test_003_makes_a_project_of_each_repository_and_the_first_of_a_name_has_it(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    await migrated_up_to(conn, "002_task_lifecycle")
    await conn.execute(f"""
        {TASK} ('a1', '/home/ada/acme', 'x', '2020-01-02'), ('a2', '/home/ada/acme', 'x', now()),
               ('b', '/work/acme', 'x', '2020-01-03'), ('c', '/work/shop/', 'x', now()),
               ('d', 'plain', 'x', now()), ('e', '/', 'x', now()),
               ('t', '/tmp/run/acme', 'x', '2020-01-01')
    """.encode())  # fmt: skip
    await migrated_up_to(conn, "003_projects")
    assert await rows(conn, "SELECT name, repo_path FROM projects ORDER BY name") == [
        ("/", "/"),
        ("acme", "/home/ada/acme"),
        ("plain", "plain"),
        ("shop", "/work/shop/"),
    ]
    linked = """
        SELECT t.id, p.name FROM tasks t LEFT JOIN projects p ON p.id = t.project_id ORDER BY t.id
    """
    assert await rows(conn, linked) == [
        ("a1", "acme"),
        ("a2", "acme"),
        ("b", None),
        ("c", "shop"),
        ("d", "plain"),
        ("e", "/"),
        ("t", None),
    ]
    await migrate(conn)
    await expect_the_contract(conn)


async def test_003_keeps_a_project_that_a_repository_has_already(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    await migrated_up_to(conn, "003_projects")
    await conn.execute("INSERT INTO projects (id, name, repo_path) VALUES ('p', 'mine', '/w/acme')")
    await conn.execute(f"{TASK} ('a', '/w/acme', 'x', now())".encode())
    await conn.execute("DELETE FROM _genie_migrations WHERE name = '003_projects'")
    await migrate(conn)
    assert await rows(conn, "SELECT id, name FROM projects") == [("p", "mine")]
    assert await rows(conn, "SELECT project_id FROM tasks") == [("p",)]


async def test_004_removes_what_tests_left_and_nothing_else(connect_empty: ConnectEmpty) -> None:
    conn = await connect_empty()
    await migrated_up_to(conn, "003_projects")
    await conn.execute(f"""
        {TASK} ('real', '/w/acme', 'x', now()), ('left', '/tmp/run', 'x', now()),
               ('child', '/w/acme', 'x', now()), ('near', '/tmpfiles', 'x', now());
        UPDATE tasks SET parent_id = 'left' WHERE id = 'child';
        INSERT INTO projects (id, name, repo_path)
        VALUES ('p-real', 'acme', '/w/acme'), ('p-left', 'run', '/tmp/run'), ('p-none', 'n', NULL);
        UPDATE tasks SET project_id = 'p-left' WHERE id IN ('left', 'child');
        INSERT INTO task_stage_log (task_id, to_stage) VALUES ('left', 'draft'), ('real', 'draft');
        INSERT INTO conversations (id) VALUES ('c-real'), ('c-left'), ('c-both'), ('c-none');
        INSERT INTO conversation_members (conversation_id, actor_type, actor_id)
        VALUES ('c-real', 'local', 'ada'), ('c-left', 'local', 'test-1');
        INSERT INTO messages (conversation_id, sender_type, sender_id, body)
        VALUES ('c-real', 'local', 'ada', 'real'), ('c-real', 'local', 'a test', 'real'),
               ('c-left', 'local', 'test-1', 'left'), ('c-both', 'local', 'tester', 'left'),
               ('c-both', 'local', 'contest', 'real');
        CREATE SCHEMA test_left; CREATE TABLE test_left.tasks ();
        CREATE SCHEMA "test_It's"; CREATE SCHEMA testing; CREATE SCHEMA mine;
    """.encode())  # fmt: skip
    await migrated_up_to(conn, "004_clean_test_artifacts")
    ids = "SELECT id FROM {} ORDER BY id"
    assert await rows(conn, ids.format("tasks")) == [("child",), ("near",), ("real",)]
    assert await rows(conn, ids.format("projects")) == [("p-none",), ("p-real",)]
    assert await rows(conn, ids.format("conversations")) == [("c-both",), ("c-real",)]
    assert await rows(conn, "SELECT body FROM messages") == [("real",)] * 3
    assert await rows(conn, "SELECT actor_id FROM conversation_members") == [("ada",)]
    assert await rows(conn, "SELECT task_id FROM task_stage_log") == [("real",)]
    schemas = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^(test|mine)' ORDER BY 1"
    assert await rows(conn, schemas) == [("mine",), ("testing",)]


async def test_004_drops_no_schema_where_it_works_in_a_schema_of_tests_itself(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    await conn.execute("CREATE SCHEMA test_other; CREATE SCHEMA test_here")
    await conn.execute("SET search_path = test_here, public")
    await migrate(conn)
    assert await rows(conn, "SELECT to_regnamespace('test_other') IS NOT NULL") == [(True,)]


async def test_004_drops_as_many_schemas_as_a_transaction_can_lock_and_goes_on(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    count = 8
    tables = "; ".join(f"CREATE TABLE t{n} (id text PRIMARY KEY)" for n in range(400))
    for number in range(count):
        await conn.execute(f"CREATE SCHEMA test_{number}; SET search_path = test_{number}".encode())
        await conn.execute(tables.encode())
    await conn.execute("SET search_path = public")
    await migrate(conn)
    left = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'test\\_%'"
    assert 0 < (await rows(conn, left))[0][0] < count


async def test_006_repairs_what_an_importer_made_before_005(connect_empty: ConnectEmpty) -> None:
    conn = await connect_empty()
    await migrated_up_to(conn, "004_clean_test_artifacts")
    await conn.execute(OLD_AGENTS.encode())
    await migrate(conn)
    await expect_the_contract(conn)
    assert await rows(conn, "SELECT id, sub_panes FROM agents ORDER BY id") == [
        ("a", ["%2", 'say "hi", ok']),
        ("b", None),
        ("c", []),
    ]
    assert await rows(conn, "SELECT extra_args FROM agent_templates") == [(["--model", "opus"],)]
    for table in ("agents", "agent_templates"):
        await conn.execute(f"UPDATE {table} SET updated_at = '2001-01-01'".encode())
        fresh = await rows(conn, f"SELECT bool_and(updated_at > '2020-01-01') FROM {table}")
        assert fresh == [(True,)]


async def test_006_repairs_agents_where_005_ran_before_with_its_triggers_missing(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    await migrated_up_to(conn, "005_pg_state")
    await conn.execute("""
        DROP TRIGGER trg_agents_updated_at ON agents;
        ALTER TABLE agents DROP tmux_window, DROP pane_color, DROP created_at, DROP updated_at;
        ALTER TABLE agent_templates DROP created_at, DROP updated_at;
    """)
    await migrate(conn)
    await expect_the_contract(conn)


async def test_007_renames_is_read_and_its_indexes_where_an_importer_made_the_mailbox(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    await migrated_up_to(conn, "004_clean_test_artifacts")
    await conn.execute(OLD_MAILBOX.encode())
    await migrate(conn)
    await expect_the_contract(conn)
    assert await rows(conn, "SELECT id, read FROM mailbox ORDER BY id") == [
        ("m-1", True),
        ("m-2", False),
        ("m-3", False),
    ]


async def test_007_repairs_what_an_older_005_made_and_adds_what_it_lacked(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    await migrated_up_to(conn, "007_observability")
    await conn.execute(f"""
        DROP TABLE mailbox, team_chat; {OLD_MAILBOX}
        DROP FUNCTION notify_agent_state_change() CASCADE;
    """.encode())  # fmt: skip
    await migrate(conn)
    await expect_the_contract(conn)
    assert await rows(conn, "SELECT id, read FROM mailbox ORDER BY id") == [
        ("m-1", True),
        ("m-2", False),
        ("m-3", False),
    ]
    await conn.execute("""
        LISTEN genie_mailbox_delivery; LISTEN genie_agent_state;
        INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path)
        VALUES ('m-4', 'a', 'b', 'x', '/r');
        INSERT INTO agents (id, pane_id, session, started_at, repo_path)
        VALUES ('a', '%1', 's', now(), '/r');
        UPDATE agents SET state = 'idle';
    """)
    heard = {one.payload async for one in conn.notifies(timeout=30, stop_after=2)}
    assert heard == {"b:m-4", "a:spawning:idle"}


async def test_the_repairs_change_nothing_where_nothing_is_amiss(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    await migrate(conn)
    objects = """
        SELECT oid, relname, relfilenode FROM pg_class
         WHERE relnamespace = 'public'::regnamespace
         UNION ALL
        SELECT oid, tgname, 0 FROM pg_trigger WHERE NOT tgisinternal
    """
    before = await rows(conn, objects)
    repairs = ("006_fix_agents_schema", "007_reconcile_mailbox_team_chat")
    await conn.execute("DELETE FROM _genie_migrations WHERE name = ANY (%s)", [list(repairs)])
    assert await migrate(conn) == repairs
    assert set(await rows(conn, objects)) == set(before)


TYPES = [
    ("plain", "Plain", [{"name": "todo"}, {"name": "done", "label": "Finished", "extra": 1}]),
    ("text", "Text", json.dumps([{"name": "only", "gate": "agent", "roles": ["admin"]}])),
    ("twin", "Plain", [{"name": "other", "color": "#000000", "auto_advance": True}]),
    ("odd", "Odd", {"name": "no list"}),
]


async def test_008_turns_each_task_type_into_a_board_with_its_tasks_on_it(
    connect_empty: ConnectEmpty,
) -> None:
    conn = await connect_empty()
    await migrated_up_to(conn, "007_reconcile_mailbox_team_chat")
    for age, (type_id, name, stages) in enumerate(TYPES):
        await conn.execute(
            "INSERT INTO task_types (id, name, description, stages, created_at)"
            " VALUES (%s, %s, 'about', %s, now() + interval '1 h' * %s)",
            [type_id, name, json.dumps(stages), age],
        )
    await conn.execute("""
        INSERT INTO tasks (id, repo_path, title, type_id, stage, updated_at)
        VALUES ('a', '/r', 'x', 'software', 'build', '2020-02-02'),
               ('b', '/r', 'x', 'plain', 'done', '2020-02-02'),
               ('c', '/r', 'x', 'twin', 'other', '2020-02-02'),
               ('d', '/r', 'x', 'twin', 'other', '2020-02-02');
        ALTER TABLE tasks DISABLE TRIGGER trg_validate_stage;
        UPDATE tasks SET stage = 'long gone' WHERE id = 'd';
        ALTER TABLE tasks ENABLE TRIGGER trg_validate_stage;
    """)
    await migrate(conn)
    await expect_the_contract(conn)
    boards = await rows(conn, "SELECT name, columns, project_id, config FROM boards ORDER BY name")
    assert [name for name, *_ in boards] == [
        "Odd",
        "Plain",
        "Plain (twin)",
        "Software Development",
        "Text",
    ]
    assert {(project, str(config)) for *_, project, config in boards} == {(None, "{}")}
    by_name = {name: columns for name, columns, *_ in boards}
    await expect_columns_of_types(by_name)
    placed = """
        SELECT t.id, b.name, t.stage, c ->> 'name', t.updated_at < '2020-02-03'
          FROM tasks t JOIN boards b ON b.id = t.board_id
          LEFT JOIN LATERAL jsonb_array_elements(b.columns) AS c ON c ->> 'id' = t.column_id
         ORDER BY t.id
    """
    assert await rows(conn, placed) == [
        ("a", "Software Development", "build", "build", True),
        ("b", "Plain", "done", "done", True),
        ("c", "Plain (twin)", "other", "other", True),
        ("d", "Plain (twin)", "long gone", None, True),
    ]


async def expect_columns_of_types(by_name: dict[str, list[dict[str, Any]]]) -> None:
    """What a stage says is kept; the rest is as a reader would take it."""
    made = {"transitions": [], "parallel": False, "on_fail": None}
    assumed = {
        "gate": "human",
        "action": None,
        "auto_advance": False,
        "roles": ["*"],
        "color": "#94a3b8",
    }
    ids = [column.pop("id") for columns in by_name.values() for column in columns]
    assert len({uuid.UUID(one) for one in ids}) == len(ids) == 11
    assert by_name["Odd"] == []
    assert by_name["Plain"] == [
        {"name": "todo", "label": "todo", "position": 1} | made | assumed,
        {"name": "done", "label": "Finished", "position": 2, "extra": 1} | made | assumed,
    ]
    only = {"name": "only", "label": "only", "position": 1, "gate": "agent", "roles": ["admin"]}
    assert by_name["Text"] == [made | assumed | only]
    other = {"name": "other", "label": "other", "position": 1}
    assert by_name["Plain (twin)"] == [
        made | assumed | other | {"color": "#000000", "auto_advance": True}
    ]
    software = by_name["Software Development"]
    assert [column["position"] for column in software] == [1, 2, 3, 4, 5, 6, 7]
    assert software[1] == made | {
        "name": "brainstorm",
        "label": "Brainstorm",
        "gate": "human+agent",
        "action": "/brainstorm",
        "auto_advance": False,
        "roles": ["business", "engineering"],
        "color": "#3b82f6",
        "position": 2,
    }


@pytest.mark.parametrize("last", [one.name for one in available()])
async def test_what_is_there_without_its_name_recorded_is_no_error(
    connect_empty: ConnectEmpty, last: str
) -> None:
    conn = await connect_empty()
    await migrated_up_to(conn, last)
    await conn.execute("DROP TABLE _genie_migrations")
    await migrate(conn)
    await expect_the_contract(conn)
