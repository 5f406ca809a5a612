"""Tasks deleted for good."""

from __future__ import annotations

import asyncio

import pytest
from psycopg import AsyncConnection

from genie_tui.errors import Conflict, GenieError, LockLost, NotFound
from genie_tui.services import checkout, conversations, dependencies, undo
from genie_tui.services.activity import event
from genie_tui.services.deleting import delete_task, delete_tasks, what_goes
from genie_tui.services.logs import AUDIT, older
from tests.conftest import Connect
from tests.services.making import ADA, BOB, ENG, QA, audited, expire, make, rows, waits

LEFT = """
    SELECT (SELECT count(*) FROM tasks) AS tasks,
           (SELECT count(*) FROM conversations) AS conversations,
           (SELECT count(*) FROM messages) AS messages,
           (SELECT count(*) FROM task_dependencies) AS dependencies
"""


async def left(conn: AsyncConnection) -> tuple[int, ...]:
    """How many tasks, conversations, messages and dependencies there are."""
    (row,) = await rows(conn, LEFT)
    return tuple(row.values())


async def test_what_goes_is_said_first(conn: AsyncConnection) -> None:
    top = await make(conn, title="top")
    child = await make(conn, parent_id=top.id)
    grandchild = await make(conn, parent_id=child.id, repo="/src/other")
    waiting, held, done = [await make(conn) for _ in range(3)]
    await dependencies.add_dependency(conn, waiting.id, top.id, actor=ADA)
    await dependencies.add_dependency(conn, child.id, held.id, "blocks", actor=ADA)
    await dependencies.add_dependency(conn, done.id, top.id, actor=ADA)
    await conn.execute("UPDATE tasks SET status = 'done' WHERE id = %s", (done.id,))
    await conversations.comment(conn, top.id, "one", ADA)
    await conversations.comment(conn, grandchild.id, "two", ADA)
    await checkout.checkout_task(conn, child.id, ENG)
    before = await left(conn)
    doomed = await what_goes(conn, [child.id, top.id])
    assert [task.id for task in doomed.tasks] == [child.id, top.id, grandchild.id]
    assert [task.run_id for task in doomed.tasks] == [ENG.run_id, None, None]
    assert (doomed.comments, doomed.dependents) == (2, (waiting.seq, held.seq))
    assert await left(conn) == before


async def test_children_comments_and_dependencies_go_with_a_task(conn: AsyncConnection) -> None:
    top = await make(conn, title="top")
    child = await make(conn, parent_id=top.id)
    other = await make(conn)
    for task in (top, child, other):
        await conversations.comment(conn, task.id, "hello", ADA)
    await conn.execute(
        "INSERT INTO conversations (linked_entity, linked_entity_id) VALUES ('task', %s)", (top.id,)
    )
    await dependencies.add_dependency(conn, other.id, child.id, actor=ADA)
    await dependencies.add_dependency(conn, top.id, other.id, "relates_to", actor=ADA)
    doomed = await delete_task(conn, top.id, BOB)
    assert doomed.ids == {top.id, child.id}
    assert await left(conn) == (1, 1, 1, 0)


async def test_the_audit_log_keeps_what_each_was_called_and_who_is_freed(
    conn: AsyncConnection,
) -> None:
    top = await make(conn, title="top")
    child = await make(conn, parent_id=top.id, title="child")
    other = await make(conn)
    await dependencies.add_dependency(conn, other.id, top.id, actor=ADA)
    await delete_task(conn, top.id, BOB)
    told = {"title": "top", "seq": 1, "project": "acme"}
    assert (await audited(conn, top.id))[-1] == ("deleted", "bob", told)
    told = {"title": "child", "seq": 2, "project": "acme", "parent_id": top.id}
    assert (await audited(conn, child.id))[-1] == ("deleted", "bob", told)
    freed = ("dependency_removed", "bob", {"depends_on": top.id, "type": "depends_on"})
    assert (await audited(conn, other.id))[-1] == freed
    lines = [event(row) for row in await older(conn, AUDIT, at=None, id_=0, limit=3)]
    texts = [line.text for line in lines if line]
    assert texts[0] == "#2 deleted by bob: child"


async def test_a_deletion_is_nothing_to_undo(conn: AsyncConnection) -> None:
    task = await make(conn)
    await delete_task(conn, task.id, ADA)
    assert await undo.last(conn, ADA) is None


async def test_of_several_one_may_be_part_of_another(conn: AsyncConnection) -> None:
    top = await make(conn)
    child = await make(conn, parent_id=top.id)
    alone = await make(conn)
    doomed = await delete_tasks(conn, [child.id, top.id, alone.id], ADA)
    assert [task.id for task in doomed.tasks] == [child.id, top.id, alone.id]
    assert (await left(conn))[0] == 0


async def test_of_a_task_that_is_gone_it_says_so(conn: AsyncConnection) -> None:
    task = await make(conn)
    with pytest.raises(NotFound, match="task-00000000"):
        await delete_tasks(conn, [task.id, "task-00000000"], ADA)
    assert (await left(conn))[0] == 1


async def test_more_than_was_shown_is_not_deleted(conn: AsyncConnection) -> None:
    top = await make(conn)
    doomed = await what_goes(conn, [top.id])
    await make(conn, parent_id=top.id)
    with pytest.raises(Conflict, match="#2 would go too"):
        await delete_tasks(conn, [top.id], ADA, seen=doomed.ids)
    assert (await left(conn))[0] == 2


async def test_an_agent_does_not_delete_what_another_works_on(conn: AsyncConnection) -> None:
    top = await make(conn)
    child = await make(conn, parent_id=top.id)
    await checkout.checkout_task(conn, child.id, QA)
    with pytest.raises(LockLost, match="qa-1"):
        await delete_task(conn, top.id, ENG)
    await expire(conn, child.id)
    await delete_task(conn, top.id, ENG)
    assert (await left(conn))[0] == 0


async def test_a_person_deletes_what_an_agent_works_on(conn: AsyncConnection) -> None:
    task = await make(conn)
    await checkout.checkout_task(conn, task.id, ENG)
    await delete_task(conn, task.id, ADA)
    assert (await left(conn))[0] == 0


async def test_a_circle_of_parents_goes_as_a_whole(conn: AsyncConnection) -> None:
    a, b = await make(conn), await make(conn)
    await conn.execute("UPDATE tasks SET parent_id = %s WHERE id = %s", (b.id, a.id))
    await conn.execute("UPDATE tasks SET parent_id = %s WHERE id = %s", (a.id, b.id))
    assert (await delete_task(conn, a.id, ADA)).ids == {a.id, b.id}
    assert (await left(conn))[0] == 0


async def test_a_child_that_is_just_being_made_goes_too_and_is_told_of(connect: Connect) -> None:
    maker, deleter, watcher = await connect(), await connect(), await connect()
    await watcher.set_autocommit(True)
    top = await make(maker)
    await maker.commit()
    child = await make(maker, parent_id=top.id)
    late = asyncio.create_task(delete_task(deleter, top.id, ADA))
    await waits(watcher, deleter)
    await maker.commit()
    assert (await late).ids == {top.id, child.id}
    await deleter.commit()
    assert await left(watcher) == (0, 0, 0, 0)


async def test_a_first_comment_that_comes_too_late_leaves_no_conversation(connect: Connect) -> None:
    deleter, talker, watcher = await connect(), await connect(), await connect()
    await watcher.set_autocommit(True)
    task = await make(deleter)
    await deleter.commit()
    await delete_task(deleter, task.id, ADA)
    late = asyncio.create_task(conversations.comment(talker, task.id, "hello", BOB))
    await waits(watcher, talker)
    await deleter.commit()
    with pytest.raises(NotFound):
        await late
    await talker.rollback()
    assert await left(watcher) == (0, 0, 0, 0)


async def test_a_later_comment_that_comes_too_late_leaves_none_either(connect: Connect) -> None:
    deleter, talker, watcher = await connect(), await connect(), await connect()
    await watcher.set_autocommit(True)
    task = await make(deleter)
    await conversations.comment(deleter, task.id, "first", ADA)
    await deleter.commit()
    await conversations.comment(talker, task.id, "second", BOB)
    late = asyncio.create_task(delete_task(deleter, task.id, ADA))
    await waits(watcher, deleter)
    await talker.commit()
    await late
    await deleter.commit()
    assert await left(watcher) == (0, 0, 0, 0)


async def test_who_comments_on_what_is_being_deleted_is_told_so(connect: Connect) -> None:
    deleter, talker, watcher = await connect(), await connect(), await connect()
    await watcher.set_autocommit(True)
    task = await make(deleter)
    await conversations.comment(deleter, task.id, "first", ADA)
    await deleter.commit()
    await delete_task(deleter, task.id, ADA)
    late = asyncio.create_task(conversations.comment(talker, task.id, "second", BOB))
    await waits(watcher, talker)
    await deleter.commit()
    with pytest.raises(NotFound):
        await late


async def test_two_who_delete_the_same_task_delete_it_once(connect: Connect) -> None:
    first, second, watcher = await connect(), await connect(), await connect()
    await watcher.set_autocommit(True)
    task = await make(first)
    await first.commit()
    await delete_task(first, task.id, ADA)
    late = asyncio.create_task(delete_task(second, task.id, BOB))
    await waits(watcher, second)
    await first.commit()
    with pytest.raises(GenieError):
        await late
    told = await audited(watcher, task.id)
    assert [name for name, _, _ in told] == ["created", "deleted"]
