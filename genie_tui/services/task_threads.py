"""Comments on a task with the threads on them, as its screen reads and answers them."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.conversations import Message
from genie_tui.domain.threads import Comment, Talk
from genie_tui.errors import NotFound
from genie_tui.services import conversations, messages
from genie_tui.services.cards import clamped

__all__ = ["body_of", "reply", "talk"]

LETTERS = 2_000
"""Of each comment; the rest is read when somebody wants to see it."""

# The newest in each conversation of the task, and from each thread on these. UNION, not UNION ALL:
# another client may have hung a conversation on a message of its own.
TALK = f"""
    WITH RECURSIVE own AS MATERIALIZED (
        SELECT newest.id
          FROM conversations c
         CROSS JOIN LATERAL (
               SELECT m.id, m.created_at
                 FROM messages m
                WHERE m.conversation_id = c.id
                ORDER BY m.created_at DESC, m.id DESC
                LIMIT %(limit)s) AS newest
         WHERE c.linked_entity = 'task' AND c.linked_entity_id = %(task)s
         ORDER BY newest.created_at DESC, newest.id DESC
         LIMIT %(limit)s),
    said (id, thread_on) AS (
        SELECT own.id, NULL::bigint FROM own
         UNION
        SELECT newest.id, c.parent_message_id
          FROM said s
          JOIN conversations c ON c.parent_message_id = s.id
         CROSS JOIN LATERAL (
               SELECT m.id
                 FROM messages m
                WHERE m.conversation_id = c.id
                ORDER BY m.created_at DESC, m.id DESC
                LIMIT %(limit)s) AS newest)
    SELECT * FROM (
        SELECT DISTINCT ON (m.id)
               m.id, coalesce(m.reply_to_id, s.thread_on) AS answers, m.sender_type, m.sender_id,
               left(m.body, %(letters)s) AS body, length(m.body) AS letters,
               {clamped("m.created_at")} AS created_at,
               CASE WHEN m.updated_at > m.created_at THEN {clamped("m.updated_at")} END AS edited_at
          FROM said s JOIN messages m ON m.id = s.id
         ORDER BY m.id, s.thread_on NULLS FIRST
         LIMIT %(most)s) AS found
     ORDER BY created_at, id
"""

COUNT = """
    SELECT count(*)
      FROM conversations c JOIN messages m ON m.conversation_id = c.id
     WHERE c.linked_entity = 'task' AND c.linked_entity_id = %(task)s
"""

BODY = """
    SELECT CASE WHEN %(letters)s::integer IS NULL THEN m.body ELSE left(m.body, %(letters)s) END
      FROM messages m
     WHERE m.id = %(message)s
"""

WHERE = """
    SELECT c.id, c.linked_entity = 'task' AND c.linked_entity_id = %(task)s AS own
      FROM messages m JOIN conversations c ON c.id = m.conversation_id
     WHERE m.id = %(message)s
"""


async def talk(conn: AsyncConnection, task_id: str, *, limit: int = 300) -> Talk:
    """The newest comments of a task, and the newest in each thread on these."""
    params = {"task": task_id, "limit": limit, "letters": LETTERS, "most": 4 * limit}
    async with conn.cursor(row_factory=class_row(Comment)) as cursor:
        await cursor.execute(TALK, params)
        found = tuple(await cursor.fetchall())
    if len(found) < limit:
        return Talk(comments=found)
    row = await _row(conn, COUNT, task=task_id)
    return Talk(comments=found, earlier=max(row[0] - limit, 0) if row else 0)


async def body_of(conn: AsyncConnection, message_id: int, *, letters: int | None = None) -> str:
    """What a message says, or its first letters.

    Raises:
        NotFound: there is no such message.
    """
    if (row := await _row(conn, BODY, message=message_id, letters=letters)) is None:
        raise NotFound(f"there is no message {message_id}; it may have been deleted")
    return str(row[0])


async def reply(
    conn: AsyncConnection, task_id: str, message_id: int, body: str, actor: Actor
) -> Message:
    """Answer a comment, or what was said in a thread on one, where it stands.

    Raises:
        BadInput: it says nothing.
        NotFound: there is no such message.
        Refused: the actor may only read there.
    """
    row = await _row(conn, WHERE, task=task_id, message=message_id)
    if row is None:
        raise NotFound(f"there is no message {message_id} to answer; it may have been deleted")
    conversation, own = row
    if own:
        return await conversations.comment(conn, task_id, body, actor, reply_to=message_id)
    return await messages.post(conn, conversation, body, actor, reply_to=message_id)


async def _row(conn: AsyncConnection, query: str, **params: Any) -> tuple[Any, ...] | None:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchone()
