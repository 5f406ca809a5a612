"""The chat of a team: one stream of words for each team and repository."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.text import given, line, prose
from genie_tui.services.cards import clamped

__all__ = ["post", "read"]

_WORDS = f"id, team, repo_path, sender, body, {clamped('created_at')} AS created_at"

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
