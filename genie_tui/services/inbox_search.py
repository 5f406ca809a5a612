"""Looking for words in all that was said, the newest first, for as long as somebody waits.

No table of talk has an index of its words, so the newest are looked through first, a piece at a
time, and what was found when time is up is given.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.inbox import Found, Search, TalkKind
from genie_tui.domain.text import storable
from genie_tui.services.cards import clamped
from genie_tui.services.inbox import each_of

__all__ = ["search"]

PATIENCE = timedelta(seconds=2)
"""So long somebody waits while they type."""

PIECE = 20_000
"""Messages that are looked through in one go."""

AROUND = 60
"""Letters before the first match that are told with it."""

TOLD = 240

NEWEST_ID = "SELECT coalesce(max(id), 0) FROM messages"

_EXCERPT = (
    f"substr(w.body, greatest(position(lower(%(first)s) IN lower(w.body)) - {AROUND}, 1), {TOLD})"
    " AS text"
)

MESSAGES = f"""
    SELECT w.id::text, w.conversation_id AS one, '' AS other,
           left(w.sender_id, 200) AS sender, {clamped("w.created_at")} AS at, {_EXCERPT}
      FROM (SELECT m.*
              FROM messages m
             WHERE m.id > %(low)s AND m.id <= %(high)s
               AND concat(m.sender_id, ' ', m.body) ILIKE ALL (%(words)s)
             ORDER BY m.id DESC
             LIMIT %(limit)s) w
     ORDER BY w.id DESC
"""

MAIL = f"""
    SELECT w.id, least(w.from_worker COLLATE "C", w.to_worker COLLATE "C") AS one,
           greatest(w.from_worker COLLATE "C", w.to_worker COLLATE "C") AS other,
           left(w.from_worker, 200) AS sender, {clamped("w.created_at")} AS at, {_EXCERPT}
      FROM (SELECT m.*
              FROM mailbox m
             WHERE concat(m.from_worker, ' ', m.to_worker, ' ', m.body) ILIKE ALL (%(words)s)
             ORDER BY m.created_at DESC
             LIMIT %(limit)s) w
     ORDER BY w.created_at DESC, w.id
"""

CHAT = f"""
    SELECT w.id, w.team AS one, w.repo_path AS other, left(w.sender, 200) AS sender,
           {clamped("w.created_at")} AS at, {_EXCERPT}
      FROM (SELECT m.*
              FROM team_chat m
             WHERE concat(m.sender, ' ', m.body) ILIKE ALL (%(words)s)
             ORDER BY m.created_at DESC
             LIMIT %(limit)s) w
     ORDER BY w.created_at DESC, w.id
"""

TIMEOUT_NOW = "SELECT current_setting('statement_timeout')"

TIMEOUT = "SELECT set_config('statement_timeout', %(value)s, true)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    """A row that matches, and where it is kept."""

    id: str
    one: str
    other: str
    sender: str
    at: datetime
    text: str


async def search(
    conn: AsyncConnection,
    me: Actor,
    text: str,
    *,
    project_id: str | None = None,
    limit: int = 50,
    patience: timedelta = PATIENCE,
) -> Search:
    """What holds every word of a text, in its body or by who said it, the newest first."""
    if not (words := text.split()) or not storable(text):
        return Search()
    looking = _Looking(conn, time.monotonic() + patience.total_seconds())
    params = {"words": [_pattern(word) for word in words], "first": words[0], "limit": limit + 1}
    hits: list[tuple[TalkKind | None, _Hit]] = [
        (None, hit) for hit in await looking.through_messages(params)
    ]
    hits += [(TalkKind.MAIL, hit) for hit in await looking.at_once(MAIL, params)]
    hits += [(TalkKind.CHAT, hit) for hit in await looking.at_once(CHAT, params)]
    hits.sort(key=lambda hit: hit[1].at, reverse=True)
    found = await _in_talks(conn, me, hits[:limit], project_id)
    return Search(found=found, more=len(hits) > limit, cut=looking.cut)


class _Looking:
    """A search that is under way; `cut` once time has run out."""

    def __init__(self, conn: AsyncConnection, deadline: float) -> None:
        self._conn = conn
        self._deadline = deadline
        self.cut = False

    async def through_messages(self, params: dict[str, Any]) -> list[_Hit]:
        """The newest that match, piece by piece."""
        found: list[_Hit] = []
        async with self._conn.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(NEWEST_ID)
            row = await cursor.fetchone()
        high = int(row[0]) if row else 0
        while high > 0 and len(found) < params["limit"] and not self.cut:
            piece = params | {"low": high - PIECE, "high": high}
            found += await self.at_once(MESSAGES, piece)
            high -= PIECE
        return found[: params["limit"]]

    async def at_once(self, query: str, params: dict[str, Any]) -> list[_Hit]:
        """What a statement finds in the time that is left."""
        left = int((self._deadline - time.monotonic()) * 1000)
        if left <= 0 or self.cut:
            self.cut = True
            return []
        try:
            async with self._conn.transaction():
                before = await (await self._conn.execute(TIMEOUT_NOW)).fetchone()
                await self._conn.execute(TIMEOUT, {"value": str(left)})
                cursor = self._conn.cursor(row_factory=class_row(_Hit))
                await cursor.execute(query.encode(), params)
                found = await cursor.fetchall()
                await self._conn.execute(TIMEOUT, {"value": before[0] if before else "0"})
                return found
        except errors.QueryCanceled:
            self.cut = True
            return []


async def _in_talks(
    conn: AsyncConnection,
    me: Actor,
    hits: Sequence[tuple[TalkKind | None, _Hit]],
    project_id: str | None,
) -> tuple[Found, ...]:
    """With the talks that they are in; what is another project's is left out."""
    refs = list({_ref(kind, hit) for kind, hit in hits})
    each = await each_of(conn, me, project_id=project_id, refs=refs)
    apart = {TalkKind.MAIL, TalkKind.CHAT}
    by_ref = {(talk.kind if talk.kind in apart else None, talk.ref): talk for talk in each}
    found = []
    for kind, hit in hits:
        _, ref = _ref(kind, hit)
        if (talk := by_ref.get((kind, ref))) is not None:
            found.append(Found(talk=talk, id=hit.id, sender=hit.sender, at=hit.at, text=hit.text))
    return tuple(found)


def _ref(kind: TalkKind | None, hit: _Hit) -> tuple[TalkKind, tuple[str, ...]]:
    if kind is None:
        return TalkKind.GROUP, (hit.one,)
    return kind, (hit.one, hit.other)


def _pattern(word: str) -> str:
    return "%" + re.sub(r"([\\%_])", r"\\\1", word) + "%"
