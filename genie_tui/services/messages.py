"""What is said in conversations: read, written, answered in threads, changed by its writer.

A thread is a conversation of its own that hangs on a message. Whoever writes becomes a member; one
whose role is read_only may not write.
"""

from __future__ import annotations

from psycopg import AsyncConnection, errors
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.conversations import Message
from genie_tui.domain.text import prose
from genie_tui.errors import Conflict, NotFound, Refused
from genie_tui.services import audit
from genie_tui.services.conversations import MESSAGE, say
from genie_tui.services.groups import create

__all__ = ["delete_message", "edit_message", "messages", "post", "thread_of"]

LOCK_THREAD = "SELECT id FROM messages WHERE id = %(message)s FOR UPDATE"

THREAD = """
    SELECT id
      FROM conversations
     WHERE parent_message_id = %(message)s
     ORDER BY created_at, id
     LIMIT 1
"""

IN = """
    SELECT EXISTS (
        SELECT FROM messages WHERE id = %(message)s AND conversation_id = %(conversation)s)
"""

MESSAGES = f"""
    SELECT {MESSAGE}
      FROM messages m
     WHERE m.conversation_id = %(conversation)s
       AND (%(before)s::bigint IS NULL OR m.id < %(before)s)
     ORDER BY m.created_at DESC, m.id DESC
     LIMIT %(limit)s
"""

OWN = """
    SELECT m.sender_type, m.sender_id, m.body FROM messages m WHERE m.id = %(message)s FOR UPDATE
"""

EDIT = f"""
    UPDATE messages AS m SET body = %(body)s, updated_at = now()
     WHERE m.id = %(message)s
 RETURNING {MESSAGE}
"""

DELETE = "DELETE FROM messages WHERE id = %(message)s"


async def thread_of(conn: AsyncConnection, message_id: int, actor: Actor) -> str:
    """The thread that hangs on a message; made at its first reply. Its id.

    Raises:
        NotFound: there is no such message.
    """
    params = {"message": message_id}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(LOCK_THREAD, params)
        if await cursor.fetchone() is None:
            raise NotFound(f"there is no message {message_id}")
        await cursor.execute(THREAD, params)
        if (row := await cursor.fetchone()) is not None:
            return str(row[0])
    return await create(conn, {"name": None, "kind": "group", "parent": message_id}, actor)


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
        Refused: the actor may only read it.
    """
    if reply_to is not None:
        params = {"message": reply_to, "conversation": conversation_id}
        async with conn.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(IN, params)
            row = await cursor.fetchone()
        if not (row and row[0]):
            raise NotFound(f"message {reply_to} is not in this conversation; reply to one that is")
    try:
        return await say(conn, conversation_id, body, actor, reply_to=reply_to)
    except errors.ForeignKeyViolation as error:
        raise NotFound("the conversation is gone; 'genie-tui conversation list'") from error


async def messages(
    conn: AsyncConnection, conversation_id: str, *, limit: int = 100, before: int | None = None
) -> tuple[Message, ...]:
    """The newest messages, oldest first; those before another one, if given."""
    params = {"conversation": conversation_id, "limit": limit, "before": before}
    async with conn.cursor(row_factory=class_row(Message)) as cursor:
        await cursor.execute(MESSAGES, params)
        return tuple(reversed(await cursor.fetchall()))


async def edit_message(conn: AsyncConnection, message_id: int, body: str, actor: Actor) -> Message:
    """Write one's own message anew; when it was changed is kept.

    Raises:
        NotFound: there is no such message.
        Refused: it is somebody else's.
        BadInput: it says nothing.
    """
    text = prose(body, "the message")
    await _own(conn, message_id, actor)
    async with conn.cursor(row_factory=class_row(Message)) as cursor:
        await cursor.execute(EDIT, {"message": message_id, "body": text})
        written = await cursor.fetchone()
    if written is None:
        raise Conflict("the message was deleted meanwhile")
    return written


async def delete_message(conn: AsyncConnection, message_id: int, actor: Actor) -> None:
    """Delete one's own message; replies to it stay, threads on it go.

    Raises:
        NotFound: there is no such message.
        Refused: it is somebody else's.
    """
    body = await _own(conn, message_id, actor)
    await conn.execute(DELETE, {"message": message_id})
    details = {"length": len(body)}
    await audit.record(conn, str(message_id), "deleted", actor, details, entity_type="message")


async def _own(conn: AsyncConnection, message_id: int, actor: Actor) -> str:
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(OWN, {"message": message_id})
        if (row := await cursor.fetchone()) is None:
            raise NotFound(f"there is no message {message_id}")
    if (row[0], row[1]) != (actor.type, actor.id):
        raise Refused(f"message {message_id} is {row[1]}'s; only they can change it")
    return str(row[2])
