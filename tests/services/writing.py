"""Writers that know nothing of us: plain SQL, as another client would send it."""

from __future__ import annotations

from psycopg import AsyncConnection

from genie_tui.domain.changes import Event

__all__ = ["add_task", "add_tasks", "logged", "move", "rows_of", "say"]

ROWS = """
    SELECT 'task_stage_log', id::text FROM task_stage_log
     UNION ALL
    SELECT 'messages', id::text FROM messages
     UNION ALL
    SELECT 'audit_events', id::text FROM audit_events
     WHERE (entity_type, event_type) <> ('task', 'stage_change')
"""

LOGS = frozenset({"task_stage_log", "messages", "audit_events"})


async def add_task(conn: AsyncConnection, title: str = "token refresh") -> str:
    """A committed task, in draft."""
    return (await add_tasks(conn, 1, title))[0]


async def add_tasks(conn: AsyncConnection, number: int, title: str = "token refresh") -> list[str]:
    """Committed tasks, in draft."""
    cursor = await conn.execute(
        "INSERT INTO tasks (repo_path, title)"
        " SELECT '/work/acme', %s FROM generate_series(1, %s) RETURNING id",
        (title, number),
    )
    ids = [str(id_) for (id_,) in await cursor.fetchall()]
    await conn.commit()
    return ids


async def move(conn: AsyncConnection, task_id: str, stage: str, actor: str = "eng-1") -> None:
    """A change of stage with its log row and its audit event, uncommitted."""
    params = {"task": task_id, "stage": stage, "actor": actor}
    await conn.execute(
        """WITH old AS (SELECT stage FROM tasks WHERE id = %(task)s FOR UPDATE),
                moved AS (UPDATE tasks SET stage = %(stage)s WHERE id = %(task)s)
           INSERT INTO task_stage_log (task_id, from_stage, to_stage, actor_type, actor_id)
           SELECT %(task)s, stage, %(stage)s, 'local', %(actor)s FROM old""",
        params,
    )
    await conn.execute(
        "INSERT INTO audit_events (entity_type, entity_id, event_type, actor)"
        " VALUES ('task', %(task)s, 'stage_change', %(actor)s)",
        params,
    )


async def say(conn: AsyncConnection, task_id: str, body: str, sender: str = "eng-1") -> None:
    """A comment on a task, uncommitted."""
    await conn.execute(
        """WITH made AS (
               INSERT INTO conversations (id, linked_entity, linked_entity_id)
               SELECT 'conv-' || %(task)s, 'task', %(task)s
                   ON CONFLICT (id) DO UPDATE SET updated_at = now() RETURNING id)
           INSERT INTO messages (conversation_id, sender_type, sender_id, body)
           SELECT id, 'local', %(sender)s, %(body)s FROM made""",
        {"task": task_id, "body": body, "sender": sender},
    )


async def rows_of(conn: AsyncConnection) -> set[tuple[str, str]]:
    """The keys of all events that the logs' rows are to give."""
    cursor = await conn.execute(ROWS)
    keys = {(str(table), str(id_)) for table, id_ in await cursor.fetchall()}
    await conn.commit()
    return keys


def logged(events: list[Event]) -> list[tuple[str, str]]:
    """The keys of those events that rows of the logs have given."""
    return [event.key for event in events if event.key[0] in LOGS]
