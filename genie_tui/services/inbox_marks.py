"""Up to where somebody has read a talk.

Marks are ours. A letter to the actor has a flag of its own, `mailbox.read`, which other clients
look at, too; letters between others are never flagged by whoever else looks at them.
"""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.inbox import TalkKind
from genie_tui.errors import NotFound
from genie_tui.services import mail
from genie_tui.services.inbox import facts, unread, unread_conversations
from genie_tui.services.inbox_statements import MAIL_TARGET, pair, target
from genie_tui.services.messages import same

__all__ = ["mark_all_read", "mark_read", "mark_unread"]

_KEY = "(actor_type, actor_id, kind, target)"

# Two dashboards may say so at once, in either order: a mark never goes back by reading.
_ID_ONWARD = f"""
        ON CONFLICT {_KEY} DO UPDATE
       SET last_read_id = excluded.last_read_id, updated_at = now()
     WHERE tui_read_marks.last_read_id < excluded.last_read_id"""

_AT_ONWARD = f"""
        ON CONFLICT {_KEY} DO UPDATE
       SET last_read_at = excluded.last_read_at, updated_at = now()
     WHERE tui_read_marks.last_read_at < excluded.last_read_at"""

_ID_TO = f"""
        ON CONFLICT {_KEY} DO UPDATE
       SET last_read_id = excluded.last_read_id, updated_at = now()"""

_AT_TO = f"""
        ON CONFLICT {_KEY} DO UPDATE
       SET last_read_at = excluded.last_read_at, updated_at = now()"""

# KEY SHARE: a conversation that is being deleted takes no mark any more, and none is missed.
_HELD = """
    held AS (SELECT c.id FROM conversations c WHERE c.id = ANY(%(ids)s) FOR KEY SHARE)"""

_INTO_IDS = """
    INSERT INTO tui_read_marks (actor_type, actor_id, kind, target, last_read_id)"""

_INTO_TIMES = """
    INSERT INTO tui_read_marks (actor_type, actor_id, kind, target, last_read_at)"""

# Never beyond what there is: what comes later is unread, whatever id it was said to be.
READ = f"""
    WITH {_HELD}
    {_INTO_IDS}
    SELECT %(type)s, %(me)s, 'conversation', held.id, last.id
      FROM held CROSS JOIN LATERAL (
           SELECT m.id FROM messages m
            WHERE m.conversation_id = ANY(%(ids)s) AND m.id <= %(upto)s
            ORDER BY m.id DESC
            LIMIT 1) last
     ORDER BY held.id {_ID_ONWARD}
"""

UNREAD = f"""
    WITH {_HELD}
    {_INTO_IDS}
    SELECT %(type)s, %(me)s, 'conversation', held.id, %(first)s - 1
      FROM held
     ORDER BY held.id {_ID_TO}
"""

ALL_READ = f"""
    WITH {_HELD}
    {_INTO_IDS}
    SELECT %(type)s, %(me)s, 'conversation', held.id, last.id
      FROM held CROSS JOIN LATERAL (
           SELECT m.id FROM messages m
            WHERE m.conversation_id = held.id
            ORDER BY m.id DESC
            LIMIT 1) last
     ORDER BY held.id {_ID_ONWARD}
"""

# What was looked at without being the actor's: it counts for nobody, but is marked in lists.
LOOKED_AT_READ = """
    UPDATE tui_read_marks k
       SET last_read_id = (SELECT max(m.id) FROM messages m
                            WHERE k.kind = 'conversation' AND m.conversation_id = k.target),
           last_read_at = CASE WHEN k.kind = 'mail' THEN now() END, updated_at = now()
     WHERE k.actor_type = %(type)s AND k.actor_id = %(me)s
       AND CASE k.kind
           WHEN 'mail' THEN k.last_read_at < now()
           WHEN 'conversation' THEN EXISTS (
               SELECT FROM messages m
                WHERE m.conversation_id = k.target AND m.id > k.last_read_id) END
"""

_LETTERS = f"""
      FROM mailbox m CROSS JOIN (SELECT %(one)s::text AS one, %(other)s::text AS other) w
     WHERE {pair("m.from_worker", "m.to_worker")} = {pair("%(one)s::text", "%(other)s::text")}
       AND (m.from_worker, m.to_worker) IN ((w.one, w.other), (w.other, w.one))
       AND m.id = %(edge)s"""

MAIL_READ = f"""
    {_INTO_TIMES}
    SELECT %(type)s, %(me)s, 'mail', {MAIL_TARGET}, m.created_at {_LETTERS} {_AT_ONWARD}
"""

MAIL_UNREAD = f"""
    {_INTO_TIMES}
    SELECT %(type)s, %(me)s, 'mail', {MAIL_TARGET}, m.created_at - interval '1 microsecond'
    {_LETTERS} {_AT_TO}
"""

TO_ME = """
    SELECT m.id
      FROM mailbox m
     WHERE m.to_worker = %(me)s AND m.from_worker = %(writer)s AND NOT m.read
       AND m.created_at <= (SELECT created_at FROM mailbox WHERE id = %(edge)s)
     ORDER BY m.id
"""

TO_ME_UNREAD = """
    UPDATE mailbox SET read = false
     WHERE to_worker = %(me)s AND from_worker = %(writer)s AND read
       AND created_at >= (SELECT created_at FROM mailbox WHERE id = %(edge)s)
"""

_CHAT_TARGET = target("m.team", "m.repo_path")

CHAT_READ = f"""
    {_INTO_TIMES}
    SELECT %(type)s, %(me)s, 'chat', {_CHAT_TARGET}, m.created_at
      FROM team_chat m
     WHERE m.team = %(one)s AND m.repo_path = %(other)s AND m.id = %(edge)s {_AT_ONWARD}
"""

CHAT_UNREAD = f"""
    {_INTO_TIMES}
    SELECT %(type)s, %(me)s, 'chat', {_CHAT_TARGET}, m.created_at - interval '1 microsecond'
      FROM team_chat m
     WHERE m.team = %(one)s AND m.repo_path = %(other)s AND m.id = %(edge)s {_AT_TO}
"""

ALL_CHATS_READ = f"""
  WITH RECURSIVE rooms AS (
    (SELECT team, repo_path FROM team_chat ORDER BY team, repo_path LIMIT 1)
     UNION ALL
    SELECT n.team, n.repo_path
      FROM rooms CROSS JOIN LATERAL (
           SELECT m.team, m.repo_path
             FROM team_chat m
            WHERE (m.team, m.repo_path) > (rooms.team, rooms.repo_path)
            ORDER BY m.team, m.repo_path
            LIMIT 1) n)
    {_INTO_TIMES}
    SELECT %(type)s, %(me)s, 'chat', {_CHAT_TARGET}, m.created_at
      FROM rooms CROSS JOIN LATERAL (
           SELECT m.team, m.repo_path, m.created_at
             FROM team_chat m
            WHERE m.team = rooms.team AND m.repo_path = rooms.repo_path
            ORDER BY m.created_at DESC
            LIMIT 1) m
     WHERE %(project)s::text IS NULL
        OR m.repo_path = (SELECT repo_path FROM projects WHERE id = %(project)s) {_AT_ONWARD}
"""


async def mark_read(
    conn: AsyncConnection, me: Actor, kind: TalkKind, ref: tuple[str, ...], upto: str
) -> None:
    """Up to the remark of this id, a talk is read. What was read further stays so.

    Raises:
        NotFound: the conversation is gone.
    """
    if kind not in {TalkKind.MAIL, TalkKind.CHAT}:
        await _mark(conn, me, READ, ref, upto=int(upto))
        return
    params = _two(me, ref, upto)
    if kind is TalkKind.CHAT:
        await conn.execute(CHAT_READ, params)
    elif me.id not in ref:
        await conn.execute(MAIL_READ, params)
    else:
        async with conn.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(TO_ME, params)
            ids = [id_ for (id_,) in await cursor.fetchall()]
        await mail.mark_read(conn, me.id, ids)


async def mark_unread(
    conn: AsyncConnection, me: Actor, kind: TalkKind, ref: tuple[str, ...], first: str
) -> None:
    """From the remark of this id on, a talk is unread.

    Raises:
        NotFound: the conversation is gone.
    """
    if kind not in {TalkKind.MAIL, TalkKind.CHAT}:
        await _mark(conn, me, UNREAD, ref, first=int(first))
        return
    to_others = MAIL_UNREAD if me.id not in ref else TO_ME_UNREAD
    await conn.execute(CHAT_UNREAD if kind is TalkKind.CHAT else to_others, _two(me, ref, first))


async def mark_all_read(conn: AsyncConnection, me: Actor, *, project_id: str | None = None) -> int:
    """All that is unread and the actor's is read, in a project or in all; how much it was.

    Letters to the actor are read whatever the project.
    """
    params = facts(me, project_id)
    total = await unread(conn, me, project_id=project_id)
    conversations = await unread_conversations(conn, me, project_id=project_id)
    await conn.execute(ALL_READ, params | {"ids": list(conversations)})
    await conn.execute(LOOKED_AT_READ, params)
    await mail.mark_read(conn, me.id)
    await conn.execute(ALL_CHATS_READ, params)
    return total


async def _mark(
    conn: AsyncConnection, me: Actor, query: str, ref: tuple[str, ...], **edge: int
) -> None:
    ids = await same(conn, ref[0])
    if not ids:
        raise NotFound("the conversation is gone")
    await conn.execute(query.encode(), {"type": me.type, "me": me.id, "ids": list(ids), **edge})


def _two(me: Actor, ref: tuple[str, ...], edge: str) -> dict[str, Any]:
    one, other = ref
    writer = other if one == me.id else one
    return {
        "type": me.type,
        "me": me.id,
        "one": one,
        "other": other,
        "writer": writer,
        "edge": edge,
    }
