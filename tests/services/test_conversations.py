"""The comments of tasks."""

from __future__ import annotations

import asyncio

import pytest
from psycopg import AsyncConnection

from genie_tui.domain.actors import Actor
from genie_tui.errors import BadInput, NotFound, Refused
from genie_tui.services import conversations, tasks
from tests.conftest import Connect
from tests.services.making import ADA, ENG, make, rows, waits

CONVERSATION = """
    INSERT INTO conversations (id, name, linked_entity, linked_entity_id, created_at)
    VALUES (%(id)s, 'elsewhere made', 'task', %(task)s, now() + %(age)s * interval '1 hour')
"""
MESSAGE = """
    INSERT INTO messages (conversation_id, sender_type, sender_id, body, created_at)
    VALUES (%(id)s, 'system', 'daemon', %(body)s, now() + %(age)s * interval '1 hour')
"""


async def test_the_first_comment_makes_the_conversation(conn: AsyncConnection) -> None:
    task = await make(conn)
    assert await conversations.comments(conn, task.id) == ()
    assert await rows(conn, "SELECT id FROM conversations") == []
    said = await conversations.comment(conn, task.id, "  looks good\n", ADA)
    assert await conversations.comments(conn, task.id) == (said,)
    assert (said.body, said.sender_type, said.sender_id) == ("looks good", "local", "ada")
    (made,) = await rows(conn, "SELECT * FROM conversations")
    assert (made["name"], made["type"]) == (f"Task #{task.seq}", "group")
    assert (made["linked_entity"], made["linked_entity_id"]) == ("task", task.id)
    assert (made["created_by_type"], made["created_by_id"]) == ("local", "ada")
    (member,) = await rows(conn, "SELECT * FROM conversation_members")
    assert (member["actor_id"], member["role"]) == ("ada", "member")
    assert (await tasks.get_task(conn, task.id)).comments == 1


async def test_later_comments_join_it_and_touch_it(conn: AsyncConnection) -> None:
    task = await make(conn)
    await conversations.comment(conn, task.id, "first", ADA)
    await conn.execute("UPDATE conversations SET updated_at = '2026-01-01Z'")
    await conn.execute("UPDATE conversation_members SET role = 'admin'")
    first = (await conversations.comments(conn, task.id))[0]
    reply = await conversations.comment(conn, task.id, "second", ENG, reply_to=first.id)
    await conversations.comment(conn, task.id, "third", ADA)
    assert reply.reply_to_id == first.id
    assert [said.body for said in await conversations.comments(conn, task.id)] == [
        "first",
        "second",
        "third",
    ]
    members = await rows(conn, "SELECT actor_id, role FROM conversation_members ORDER BY actor_id")
    assert [(m["actor_id"], m["role"]) for m in members] == [("ada", "admin"), ("eng-1", "member")]
    (touched,) = await rows(conn, "SELECT updated_at = now() AS now FROM conversations")
    assert touched["now"]


async def test_all_conversations_are_read_and_the_oldest_is_written_to(
    conn: AsyncConnection,
) -> None:
    task = await make(conn)
    for id_, age in (("newer", -1), ("older", -2)):
        await conn.execute(CONVERSATION, {"id": id_, "task": task.id, "age": age})
    await conn.execute(MESSAGE, {"id": "newer", "body": "one", "age": -3})
    await conn.execute(MESSAGE, {"id": "older", "body": "two", "age": -1})
    said = await conversations.comment(conn, task.id, "three", ADA)
    assert said.conversation_id == "older"
    found = await conversations.comments(conn, task.id)
    assert [message.body for message in found] == ["one", "two", "three"]
    assert (await tasks.get_task(conn, task.id)).comments == 3


async def test_who_may_only_read_may_not_write(conn: AsyncConnection) -> None:
    task = await make(conn)
    await conversations.comment(conn, task.id, "first", ENG)
    await conn.execute("UPDATE conversation_members SET role = 'read_only'")
    with pytest.raises(Refused, match="may only read"):
        await conversations.comment(conn, task.id, "second", ENG)
    namesake = Actor(id="eng-1", type="omni_agent", run_id="omni")
    await conversations.comment(conn, task.id, "third", namesake)
    assert len(await conversations.comments(conn, task.id)) == 2


async def test_a_comment_that_cannot_be_is_refused(conn: AsyncConnection) -> None:
    task, other = await make(conn), await make(conn)
    elsewhere = await conversations.comment(conn, other.id, "elsewhere", ADA)
    for body in ("", " \n\t", "a\0b", "\udcff"):
        with pytest.raises(BadInput, match="the comment"):
            await conversations.comment(conn, task.id, body, ADA)
    with pytest.raises(NotFound, match="is not one of this task's"):
        await conversations.comment(conn, task.id, "reply", ADA, reply_to=elsewhere.id)
    with pytest.raises(NotFound, match="task-0"):
        await conversations.comment(conn, "task-0", "into the void", ADA)


async def test_of_a_deleted_task_nothing_more_can_be_said(conn: AsyncConnection) -> None:
    task = await make(conn)
    await conversations.comment(conn, task.id, "first", ADA)
    await conn.execute("DELETE FROM tasks")
    with pytest.raises(NotFound):
        await conversations.comment(conn, task.id, "second", ADA)


async def test_two_first_comments_at_once_make_one_conversation(
    conn: AsyncConnection, connect: Connect
) -> None:
    task = await make(conn)
    await conn.commit()
    first, second = await connect(), await connect()
    await conversations.comment(first, task.id, "first", ADA)
    saying = asyncio.create_task(conversations.comment(second, task.id, "second", ENG))
    await waits(conn, second)
    await first.commit()
    await saying
    await second.commit()
    assert len(await rows(conn, "SELECT id FROM conversations")) == 1
    assert [said.body for said in await conversations.comments(conn, task.id)] == [
        "first",
        "second",
    ]
