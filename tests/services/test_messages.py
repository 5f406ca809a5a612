"""What is said in conversations that were made twice, in threads, and between two."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.domain.conversations import Message
from genie_tui.errors import NotFound, Refused
from genie_tui.services import conversations, groups, messages
from tests.conftest import Connect
from tests.services.making import ADA, BOB, ENG, make, rows, waits

ELSEWHERE = """
    INSERT INTO conversations (id, type, linked_entity, linked_entity_id, parent_message_id,
                               created_at)
    VALUES (%(id)s, %(type)s, %(entity)s, %(entity_id)s, %(parent)s, '2020-01-01Z')
"""
"""A conversation that another client has made, before all of ours."""

MEMBER = """
    INSERT INTO conversation_members (conversation_id, actor_type, actor_id)
    VALUES (%(id)s, 'local', %(actor)s)
"""


async def elsewhere(
    conn: AsyncConnection, id_: str, *members: str, kind: str = "group", **more: Any
) -> str:
    """A conversation that another client has made."""
    nothing = {"entity": None, "entity_id": None, "parent": None}
    await conn.execute(ELSEWHERE, {"id": id_, "type": kind, **nothing, **more})
    for member in members:
        await conn.execute(MEMBER, {"id": id_, "actor": member})
    return id_


def bodies(said: tuple[Message, ...]) -> list[str]:
    """The words alone."""
    return [message.body for message in said]


async def refused(deed: Callable[[], Awaitable[object]], why: str) -> None:
    """It is not allowed, and why."""
    with pytest.raises(Refused, match=why):
        await deed()


async def test_a_task_with_two_conversations_is_read_whole_and_written_to_the_oldest(
    conn: AsyncConnection,
) -> None:
    task = await make(conn)
    first = await conversations.comment(conn, task.id, "one", ADA)
    older = await elsewhere(conn, "older", entity="task", entity_id=task.id)
    said = await messages.post(conn, first.conversation_id, "two", BOB, reply_to=first.id)
    assert (said.conversation_id, said.reply_to_id) == (older, first.id)
    for conversation in (older, first.conversation_id):
        assert bodies(await messages.messages(conn, conversation)) == ["one", "two"]


async def test_two_conversations_of_the_same_two_are_one(conn: AsyncConnection) -> None:
    ours = await groups.direct(conn, ENG, ADA)
    await messages.post(conn, ours, "one", ADA)
    older = await elsewhere(conn, "older", "eng-1", "ada", kind="dm")
    await elsewhere(conn, "others", "eng-1", "bob", kind="dm")
    await elsewhere(conn, "three", "eng-1", "ada", "bob", kind="dm")
    assert await messages.same(conn, ours) == (older, ours)
    assert await groups.direct(conn, ADA, ENG) == older
    assert (await messages.post(conn, ours, "two", ENG)).conversation_id == older
    assert bodies(await messages.messages(conn, ours)) == ["one", "two"]


async def test_two_threads_on_a_message_are_one(conn: AsyncConnection) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    first = await messages.post(conn, group, "when?", ADA)
    thread = await messages.thread_of(conn, first.id, ADA)
    await messages.post(conn, thread, "now", ADA)
    older = await elsewhere(conn, "older", parent=first.id)
    assert await messages.thread_of(conn, first.id, ADA) == older
    assert bodies(await messages.messages(conn, older)) == ["now"]
    assert await messages.threads(conn, [first.id, 77]) == {first.id: 1}


async def test_pages_follow_the_order_of_time_whatever_the_ids_say(conn: AsyncConnection) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    said = [await messages.post(conn, group, str(number), ADA) for number in range(6)]
    # The second was begun before the others, and stored last.
    for place, message in enumerate([said[5], *said[:5]]):
        at = f"2026-01-01 00:00:0{place}Z"
        await conn.execute("UPDATE messages SET created_at = %s WHERE id = %s", (at, message.id))
    seen: list[str] = []
    before = None
    while page := await messages.messages(conn, group, limit=2, before=before):
        seen = [*bodies(page), *seen]
        before = page[0].id
    assert seen == ["5", "0", "1", "2", "3", "4"]


async def test_nobody_breaks_into_a_conversation_of_two(conn: AsyncConnection) -> None:
    pair = await groups.direct(conn, ENG, ADA)
    said = await messages.post(conn, pair, "hello", ADA)
    thread = await messages.thread_of(conn, said.id, ENG)
    await refused(lambda: messages.post(conn, pair, "me, too", BOB), "of two others")
    await refused(lambda: messages.post(conn, thread, "me, too", BOB), "of two others")
    await refused(lambda: groups.rename(conn, pair, "Ours", ADA), "of two")
    await refused(lambda: groups.set_role(conn, pair, ENG, "read_only", ADA), "of two")
    assert await groups.direct(conn, ADA, ENG) == pair


async def test_one_whose_other_member_is_unknown_can_be_written_to(conn: AsyncConnection) -> None:
    odd = await elsewhere(conn, "odd", "eng-1", kind="dm")
    assert (await messages.post(conn, odd, "who is there?", ADA)).conversation_id == odd


async def test_who_may_only_read_a_group_may_only_read_its_threads(conn: AsyncConnection) -> None:
    group = await groups.create_group(conn, "Release", [ENG], ADA)
    first = await messages.post(conn, group, "tagged", ADA)
    mine = await messages.post(conn, group, "fine", ENG)
    thread = await messages.thread_of(conn, first.id, ENG)
    below = await messages.thread_of(
        conn, (await messages.post(conn, thread, "why?", ENG)).id, ADA, within=thread
    )
    await groups.set_role(conn, group, ENG, "read_only", ADA)
    for conversation in (group, thread, below):
        await refused(partial(messages.post, conn, conversation, "so", ENG), "only read")
    await refused(lambda: messages.edit_message(conn, mine.id, "bad", ENG), "only read")
    await messages.delete_message(conn, mine.id, ENG)


async def test_a_conversation_that_hangs_on_itself_can_be_read_and_written(
    conn: AsyncConnection,
) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    said = await messages.post(conn, group, "round", ADA)
    await conn.execute("UPDATE conversations SET parent_message_id = %s", (said.id,))
    await messages.post(conn, group, "and round", ADA)
    assert bodies(await messages.messages(conn, group)) == ["round", "and round"]
    await messages.delete_message(conn, said.id, ADA)


async def test_a_thread_is_looked_for_within_its_conversation(conn: AsyncConnection) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    other = await groups.create_group(conn, "Other", [], ADA)
    first = await messages.post(conn, group, "when?", ADA)
    with pytest.raises(NotFound, match="nobody has answered"):
        await messages.find_thread(conn, first.id, within=group)
    thread = await messages.thread_of(conn, first.id, ADA, within=group)
    assert await messages.find_thread(conn, first.id, within=group) == thread
    with pytest.raises(NotFound, match="not in this conversation"):
        await messages.find_thread(conn, first.id, within=other)
    with pytest.raises(NotFound, match="not in this conversation"):
        await messages.thread_of(conn, first.id, ADA, within=other)
    with pytest.raises(NotFound, match="gone"):
        await messages.post(conn, "conv-0", "hello", ADA)


async def test_what_others_have_written_into_a_thread_does_not_go_with_its_message(
    conn: AsyncConnection,
) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    first = await messages.post(conn, group, "when?", ADA)
    thread = await messages.thread_of(conn, first.id, ADA)
    second = await messages.post(conn, thread, "today?", ADA)
    below = await messages.thread_of(conn, second.id, ADA)
    answer = await messages.post(conn, below, "tomorrow", ENG)
    for message in (first, second):
        deletion = partial(messages.delete_message, conn, message.id, ADA)
        await refused(deletion, "others have answered")
    await messages.delete_message(conn, answer.id, ENG)
    await messages.delete_message(conn, first.id, ADA)
    assert await rows(conn, "SELECT id FROM messages") == []


async def test_an_answer_that_is_being_written_is_waited_for(
    conn: AsyncConnection, connect: Connect
) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    first = await messages.post(conn, group, "when?", ADA)
    thread = await messages.thread_of(conn, first.id, ADA)
    await conn.commit()
    answering, deleting = await connect(), await connect()
    await messages.post(answering, thread, "today", ENG)
    deletion = asyncio.create_task(messages.delete_message(deleting, first.id, ADA))
    await waits(conn, deleting)
    await answering.commit()
    with pytest.raises(Refused, match="others have answered"):
        await deletion
    assert len(await rows(conn, "SELECT id FROM messages")) == 2


async def test_two_first_answers_at_once_make_one_thread(
    conn: AsyncConnection, connect: Connect
) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    first = await messages.post(conn, group, "when?", ADA)
    await conn.commit()

    async def answer(by: Actor) -> str:
        session = await connect()
        thread = await messages.thread_of(session, first.id, by)
        await messages.post(session, thread, "now", by)
        await session.commit()
        return thread

    threads = await asyncio.gather(*(answer(by) for by in (ADA, BOB, ENG)))
    assert len(set(threads)) == 1
    assert await messages.threads(conn, [first.id]) == {first.id: 3}


async def test_joining_and_writing_at_once_neither_fails_nor_joins_twice(
    conn: AsyncConnection, connect: Connect
) -> None:
    group = await groups.create_group(conn, "Release", [], ADA)
    await conn.commit()
    writing, joining = await connect(), await connect()
    await messages.post(writing, group, "hello", ENG)
    coming = asyncio.create_task(groups.join(joining, group, ENG, ENG))
    await waits(conn, joining)
    await writing.commit()
    assert not await coming
    await joining.commit()
