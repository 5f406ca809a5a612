"""Conversations beside those of tasks: groups and direct ones, and who is in them.

Two have one direct conversation, whoever writes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row, tuple_row

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import decoded
from genie_tui.domain.conversations import ROLES
from genie_tui.domain.text import given, line
from genie_tui.errors import Ambiguous, BadInput, NotFound, Refused
from genie_tui.services import audit
from genie_tui.services.cards import clamped
from genie_tui.services.updating import update

__all__ = [
    "create",
    "create_group",
    "direct",
    "find_conversation",
    "join",
    "leave",
    "objects",
    "rename",
    "set_role",
]

OBJECTS = f"""
    SELECT c.id, c.name, c.type, c.parent_message_id, c.linked_entity, c.linked_entity_id,
           c.created_by_type, c.created_by_id, c.metadata,
           {clamped("c.created_at")} AS created_at, {clamped("c.updated_at")} AS updated_at,
           (SELECT coalesce(json_agg(json_build_object(
                       'actor_type', m.actor_type, 'actor_id', m.actor_id, 'role', m.role)
                       ORDER BY m.actor_id, m.actor_type), '[]')
              FROM conversation_members m WHERE m.conversation_id = c.id) AS members,
           (SELECT count(*) FROM messages w WHERE w.conversation_id = c.id) AS messages
      FROM conversations c
     WHERE (%(ids)s::text[] IS NULL OR c.id = ANY(%(ids)s))
       AND (%(actor)s::text IS NULL OR EXISTS (
           SELECT FROM conversation_members m
            WHERE m.conversation_id = c.id AND m.actor_type = %(type)s AND m.actor_id = %(actor)s))
     ORDER BY c.updated_at DESC, c.id
     LIMIT %(limit)s
"""

BY_ID = (
    "SELECT id FROM conversations WHERE id = %(name)s OR id LIKE %(prefix)s ORDER BY id LIMIT 11"
)

BY_NAME = """
    SELECT c.id, EXISTS (
           SELECT FROM conversation_members m
            WHERE m.conversation_id = c.id AND m.actor_type = %(type)s AND m.actor_id = %(id)s)
           AS mine
      FROM conversations c
     WHERE lower(c.name) = lower(%(name)s)
     ORDER BY mine DESC, c.created_at, c.id
     LIMIT 11
"""

CREATE = """
    INSERT INTO conversations (name, type, parent_message_id, created_by_type, created_by_id)
    VALUES (%(name)s, %(kind)s, %(parent)s, %(type)s, %(id)s)
 RETURNING id
"""

ADD = """
    INSERT INTO conversation_members (conversation_id, actor_type, actor_id, role)
    VALUES (%(conversation)s, %(type)s, %(id)s, %(role)s)
        ON CONFLICT DO NOTHING
 RETURNING role
"""

# Whoever writes first to the other: both wait for the same lock, whatever their order.
LOCK_PAIR = "SELECT pg_advisory_xact_lock(hashtextextended('genie-tui direct ' || %(pair)s, 0))"

DIRECT = """
    SELECT c.id
      FROM conversations c
     WHERE c.type = 'dm' AND c.parent_message_id IS NULL
       AND (SELECT array_agg(m.actor_type || '/' || m.actor_id
                             ORDER BY m.actor_type COLLATE "C", m.actor_id COLLATE "C")
              FROM conversation_members m WHERE m.conversation_id = c.id) = %(members)s::text[]
       AND c.id IN (SELECT m.conversation_id FROM conversation_members m
                     WHERE m.actor_type = %(type)s AND m.actor_id = %(id)s)
     ORDER BY c.created_at, c.id
     LIMIT 1
"""

MEMBERS = """
    SELECT actor_type, actor_id, role
      FROM conversation_members
     WHERE conversation_id = %(conversation)s
     ORDER BY actor_type, actor_id
       FOR UPDATE
"""

SET_ROLE = """
    UPDATE conversation_members SET role = %(role)s
     WHERE conversation_id = %(conversation)s AND actor_type = %(type)s AND actor_id = %(id)s
"""

LEAVE = """
    DELETE FROM conversation_members
     WHERE conversation_id = %(conversation)s AND actor_type = %(type)s AND actor_id = %(id)s
 RETURNING role
"""


# KEY SHARE: it is not deleted while somebody comes in, and others may write into it.
KIND = "SELECT type, name FROM conversations WHERE id = %(id)s FOR KEY SHARE"


async def objects(
    conn: AsyncConnection,
    *,
    ids: Sequence[str] | None = None,
    member: Actor | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Conversations as programs read them, the latest first: all, of these ids, or of a member.

    Each has its `members`, and how many `messages` are in it.
    """
    params = {
        "ids": None if ids is None else list(ids),
        "actor": member.id if member else None,
        "type": member.type if member else None,
        "limit": limit,
    }
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(OBJECTS, params)
        found = await cursor.fetchall()
    return [{**row, "metadata": decoded(row["metadata"])} for row in found]


async def find_conversation(conn: AsyncConnection, name: str, actor: Actor) -> str:
    """The id of the conversation of that id, or that name, or whose id begins so.

    Of several of one name, one that the actor is in is meant.

    Raises:
        NotFound: there is none.
        Ambiguous: there are several.
    """
    text = given(name, "the conversation's name").strip()
    pattern = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    params = {"name": text, "prefix": f"{pattern}%" if len(text) >= 4 else "", "type": actor.type}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(BY_ID, params)
        by_id = [id_ for (id_,) in await cursor.fetchall()]
        await cursor.execute(BY_NAME, params | {"id": actor.id})
        named = await cursor.fetchall()
    mine = [id_ for id_, is_mine in named if is_mine]
    found = [text] if text in by_id else mine or [id_ for id_, _ in named] or by_id
    if not found:
        raise NotFound(f"no conversation {name!r}; 'genie-tui conversation list' shows them")
    if len(found) > 1:
        raise Ambiguous(f"{name!r} is each of {', '.join(found[:10])}; name one by its id")
    return str(found[0])


async def create_group(
    conn: AsyncConnection, name: str, members: Sequence[Actor], actor: Actor
) -> str:
    """Make a group; whoever does is its admin. Its id."""
    params = {"name": line(name, "a group's name"), "kind": "group", "parent": None}
    made = await create(conn, params, actor)
    for member in members:
        await _add(conn, made, member, "member")
    details = {"name": params["name"], "members": [member.id for member in members]}
    await _record(conn, made, "created", actor, details)
    return made


async def direct(conn: AsyncConnection, other: Actor, actor: Actor) -> str:
    """The direct conversation of two; made where they have none. Its id.

    Raises:
        BadInput: they are the same.
    """
    pair = sorted((one.type, one.id) for one in (actor, other))
    if pair[0] == pair[1]:
        raise BadInput("that is yourself; name somebody else")
    members = [f"{type_}/{id_}" for type_, id_ in pair]
    await conn.execute(LOCK_PAIR, {"pair": " ".join(members)})
    params = {"members": members, "type": actor.type, "id": actor.id}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(DIRECT, params)
        if (row := await cursor.fetchone()) is not None:
            return str(row[0])
    made = await create(conn, {"name": None, "kind": "dm", "parent": None}, actor)
    await _add(conn, made, other, "member")
    return made


async def join(conn: AsyncConnection, conversation_id: str, whom: Actor, actor: Actor) -> bool:
    """Make somebody a member; False where they are. Anybody may come in by themselves.

    Raises:
        NotFound: the conversation is gone.
        Refused: the actor lets in somebody else and is no admin; or it is a direct conversation.
    """
    name = await _hold_group(conn, conversation_id)
    if not _same(whom, actor):
        await _check_admin(conn, conversation_id, actor)
    if added := await _add(conn, conversation_id, whom, "member"):
        details = {"name": name, "type": whom.type, "id": whom.id, "role": "member"}
        await _record(conn, conversation_id, "member_added", actor, details)
    return added


async def leave(conn: AsyncConnection, conversation_id: str, whom: Actor, actor: Actor) -> bool:
    """Take somebody out; False where they are not in it.

    Raises:
        NotFound: the conversation is gone.
        Refused: the actor takes out somebody else and is no admin; or it is a direct conversation.
    """
    name = await _hold_group(conn, conversation_id)
    if not _same(whom, actor):
        await _check_admin(conn, conversation_id, actor)
    params = {"conversation": conversation_id, "type": whom.type, "id": whom.id}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(LEAVE, params)
        row = await cursor.fetchone()
    if row is None:
        return False
    details = {"name": name, "type": whom.type, "id": whom.id, "role": row[0]}
    await _record(conn, conversation_id, "member_removed", actor, details)
    return True


async def set_role(
    conn: AsyncConnection, conversation_id: str, whom: Actor, role: str, actor: Actor
) -> bool:
    """Give a member another role; False where they have it.

    Raises:
        BadInput: no such role.
        Refused: the actor is no admin; or it is a direct conversation.
        NotFound: that one is no member; or the conversation is gone.
    """
    if role not in ROLES:
        raise BadInput(f"no role {role!r}; it is one of {', '.join(ROLES)}")
    name = await _hold_group(conn, conversation_id)
    members = await _check_admin(conn, conversation_id, actor)
    old = members.get((whom.type, whom.id))
    if old is None:
        raise NotFound(
            f"{whom.id} is no member; 'genie-tui conversation member add' makes them one"
        )
    if old == role:
        return False
    params = {"conversation": conversation_id, "type": whom.type, "id": whom.id, "role": role}
    await conn.execute(SET_ROLE, params)
    details = {"name": name, "type": whom.type, "id": whom.id, "from": old, "to": role}
    await _record(conn, conversation_id, "role_changed", actor, details)
    return True


async def rename(conn: AsyncConnection, conversation_id: str, name: str, actor: Actor) -> bool:
    """Give a group another name; False where it has it.

    Raises:
        BadInput: the name says nothing.
        Refused: the actor is no admin; or it is a direct conversation.
        NotFound: the conversation is gone.
    """
    called = line(name, "a group's name")
    old = await _hold_group(conn, conversation_id)
    await _check_admin(conn, conversation_id, actor)
    if old == called:
        return False
    await update(conn, "conversations", conversation_id, {"name": called}, touch=True)
    details = {"name": old, "before": {"name": old}, "after": {"name": called}}
    await _record(conn, conversation_id, "edited", actor, details)
    return True


async def create(conn: AsyncConnection, params: dict[str, Any], actor: Actor) -> str:
    """Make a conversation (`name`, `kind`, `parent`), of which the actor is a member; its id."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(CREATE, {**params, "type": actor.type, "id": actor.id})
        row = await cursor.fetchone()
    assert row is not None
    await _add(conn, row[0], actor, "admin" if params["name"] else "member")
    return str(row[0])


async def _add(conn: AsyncConnection, conversation_id: str, whom: Actor, role: str) -> bool:
    params = {"conversation": conversation_id, "type": whom.type, "id": whom.id, "role": role}
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(ADD, params)
        return await cursor.fetchone() is not None


async def _check_admin(
    conn: AsyncConnection, conversation_id: str, actor: Actor
) -> dict[tuple[str, str], str]:
    """The members and their roles, where the actor may change them.

    A group without admins is in the hands of its members.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(MEMBERS, {"conversation": conversation_id})
        members = {(type_, id_): role for type_, id_, role in await cursor.fetchall()}
    mine = members.get((actor.type, actor.id))
    if mine == "admin" or (mine is not None and "admin" not in members.values()):
        return members
    admins = ", ".join(id_ for (_, id_), role in members.items() if role == "admin")
    raise Refused(f"only its admins can do that{f': {admins}' if admins else ''}")


async def _hold_group(conn: AsyncConnection, conversation_id: str) -> str:
    """Keep a group from being deleted until the transaction ends; its name, or id if none."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(KIND, {"id": conversation_id})
        row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no conversation {conversation_id!r}; 'genie-tui conversation list'")
    if row[0] == "dm":
        raise Refused("that is a conversation of two; make a group to talk with more")
    return str(row[1] or conversation_id)


def _same(one: Actor, other: Actor) -> bool:
    """Are they one member? As what, person or agent, they were named says nothing."""
    return (one.type, one.id) == (other.type, other.id)


async def _record(
    conn: AsyncConnection, conversation_id: str, event: str, actor: Actor, details: dict[str, Any]
) -> None:
    await audit.record(conn, conversation_id, event, actor, details, entity_type="conversation")
