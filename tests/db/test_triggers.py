"""What the database announces, heard through a real LISTEN; numbers, validation, timestamps."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from psycopg import AsyncConnection

from tests.conftest import Connect
from tests.db.conftest import Hear, on

TASK = "INSERT INTO tasks (id, repo_path, title) VALUES ('t-1', '/r', 'one'), ('t-2', '/r', 'two')"


async def test_a_pending_trigger_is_announced_by_its_id_and_another_is_not(hear: Hear) -> None:
    heard = await hear("""
        INSERT INTO schedules (id, name, cron_expression) VALUES ('s', 's', '@hourly');
        INSERT INTO triggers (id, schedule_id, due_at) VALUES ('due', 's', now());
        INSERT INTO triggers (id, schedule_id, due_at, status)
        VALUES ('done', 's', now(), 'completed');
    """)
    assert heard == [("genie_trigger_due", "due")]


async def test_an_audit_row_is_announced_with_the_colons_of_its_entity(hear: Hear) -> None:
    heard = await hear("""
        INSERT INTO audit_events (entity_type, event_type, entity_id)
        VALUES ('task', 'created', 'a:b:c')
    """)
    assert heard == [("genie_audit_event", "task:created:a:b:c")]


async def test_a_stage_is_announced_only_when_it_really_changes(hear: Hear) -> None:
    await hear(TASK)
    heard = await hear("UPDATE tasks SET stage = CASE id WHEN 't-1' THEN 'wish' ELSE stage END")
    assert on("genie_task_stage", heard) == ["t-1:draft:wish"]


async def test_a_message_is_announced_with_its_conversation_and_sender(hear: Hear) -> None:
    heard = await hear("""
        INSERT INTO conversations (id) VALUES ('c');
        INSERT INTO messages (conversation_id, sender_type, sender_id, body)
        VALUES ('c', 'local', 'team:ada', 'hello');
    """)
    assert heard == [("genie_message", "c:1:team:ada")]


async def test_dependencies_are_announced_when_added_and_when_removed(hear: Hear) -> None:
    await hear(TASK)
    insert = "INSERT INTO task_dependencies (task_id, depends_on_id) VALUES ('t-1', 't-2')"
    assert await hear(insert) == [("genie_task_dep", "t-1:added:t-2:depends_on")]
    heard = await hear("DELETE FROM tasks WHERE id = 't-2'")
    assert on("genie_task_dep", heard) == ["t-1:removed:t-2:depends_on"]


async def test_an_agents_state_is_announced_only_when_it_really_changes(hear: Hear) -> None:
    await hear("""
        INSERT INTO agents (id, pane_id, session, started_at, repo_path)
        VALUES ('team:eng', '%1', 's', now(), '/r')
    """)
    heard = await hear("UPDATE agents SET state = 'idle'; UPDATE agents SET state = 'idle'")
    assert heard == [("genie_agent_state", "team:eng:spawning:idle")]


async def test_mail_is_announced_to_whom_it_is_for(hear: Hear) -> None:
    heard = await hear("""
        INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path)
        VALUES ('m', 'a', 'team:eng', 'hello', '/r')
    """)
    assert heard == [("genie_mailbox_delivery", "team:eng:m")]


LONG_TASKS = """
    INSERT INTO tasks (id, repo_path, title)
    VALUES (repeat('t', 9000), '/r', 'x'), (repeat('u', 9000), '/r', 'x');
"""
LONG_AGENT = """
    INSERT INTO agents (id, pane_id, session, started_at, repo_path)
    VALUES (repeat('ü', 9000), '%1', 's', now(), '/r');
"""


# An index takes no key of more than 2,700 bytes, unless it compresses, as these do.
@pytest.mark.parametrize(
    ("statement", "channel", "expected"),
    [
        (
            "INSERT INTO schedules (id, name, cron_expression) VALUES ('s', 's', '@hourly');"
            "INSERT INTO triggers (id, schedule_id, due_at) VALUES (repeat('d', 9000), 's', now())",
            "genie_trigger_due",
            "d" * 1999,
        ),
        (
            "INSERT INTO audit_events (entity_type, event_type, entity_id)"
            " VALUES ('task', 'e', repeat('🙂', 2000))",
            "genie_audit_event",
            "task:e:" + "🙂" * 1992,
        ),
        (
            f"{LONG_TASKS} UPDATE tasks SET stage = 'wish' WHERE id LIKE 't%'",
            "genie_task_stage",
            "t" * 1999,
        ),
        (
            "INSERT INTO conversations (id) VALUES ('c');"
            "INSERT INTO messages (conversation_id, sender_type, sender_id, body)"
            " VALUES ('c', 'local', repeat('s', 9000), 'x')",
            "genie_message",
            "c:1:" + "s" * 1995,
        ),
        (
            f"{LONG_TASKS} INSERT INTO task_dependencies (task_id, depends_on_id)"
            " VALUES (repeat('t', 9000), repeat('u', 9000))",
            "genie_task_dep",
            "t" * 1999,
        ),
        (
            f"{LONG_AGENT} UPDATE agents SET state = 'idle'",
            "genie_agent_state",
            "ü" * 1985 + ":spawning:idle",
        ),
        (
            "INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path)"
            " VALUES ('mail', 'a', repeat('w', 9000), 'x', '/r')",
            "genie_mailbox_delivery",
            "w" * 1994 + ":mail",
        ),
    ],
    ids=lambda text: text if text.startswith("genie_") else "",
)
async def test_what_is_too_long_to_announce_is_written_all_the_same_and_cut(
    hear: Hear, statement: str, channel: str, expected: str
) -> None:
    assert on(channel, await hear(statement)) == [expected]


async def test_what_just_fits_is_announced_in_full(hear: Hear) -> None:
    insert = "INSERT INTO audit_events (entity_type, event_type, entity_id) VALUES ('t', 'e', '{}')"
    (longest,) = on("genie_audit_event", await hear(insert.format("x" * 7995)))
    assert longest == "t:e:" + "x" * 7995


async def test_a_number_is_the_next_of_its_repository_whatever_was_sent(
    conn: AsyncConnection,
) -> None:
    insert = "INSERT INTO tasks (repo_path, title, seq) VALUES (%s, 'x', 77) RETURNING seq"
    numbers = [
        await (await conn.execute(insert, [repo])).fetchone() for repo in ("/a", "/b", "/a", "/a")
    ]
    assert numbers == [(1,), (1,), (2,), (3,)]


async def test_tasks_made_at_once_get_different_numbers(connect: Connect) -> None:
    async def make() -> int:
        conn = await connect()
        insert = "INSERT INTO tasks (repo_path, title) VALUES ('/r', 'x') RETURNING seq"
        row = await (await conn.execute(insert)).fetchone()
        await conn.commit()
        assert row is not None
        return int(row[0])

    assert sorted(await asyncio.gather(*(make() for _ in range(8)))) == list(range(1, 9))


@pytest.mark.parametrize(
    ("columns", "values", "message"),
    [
        ("stage", "'nowhere'", 'Invalid stage "nowhere" for type "software". Valid: draft, '),
        ("type_id", "'none'", "Unknown task type: none"),
        ("board_id", "'none'", "Unknown board: none"),
        ("board_id, stage", "'b', 'draft'", 'Invalid stage "draft" for board "b". Valid: todo'),
        ("board_id, stage", "'bare', 'x'", 'Invalid stage "x" for board "bare". Valid: '),
    ],
)
async def test_a_stage_that_is_not_the_boards_or_types_is_refused_in_words(
    conn: AsyncConnection, columns: str, values: str, message: str
) -> None:
    # The columns are stored as some clients do: an array serialised into a JSON string.
    await conn.execute("""
        INSERT INTO boards (id, name, columns)
        VALUES ('b', 'b', to_jsonb('[{"name": "todo"}]'::text)),
               ('bare', 'bare', '[{"id": "1"}, 2]')
    """)
    insert = f"INSERT INTO tasks (repo_path, title, {columns}) VALUES ('/r', 'x', {values})"
    with pytest.raises(psycopg.errors.RaiseException) as caught:
        await conn.execute(insert.encode())
    assert caught.value.diag.message_primary is not None
    assert caught.value.diag.message_primary.startswith(message)


async def test_a_stage_is_checked_when_it_is_set_and_only_then(conn: AsyncConnection) -> None:
    await conn.execute("INSERT INTO boards (id, name, columns) VALUES ('b', 'b', '[]')")
    await conn.execute(TASK)
    await conn.execute("UPDATE tasks SET board_id = 'b'")
    await conn.execute("UPDATE tasks SET title = 'renamed', column_id = 'gone'")
    with pytest.raises(psycopg.errors.RaiseException):
        await conn.execute("UPDATE tasks SET stage = 'draft'")


async def test_agents_templates_and_teams_know_when_they_were_changed(
    conn: AsyncConnection,
) -> None:
    old = "'2001-01-01'"
    await conn.execute(
        f"""
        INSERT INTO agents (id, pane_id, session, started_at, repo_path, updated_at)
        VALUES ('a', '%1', 's', now(), '/r', {old});
        INSERT INTO agent_templates (id, provider, team, cwd, last_spawned_at, updated_at)
        VALUES ('a', 'p', 't', '/r', now(), {old});
        INSERT INTO teams (name, repo, worktree_path, updated_at) VALUES ('t', '/r', '/w', {old});
        UPDATE agents SET role = 'x'; UPDATE agent_templates SET role = 'x';
        UPDATE teams SET leader = 'x';
    """.encode()
    )
    rows = await conn.execute("""
        SELECT updated_at > '2020-01-01' FROM agents
        UNION ALL SELECT updated_at > '2020-01-01' FROM agent_templates
        UNION ALL SELECT updated_at > '2020-01-01' FROM teams
    """)
    assert await rows.fetchall() == [(True,)] * 3
