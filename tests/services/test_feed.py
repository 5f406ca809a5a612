"""The feed on a quiet connection: what is delivered, and in how many pieces."""

from __future__ import annotations

from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.domain.changes import EventKind
from genie_tui.services.feed import Feed
from tests.services.following import following


async def add_task(conn: AsyncConnection, title: str = "token refresh") -> str:
    cursor = await conn.execute(
        "INSERT INTO tasks (repo_path, title) VALUES ('/work/acme', %s) RETURNING id", (title,)
    )
    row = await cursor.fetchone()
    assert row is not None
    await conn.commit()
    return str(row[0])


async def test_a_task_that_is_made_is_delivered_as_a_card(
    database: Database, conn: AsyncConnection
) -> None:
    async with following(Feed(database)) as follower:
        task_id = await add_task(conn)
        await follower.until(lambda: task_id in follower.cards)
        assert follower.cards[task_id].title == "token refresh"


async def test_a_task_that_is_deleted_is_gone(database: Database, conn: AsyncConnection) -> None:
    task_id = await add_task(conn)
    async with following(Feed(database)) as follower:
        await conn.execute("DELETE FROM tasks")
        await conn.commit()
        await follower.until(lambda: any(task_id in change.gone for change in follower.changes))


async def test_a_stage_change_without_a_log_row_gives_an_event_all_the_same(
    database: Database, conn: AsyncConnection
) -> None:
    task_id = await add_task(conn)
    async with following(Feed(database)) as follower:
        await conn.execute("UPDATE tasks SET stage = 'build'")
        await conn.commit()
        await follower.until(lambda: follower.lines == ["#1 draft → build"])
        assert follower.events[0].kind is EventKind.STAGE
        assert follower.events[0].task_id == task_id
