"""What people and agents do, as the feed tells it: readable, and one line for each thing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest_asyncio
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.domain.actors import Actor
from genie_tui.domain.columns import Where
from genie_tui.services import (
    boards,
    checkout,
    columns,
    conversations,
    dependencies,
    groups,
    messages,
    people,
    reconciling,
    stages,
    statuses,
    tags,
    tasks,
    templates,
    undo,
)
from genie_tui.services.feed import Feed
from tests.services.following import following

REPO = "/work/acme"
Lines = Callable[[Callable[[AsyncConnection], Awaitable[object]]], Awaitable[list[str]]]


@pytest_asyncio.fixture
async def lines(database: Database, conn: AsyncConnection) -> AsyncIterator[Lines]:
    """Does something in one transaction, and says which lines the feed tells of it."""
    feed = Feed(database)
    async with following(feed) as follower:

        async def everything() -> int:
            """Wait until all that is committed was told; how many lines that are."""
            ends = follower.lines.count("test x end")
            await conn.execute(
                "INSERT INTO audit_events (entity_type, entity_id, event_type)"
                " VALUES ('test', 'x', 'end')"
            )
            await conn.commit()
            await follower.until(lambda: follower.lines.count("test x end") > ends)
            await follower.settled()
            return len(follower.lines)

        async def told(do: Callable[[AsyncConnection], Awaitable[object]]) -> list[str]:
            before = await everything()
            await do(conn)
            after = await everything()
            texts = follower.lines[before:after]
            history = await feed.history(conn, limit=len(texts))
            await conn.commit()
            assert [event.text for event in history] == texts
            assert texts[-1] == "test x end"
            return texts[:-1]

        yield told


async def make(conn: AsyncConnection, actor: Actor, title: str = "token refresh") -> str:
    task = await tasks.create_task(conn, REPO, title=title, actor=actor)
    await conn.commit()
    return task.id


async def test_a_task_that_is_made_is_told_with_its_title(lines: Lines, ada: Actor) -> None:
    done = await lines(lambda c: tasks.create_task(c, REPO, title="token\nrefresh", actor=ada))
    assert done == ["project acme created by ada", "#1 created by ada: token refresh"]


async def test_a_move_is_one_line(lines: Lines, conn: AsyncConnection, ada: Actor) -> None:
    task_id = await make(conn, ada)
    assert await lines(lambda c: stages.move_task(c, task_id, "build", ada)) == [
        "#1 draft → build by ada"
    ]


async def test_a_comment_is_one_line(lines: Lines, conn: AsyncConnection, eng: Actor) -> None:
    task_id = await make(conn, eng)
    assert await lines(lambda c: conversations.comment(c, task_id, "tests green", eng)) == [
        'eng-1 on #1: "tests green"'
    ]


async def test_a_dependency_is_one_line(lines: Lines, conn: AsyncConnection, ada: Actor) -> None:
    first, second = await make(conn, ada), await make(conn, ada)
    add = dependencies.add_dependency
    assert await lines(lambda c: add(c, first, second, actor=ada)) == ["dep #1 → #2 added by ada"]
    remove = dependencies.remove_dependency
    assert await lines(lambda c: remove(c, first, second, actor=ada)) == [
        "dep #1 → #2 removed by ada"
    ]
    assert await lines(lambda c: add(c, first, second, "blocks", actor=ada)) == [
        "dep #1 blocks #2 added by ada"
    ]


async def test_locks_are_told_by_their_owners_names(
    lines: Lines, conn: AsyncConnection, ada: Actor, eng: Actor
) -> None:
    task_id = await make(conn, ada)
    take = checkout.checkout_task
    assert await lines(lambda c: take(c, task_id, eng)) == ["eng-1 took #1"]
    assert await lines(lambda c: checkout.release_task(c, task_id, eng)) == ["eng-1 released #1"]
    assert await lines(lambda c: take(c, task_id, eng)) == ["eng-1 took #1"]
    assert await lines(lambda c: checkout.unlock_task(c, task_id, ada)) == [
        "lock of eng-1 on #1 removed by ada"
    ]


async def test_an_expired_lock_that_is_taken_over_is_one_line(
    lines: Lines, conn: AsyncConnection, ada: Actor, eng: Actor
) -> None:
    task_id = await make(conn, ada)
    await checkout.checkout_task(conn, task_id, eng, timeout=timedelta(milliseconds=1))
    await conn.execute("UPDATE tasks SET execution_locked_at = now() - interval '1 hour'")
    await conn.commit()
    other = Actor.agent("eng-2")
    assert await lines(lambda c: checkout.checkout_task(c, task_id, other)) == [
        "lock of eng-1 on #1 expired, taken by eng-2"
    ]


async def test_what_may_be_done_with_a_task_is_told_with_the_reason(
    lines: Lines, conn: AsyncConnection, ada: Actor
) -> None:
    task_id = await make(conn, ada)
    assert await lines(lambda c: statuses.block_task(c, task_id, "no keys\nyet", ada)) == [
        "#1 blocked: no keys yet"
    ]
    assert await lines(lambda c: statuses.unblock_task(c, task_id, ada)) == ["#1 unblocked by ada"]
    assert await lines(lambda c: statuses.fail_task(c, task_id, "no way", ada)) == [
        "#1 failed by ada: no way"
    ]
    assert await lines(lambda c: statuses.reopen_task(c, task_id, ada)) == ["#1 reopened by ada"]
    assert await lines(lambda c: statuses.done_task(c, task_id, ada)) == ["#1 done by ada"]


async def test_a_word_at_a_gate_is_told(
    lines: Lines, conn: AsyncConnection, ada: Actor, eng: Actor
) -> None:
    task_id = await make(conn, ada)
    assert await lines(lambda c: stages.advance_task(c, task_id, eng)) == [
        "eng-1 approves #1 at draft"
    ]


async def test_tags_people_and_priorities_are_told(
    lines: Lines, conn: AsyncConnection, ada: Actor, eng: Actor
) -> None:
    task_id = await make(conn, ada)
    assert await lines(lambda c: tags.tag(c, task_id, "bug", ada)) == ["#1 tagged bug by ada"]
    assert await lines(lambda c: tags.untag(c, task_id, "bug", ada)) == ["#1 untagged bug by ada"]
    assert await lines(lambda c: people.assign(c, task_id, eng, by=ada)) == [
        "#1 assigned to eng-1 by ada"
    ]
    assert await lines(lambda c: people.unassign(c, task_id, eng, by=ada)) == [
        "#1 taken from eng-1 by ada"
    ]
    assert await lines(lambda c: people.add_actor(c, task_id, eng, "reviewer", by=ada)) == [
        "eng-1 becomes reviewer of #1 by ada"
    ]
    assert await lines(lambda c: tasks.set_priority(c, task_id, "urgent", ada)) == [
        "#1 priority normal → urgent by ada"
    ]


async def test_an_undo_is_told(lines: Lines, conn: AsyncConnection, ada: Actor) -> None:
    task_id = await make(conn, ada)
    await tasks.set_priority(conn, task_id, "urgent", ada)
    await conn.commit()

    async def take_back(c: AsyncConnection) -> None:
        change = await undo.last(c, ada)
        assert change is not None
        await undo.undo(c, ada, change)

    assert await lines(take_back) == ["ada undid a change of #1 (priority)"]


async def test_a_board_is_told_by_its_name(lines: Lines, conn: AsyncConnection, ada: Actor) -> None:
    await make(conn, ada)
    made = await lines(lambda c: boards.create_board(c, "Sprint-12", template="bug", actor=ada))
    assert [text.partition(":")[0] for text in made] == ["board Sprint-12 created by ada"]


async def test_what_is_done_to_boards_and_templates_is_told(
    lines: Lines, conn: AsyncConnection, ada: Actor
) -> None:
    board = await boards.create_board(conn, "Flow", template="ops", actor=ada)
    task = await make(conn, ada)
    await conn.execute(
        "UPDATE tasks SET board_id = %s, stage = 'done', column_id = 'gone'", (board.id,)
    )
    await lines(lambda c: tasks.get_task(c, task))

    async def all_at_once(c: AsyncConnection) -> None:
        await columns.add_column(c, board, "later", actor=ada)
        await columns.edit_column(c, board, "later", gate="agent", limit=3, actor=ada)
        await columns.edit_column(c, board, "later", name="last", label="x", actor=ada)
        await columns.move_column(c, board, "last", Where(first=True), actor=ada)
        await reconciling.reconcile(c, board, ada)
        await columns.remove_column(c, board, "done", to="last", actor=ada)
        await boards.edit_board(c, board, description="x", actor=ada)
        await boards.edit_board(c, board, name="Stream", actor=ada)
        made = await templates.create_template(c, "ours", columns=board.columns, actor=ada)
        await templates.edit_template(c, made, icon="x", columns=board.columns, actor=ada)
        await templates.delete_template(c, made, ada)

    told = await lines(all_at_once)
    assert told == [
        "#1 done → last by ada",
        "board Flow: column later added by ada",
        "board Flow: column later changed by ada: gate, limit",
        "board Flow: column later renamed to last by ada",
        "board Flow: column last moved by ada",
        "board Flow: 1 task repaired by ada",
        "board Flow: column done removed by ada, 1 task to last",
        "board Flow edited by ada: description",
        "board Flow renamed to Stream by ada",
        "template ours created by ada",
        "template ours edited by ada: icon, columns",
        "template ours deleted by ada",
    ]


async def test_what_is_done_to_a_group_is_told(
    lines: Lines, conn: AsyncConnection, ada: Actor, eng: Actor
) -> None:
    await make(conn, ada)
    group = await groups.create_group(conn, "Release", [], ada)
    await lines(lambda c: groups.objects(c))

    async def all_at_once(c: AsyncConnection) -> None:
        await groups.join(c, group, eng, ada)
        await groups.set_role(c, group, eng, "read_only", ada)
        await groups.rename(c, group, "Release 2", ada)
        await groups.leave(c, group, eng, eng)
        said = await messages.post(c, group, "done", ada)
        await messages.delete_message(c, said.id, ada)

    assert await lines(all_at_once) == [
        "conversation Release: eng-1 added by ada",
        "conversation Release: eng-1 member → read_only by ada",
        "conversation Release renamed to Release 2 by ada",
        "conversation Release 2: eng-1 removed by eng-1",
        "message 1 deleted by ada: length 4",
    ]
