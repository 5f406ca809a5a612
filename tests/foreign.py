"""A database as other Genie clients made it and use it: see `docs/explanation/coexistence.md`.

Their runner applied the ten migrations and newer ones of theirs, and they store what their versions
allow: all that `database.md` does not forbid, and some things that only a bulk load can bring in.
"""

from __future__ import annotations

import json
from pathlib import Path

from psycopg import AsyncConnection

__all__ = ["HELD", "NEWER", "ODD_JSON", "make", "partly", "use"]

MIGRATIONS = Path(__file__).parent.parent / "migrations"

# A runner that has the table's shape from the contract, and locks in its own way.
TABLE = """
    CREATE TABLE _genie_migrations (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE,
        applied_at timestamptz NOT NULL DEFAULT now())
"""

NEWER = {
    "010_workspaces": """
        CREATE TYPE mood AS ENUM ('calm', 'stormy');
        CREATE TABLE workspaces (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
        INSERT INTO workspaces (name) VALUES ('theirs');
        ALTER TABLE tasks
            ADD COLUMN points numeric(8, 3) NOT NULL DEFAULT 1.500,
            ADD COLUMN mood mood NOT NULL DEFAULT 'calm',
            ADD COLUMN raw json,
            ADD COLUMN workspace_id uuid REFERENCES workspaces (id);
        ALTER TABLE boards ADD COLUMN owner text NOT NULL DEFAULT 'them', ADD COLUMN raw json;
        ALTER TABLE tags ADD COLUMN raw json DEFAULT '{"b":1, "a":2}';
        ALTER TABLE task_actors ADD COLUMN raw json;
        ALTER TABLE task_tags ADD COLUMN raw json;
        ALTER TABLE task_stage_log ADD COLUMN took interval NOT NULL DEFAULT '0';
        ALTER TABLE projects ADD COLUMN archived boolean NOT NULL DEFAULT false;
        ALTER TABLE audit_events ADD COLUMN tenant text NOT NULL DEFAULT 'default'
    """,
    "011_more_words": """
        ALTER TABLE tasks DROP CONSTRAINT tasks_status_check, DROP CONSTRAINT tasks_priority_check;
        ALTER TABLE task_actors DROP CONSTRAINT task_actors_actor_type_check;
        ALTER TABLE task_dependencies DROP CONSTRAINT task_dependencies_dep_type_check;
        ALTER TABLE messages DROP CONSTRAINT messages_sender_type_check;
        ALTER TABLE conversations DROP CONSTRAINT conversations_type_check;
        ALTER TABLE conversation_members DROP CONSTRAINT conversation_members_actor_type_check,
            DROP CONSTRAINT conversation_members_role_check;
        ALTER TABLE agents DROP CONSTRAINT agents_state_check,
            DROP CONSTRAINT agents_transport_check;
        ALTER TABLE teams DROP CONSTRAINT teams_status_check;
        ALTER TABLE schedules DROP CONSTRAINT schedules_status_check;
        ALTER TABLE triggers DROP CONSTRAINT triggers_status_check;
        ALTER TABLE runs DROP CONSTRAINT runs_status_check;
        ALTER TABLE heartbeats DROP CONSTRAINT heartbeats_status_check;
        ALTER TABLE app_store DROP CONSTRAINT app_store_item_type_check,
            DROP CONSTRAINT app_store_approval_status_check;
        ALTER TABLE notification_preferences
            DROP CONSTRAINT notification_preferences_channel_check,
            DROP CONSTRAINT notification_preferences_actor_type_check,
            DROP CONSTRAINT notification_preferences_priority_threshold_check
    """,
    "012_history": """
        CREATE TABLE task_history (
            id bigint GENERATED ALWAYS AS IDENTITY, task_id text, was jsonb, at timestamptz);
        CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO task_history (task_id, was, at) VALUES (OLD.id, to_jsonb(OLD), now());
            PERFORM pg_notify('genie_history', OLD.id);
            RETURN NEW;
        END $$;
        CREATE TRIGGER trg_history AFTER UPDATE ON tasks
            FOR EACH ROW EXECUTE FUNCTION keep_history()
    """,
}
"""Migrations of a Genie that is newer than this program."""

HELD = {
    "endless": "checkout_timeout_ms = NULL, execution_locked_at = '2020-01-01'",
    "timeless": "execution_locked_at = NULL",
    "future": "execution_locked_at = 'infinity'",
}
"""Locks that never expire, by the ids of their tasks."""

ODD_JSON = ("null", "5", "1e400", '"text"', '"{\\"a\\": 1}"', "[1, null]", "{}", '{"deep": [[[]]]}')

COLUMN = {
    "id": "c1", "name": "todo", "gate": "committee", "roles": "everyone", "position": "first",
    "theirs": {"b": 1, "a": [None, 1.50]}, "transitions": [5, {"event": "advance"}, {"to": "x"}],
    "color": 7, "label": None, "parallel": "yes", "auto_advance": "maybe", "on_fail": 3,
}  # fmt: skip

BOARDS = {
    "empty": [],
    "number": 5,
    "null": None,
    "object": {"todo": {}},
    "text": json.dumps([{"id": "t1", "name": "todo"}, {"id": "t2", "name": "doing"}]),
    "nonsense": "not json",
    "nameless": [{"id": "n1"}, {"name": None}, {"name": 5}, 7, None, "todo", []],
    "odd": [COLUMN, "between", {"name": "doing", "id": 9}, {"id": "c1", "name": "done"}],
    "gateless": [{"name": "todo"}, {"name": "doing", "gate": None}, {"name": "todo"}],
}
"""What `boards.columns` holds, by the boards' names."""

TASK = """
    INSERT INTO tasks (id, seq, repo_path, title, stage, status, priority, type_id, metadata, raw)
    VALUES (%(id)s, %(seq)s, %(repo)s, %(title)s, %(stage)s, %(status)s, %(priority)s, %(type)s,
            %(metadata)s::jsonb, '{"z":1,  "a":2}')
"""
IDS = ("task-1", "TSK/2026/0001", "7f1b2c3d-0000-4000-8000-000000000000", "δοκιμή", "a,b", "x y:z",
       "endless", "timeless", "future", "plain", "orphan")  # fmt: skip
STATUSES = ("ready", "archived", "", "READY", "in_progress", "blocked", "done", "failed")
PRIORITIES = ("someday", "normal", "P0", "urgent", "")
STAGES = ("draft", "nowhere", "", "build", "ship it: now")
TITLES = (
    "plain",
    "x" * 100_000,
    "\x1b[31mred\x07 \x9b2J\u202e",
    "",
    "[bold]no markup[/]",
    "\n\r\t",
)

ROWS = """
    UPDATE tasks SET title = 'theirs', status = 'ready', stage = 'draft', type_id = 'software',
           priority = 'normal', metadata = '{"z": 1, "theirs": {"b": [1.50, null], "a": "é"}}'
     WHERE id = 'plain';
    UPDATE tasks SET board_id = 'board-odd', column_id = 'c1', stage = 'todo' WHERE id = 'task-1';
    UPDATE tasks SET board_id = 'board-odd', column_id = 'gone', stage = 'gone', type_id = 'gone',
           parent_id = 'orphan', project_id = 'gone' WHERE id = 'orphan';
    UPDATE tasks SET due_date = 'infinity', created_at = '-infinity', updated_at = '200000-01-01',
           started_at = '4000-01-01 BC' WHERE id = 'future';
    UPDATE tasks SET acceptance_criteria = '[{"text": "json"}]', session_id = 's-1',
           pane_id = 'window 3', trace_id = ''  WHERE id = 'δοκιμή';
    UPDATE task_types SET stages = '"text"' WHERE id = 'odd';
    INSERT INTO task_types (id, name, stages) VALUES ('odd', '', '{"a": 1}'), ('none', 'n', 'null');
    INSERT INTO projects (id, name, repo_path) VALUES ('p', 'acme', '/src/acme'), ('q', '', NULL);
    INSERT INTO task_dependencies (task_id, depends_on_id, dep_type) VALUES
        ('task-1', 'missing', 'depends_on'), ('missing', 'task-1', 'blocks'),
        ('δοκιμή', 'a,b', 'depends_on'), ('a,b', 'δοκιμή', 'depends_on'),
        ('x y:z', 'a,b', 'mirrors'), ('a,b', 'x y:z', 'blocks');
    INSERT INTO task_actors (task_id, actor_type, actor_id, role, permissions) VALUES
        ('plain', 'robot', 'r2', 'pilot', '[]'), ('plain', 'local', '', '', NULL),
        ('missing', 'local', 'ada', 'assignee', '5');
    INSERT INTO task_tags (task_id, tag_id, added_by_type)
        VALUES ('plain', 'bug', 'robot'), ('plain', 'missing', NULL);
    INSERT INTO tags (id, name, color) VALUES ('odd', '', 'not a colour'), ('none', 'x', NULL);
    INSERT INTO task_stage_log (task_id, from_stage, to_stage, actor_type, gate_type, created_at)
        VALUES ('plain', NULL, 'draft', 'robot', 'quorum', 'infinity'), ('missing', '', '', '', '',
               '-infinity');
    INSERT INTO conversations (id, type, linked_entity, linked_entity_id, created_by_type, metadata)
        VALUES ('c/1', 'thread', 'task', 'plain', NULL, '"x"'),
               ('c:2', 'group', 'task', 'plain', 'system', 'null'),
               ('c3', 'group', 'planet', 'mars', 'local', '[]');
    INSERT INTO conversation_members (conversation_id, actor_type, actor_id, role)
        VALUES ('c/1', 'robot', 'r2', 'owner'), ('c3', 'local', 'ada', 'member');
    INSERT INTO messages (conversation_id, sender_type, sender_id, body, reply_to_id, metadata)
        VALUES ('c/1', 'robot', 'r2', '', 999999, '5'), ('c3', 'system', '', repeat('y', 100000),
               NULL, 'null'), ('missing', 'local', 'ada', 'hello', NULL, '"{}"');
    INSERT INTO agents (id, pane_id, session, started_at, state, repo_path, transport, sub_panes,
                        task_id, last_state_change)
        VALUES ('a:1', '', '', now(), 'hibernating', '', 'ssh', '{"x": 1}', 'missing', 'infinity'),
               ('a2', 'not a pane', 's', '-infinity', 'working', '/src/acme', NULL, '"%1"',
                'plain', now());
    INSERT INTO teams (name, repo, worktree_path, members, status)
        VALUES ('t1', '/src/acme', '', '"[\\"a\\"]"', 'paused'), ('t2', '', '', '{"a": 1}', ''),
               ('t3', '', '', '[1, null, {"x": 2}]', 'done');
    INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path)
        VALUES ('m/1', '', 'a:b:c', '', ''), ('m2', 'r2', 'ada', repeat('z', 100000), '/src/acme');
    INSERT INTO team_chat (id, team, repo_path, sender, body) VALUES ('k', 'gone', '', '', '');
    INSERT INTO schedules (id, name, cron_expression, timezone, run_spec, metadata, status) VALUES
        ('s1', 'odd', 'whenever', 'Mars/Olympus', '"text"', '[]', 'active'),
        ('s2', 'text', '0 0 * * *', NULL, '"{\\"repo\\": \\"/src\\"}"', 'null', 'active'),
        ('s3', '', '@reboot', '', '{"repo": 5, "lease_timeout_ms": "x"}', '5', 'archived');
    INSERT INTO triggers (id, schedule_id, due_at, status, leased_by, leased_until) VALUES
        ('g1', 's3', '2020-01-01', 'deferred', NULL, NULL),
        ('g2', 's2', '2020-01-01', 'executing', 'theirs', NULL),
        ('g3', 's2', '2020-01-01', 'executing', 'theirs', 'infinity'),
        ('g4', 'missing', '2020-01-01', 'completed', NULL, NULL),
        ('g5', 's3', 'infinity', 'pending', NULL, NULL);
    INSERT INTO runs (id, trigger_id, worker_id, status, started_at, lease_timeout_ms) VALUES
        ('r1', 'g3', 'k8s://pod/7', 'running', '2020-01-01', NULL),
        ('r2', 'g3', 'worker-1', 'running', '2020-01-01', 2147483647),
        ('r3', 'g1', NULL, 'paused', NULL, 0), ('r4', 'missing', '%1', 'leased', 'infinity', 1);
    INSERT INTO heartbeats (id, worker_id, run_id, status, context)
        VALUES ('h1', 'k8s://pod/7', 'r1', 'sleeping', '"{}"'), ('h2', '', 'missing', 'alive', '5');
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details, created_at)
        SELECT 'planet:x', 'a:b:c', '', NULL, v::jsonb, now() FROM unnest(%(odd)s::text[]) v;
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details, created_at)
        SELECT 'task', 'plain', 'levitated', 'r2', v::jsonb, 'infinity'
          FROM unnest(%(odd)s::text[]) v;
    INSERT INTO audit_events (entity_type, entity_id, event_type, details)
        SELECT 'otel_api', 's-1', 'otel_api', v::jsonb FROM unnest(%(odd)s::text[]) v;
    INSERT INTO sessions (id, agent_id, task_id, status, started_at, last_ingested_offset)
        VALUES ('s-1', 'gone', 'gone', 'haunted', 'infinity', NULL);
    INSERT INTO session_content (session_id, turn_index, role, content, tool_name, timestamp)
        VALUES ('s-1', -1, 'ghost', '', '', '-infinity'), ('missing', 1, '', 'boo', NULL, now());
    INSERT INTO app_store (id, name, item_type, version, manifest, approval_status, tags)
        VALUES ('i1', '', 'theme', 'newest', '"x"', 'contested', NULL),
               ('i2', 'n', 'app', '', '[]', 'local', '{NULL}');
    INSERT INTO installed_apps (app_store_id, install_path, config) VALUES ('gone', '', '5');
    INSERT INTO app_versions (app_store_id, version, manifest) VALUES ('i1', 'x', '[]');
    INSERT INTO notification_preferences (actor_type, actor_id, channel, priority_threshold,
                                          metadata, enabled)
        VALUES ('robot', 'r2', 'signal', 'P0', '5', NULL),
               ('local', 'ada', 'email', '', '[]', true);
    INSERT INTO board_templates (id, name, columns, is_builtin)
        VALUES ('tp', 'odd', '"[{}]"', NULL), ('tq', '', '5', true);
    INSERT INTO machine_snapshots (id, cpu_percent, memory_mb, context)
        VALUES ('sn', 'NaN', 'infinity', '5')
"""


async def make(conn: AsyncConnection) -> None:
    """Migrate an empty database as their runner does, to their newest; `conn` is in autocommit."""
    await conn.execute(TABLE)
    files = {path.stem: path.read_text() for path in sorted(MIGRATIONS.glob("0*.sql"))}
    for name, script in {**files, **NEWER}.items():
        await _apply(conn, name, script)


async def partly(conn: AsyncConnection) -> None:
    """What an older genie-tui did to it, and another removed its traces of: one of its files."""
    await _apply(conn, "tui_001_changes", (MIGRATIONS / "tui_001_changes.sql").read_text())


async def use(conn: AsyncConnection) -> None:
    """Fill it with what they store; `conn` is in autocommit mode.

    A bulk load brings in what foreign keys and checks of stages forbid.
    """
    async with conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        for name, columns in BOARDS.items():
            await conn.execute(
                "INSERT INTO boards (id, name, columns, config, raw) VALUES (%s, %s, %s, %s, %s)",
                (f"board-{name}", name, json.dumps(columns), '{"wip": 5, "theirs": [1.50]}', "[ ]"),
            )
        for seq, id_ in enumerate(IDS):
            await conn.execute(TASK, _task(seq, id_))
        for statement in ROWS.split(";\n"):
            values = {"odd": list(ODD_JSON)} if "%(odd)s" in statement else None
            await conn.execute(statement.encode(), values)
        for id_, how in HELD.items():
            lock = f"""UPDATE tasks SET checkout_run_id = 'theirs', status = 'in_progress',
                             stage = 'draft', title = id, type_id = 'software', {how}
                       WHERE id = '{id_}'"""
            await conn.execute(lock.encode())
    await conn.execute("ALTER TABLE mailbox DISABLE TRIGGER trg_notify_mailbox")


async def _apply(conn: AsyncConnection, name: str, script: str) -> None:
    async with conn.transaction():
        await conn.execute(script.encode())
        await conn.execute("INSERT INTO _genie_migrations (name) VALUES (%s)", (name,))


def _task(seq: int, id_: str) -> dict[str, object]:
    return {
        "id": id_,
        "seq": seq,
        "repo": ("/src/acme", "", "relative", "/src/acme")[seq % 4],
        "title": TITLES[seq % len(TITLES)],
        "stage": STAGES[seq % len(STAGES)],
        "status": STATUSES[seq % len(STATUSES)],
        "priority": PRIORITIES[seq % len(PRIORITIES)],
        "type": ("software", "odd", "none", "gone")[seq % 4],
        "metadata": ODD_JSON[seq % len(ODD_JSON)],
    }
