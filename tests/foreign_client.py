"""A Genie client that knows nothing of this program: `foreign_client.py DSN VERB …`.

It is written from `database.md` alone and imports nothing of genie_tui.

    claim RUN           take ready tasks until none is left, print each id
    fire NAME           fire due triggers until none is left, print each id
    work TASK           move, lock, link, comment on and audit a task
    hear -              print what is heard as JSON lines, until `NOTIFY the_end`
"""

from __future__ import annotations

import json
import sys
from typing import Any

import psycopg

CHANNELS = (
    "genie_trigger_due",
    "genie_audit_event",
    "genie_task_stage",
    "genie_message",
    "genie_task_dep",
    "genie_agent_state",
    "genie_mailbox_delivery",
)

CHECKOUT = """
    UPDATE tasks
       SET checkout_run_id = %(run)s, execution_locked_at = now(), status = 'in_progress',
           started_at = coalesce(started_at, now()), updated_at = now()
     WHERE id = %(id)s AND checkout_run_id IS NULL AND status = 'ready'
 RETURNING id
"""

LEASE = """
    UPDATE triggers
       SET status = 'executing', leased_by = %(who)s, started_at = now(),
           leased_until = now() + interval '5 minutes'
     WHERE id = (SELECT id FROM triggers WHERE status = 'pending' AND due_at <= now()
                  ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
 RETURNING id
"""

WORK = (
    "UPDATE tasks SET stage = 'build', column_id = NULL, updated_at = now() WHERE id = %(id)s",
    "INSERT INTO task_stage_log (task_id, from_stage, to_stage) VALUES (%(id)s, 'draft', 'build')",
    "INSERT INTO audit_events (entity_type, entity_id, event_type, actor)"
    " VALUES ('task', %(id)s, 'stage_change', 'theirs')",
    "INSERT INTO conversations (id, linked_entity, linked_entity_id) VALUES ('c9', 'task', %(id)s)",
    "INSERT INTO messages (conversation_id, sender_type, sender_id, body)"
    " VALUES ('c9', 'local', 'theirs', 'said by them')",
    "NOTIFY genie_unheard_of, 'what'",
    "NOTIFY genie_task_stage, 'malformed'",
    "NOTIFY genie_audit_event, ''",
    "NOTIFY tui_task_change, ',,'",
)


def claim(conn: psycopg.Connection[Any], run: str) -> None:
    """Several at once see the same tasks; who is too late gets no row."""
    ready = "SELECT id FROM tasks WHERE status = 'ready' AND checkout_run_id IS NULL ORDER BY id"
    while found := conn.execute(ready + " LIMIT 5").fetchall():
        for (id_,) in found:
            if conn.execute(CHECKOUT, {"id": id_, "run": run}).fetchone():
                print(id_, flush=True)


def fire(conn: psycopg.Connection[Any], who: str) -> None:
    """What is due, one after the other."""
    while row := conn.execute(LEASE, {"who": who}).fetchone():
        trigger = {"id": row[0], "run": f"{who}-{row[0]}"}
        conn.execute(
            "INSERT INTO runs (id, trigger_id, status) VALUES (%(run)s, %(id)s, 'completed')",
            trigger,
        )
        conn.execute(
            "UPDATE triggers SET status = 'completed', completed_at = now() WHERE id = %(id)s",
            trigger,
        )
        print(row[0], flush=True)


def work(conn: psycopg.Connection[Any], id_: str) -> None:
    """One transaction each, as scripts do."""
    for statement in WORK:
        conn.execute(statement.encode(), {"id": id_} if "%(id)s" in statement else None)


def hear(conn: psycopg.Connection[Any], _: str) -> None:
    """Until what was committed before `the_end` was notified has been heard."""
    for channel in (*CHANNELS, "the_end"):
        conn.execute(f"LISTEN {channel}".encode())
    print("listening", flush=True)
    for heard in conn.notifies():
        if heard.channel == "the_end":
            return
        print(json.dumps([heard.channel, heard.payload]), flush=True)


if __name__ == "__main__":
    dsn, verb, whom = sys.argv[1:]
    verbs = {"claim": claim, "fire": fire, "work": work, "hear": hear}
    with psycopg.connect(dsn, autocommit=True) as connection:
        verbs[verb](connection, whom)
