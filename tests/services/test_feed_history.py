"""Paging back through the logs, and going on from there."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from psycopg import AsyncConnection

from genie_tui.db.connection import Database
from genie_tui.domain.changes import Event
from genie_tui.services import logs
from genie_tui.services.feed import Feed
from tests.services.following import following
from tests.services.writing import add_task, add_tasks, logged, move, rows_of, say

SCAN = re.compile("Seq Scan on (task_stage_log|messages|audit_events|tasks|conversations)")

MANY = """
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, created_at)
    SELECT 'tool', 'x', 'call', 'eng-' || n %% 5, now() - interval '1 day' + n * interval '1 second'
      FROM generate_series(1, %s) AS n
"""


async def pages(feed: Feed, conn: AsyncConnection, limit: int) -> list[Event]:
    """All there is, page by page, oldest first."""
    found: list[Event] = []
    page = await feed.history(conn, limit=limit)
    while page:
        found = [*page, *found]
        page = await feed.history(conn, before=page[0], limit=limit)
    return found


async def fill(conn: AsyncConnection) -> None:
    """Some of everything, much of it at the same instant."""
    for task_id in await add_tasks(conn, 3):
        for stage in ("brainstorm", "wish", "build"):
            await move(conn, task_id, stage)
            await say(conn, task_id, stage)
            await say(conn, task_id, f"{stage} again")
        await conn.execute(MANY, (7,))
        await conn.commit()


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
async def test_history_pages_back_to_the_first_event_and_shows_each_once(
    database: Database, conn: AsyncConnection, limit: int
) -> None:
    await fill(conn)
    events = await pages(Feed(database), conn, limit)
    assert sorted(logged(events)) == sorted(await rows_of(conn))
    assert [event.at for event in events] == sorted(event.at for event in events)


async def test_the_feed_goes_on_exactly_where_the_history_ended(
    database: Database, conn: AsyncConnection
) -> None:
    await fill(conn)
    feed = Feed(database)
    before = await feed.history(conn, limit=1000)
    await conn.commit()
    await fill(conn)
    async with following(feed) as follower:
        await fill(conn)
        expected = await rows_of(conn)
        await follower.until(
            lambda: expected <= set(logged(follower.events)) | set(logged(list(before)))
        )
        assert sorted(logged([*before, *follower.events])) == sorted(expected)


async def test_what_was_told_live_reads_the_same_as_history(
    database: Database, conn: AsyncConnection
) -> None:
    feed = Feed(database)
    async with following(feed) as follower:
        await fill(conn)
        expected = await rows_of(conn)
        await follower.until(lambda: expected <= set(logged(follower.events)))
        told = {event.key: event for event in follower.events}
        history = {event.key: event for event in await feed.history(conn, limit=1000)}
        assert told == history


async def test_of_a_week_of_events_the_newest_are_told_and_the_rest_can_be_paged_to(
    database: Database, conn: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "PAGE", 20)
    monkeypatch.setattr(logs, "BOUND", 50)
    feed = Feed(database)
    await feed.history(conn)
    await conn.execute(MANY, (1000,))
    await conn.commit()
    async with following(feed) as follower:
        keys = logged(follower.events)
        assert [int(id_) for _, id_ in keys] == sorted(int(id_) for _, id_ in keys)
        assert len(keys) == 50
        assert max(int(id_) for _, id_ in keys) == 1000
        notes = [event.text for event in follower.events if event.key not in set(keys)]
        assert notes == ["about 950 earlier rows of audit_events are left out here"]
    assert len(await pages(feed, conn, 300)) == 1000


async def test_a_gap_of_several_pages_is_told_in_full(
    database: Database, conn: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "PAGE", 7)
    feed = Feed(database)
    await feed.history(conn)
    await fill(conn)
    async with following(feed) as follower:
        assert sorted(logged(follower.events)) == sorted(await rows_of(conn))


async def test_a_log_that_begins_again_is_followed_from_its_new_end(
    database: Database, conn: AsyncConnection
) -> None:
    await fill(conn)
    async with following(Feed(database, poll=0.1)) as follower:
        await conn.execute(
            "TRUNCATE audit_events, task_stage_log, messages RESTART IDENTITY CASCADE"
        )
        await conn.commit()
        polls = follower.feed.counters.polls
        await follower.until(lambda: follower.feed.counters.polls > polls + 1)
        task_id = await add_task(conn)
        await say(conn, task_id, "a new beginning")
        await conn.commit()
        await follower.until(lambda: any("a new beginning" in line for line in follower.lines))


async def test_what_other_clients_wrote_oddly_is_read_all_the_same(
    database: Database, conn: AsyncConnection
) -> None:
    await conn.execute(
        "INSERT INTO audit_events (entity_type, entity_id, event_type, details, created_at) VALUES"
        " ('task', 'task-none', 'done', NULL, 'infinity'),"
        " ('task', 'task-none', 'checkout', %s, '-infinity'),"
        " ('task', 'task-none', 'blocked', %s, '20000-01-01'),"
        " ('run', 'no-run', 'failed', '[1, 2]', now()),"
        " ('', '', '', 'true', now())",
        (json.dumps(json.dumps({"run": "agent-eng-1"})), json.dumps({"reason": ["not", "text"]})),
    )
    await conn.commit()
    texts = [event.text for event in await Feed(database).history(conn)]
    assert sorted(texts) == [
        ": true",
        "eng-1 took task-none",
        "run no-run failed: [1, 2]",
        "task-none blocked",
        "task-none done",
    ]


async def test_an_enormous_detail_is_not_read(database: Database, conn: AsyncConnection) -> None:
    noise = "".join(chr(0x4E00 + n * n % 20000) for n in range(100_000))
    await conn.execute(
        "INSERT INTO audit_events (entity_type, entity_id, event_type, details)"
        " VALUES ('otel', 'x', 'api', %s)",
        (json.dumps({"noise": noise}),),
    )
    await conn.commit()
    (event,) = await Feed(database).history(conn)
    assert event.text == "otel x api"


async def test_reading_costs_no_scan_however_long_the_logs_are(conn: AsyncConnection) -> None:
    (task_id,) = await add_tasks(conn, 1)
    await add_tasks(conn, 3000)
    await say(conn, task_id, "one")
    await conn.execute(MANY, (20_000,))
    for copy in (
        "INSERT INTO conversations (linked_entity, linked_entity_id) SELECT 'task', id FROM tasks",
        "INSERT INTO messages (conversation_id, sender_type, sender_id, body, created_at)"
        " SELECT conversation_id, sender_type, sender_id, body, now() - n * interval '1 second'"
        " FROM messages, generate_series(1, 20000) AS n",
        "INSERT INTO task_stage_log (task_id, to_stage, created_at)"
        " SELECT id, 'qa', now() - n * interval '1 second' FROM tasks, generate_series(1, 10) AS n",
    ):
        await conn.execute(copy.encode())
    await conn.execute("ANALYZE")
    old = datetime(2020, 1, 1, tzinfo=UTC)
    for log in logs.LOGS:
        beyond = {"lows": [5, 19_000], "highs": [9, 2**63 - 1], "limit": 1000}
        before = {"at": old, "id": 7, "limit": 100}
        newest = {"at": "infinity", "id": 2**63 - 1, "limit": 100}
        for query, params in ((log.newer, beyond), (log.older, before), (log.older, newest)):
            plan = await (await conn.execute(f"EXPLAIN {query}".encode(), params)).fetchall()
            assert not [line for (line,) in plan if SCAN.search(line)], plan
