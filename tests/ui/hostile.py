"""A database in which whatever users, agents or other clients can write is meant to do harm."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from tests.services.making import REPO

__all__ = ["MARKS", "TEXT", "fill"]

MARKS = ("\x1b", "\x07", "\x9b", "\x08", "\u202e", "\u200b", "\u2066", "\ufeff")
"""What must not come out: it would steer a terminal, or be of no width, or turn lines round."""

SAMPLE = (
    "[bold red]no markup[/] [@click=app.quit]x[/] $accent \x1b[31mred\x1b]0;TITLE\x07 "
    "\x9b2J \x08\x08 \u202eright\u202c \u200bzero\u2066 \ufeff "
    "漢字漢字 👩‍👩‍👧‍👦 e\u0301 שלום مرحبا\r\n\ttab "
)
LONG = 100_000
SHORT = 150
"""Letters that fit into an index beside two others of their kind."""

TEXT = (SAMPLE * (LONG // len(SAMPLE) + 1))[:LONG]

STATEMENTS = (
    """UPDATE tasks SET title = %(text)s, description = %(text)s, acceptance_criteria = %(text)s,
              blocked_reason = %(text)s, estimated_effort = %(text)s, trace_id = %(short)s,
              metadata = %(json)s
        WHERE id = %(task)s""",
    "UPDATE projects SET name = %(short)s, description = %(text)s",
    "UPDATE boards SET description = %(text)s",
    "INSERT INTO tags (id, name, color) VALUES ('evil', %(text)s, '[red]')",
    "INSERT INTO task_tags (task_id, tag_id) VALUES (%(task)s, 'evil')",
    """INSERT INTO task_actors (task_id, actor_type, actor_id, role)
       VALUES (%(task)s, 'local', %(short)s, 'assignee')""",
    """INSERT INTO conversations (id, name, type, linked_entity, linked_entity_id)
       VALUES ('conv-evil', %(text)s, 'group', 'task', %(task)s)""",
    """INSERT INTO conversation_members (conversation_id, actor_type, actor_id)
       VALUES ('conv-evil', 'local', 'ada')""",
    """INSERT INTO messages (conversation_id, sender_type, sender_id, body)
       VALUES ('conv-evil', 'local', %(short)s, %(text)s)""",
    """INSERT INTO agents (id, pane_id, session, started_at, state, repo_path, custom_name, role,
                           team, task_id)
       VALUES ('agent-evil', %(short)s, %(short)s, now(), 'permission', %(repo)s, %(text)s,
               %(short)s, %(short)s, %(task)s)""",
    """INSERT INTO teams (name, repo, worktree_path, leader, members)
       VALUES (%(short)s, %(repo)s, %(text)s, %(text)s, %(json)s)""",
    """INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path)
       VALUES ('mail-evil', %(short)s, 'ada', %(text)s, %(repo)s)""",
    """INSERT INTO team_chat (id, team, repo_path, sender, body)
       VALUES ('chat-evil', %(short)s, %(repo)s, %(text)s, %(text)s)""",
    """INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)
       VALUES ('task', %(task)s, %(short)s, %(short)s, %(json)s),
              (%(short)s, 'x', 'y', NULL, %(json)s)""",
    """INSERT INTO app_store (id, name, item_type, version, description, author_name, manifest,
                              tags)
       VALUES ('item-evil', %(short)s, 'agent', %(text)s, %(text)s, %(text)s, %(json)s,
               ARRAY[%(text)s])""",
    """INSERT INTO app_versions (app_store_id, version, git_tag, changelog)
       VALUES ('item-evil', %(short)s, %(text)s, %(text)s)""",
    """INSERT INTO sessions (id, agent_id, task_id, role, team)
       VALUES ('session-evil', %(short)s, %(task)s, %(text)s, %(short)s)""",
    """INSERT INTO session_content (session_id, turn_index, role, content, tool_name, timestamp)
       VALUES ('session-evil', 0, %(text)s, %(text)s, %(text)s, now())""",
    """INSERT INTO schedules (id, name, cron_expression, command)
       VALUES ('sched-evil', %(short)s, %(text)s, %(text)s)""",
    """INSERT INTO triggers (id, schedule_id, due_at, status)
       VALUES ('trig-evil', 'sched-evil', now(), 'failed')""",
    """INSERT INTO runs (id, trigger_id, status, output, error, worker_id, completed_at)
       VALUES ('run-evil', 'trig-evil', 'failed', %(text)s, %(text)s, %(short)s, now())""",
    """INSERT INTO agent_checkpoints (worker_id, wish_slug, context_summary)
       VALUES ('agent-evil', %(short)s, %(text)s)""",
)


async def fill(conn: AsyncConnection, task_id: str) -> None:
    """Write it into every column of text that is shown anywhere."""
    values: dict[str, Any] = {"text": TEXT, "short": TEXT[:SHORT], "task": task_id, "repo": REPO}
    values["json"] = Jsonb({TEXT[:500]: [TEXT, {"deep": TEXT}], "n": None})
    for statement in STATEMENTS:
        await conn.execute(statement.encode(), values)
    await conn.commit()
