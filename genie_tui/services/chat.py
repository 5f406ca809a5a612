"""The chat of a team: one stream of words for each team and repository."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.text import given, line, prose
from genie_tui.services.cards import clamped

__all__ = ["OVERLAP", "newer", "post", "read"]

_WORDS = f"id, team, repo_path, sender, body, {clamped('created_at')} AS created_at"

OVERLAP = timedelta(minutes=1)
"""So much is read again: a row's time is when its transaction began, not when it was to be seen."""

POST = f"""
    INSERT INTO team_chat (id, team, repo_path, sender, body)
    VALUES ('chat-' || substr(gen_random_uuid()::text, 1, 8), %(team)s, %(repo_path)s, %(sender)s,
            %(body)s)
        ON CONFLICT (id) DO NOTHING
 RETURNING {_WORDS}
"""

READ = f"""
    SELECT {_WORDS}
      FROM team_chat
     WHERE team = %(team)s AND (%(repo_path)s::text IS NULL OR repo_path = %(repo_path)s)
     ORDER BY created_at DESC, id DESC
     LIMIT %(limit)s
"""

NOW = "SELECT now()"

NEWER = f"""
    SELECT {_WORDS}
      FROM team_chat
     WHERE team = %(team)s AND (%(repo_path)s::text IS NULL OR repo_path = %(repo_path)s)
       AND created_at >= %(since)s
     ORDER BY team_chat.created_at, id
"""


async def post(
    conn: AsyncConnection, team: str, body: str, actor: Actor, *, repo_path: str
) -> dict[str, Any]:
    """Say something to a team.

    Raises:
        BadInput: it says nothing, or no team is named.
    """
    params = {
        "team": line(team, "the team's name"),
        "repo_path": given(repo_path, "the repository's path"),
        "sender": actor.id,
        "body": prose(body, "the message"),
    }
    row = None
    while row is None:
        async with conn.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(POST, params)
            row = await cursor.fetchone()
    return row


async def read(
    conn: AsyncConnection, team: str, *, repo_path: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """What was said last in a team, oldest first; in one repository, or in all."""
    params = {"team": given(team, "the team's name"), "repo_path": repo_path, "limit": limit}
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(READ, params)
        return list(reversed(await cursor.fetchall()))


async def newer(
    conn: AsyncConnection, team: str, *, repo_path: str | None = None, since: datetime | None
) -> tuple[list[dict[str, Any]], datetime]:
    """What was said since the last look and a minute before it, oldest first; and the time.

    That time is the `since` of the next look; the first one has none.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(NOW)
        row = await cursor.fetchone()
    assert row is not None
    now: datetime = row[0]
    params = {"team": team, "repo_path": repo_path, "since": (since or now) - OVERLAP}
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(NEWER, params)
        return await cursor.fetchall(), now
