"""A database in which much has happened, and what the planner makes of a statement there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from psycopg import AsyncConnection

from genie_tui.domain.boards import Board
from genie_tui.services import boards

TASKS = 100_000

FILL = f"""
    INSERT INTO projects (id, name) SELECT 'p' || n, 'project ' || n FROM generate_series(1, 3) n;
    INSERT INTO tasks (seq, id, repo_path, title, project_id, board_id, column_id, stage, status,
                       priority, due_date, created_at, checkout_run_id, execution_locked_at,
                       parent_id)
    SELECT n, 'task-' || lpad(to_hex(n), 8, '0'), '/src/acme', 'task number ' || n,
           'p' || nullif(n % 4, 0), b.id,
           CASE WHEN n % 10 > 0 THEN b.columns -> (n % 7) ->> 'id' END,
           b.columns -> (n % 7) ->> 'name',
           (ARRAY['ready', 'done', 'ready', 'blocked', 'cancelled'])[1 + n % 5],
           (ARRAY['urgent', 'high', 'normal', 'low'])[1 + n % 4],
           CASE WHEN n % 3 = 0 THEN now() + n * interval '1 minute' END,
           now() - n * interval '1 second',
           CASE WHEN n % 1000 = 1 THEN 'agent-eng-1' END, now(),
           CASE WHEN n % 10 = 0 THEN 'task-' || lpad(to_hex(n / 20 + 1), 8, '0') END
      FROM generate_series(1, {TASKS}) n, boards b;
    INSERT INTO task_dependencies (task_id, depends_on_id)
    SELECT t.id, o.id FROM tasks t JOIN tasks o ON o.seq = t.seq + 1 WHERE t.seq % 5 = 0;
    INSERT INTO task_tags (task_id, tag_id) SELECT id, 'bug' FROM tasks WHERE seq % 3 = 0;
    INSERT INTO task_actors (task_id, actor_type, actor_id, role)
    SELECT id, 'local', 'eng-' || seq % 50, 'assignee' FROM tasks;
    INSERT INTO task_stage_log (task_id, to_stage, created_at)
    SELECT id, stage, created_at FROM tasks;
    INSERT INTO conversations (id, linked_entity, linked_entity_id)
    SELECT 'conv-' || seq, 'task', id FROM tasks WHERE seq % 4 = 0;
    INSERT INTO messages (conversation_id, sender_type, sender_id, body, created_at)
    SELECT 'conv-' || seq, 'local', 'ada', 'hello', created_at FROM tasks WHERE seq % 4 = 0;
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details, created_at)
    SELECT 'task', id, 'priority', 'eng-' || seq % 50, '{{"before": {{}}, "after": {{}}}}',
           created_at
      FROM tasks;
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details, created_at)
    SELECT 'task', 'task-' || lpad(to_hex(1 + n % 100000), 8, '0'), 'commented', 'eng-' || n % 50,
           '{{}}', now() - n * interval '30 seconds'
      FROM generate_series(1, 900000) n;
    INSERT INTO schedules (id, name, cron_expression, command)
    SELECT 's-' || n, 'schedule ' || n, '0 2 * * *', 'true' FROM generate_series(1, 100) n;
    INSERT INTO triggers (id, schedule_id, due_at, status, started_at, completed_at)
    SELECT 'g-' || n, 's-' || 1 + n % 100, now() - n * interval '10 minutes', 'completed',
           now() - n * interval '10 minutes', now() - n * interval '10 minutes'
      FROM generate_series(1, 50000) n;
    INSERT INTO runs (id, trigger_id, status, exit_code, created_at, started_at, completed_at)
    SELECT 'r-' || n, 'g-' || n, 'completed', 0, now() - n * interval '10 minutes',
           now() - n * interval '10 minutes', now() - n * interval '10 minutes'
      FROM generate_series(1, 50000) n;
    INSERT INTO triggers (id, schedule_id, due_at)
    SELECT 'next-' || n, 's-' || n, now() + n * interval '1 hour' FROM generate_series(1, 100) n;
    INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path, read, created_at)
    SELECT 'm-' || n, 'eng-' || n % 50, 'qa-' || n % 50, 'hello', '/src/acme', n % 100 > 0,
           now() - n * interval '5 minutes'
      FROM generate_series(1, 50000) n;
    INSERT INTO team_chat (id, team, repo_path, sender, body, created_at)
    SELECT 'c-' || n, 'team ' || n % 5, '/src/acme', 'eng-' || n % 50, 'hello',
           now() - n * interval '5 minutes'
      FROM generate_series(1, 50000) n;
    INSERT INTO heartbeats (id, worker_id, run_id, status, context, last_seen_at, created_at)
    SELECT 'h-' || n, 'worker-' || n % 50, 'r-' || n, 'alive', '{{}}',
           now() - n * interval '1 minute', now() - n * interval '1 minute'
      FROM generate_series(1, 10000) n;
    INSERT INTO agents (id, pane_id, session, started_at, state, last_state_change, repo_path)
    SELECT 'eng-' || n, '%' || n, 'work', now(), 'working', now(), '/src/acme'
      FROM generate_series(0, 49) n;
    INSERT INTO sessions (id, agent_id, total_turns)
    SELECT 'session-' || n, NULL, 10 FROM generate_series(1, 5000) n;
    INSERT INTO machine_snapshots (id, active_workers, created_at)
    SELECT 'snap-' || n, 3, now() - n * interval '1 minute' FROM generate_series(1, 50000) n
"""

GROWING = {
    *("tasks", "task_stage_log", "task_dependencies", "task_tags", "task_actors", "audit_events"),
    *("conversations", "messages", "triggers", "runs", "mailbox", "sessions", "machine_snapshots"),
    *("heartbeats", "team_chat"),
}
"""The tables that grow without end."""


TRIGGERED = GROWING - {"sessions", "machine_snapshots", "heartbeats"} | {"agents", "schedules"}


async def fill(conn: AsyncConnection) -> Board:
    """100,000 tasks on one board and a million events, without triggers, which take minutes."""
    for table in sorted(TRIGGERED):
        await conn.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
    for statement in FILL.split(";\n"):
        if statement.strip():
            await conn.execute(statement.encode())
    for table in sorted(TRIGGERED):
        await conn.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())
    await conn.commit()
    await conn.set_autocommit(True)
    await conn.execute("VACUUM ANALYZE")
    await conn.set_autocommit(False)
    return (await boards.list_boards(conn))[0]


def read_through(node: dict[str, Any]) -> Iterator[str]:
    """The tables that a plan reads from end to end."""
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from read_through(child)


async def scanned(conn: AsyncConnection, query: str, params: Any) -> set[str]:
    """The growing tables that a statement reads through."""
    cursor = await conn.execute(f"EXPLAIN (FORMAT JSON) {query}".encode(), params)
    ((plans,),) = await cursor.fetchall()
    return GROWING & set(read_through(plans[0]["Plan"]))
