"""Groups, direct conversations and threads: who is in them, and who may do what there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.errors import Ambiguous, BadInput, NotFound, Refused
from genie_tui.services import conversations, groups, messages
from tests.conftest import Connect
from tests.services.making import ADA, BOB, ENG, make, rows

OMNI = Actor(id="ada", type="omni_agent", run_id="agent-ada")


async def members(conn: AsyncConnection, conversation: str) -> dict[str, str]:
    """The members of a conversation, and their roles."""
    (found,) = await groups.objects(conn, ids=[conversation])
    return {member["actor_id"]: member["role"] for member in found["members"]}


async def told(conn: AsyncConnection, conversation: str) -> list[tuple[str, Any]]:
    """What the audit log says of a conversation."""
    query = "SELECT event_type, details FROM audit_events WHERE entity_id = %(id)s ORDER BY id"
    found = await rows(conn, query, id=conversation)
    return [(row["event_type"], row["details"]) for row in found]


async def test_two_have_one_direct_conversation_whoever_writes(conn: AsyncConnection) -> None:
    first = await groups.direct(conn, ENG, ADA)
    assert await groups.direct(conn, ADA, ENG) == first
    assert await groups.direct(conn, BOB, ADA) != first
    assert await groups.direct(conn, OMNI, ADA) != first
    assert await members(conn, first) == {"ada": "member", "eng-1": "member"}
    with pytest.raises(BadInput, match="yourself"):
        await groups.direct(conn, ADA, ADA)


async def test_two_who_write_to_each_other_at_once_meet_in_one_conversation(
    connect: Connect, conn: AsyncConnection
) -> None:
    async def write(to: Actor, by: Actor) -> str:
        session = await connect()
        found = await groups.direct(session, to, by)
        await asyncio.sleep(0)
        await session.commit()
        return found

    found = await asyncio.gather(*(write(*pair) for pair in [(ENG, ADA), (ADA, ENG)] * 4))
    assert len(set(found)) == 1
    assert await rows(conn, "SELECT count(*) AS n FROM conversations") == [{"n": 1}]


async def test_a_group_is_in_the_hands_of_its_admins(conn: AsyncConnection) -> None:
    group = await groups.create_group(conn, " Release \n 2 ", [ENG], ADA)
    assert await members(conn, group) == {"ada": "admin", "eng-1": "member"}
    by_others: list[Callable[[], Awaitable[object]]] = [
        lambda: groups.join(conn, group, BOB, ENG),
        lambda: groups.leave(conn, group, ADA, ENG),
        lambda: groups.set_role(conn, group, ENG, "admin", ENG),
        lambda: groups.rename(conn, group, "Mine", ENG),
        lambda: groups.rename(conn, group, "Mine", BOB),
    ]
    for deed in by_others:
        with pytest.raises(Refused, match="admins can do that: ada"):
            await deed()
    assert await groups.join(conn, group, BOB, ADA)
    assert not await groups.join(conn, group, BOB, ADA)
    assert await groups.set_role(conn, group, BOB, "read_only", ADA)
    assert not await groups.set_role(conn, group, BOB, "read_only", ADA)
    await groups.rename(conn, group, "Release 3", ADA)
    assert await groups.leave(conn, group, ENG, ENG)
    assert not await groups.leave(conn, group, ENG, ENG)
    assert await members(conn, group) == {"ada": "admin", "bob": "read_only"}
    of_bob, of_eng = ({"type": "local", "id": id_} for id_ in ("bob", "eng-1"))
    renamed = {"before": {"name": "Release 2"}, "after": {"name": "Release 3"}}
    assert await told(conn, group) == [
        ("created", {"name": "Release 2", "members": ["eng-1"]}),
        ("member_added", {"name": "Release 2", **of_bob, "role": "member"}),
        ("role_changed", {"name": "Release 2", **of_bob, "from": "member", "to": "read_only"}),
        ("edited", {"name": "Release 2", **renamed}),
        ("member_removed", {"name": "Release 3", **of_eng, "role": "member"}),
    ]


async def test_a_group_without_admins_is_in_the_hands_of_its_members(conn: AsyncConnection) -> None:
    group = await groups.create_group(conn, "Release", [ENG], ADA)
    await groups.leave(conn, group, ADA, ADA)
    await groups.set_role(conn, group, ENG, "admin", ENG)
    assert await members(conn, group) == {"eng-1": "admin"}


async def test_nobody_else_comes_into_a_conversation_of_two(conn: AsyncConnection) -> None:
    pair = await groups.direct(conn, ENG, ADA)
    with pytest.raises(Refused, match="of two"):
        await groups.join(conn, pair, BOB, BOB)
    with pytest.raises(Refused, match="of two"):
        await groups.leave(conn, pair, ADA, ADA)


async def test_a_role_that_is_none_and_a_member_that_is_none_are_said(
    conn: AsyncConnection,
) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    with pytest.raises(BadInput, match="member, admin, read_only"):
        await groups.set_role(conn, group, ENG, "owner", ADA)
    with pytest.raises(NotFound, match="eng-1 is no member"):
        await groups.set_role(conn, group, ENG, "admin", ADA)


async def test_one_is_found_by_id_by_its_beginning_and_by_name(conn: AsyncConnection) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    for name in (group, group[:9], "release", "RELEASE"):
        assert await groups.find_conversation(conn, name, ADA) == group
    for name in ("Releas", "conv", "%", "conv-________", ""):
        with pytest.raises((NotFound, Ambiguous)):
            await groups.find_conversation(conn, f"{name}%", ADA)


async def test_of_several_of_one_name_ones_own_is_meant(conn: AsyncConnection) -> None:
    mine = await groups.create_group(conn, "Release", [], ADA)
    await groups.create_group(conn, "Release", [], BOB)
    assert await groups.find_conversation(conn, "Release", ADA) == mine
    with pytest.raises(Ambiguous, match="name one by its id"):
        await groups.find_conversation(conn, "Release", ENG)


async def test_whoever_writes_becomes_a_member_unless_they_may_only_read(
    conn: AsyncConnection,
) -> None:
    group = await groups.create_group(conn, "Release", [BOB], ADA)
    await groups.set_role(conn, group, BOB, "read_only", ADA)
    said = await messages.post(conn, group, " hello \n", ENG)
    assert (said.body, said.sender_id) == ("hello", "eng-1")
    assert (await members(conn, group))["eng-1"] == "member"
    with pytest.raises(Refused, match="may only read"):
        await messages.post(conn, group, "me too", BOB)
    with pytest.raises(BadInput):
        await messages.post(conn, group, " ", ADA)


async def test_a_reply_answers_a_message_of_the_same_conversation(conn: AsyncConnection) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    first = await messages.post(conn, group, "when?", ADA)
    answer = await messages.post(conn, group, "now", ENG, reply_to=first.id)
    assert answer.reply_to_id == first.id
    other = await groups.create_group(conn, "Other", [], ADA)
    with pytest.raises(NotFound, match="not in this conversation"):
        await messages.post(conn, other, "now", ENG, reply_to=first.id)


async def test_a_thread_hangs_on_a_message_and_is_made_once(conn: AsyncConnection) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    first = await messages.post(conn, group, "when?", ADA)
    thread = await messages.thread_of(conn, first.id, ENG)
    assert await messages.thread_of(conn, first.id, ADA) == thread
    await messages.post(conn, thread, "after lunch", ENG)
    (found,) = await groups.objects(conn, ids=[thread])
    assert (found["parent_message_id"], found["messages"]) == (first.id, 1)
    assert [m.body for m in await messages.messages(conn, group)] == ["when?"]
    with pytest.raises(NotFound):
        await messages.thread_of(conn, 10**9, ADA)


async def test_messages_come_in_pages_oldest_first(conn: AsyncConnection) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    said = [await messages.post(conn, group, f"word {n}", ADA) for n in range(7)]
    page = await messages.messages(conn, group, limit=3)
    assert [m.id for m in page] == [m.id for m in said[4:]]
    page = await messages.messages(conn, group, limit=3, before=page[0].id)
    assert [m.id for m in page] == [m.id for m in said[1:4]]


async def test_only_ones_own_words_can_be_changed_or_taken_back(conn: AsyncConnection) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    said = await messages.post(conn, group, "tomorow", ADA)
    for deed in (
        lambda: messages.edit_message(conn, said.id, "never", BOB),
        lambda: messages.delete_message(conn, said.id, OMNI),
    ):
        with pytest.raises(Refused, match="ada's"):
            await deed()
    changed = await messages.edit_message(conn, said.id, "tomorrow", ADA)
    assert (changed.body, changed.id) == ("tomorrow", said.id)
    await messages.delete_message(conn, said.id, ADA)
    assert await messages.messages(conn, group) == ()
    with pytest.raises(NotFound):
        await messages.delete_message(conn, said.id, ADA)


async def test_the_conversation_of_a_task_is_one_of_them(conn: AsyncConnection) -> None:
    task = await make(conn)
    first = await conversations.comment(conn, task.id, "hello", ADA)
    found = await groups.find_conversation(conn, f"Task #{task.seq}", ADA)
    await messages.post(conn, found, "and welcome", BOB, reply_to=first.id)
    assert [c.body for c in await conversations.comments(conn, task.id)] == ["hello", "and welcome"]


async def test_what_other_clients_left_is_shown(conn: AsyncConnection) -> None:
    await conn.execute(
        "INSERT INTO conversations (id, type, metadata) VALUES ('odd', 'dm', '\"{\\\"a\\\": 1}\"')"
    )
    await conn.execute(
        "INSERT INTO messages (conversation_id, sender_type, sender_id, body)"
        " VALUES ('odd', 'system', 'genie', 'began')"
    )
    (found,) = await groups.objects(conn, ids=["odd"])
    assert (found["members"], found["metadata"], found["name"]) == ([], {"a": 1}, None)
    assert [m.sender_type for m in await messages.messages(conn, "odd")] == ["system"]


async def test_only_those_of_a_member_are_listed_the_latest_first(conn: AsyncConnection) -> None:
    first = await groups.create_group(conn, "First", [], ADA)
    await groups.create_group(conn, "Second", [], BOB)
    third = await groups.create_group(conn, "Third", [ADA], BOB)
    await conn.execute(
        "UPDATE conversations SET updated_at = now() + interval '1 h' WHERE id = %s", (first,)
    )
    found = await groups.objects(conn, member=ADA)
    assert [each["id"] for each in found] == [first, third]
    assert len(await groups.objects(conn, limit=2)) == 2
