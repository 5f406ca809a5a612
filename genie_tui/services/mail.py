"""Mail: letters to agents and people, of which the receiver's notifier hears at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.text import given, line, prose
from genie_tui.errors import NotFound
from genie_tui.services.cards import clamped

__all__ = ["inbox", "mark_read", "send"]

_LETTER = f"""id, from_worker, to_worker, body, repo_path, read,
           {clamped("delivered_at")} AS delivered_at, {clamped("created_at")} AS created_at"""

# Eight hex digits, as the other ids of Genie have; drawn again where they are taken.
SEND = f"""
    INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path)
    VALUES ('mail-' || substr(gen_random_uuid()::text, 1, 8), %(from)s, %(to)s, %(body)s,
            %(repo_path)s)
        ON CONFLICT (id) DO NOTHING
 RETURNING {_LETTER}
"""

INBOX = f"""
    SELECT {_LETTER}
      FROM mailbox
     WHERE to_worker = %(to)s AND (NOT %(unread)s OR NOT read)
     ORDER BY created_at DESC, id DESC
     LIMIT %(limit)s
"""

READ_ALL = f"""
    WITH letters AS (
        UPDATE mailbox SET read = true WHERE to_worker = %(to)s AND NOT read RETURNING *)
    SELECT {_LETTER} FROM letters ORDER BY letters.created_at, id
"""

READ = """
    UPDATE mailbox SET read = true WHERE to_worker = %(to)s AND id = ANY(%(ids)s) AND NOT read
"""

NAMED = f"""
    SELECT {_LETTER} FROM mailbox WHERE to_worker = %(to)s AND id = ANY(%(ids)s)
"""


async def send(
    conn: AsyncConnection, to: str, body: str, actor: Actor, *, repo_path: str
) -> dict[str, Any]:
    """Send a letter.

    Raises:
        BadInput: it says nothing, or nobody is named.
    """
    params = {
        "from": actor.id,
        "to": line(to, "whom it is for"),
        "body": prose(body, "the letter"),
        "repo_path": given(repo_path, "the repository's path"),
    }
    row = None
    while row is None:
        async with conn.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(SEND, params)
            row = await cursor.fetchone()
    return row


async def inbox(
    conn: AsyncConnection, whose: str, *, unread: bool = False, limit: int = 100
) -> list[dict[str, Any]]:
    """Somebody's letters, the newest first."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(INBOX, {"to": whose, "unread": unread, "limit": limit})
        return await cursor.fetchall()


async def mark_read(
    conn: AsyncConnection, whose: str, ids: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Mark somebody's letters as read: those that are named, else all; these, as they are now.

    Of all, only those that were unread are given, the oldest first.

    Raises:
        NotFound: one that is named is not theirs.
    """
    async with conn.cursor(row_factory=dict_row) as cursor:
        if ids is None:
            await cursor.execute(READ_ALL, {"to": whose})
            return await cursor.fetchall()
        params = {"to": whose, "ids": [given(id_, "a letter's id") for id_ in ids]}
        await cursor.execute(READ, params)
        await cursor.execute(NAMED, params)
        found = {letter["id"]: letter for letter in await cursor.fetchall()}
    if missing := [id_ for id_ in ids if id_ not in found]:
        raise NotFound(f"no letter {missing[0]!r} for {whose}; 'genie-tui mail inbox' shows them")
    return [found[id_] for id_ in dict.fromkeys(ids)]
