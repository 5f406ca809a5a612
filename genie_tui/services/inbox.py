"""The inbox of an actor: all talks of a project, what is unread in each, and how much in all.

A conversation is the actor's where they are a member, have a role in its task, wrote the message on
which it hangs, or are named in what they have not read. Mail is theirs to or from them, and team
chat is everybody's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.inbox import Inbox, Talk, TalkKind, Teammate, joined, naming, newest_first
from genie_tui.services.inbox_statements import (
    ALL_CHATS,
    ALL_MAIL,
    ALL_TALKS,
    SOME_CHATS,
    SOME_MAIL,
    SOME_TALKS,
    UNREAD_LETTERS,
    UNREAD_TALKS,
)

__all__ = [
    "chats",
    "each_of",
    "facts",
    "people",
    "talks",
    "talks_of",
    "teams",
    "unread",
    "unread_conversations",
]

Row = dict[str, Any]

CALLED_AT_MOST = 200
"""Conversations with something unread that are listed, however old they are."""

PEOPLE = """
    SELECT name, max(note) AS note
      FROM ((SELECT a.actor_id AS name, '' AS note
               FROM task_actors a
              GROUP BY a.actor_id
              ORDER BY count(*) DESC
              LIMIT %(limit)s)
             UNION ALL
            (SELECT coalesce(nullif(a.custom_name, ''), a.id), concat_ws(' ', 'agent,', a.state)
               FROM agents a
              ORDER BY a.state IN ('done', 'suspended'), a.started_at DESC
              LIMIT %(limit)s)) known
     WHERE name <> %(me)s AND length(name) <= 200
     GROUP BY name
     ORDER BY max(note) = '', name
     LIMIT %(limit)s
"""

TEAMS = """
    SELECT name, '' AS note
      FROM teams
     WHERE status <> 'done'
     ORDER BY name
     LIMIT %(limit)s
"""


async def talks(
    conn: AsyncConnection, me: Actor, *, project_id: str | None = None, limit: int = 60
) -> Inbox:
    """The talks of a project (of all, where none is named) in which anything happened last.

    Conversations that are about no task, and the actor's own mail, belong to every project. What
    is unread comes first where there is more than `limit` of everything.
    """
    called_by = await unread_conversations(conn, me, project_id=project_id)
    params = facts(me, project_id) | {
        "limit": limit + 1,
        "called": list(called_by)[:CALLED_AT_MOST],
    }
    found = [_conversation(row, me) for row in await _rows(conn, ALL_TALKS, params)]
    found += [_letters(row, me) for row in await _rows(conn, ALL_MAIL, params)]
    found += [_chat(row, project_id) for row in await _rows(conn, ALL_CHATS, params)]
    every = joined(found)
    called = [talk for talk in every if talk.calls]
    shown = {talk.key: talk for talk in [*called, *every][: max(limit, len(called))]}
    return Inbox(talks=tuple(newest_first(shown.values())), more=len(every) > len(shown))


async def talks_of(
    conn: AsyncConnection,
    me: Actor,
    *,
    project_id: str | None = None,
    refs: Sequence[tuple[TalkKind, tuple[str, ...]]] = (),
    messages: Sequence[int] = (),
    letters: Sequence[str] = (),
) -> tuple[Talk, ...]:
    """The talks of these, or to which these messages and letters belong, as they are now."""
    found = await each_of(
        conn, me, project_id=project_id, refs=refs, messages=messages, letters=letters
    )
    return tuple(joined(found))


async def each_of(
    conn: AsyncConnection,
    me: Actor,
    *,
    project_id: str | None = None,
    refs: Sequence[tuple[TalkKind, tuple[str, ...]]] = (),
    messages: Sequence[int] = (),
    letters: Sequence[str] = (),
) -> list[Talk]:
    """The same, but what was made several times is told as often."""
    params = facts(me, project_id)
    mail = [ref for kind, ref in refs if kind is TalkKind.MAIL]
    chats = [ref for kind, ref in refs if kind is TalkKind.CHAT]
    ids = [ref[0] for kind, ref in refs if kind not in {TalkKind.MAIL, TalkKind.CHAT}]
    found: list[Talk] = []
    if ids or messages:
        wanted = params | {"ids": ids, "messages": list(messages)}
        found += [_conversation(row, me) for row in await _rows(conn, SOME_TALKS, wanted)]
    if mail or letters:
        wanted = params | {
            "ones": [one for one, _ in mail],
            "others": [other for _, other in mail],
            "letters": list(letters),
        }
        found += [_letters(row, me) for row in await _rows(conn, SOME_MAIL, wanted)]
    if chats:
        wanted = params | {
            "teams": [team for team, _ in chats],
            "repos": [repo for _, repo in chats],
        }
        found += [_chat(row, project_id) for row in await _rows(conn, SOME_CHATS, wanted)]
    return found


async def chats(
    conn: AsyncConnection, me: Actor, *, project_id: str | None = None, limit: int = 60
) -> tuple[Talk, ...]:
    """The chats of teams in which anything was said last; no trigger tells of them."""
    rows = await _rows(conn, ALL_CHATS, facts(me, project_id) | {"limit": limit})
    return tuple(_chat(row, project_id) for row in rows)


async def unread(conn: AsyncConnection, me: Actor, *, project_id: str | None = None) -> int:
    """How much there is for the actor to read, in all talks that are theirs."""
    params = facts(me, project_id) | {"limit": 1000}
    total = sum((await unread_conversations(conn, me, project_id=project_id)).values())
    total += sum(row["unread"] for row in await _rows(conn, ALL_CHATS, params))
    (letters,) = await _rows(conn, UNREAD_LETTERS, params)
    return int(total + letters["count"])


async def unread_conversations(
    conn: AsyncConnection, me: Actor, *, project_id: str | None = None
) -> dict[str, int]:
    """How much is unread in each conversation of the actor's in which anything is."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(UNREAD_TALKS, facts(me, project_id))
        return dict(await cursor.fetchall())


async def people(conn: AsyncConnection, me: Actor, *, limit: int = 200) -> tuple[Teammate, ...]:
    """Whom the actor can write to: agents first, then whoever has to do with tasks."""
    rows = await _rows(conn, PEOPLE, {"me": me.id, "limit": limit})
    return tuple(Teammate(**row) for row in rows)


async def teams(conn: AsyncConnection, *, limit: int = 200) -> tuple[Teammate, ...]:
    """Teams at work, by name."""
    return tuple(Teammate(**row) for row in await _rows(conn, TEAMS, {"limit": limit}))


def facts(me: Actor, project_id: str | None) -> Row:
    """What every statement wants to know."""
    return {"type": me.type, "me": me.id, "naming": naming(me.id), "project": project_id}


async def _rows(conn: AsyncConnection, query: str, params: Row) -> list[Row]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchall()


# Rows as talks


def _conversation(row: Row, me: Actor) -> Talk:
    kind, key = _kind(row)
    title, note = _title(kind, row, me)
    return Talk(
        kind=kind,
        key=key,
        ref=(row["id"],),
        title=title,
        note=note,
        at=row["at"],
        sender=row["sender"] or "",
        text=row["text"] or "",
        unread=row["unread"],
        mine=row["mine"],
        mentioned=row["mentioned"],
        read_only=bool(row["read_only"]),
        task_id=row["task_id"],
        up=str(row["parent_message_id"] or ""),
        over=row["over"] or "",
    )


def _kind(row: Row) -> tuple[TalkKind, str]:
    """What sort of conversation it is, and what all that are the same have in common."""
    if row["parent_message_id"] is not None:
        return TalkKind.THREAD, f"thread {row['parent_message_id']}"
    if row["linked_entity"] is not None and row["linked_entity_id"] is not None:
        kind = TalkKind.TASK if row["linked_entity"] == "task" else TalkKind.GROUP
        return kind, f"{row['linked_entity']} {row['linked_entity_id']}"
    if row["type"] == "dm" and row["members"]:
        return TalkKind.DIRECT, f"direct {' '.join(sorted(row['members']))}"
    return TalkKind.GROUP, f"group {row['id']}"


def _title(kind: TalkKind, row: Row, me: Actor) -> tuple[str, str]:
    """What it is called, and what more there is to tell."""
    mine = f"{me.type}/{me.id}"
    others = [who.partition("/")[2] for who in row["members"] if who != mine]
    if kind is TalkKind.THREAD:
        on = f"#{row['seq']}" if row["seq"] is not None else row["over_name"] or ""
        return f"{row['up_sender']}: {_first_line(row['up_text'])}", f"on {on}" if on else ""
    if kind is TalkKind.TASK and row["seq"] is not None:
        return f"#{row['seq']} {row['task_title']}", row["stage"]
    if kind is TalkKind.DIRECT:
        return " and ".join(others) or "yourself", ""
    named = row["name"] or ", ".join(others) or row["linked_entity_id"] or row["id"]
    return named, _with(row, others) if row["name"] else ""


def _with(row: Row, others: list[str]) -> str:
    return f"with {', '.join(others)}" if others and row["linked_entity"] is None else ""


def _first_line(text: str | None) -> str:
    return next(iter((text or "").splitlines()), "")


def _letters(row: Row, me: Actor) -> Talk:
    one, other = row["one"], row["other"]
    title = f"{one[:100]} and {other[:100]}"
    if row["mine"]:
        title = (other if one == me.id else one)[:200]
    return Talk(
        kind=TalkKind.MAIL,
        key=f"mail {one}\x1f{other}",
        ref=(one, other),
        title=title,
        at=row["at"],
        sender=row["sender"],
        text=row["text"],
        unread=row["unread"],
        mine=row["mine"],
    )


def _chat(row: Row, project_id: str | None) -> Talk:
    team, repo = row["team"], row["repo_path"]
    return Talk(
        kind=TalkKind.CHAT,
        key=f"chat {team}\x1f{repo}",
        ref=(team, repo),
        title=team[:200],
        note="" if project_id is not None else PurePath(repo).name[:100],
        at=row["at"],
        sender=row["sender"],
        text=row["text"],
        unread=row["unread"],
        mine=True,
    )
