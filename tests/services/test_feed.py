"""The feed on a connection that holds: what is delivered, and in how many pieces."""

from __future__ import annotations

import asyncio
import json
import subprocess

import psycopg
import pytest
from psycopg import AsyncConnection

from genie_tui.db import binaries
from genie_tui.db.connection import Database
from genie_tui.domain.changes import EventKind
from genie_tui.services.feed import Feed
from tests.conftest import Connect
from tests.services.following import Follower, following
from tests.services.writing import add_task, add_tasks, logged, move, rows_of, say


async def execute(conn: AsyncConnection, statement: str, *params: object) -> None:
    """One committed statement."""
    await conn.execute(statement.encode(), params or None)
    await conn.commit()


async def quiet(follower: Follower, conn: AsyncConnection) -> None:
    """Wait until everything that is committed so far was told: a last row tells so."""
    await execute(
        conn,
        "INSERT INTO audit_events (entity_type, entity_id, event_type) VALUES ('test', 'x', 'end')",
    )
    await follower.until(lambda: any(line == "test x end" for line in follower.lines))


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
        await execute(conn, "DELETE FROM tasks")
        await follower.until(lambda: any(task_id in change.gone for change in follower.changes))


async def test_cards_that_speak_of_a_changed_task_are_delivered_with_it(
    database: Database, conn: AsyncConnection
) -> None:
    waiting, waited_for = await add_tasks(conn, 2)
    await execute(
        conn,
        "INSERT INTO task_dependencies (task_id, depends_on_id) VALUES (%s, %s)",
        waiting,
        waited_for,
    )
    async with following(Feed(database)) as follower:
        await execute(conn, "UPDATE tasks SET status = 'done' WHERE id = %s", waited_for)
        await follower.until(lambda: waiting in follower.cards)
        assert follower.cards[waiting].waits == ()


async def test_a_comment_is_a_line_and_is_counted_on_its_card(
    database: Database, conn: AsyncConnection
) -> None:
    task_id = await add_task(conn)
    async with following(Feed(database)) as follower:
        await say(conn, task_id, "tests\ngreen: all 12\x07 of them", "eng:1")
        await conn.commit()
        await follower.until(lambda: task_id in follower.cards)
        assert follower.lines == ['eng:1 on #1: "tests green: all 12\x07 of them"']
        assert follower.events[0].kind is EventKind.MESSAGE
        assert follower.cards[task_id].comments == 1


async def test_a_stage_change_with_its_log_row_is_one_event(
    database: Database, conn: AsyncConnection
) -> None:
    task_id = await add_task(conn)
    async with following(Feed(database)) as follower:
        await move(conn, task_id, "build", "eng-2")
        await conn.commit()
        await follower.until(lambda: follower.events)
        await follower.settled()
        await quiet(follower, conn)
        assert follower.lines == ["#1 draft → build by eng-2", "test x end"]


async def test_a_stage_change_without_a_log_row_gives_an_event_all_the_same(
    database: Database, conn: AsyncConnection
) -> None:
    task_id = await add_task(conn)
    async with following(Feed(database)) as follower:
        await execute(conn, "UPDATE tasks SET stage = 'build'")
        await follower.until(lambda: follower.events)
        assert follower.lines == ["#1 draft → build"]
        assert follower.events[0].kind is EventKind.STAGE
        assert follower.events[0].task_id == task_id


async def test_a_log_row_that_comes_after_its_stage_change_makes_no_second_event(
    database: Database, conn: AsyncConnection
) -> None:
    task_id = await add_task(conn)
    async with following(Feed(database)) as follower:
        await execute(conn, "UPDATE tasks SET stage = 'build'")
        await follower.until(lambda: follower.events)
        await execute(
            conn,
            "INSERT INTO task_stage_log (task_id, from_stage, to_stage) VALUES (%s, %s, %s)",
            task_id,
            "draft",
            "build",
        )
        await quiet(follower, conn)
        assert follower.lines == ["#1 draft → build", "test x end"]


async def test_a_dependency_is_one_event_with_or_without_an_audit_row(
    database: Database, conn: AsyncConnection
) -> None:
    a, b, c = await add_tasks(conn, 3)
    add = "INSERT INTO task_dependencies (task_id, depends_on_id) VALUES (%s, %s)"
    async with following(Feed(database)) as follower:
        await execute(conn, add, a, b)
        await follower.until(lambda: follower.events)
        await conn.execute(add, (b, c))
        await execute(
            conn,
            "INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)"
            " VALUES ('task', %s, 'dependency_added', 'ada', %s)",
            b,
            json.dumps({"depends_on": c, "type": "depends_on"}),
        )
        await follower.until(lambda: len(follower.events) == 2)
        await follower.settled()
        await quiet(follower, conn)
        expected = ["dep #1 → #2 added", "dep #2 → #3 added by ada", "test x end"]
        assert follower.lines == expected
        assert {a, b, c} <= follower.cards.keys()


async def test_agents_mail_and_runs_have_lines_of_their_own(
    database: Database, conn: AsyncConnection
) -> None:
    await conn.execute(
        "INSERT INTO agents (id, pane_id, session, started_at, state, repo_path, custom_name)"
        " VALUES ('a:1', '%%4', 's', now(), 'working', '/w', 'eng-4')"
    )
    await conn.execute("INSERT INTO schedules (id, name, cron_expression) VALUES ('s', 'qa', '*')")
    await conn.execute(
        "INSERT INTO triggers (id, schedule_id, due_at) VALUES ('t', 's', now());"
        "INSERT INTO runs (id, trigger_id, status) VALUES ('r', 't', 'running')"
    )
    await conn.commit()
    async with following(Feed(database)) as follower:
        await execute(conn, "UPDATE agents SET state = 'permission'")
        await execute(
            conn,
            "INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path)"
            " VALUES ('m', 'ada', 'team:eng-4', 'please rebase', '/w')",
        )
        await execute(conn, "UPDATE runs SET status = 'failed', exit_code = 1")
        await execute(
            conn, "INSERT INTO triggers (id, schedule_id, due_at) VALUES ('t2', 's', now())"
        )
        await follower.until(lambda: len(follower.events) == 3)
        assert sorted(follower.lines) == [
            'ada, mail for team:eng-4: "please rebase"',
            "agent eng-4 permission",
            "run qa failed (exit 1)",
        ]
        assert [event.alarm for event in sorted(follower.events, key=lambda e: e.text)] == [
            False,
            True,
            True,
        ]


async def test_what_does_not_parse_is_shown_raw(database: Database, conn: AsyncConnection) -> None:
    async with following(Feed(database)) as follower:
        await execute(conn, "SELECT pg_notify('genie_task_stage', %s)", "no such\nthing")
        await execute(conn, "SELECT pg_notify('genie_message', '')")
        await follower.until(lambda: len(follower.events) == 2)
        assert follower.lines == ["genie_task_stage no such thing", "genie_message"]


async def test_what_psql_writes_is_told(
    database: Database, conn: AsyncConnection, dsn: str
) -> None:
    task_id = await add_task(conn)
    async with following(Feed(database)) as follower:
        script = f"UPDATE tasks SET stage = 'qa', title = 'a: b' WHERE id = '{task_id}'"
        psql = str(binaries.find().program("psql"))
        await asyncio.to_thread(subprocess.run, [psql, dsn, "-qc", script], check=True)
        await follower.until(lambda: follower.events)
        assert follower.lines == ["#1 draft → qa"]
        assert follower.cards[task_id].title == "a: b"


async def test_ten_thousand_notifications_of_one_transaction_are_one_reread(
    database: Database, conn: AsyncConnection
) -> None:
    await add_tasks(conn, 10_000)
    async with following(Feed(database)) as follower:
        before = follower.feed.counters.flushes
        await execute(conn, "UPDATE tasks SET stage = 'build'")
        await follower.until(lambda: sum(told(line) for line in follower.lines) == 10_000)
        assert sum(change.reread for change in follower.changes[1:]) <= 2
        assert follower.feed.counters.flushes - before <= 6


def told(line: str) -> int:
    """How many changes a line speaks of: `10,000 × draft → build`."""
    number, times, _ = line.partition(" × ")
    return int(number.replace(",", "")) if times else 1


async def test_a_burst_of_separate_transactions_is_delivered_once_a_frame(
    database: Database, conn: AsyncConnection
) -> None:
    ids = await add_tasks(conn, 200)
    async with following(Feed(database, frame=0.25)) as follower:
        before = follower.feed.counters.flushes
        for task_id in ids:
            await move(conn, task_id, "build")
            await conn.commit()
        await follower.until(lambda: len(follower.events) == 200)
        assert logged(follower.events) == sorted(logged(follower.events), key=lambda k: int(k[1]))
        assert follower.feed.counters.flushes - before < 50


async def test_rows_that_are_committed_out_of_order_are_told_once_each(
    database: Database, conn: AsyncConnection, connect: Connect
) -> None:
    first, second = await add_tasks(conn, 2)
    slow, other = await connect(), await connect()
    async with following(Feed(database)) as follower:
        await move(slow, first, "build")
        await say(slow, first, "the lower id")
        await move(other, second, "build")
        await say(other, second, "the higher id")
        await other.commit()
        await follower.until(lambda: len(follower.events) == 2)
        await slow.commit()
        await follower.until(lambda: len(follower.events) == 4)
        await quiet(follower, conn)
        keys = logged(follower.events)
        assert sorted(keys) == sorted(await rows_of(conn))
        assert [event.task_id for event in follower.events[:4]] == [second, second, first, first]


async def test_a_transaction_that_outlasts_the_grace_of_holes_is_told_when_it_commits(
    database: Database, conn: AsyncConnection, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genie_tui.domain.marks.GRACE", 0.0)
    task_id = await add_task(conn)
    slow, given_up = await connect(), await connect()
    async with following(Feed(database)) as follower:
        await say(given_up, task_id, "never said")
        await given_up.rollback()
        await say(slow, task_id, "at last")
        for number in range(5):
            other = await add_task(conn, f"another {number}")
            await say(conn, other, "hello")
            await conn.commit()
            await follower.settled()
        await slow.commit()
        await follower.until(lambda: any("at last" in line for line in follower.lines))
        await quiet(follower, conn)
        assert sorted(logged(follower.events)) == sorted(await rows_of(conn))


async def test_what_makes_no_notification_is_found_by_the_slow_poll(
    database: Database, conn: AsyncConnection
) -> None:
    task_id = await add_task(conn)
    async with following(Feed(database, poll=0.2)) as follower:
        for table in ("tasks", "messages", "audit_events"):
            await execute(conn, f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await move(conn, task_id, "build")
        await say(conn, task_id, "unheard")
        await conn.commit()
        seen = len(follower.changes)
        await follower.until(lambda: len(follower.events) == 2)
        assert any(change.reread for change in follower.changes[seen:])
        assert follower.lines == ["#1 draft → build by eng-1", 'eng-1 on #1: "unheard"']
        assert follower.feed.counters.heard == 0


async def test_nothing_is_read_while_nothing_happens(database: Database) -> None:
    async with following(Feed(database)) as follower:
        await follower.settled()
        before = follower.feed.counters.flushes
        await follower.settled()
        assert follower.feed.counters.flushes == before


def test_psycopg_is_the_compiled_one() -> None:
    """The listener's speed rests on it."""
    assert psycopg.pq.__impl__ in {"binary", "c"}
