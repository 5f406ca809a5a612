"""What was said in one talk, a page at a time, either way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.inbox import Remark, TalkKind
from genie_tui.errors import NotFound
from genie_tui.services.cards import clamped
from genie_tui.services.inbox_statements import pair
from genie_tui.services.messages import same

__all__ = ["BODY_AT_MOST", "WHOLE_AT_MOST", "around", "remarks", "whole"]

BODY_AT_MOST = 4000
"""Letters of a body that a page has; `whole` has the rest."""

WHOLE_AT_MOST = 200_000
"""Letters that anybody reads at a terminal."""

NAME_AT_MOST = 200
QUOTE_AT_MOST = 200

_BODY = f"left(m.body, {BODY_AT_MOST}) AS body, length(m.body) AS size"

# A conversation is named, not joined: so it is known to be long where it is, and is not sorted for
# its end. WITH TIES: an index has the times alone in order.
MESSAGES = f"""
    SELECT m.id::text, left(m.sender_id, {NAME_AT_MOST}) AS sender, {_BODY},
           {clamped("m.created_at")} AS at,
           (m.sender_type, m.sender_id) = (%(type)s, %(me)s) AS mine,
           m.updated_at > m.created_at AS edited,
           coalesce(m.reply_to_id::text, '') AS answers,
           coalesce(left(r.sender_id, {NAME_AT_MOST}), '') AS answered,
           coalesce(left(r.body, {QUOTE_AT_MOST}), '') AS quote,
           coalesce(h.thread, '') AS thread, coalesce(h.replies, 0) AS replies
      FROM (SELECT w.*
              FROM (SELECT m.*
                      FROM messages m
                     WHERE m.conversation_id = %(id)s AND ({{beyond}})
                     ORDER BY m.created_at {{order}}
                     FETCH FIRST %(limit)s ROWS WITH TIES) w
             ORDER BY w.created_at {{order}}, w.id {{order}}
             LIMIT %(limit)s) m
      LEFT JOIN messages r ON r.id = m.reply_to_id
      LEFT JOIN LATERAL (
           SELECT min(t.id) AS thread, count(w.id) AS replies
             FROM conversations t JOIN messages w ON w.conversation_id = t.id
            WHERE t.parent_message_id = m.id) h ON true
     ORDER BY m.created_at, m.id
"""

_OF_TWO = f"""{pair("m.from_worker", "m.to_worker")} = {pair("%(one)s::text", "%(other)s::text")}
          AND (m.from_worker, m.to_worker) IN ((%(one)s, %(other)s), (%(other)s, %(one)s))"""

_REPO = """(%(project)s::text IS NULL OR %(me)s IN (%(one)s, %(other)s) OR m.repo_path = (
               SELECT repo_path FROM projects WHERE id = %(project)s))"""

LETTERS = f"""
    SELECT w.*
      FROM (SELECT m.id, left(m.from_worker, {NAME_AT_MOST}) AS sender,
                   left(m.to_worker, {NAME_AT_MOST}) AS "to", {_BODY},
                   {clamped("m.created_at")} AS at, m.from_worker = %(me)s AS mine
              FROM mailbox m
             WHERE {_OF_TWO} AND {_REPO} AND ({{beyond}})
             ORDER BY m.created_at {{order}}, m.id {{order}}
             LIMIT %(limit)s) w
     ORDER BY w.at, w.id
"""

CHAT = f"""
    SELECT w.*
      FROM (SELECT m.id, left(m.sender, {NAME_AT_MOST}) AS sender, {_BODY},
                   {clamped("m.created_at")} AS at, m.sender = %(me)s AS mine
              FROM team_chat m
             WHERE m.team = %(one)s AND m.repo_path = %(other)s AND ({{beyond}})
             ORDER BY m.created_at {{order}}, m.id {{order}}
             LIMIT %(limit)s) w
     ORDER BY w.at, w.id
"""

NEWEST = "true"
BEFORE = "m.created_at <= %(at)s AND (m.created_at, m.id) < (%(at)s, %(edge)s)"
AFTER = "m.created_at >= %(at)s AND (m.created_at, m.id) > (%(at)s, %(edge)s)"

WHOLE = {
    TalkKind.MAIL: "SELECT left(body, %(limit)s) FROM mailbox WHERE id = %(id)s",
    TalkKind.CHAT: "SELECT left(body, %(limit)s) FROM team_chat WHERE id = %(id)s",
}

TIME = {
    TalkKind.MAIL: f"SELECT {clamped('created_at')} FROM mailbox WHERE id = %(id)s",
    TalkKind.CHAT: f"SELECT {clamped('created_at')} FROM team_chat WHERE id = %(id)s",
}

TIME_OF_MESSAGE = f"SELECT {clamped('created_at')} FROM messages WHERE id = %(id)s::bigint"

BEGINNING = Remark(id="0", sender="", body="", size=0, at=datetime(2, 1, 1, tzinfo=UTC))

GONE = "it is gone: whoever wrote it has deleted it"

WHOLE_MESSAGE = "SELECT left(body, %(limit)s) FROM messages WHERE id = %(id)s::bigint"


async def remarks(
    conn: AsyncConnection,
    me: Actor,
    kind: TalkKind,
    ref: tuple[str, ...],
    *,
    project_id: str | None = None,
    before: Remark | None = None,
    after: Remark | None = None,
    limit: int = 50,
) -> tuple[Remark, ...]:
    """The newest of a talk, oldest first; those just before or after another one, if given.

    Of a project, letters between others are those of its repository.
    """
    side = {
        "beyond": BEFORE if before is not None else AFTER if after is not None else NEWEST,
        "order": "ASC" if after is not None else "DESC",
    }
    edge = before if before is not None else after
    params: dict[str, Any] = {"type": me.type, "me": me.id, "limit": limit}
    if edge is not None:
        params |= {"at": edge.at, "edge": edge.id}
    if kind in {TalkKind.MAIL, TalkKind.CHAT}:
        query = (LETTERS if kind is TalkKind.MAIL else CHAT).format(**side)
        params |= {"one": ref[0], "other": ref[1], "project": project_id}
        return tuple(await _page(conn, query, params))
    query = MESSAGES.format(**side)
    if edge is not None:
        params["edge"] = int(edge.id)
    pages = [await _page(conn, query, params | {"id": id_}) for id_ in await same(conn, ref[0])]
    # What was made several times is read as one.
    every = sorted((r for page in pages for r in page), key=lambda r: (r.at, int(r.id)))
    return tuple(every[:limit] if after is not None else every[-limit:])


async def _page(conn: AsyncConnection, query: str, params: dict[str, Any]) -> list[Remark]:
    cursor = conn.cursor(row_factory=class_row(Remark))
    await cursor.execute(query.encode(), params)
    return await cursor.fetchall()


async def around(
    conn: AsyncConnection,
    me: Actor,
    kind: TalkKind,
    ref: tuple[str, ...],
    id_: str,
    *,
    project_id: str | None = None,
    limit: int = 50,
) -> tuple[tuple[Remark, ...], tuple[Remark, ...]]:
    """What was said before a remark, half of what is wanted, and from it on.

    Raises:
        NotFound: it is gone.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(TIME.get(kind, TIME_OF_MESSAGE).encode(), {"id": id_})
        row = await cursor.fetchone()
    if row is None:
        raise NotFound(GONE)
    here = Remark(id=id_, sender="", body="", size=0, at=row[0])
    before = await remarks(
        conn, me, kind, ref, project_id=project_id, before=here, limit=limit // 2
    )
    edge = before[-1] if before else BEGINNING
    after = await remarks(conn, me, kind, ref, project_id=project_id, after=edge, limit=limit)
    return before, after


async def whole(conn: AsyncConnection, kind: TalkKind, id_: str) -> str:
    """What was said in full, as far as anybody reads it.

    Raises:
        NotFound: it is gone.
    """
    params = {"id": id_, "limit": WHOLE_AT_MOST}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(WHOLE.get(kind, WHOLE_MESSAGE), params)
        row = await cursor.fetchone()
    if row is None:
        raise NotFound(GONE)
    return str(row[0])
