"""What is said in conversations: read, written, answered in threads, changed by its writer.

A thread is a conversation of its own that hangs on a message. Whoever writes becomes a member; one
whose role is read_only may not write, there and in the threads that hang on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.conversations import Message
from genie_tui.domain.text import prose
from genie_tui.errors import NotFound, Refused
from genie_tui.services import audit
from genie_tui.services.conversations import MESSAGE, say
from genie_tui.services.groups import create

__all__ = [
    "delete_message",
    "edit_message",
    "find_thread",
    "messages",
    "post",
    "same",
    "thread_of",
    "threads",
]

LOCK_THREAD = "SELECT id FROM messages WHERE id = %(message)s FOR UPDATE"

THREAD = """
    SELECT id
      FROM conversations
     WHERE parent_message_id = %(message)s
     ORDER BY created_at, id
     LIMIT 1
"""

THREADS = """
    SELECT c.parent_message_id, count(m.id) AS messages
      FROM conversations c JOIN messages m ON m.conversation_id = c.id
     WHERE c.parent_message_id = ANY(%(messages)s)
     GROUP BY c.parent_message_id
     ORDER BY c.parent_message_id
"""

# Nothing makes them unique: those of one task, of one message, of the same two are one.
SAME = """
    WITH this AS (SELECT c.* FROM conversations c WHERE c.id = %(id)s)
    SELECT o.id
      FROM conversations o
     WHERE o.id IN (
           SELECT t.id FROM this t
            UNION ALL
           SELECT l.id FROM this t JOIN conversations l
               ON l.linked_entity = t.linked_entity AND l.linked_entity_id = t.linked_entity_id
            UNION ALL
           SELECT h.id FROM this t JOIN conversations h
               ON h.parent_message_id = t.parent_message_id
            UNION ALL
           SELECT d.id
             FROM this t, conversations d
            WHERE t.type = 'dm' AND t.parent_message_id IS NULL
              AND d.type = 'dm' AND d.parent_message_id IS NULL
              AND d.id IN (SELECT theirs.conversation_id
                             FROM conversation_members ours
                             JOIN conversation_members theirs USING (actor_type, actor_id)
                            WHERE ours.conversation_id = t.id)
              AND ARRAY(SELECT (m.actor_type, m.actor_id) FROM conversation_members m
                         WHERE m.conversation_id = d.id ORDER BY 1)
                = ARRAY(SELECT (m.actor_type, m.actor_id) FROM conversation_members m
                         WHERE m.conversation_id = t.id ORDER BY 1))
     ORDER BY o.created_at, o.id
"""

# A thread is under the rules of what it hangs on, however far up. UNION, not UNION ALL: another
# client may have hung a conversation on a message of its own.
RULES = """
    WITH RECURSIVE above AS (
        SELECT id, type, parent_message_id FROM conversations WHERE id = %(conversation)s
         UNION
        SELECT c.id, c.type, c.parent_message_id
          FROM above a
          JOIN messages m ON m.id = a.parent_message_id
          JOIN conversations c ON c.id = m.conversation_id)
    SELECT coalesce(bool_or(mine.role = 'read_only'), false) AS read_only,
           coalesce(bool_or(a.type = 'dm' AND mine.role IS NULL AND others.many), false) AS others
      FROM above a
      LEFT JOIN conversation_members mine ON mine.conversation_id = a.id
       AND mine.actor_type = %(type)s AND mine.actor_id = %(actor)s
     CROSS JOIN LATERAL (
           SELECT count(*) > 1 AS many FROM conversation_members m WHERE m.conversation_id = a.id)
           AS others
"""

IN = """
    SELECT EXISTS (
        SELECT FROM messages WHERE id = %(message)s AND conversation_id = ANY(%(conversations)s))
"""

MESSAGES = f"""
    SELECT w.*
      FROM unnest(%(conversations)s::text[]) AS c (id)
      LEFT JOIN messages b ON b.id = %(before)s
     CROSS JOIN LATERAL (
           SELECT {MESSAGE}
             FROM messages m
            WHERE m.conversation_id = c.id
              AND (%(before)s::bigint IS NULL
                   OR (b.id IS NULL AND m.id < %(before)s)
                   OR (m.created_at, m.id) < (b.created_at, b.id))
            ORDER BY m.created_at DESC, m.id DESC
            LIMIT %(limit)s) AS w
     ORDER BY w.created_at DESC, w.id DESC
     LIMIT %(limit)s
"""

OWN = """
    SELECT m.sender_type, m.sender_id, m.body, m.conversation_id
      FROM messages m
     WHERE m.id = %(message)s
       FOR UPDATE
"""

EDIT = f"""
    UPDATE messages AS m SET body = %(body)s, updated_at = now()
     WHERE m.id = %(message)s
 RETURNING {MESSAGE}
"""

DELETE = "DELETE FROM messages WHERE id = %(message)s"

_HANGING = """
    WITH RECURSIVE hanging AS (
        SELECT id FROM conversations WHERE parent_message_id = %(message)s
         UNION
        SELECT c.id
          FROM hanging h
          JOIN messages m ON m.conversation_id = h.id
          JOIN conversations c ON c.parent_message_id = m.id)
    SELECT id FROM hanging"""

# Waits for whoever is about to write there.
LOCK_HANGING = f"""
    SELECT id FROM conversations WHERE id IN ({_HANGING}) ORDER BY id FOR UPDATE
"""

ANSWERED = f"""
    SELECT count(*)
      FROM messages
     WHERE conversation_id IN ({_HANGING}) AND (sender_type, sender_id) <> (%(type)s, %(actor)s)
"""


async def same(conn: AsyncConnection, conversation_id: str) -> tuple[str, ...]:
    """The ids of all conversations that are this one made several times, the oldest first.

    All of them are read, and the oldest is written to; none where there is no such conversation.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(SAME, {"id": conversation_id})
        return tuple(id_ for (id_,) in await cursor.fetchall())


async def thread_of(
    conn: AsyncConnection, message_id: int, actor: Actor, *, within: str | None = None
) -> str:
    """The thread that hangs on a message; made at its first reply. Its id.

    Raises:
        NotFound: there is no such message, or it is not in the conversation `within`.
    """
    if within is not None:
        await _check_in(conn, message_id, await same(conn, within))
    if (row := await _row(conn, LOCK_THREAD, message=message_id)) is None:
        raise NotFound(f"there is no message {message_id}")
    if (row := await _row(conn, THREAD, message=message_id)) is not None:
        return str(row[0])
    return await create(conn, {"name": None, "kind": "group", "parent": message_id}, actor)


async def find_thread(conn: AsyncConnection, message_id: int, *, within: str) -> str:
    """The thread that hangs on a message of a conversation; its id.

    Raises:
        NotFound: there is none, or no such message.
    """
    await _check_in(conn, message_id, await same(conn, within))
    if (row := await _row(conn, THREAD, message=message_id)) is None:
        raise NotFound(f"nobody has answered message {message_id} in a thread")
    return str(row[0])


async def threads(conn: AsyncConnection, message_ids: Sequence[int]) -> dict[int, int]:
    """How many messages there are in the threads on these messages, where any are."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(THREADS, {"messages": list(message_ids)})
        return dict(await cursor.fetchall())


async def post(
    conn: AsyncConnection,
    conversation_id: str,
    body: str,
    actor: Actor,
    *,
    reply_to: int | None = None,
) -> Message:
    """Write into a conversation.

    Raises:
        BadInput: it says nothing.
        NotFound: no such conversation, or what is replied to is not in it.
        Refused: the actor may only read it, or it is one of two others.
    """
    conversations = await same(conn, conversation_id)
    if not conversations:
        raise NotFound("the conversation is gone; 'genie-tui conversation list'")
    if reply_to is not None:
        await _check_in(conn, reply_to, conversations)
    await _check_rules(conn, conversations[0], actor)
    try:
        return await say(conn, conversations[0], body, actor, reply_to=reply_to)
    except errors.ForeignKeyViolation as error:
        raise NotFound("the conversation is gone; 'genie-tui conversation list'") from error


async def messages(
    conn: AsyncConnection, conversation_id: str, *, limit: int = 100, before: int | None = None
) -> tuple[Message, ...]:
    """The newest messages, oldest first; those before another one, if given."""
    params = {
        "conversations": list(await same(conn, conversation_id)),
        "limit": limit,
        "before": before,
    }
    async with conn.cursor(row_factory=class_row(Message)) as cursor:
        await cursor.execute(MESSAGES, params)
        return tuple(reversed(await cursor.fetchall()))


async def edit_message(conn: AsyncConnection, message_id: int, body: str, actor: Actor) -> Message:
    """Write one's own message anew; when it was changed is kept.

    Raises:
        NotFound: there is no such message.
        Refused: it is somebody else's, or the actor may only read there by now.
        BadInput: it says nothing.
    """
    text = prose(body, "the message")
    conversation, _ = await _own(conn, message_id, actor)
    await _check_rules(conn, conversation, actor)
    async with conn.cursor(row_factory=class_row(Message)) as cursor:
        await cursor.execute(EDIT, {"message": message_id, "body": text})
        written = await cursor.fetchone()
    assert written is not None
    return written


async def delete_message(conn: AsyncConnection, message_id: int, actor: Actor) -> None:
    """Delete one's own message, with the thread on it; replies to it stay.

    Raises:
        NotFound: there is no such message.
        Refused: it is somebody else's, or others have written into the thread on it.
    """
    _, body = await _own(conn, message_id, actor)
    await conn.execute(LOCK_HANGING, {"message": message_id})
    row = await _row(conn, ANSWERED, message=message_id, type=actor.type, actor=actor.id)
    if row and row[0]:
        raise Refused(
            f"others have answered message {message_id} in its thread, which would go with it; "
            "'genie-tui conversation edit' changes it"
        )
    await conn.execute(DELETE, {"message": message_id})
    details = {"length": len(body)}
    await audit.record(conn, str(message_id), "deleted", actor, details, entity_type="message")


async def _own(conn: AsyncConnection, message_id: int, actor: Actor) -> tuple[str, str]:
    """Hold one's own message; its conversation, and what it says."""
    if (row := await _row(conn, OWN, message=message_id)) is None:
        raise NotFound(f"there is no message {message_id}")
    sender_type, sender, body, conversation = row
    if (sender_type, sender) != (actor.type, actor.id):
        raise Refused(f"message {message_id} is {sender}'s; only they can change it")
    return conversation, body


async def _check_in(conn: AsyncConnection, message_id: int, conversations: Sequence[str]) -> None:
    row = await _row(conn, IN, message=message_id, conversations=list(conversations))
    if not (row and row[0]):
        raise NotFound(f"message {message_id} is not in this conversation; reply to one that is")


async def _check_rules(conn: AsyncConnection, conversation_id: str, actor: Actor) -> None:
    rules = {"conversation": conversation_id, "type": actor.type, "actor": actor.id}
    if (row := await _row(conn, RULES, **rules)) is None:
        return
    read_only, of_others = row
    if read_only:
        raise Refused(f"{actor.id} may only read there; an admin of the group can change that")
    if of_others:
        raise Refused("that is a conversation of two others; make a group to talk with more")


async def _row(conn: AsyncConnection, query: str, **params: Any) -> tuple[Any, ...] | None:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchone()
