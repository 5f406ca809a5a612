"""Conversations: the comments of tasks (`behaviour.md` › Conversations)."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.conversations import Message
from genie_tui.domain.text import prose
from genie_tui.errors import NotFound, Refused
from genie_tui.services.cards import clamped
from genie_tui.services.task_rows import no_task

__all__ = ["MESSAGE", "comment", "comments", "say"]

MESSAGE = f"""m.id, m.conversation_id, m.reply_to_id, m.sender_type, m.sender_id, m.body,
           {clamped("m.created_at")} AS created_at, {clamped("m.updated_at")} AS updated_at"""

# Nothing makes a task's conversation unique: all that match are read, the oldest is written to.
COMMENTS = f"""
    SELECT {MESSAGE}
      FROM conversations c JOIN messages m ON m.conversation_id = c.id
     WHERE c.linked_entity = 'task' AND c.linked_entity_id = %(task)s
     ORDER BY m.created_at, m.id
"""

OLDEST = """
    SELECT c.id
      FROM conversations c JOIN tasks t ON t.id = c.linked_entity_id
     WHERE c.linked_entity = 'task' AND c.linked_entity_id = %(task)s
     ORDER BY c.created_at, c.id
     LIMIT 1
"""

LOCK_TASK = """
    SELECT pg_advisory_xact_lock(hashtextextended('genie-tui conversation ' || %(task)s, 0))
"""

# KEY SHARE: as nothing refers to the task, it could be deleted meanwhile.
CREATE = """
    INSERT INTO conversations (name, type, linked_entity, linked_entity_id,
                               created_by_type, created_by_id)
    SELECT 'Task #' || t.seq, 'group', 'task', t.id, %(type)s, %(id)s
      FROM tasks t
     WHERE t.id = %(task)s
       FOR KEY SHARE
 RETURNING id
"""

JOIN = """
    INSERT INTO conversation_members (conversation_id, actor_type, actor_id)
    VALUES (%(conversation)s, %(type)s, %(id)s)
        ON CONFLICT DO NOTHING
"""

ROLE = """
    SELECT role
      FROM conversation_members
     WHERE conversation_id = %(conversation)s AND actor_type = %(type)s AND actor_id = %(id)s
"""

OF_TASK = """
    SELECT m.id
      FROM messages m JOIN conversations c ON c.id = m.conversation_id
     WHERE m.id = %(message)s AND c.linked_entity = 'task' AND c.linked_entity_id = %(task)s
"""

WRITE = f"""
    WITH touched AS (
        UPDATE conversations SET updated_at = now() WHERE id = %(conversation)s)
    INSERT INTO messages AS m (conversation_id, reply_to_id, sender_type, sender_id, body)
    VALUES (%(conversation)s, %(reply_to)s, %(type)s, %(id)s, %(body)s)
 RETURNING {MESSAGE}
"""


async def comment(
    conn: AsyncConnection,
    task_id: str,
    body: str,
    actor: Actor,
    *,
    reply_to: int | None = None,
) -> Message:
    """Comment on a task; who does becomes a member of its conversation.

    Raises:
        BadInput: it says nothing.
        NotFound: no such task, or the message replied to is not one of its comments.
        Refused: in that conversation, the actor may only read.
    """
    body = prose(body, "the comment")
    params: dict[str, Any] = {"task": task_id, "type": actor.type, "id": actor.id}
    conversation = await _value(conn, OLDEST, params) or await _create(conn, params)
    if reply_to is not None and not await _value(conn, OF_TASK, params | {"message": reply_to}):
        raise NotFound(f"comment {reply_to} is not one of this task's; reply to one that is")
    try:
        return await say(conn, conversation, body, actor, reply_to=reply_to)
    except errors.ForeignKeyViolation as error:  # Deleted just now, with the task.
        raise no_task(task_id) from error


async def say(
    conn: AsyncConnection,
    conversation_id: str,
    body: str,
    actor: Actor,
    *,
    reply_to: int | None = None,
) -> Message:
    """Write into a conversation, of which the actor becomes a member.

    Raises:
        BadInput: it says nothing.
        Refused: the actor may only read it.
        psycopg.errors.ForeignKeyViolation: the conversation, or what is replied to, is gone.
    """
    params = {
        "conversation": conversation_id,
        "type": actor.type,
        "id": actor.id,
        "body": prose(body, "the message"),
        "reply_to": reply_to,
    }
    await conn.execute(JOIN, params)
    if await _value(conn, ROLE, params) == "read_only":
        raise Refused(
            f"{actor.id} may only read this conversation; one of its admins can change that"
        )
    async with conn.cursor(row_factory=class_row(Message)) as cursor:
        await cursor.execute(WRITE, params)
        written = await cursor.fetchone()
    assert written is not None
    return written


async def comments(conn: AsyncConnection, task_id: str) -> tuple[Message, ...]:
    """All comments of a task, oldest first, from whichever of its conversations."""
    async with conn.cursor(row_factory=class_row(Message)) as cursor:
        await cursor.execute(COMMENTS, {"task": task_id})
        return tuple(await cursor.fetchall())


async def _create(conn: AsyncConnection, params: dict[str, Any]) -> Any:
    """Make the conversation, unless somebody else did while the lock was waited for."""
    await conn.execute(LOCK_TASK, params)
    found = await _value(conn, OLDEST, params) or await _value(conn, CREATE, params)
    if found is None:
        raise no_task(params["task"])
    return found


async def _value(conn: AsyncConnection, query: str, params: dict[str, Any]) -> Any:
    """The first column of the first row; None where there is none."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params)
        row = await cursor.fetchone()
    return row[0] if row else None
