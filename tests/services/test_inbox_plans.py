"""At a hundred thousand messages, no table of talk is read through for what is always asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection

from genie_tui.services import inbox_marks, inbox_reading, inbox_statements
from genie_tui.services.inbox import facts, talks, unread
from tests.filled import read_through
from tests.services.making import ADA, rows

# Most conversations are about a task and short, one group is long; two agents write the most.
FILL = """
    INSERT INTO projects (id, name, repo_path) VALUES ('p', 'acme', '/src/acme');
    INSERT INTO tasks (seq, id, repo_path, title, project_id)
    SELECT n, 'task-' || n, '/src/acme', 'task number ' || n, CASE WHEN n % 4 > 0 THEN 'p' END
      FROM generate_series(1, 20000) n;
    INSERT INTO task_actors (task_id, actor_type, actor_id, role)
    SELECT id, 'local', CASE WHEN seq % 2 = 0 THEN 'ada' ELSE 'bob' END, 'creator' FROM tasks;
    INSERT INTO conversations (id, linked_entity, linked_entity_id, updated_at)
    SELECT 'conv-' || seq, 'task', id, now() - seq * interval '1 minute' FROM tasks;
    INSERT INTO conversations (id, name) VALUES ('conv-long', 'Release');
    INSERT INTO conversations (id, type) SELECT 'conv-dm' || n, 'dm' FROM generate_series(1, 50) n;
    INSERT INTO conversation_members (conversation_id, actor_type, actor_id)
    SELECT 'conv-' || seq, 'local', 'ada' FROM tasks WHERE seq % 20 = 0
     UNION ALL SELECT 'conv-long', 'local', 'ada'
     UNION ALL SELECT 'conv-dm' || n, 'local', 'ada' FROM generate_series(1, 50) n
     UNION ALL SELECT 'conv-dm' || n, 'local', 'eng-' || n FROM generate_series(1, 50) n;
    INSERT INTO messages (conversation_id, sender_type, sender_id, body, created_at)
    SELECT CASE WHEN n % 2 = 0 THEN 'conv-long' ELSE 'conv-' || 1 + n % 20000 END, 'local',
           (ARRAY['eng-1', 'qa-1', 'ada'])[1 + n % 3],
           CASE WHEN n % 50 = 0 THEN 'look, @bob: ' ELSE '' END || 'message number ' || n,
           now() - (100000 - n) * interval '1 second'
      FROM generate_series(1, 100000) n;
    INSERT INTO mailbox (id, from_worker, to_worker, body, repo_path, read, created_at)
    SELECT 'mail-' || n, 'eng-' || n % 3,
           CASE WHEN n % 1000 = 0 THEN 'ada' ELSE 'qa-' || n % 30 END,
           'letter ' || n, '/src/acme', n % 5 > 0, now() - (50000 - n) * interval '1 second'
      FROM generate_series(1, 50000) n;
    INSERT INTO team_chat (id, team, repo_path, sender, body, created_at)
    SELECT 'chat-' || n, 'team-' || n % 7, '/src/acme', 'eng-1', 'words', now() - n * interval '1 s'
      FROM generate_series(1, 50000) n;
    INSERT INTO tui_read_marks (actor_type, actor_id, kind, target, last_read_id)
    SELECT 'local', 'ada', 'conversation', id, 99000 FROM conversations WHERE random() < 0.02
        ON CONFLICT DO NOTHING;
"""

AT = datetime(2100, 1, 1, tzinfo=UTC)

GROWN = {"tasks", "task_actors", "conversations", "messages", "mailbox", "team_chat"}


async def test_no_table_of_talk_is_read_through_for_a_list_a_page_or_a_count(
    conn: AsyncConnection,
) -> None:
    for table in ("tasks", "task_actors", "messages", "mailbox"):
        await conn.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for statement in FILL.split(";\n"):
        if statement.strip():
            await conn.execute(statement.encode())
    await conn.commit()
    await conn.set_autocommit(True)
    await conn.execute("VACUUM ANALYZE")
    await conn.set_autocommit(False)
    every = facts(ADA, "p") | {"limit": 60}
    long: dict[str, Any] = every | {
        "ids": ["conv-long"],
        "id": "conv-long",
        "edge": 50_000,
        "at": AT,
    }
    two = every | {
        "one": "eng-1",
        "other": "qa-1",
        "edge": "mail-25001",
        "at": AT,
        "writer": "eng-1",
    }
    page = {"beyond": inbox_reading.BEFORE, "order": "DESC"}
    asked = {
        "list of conversations": (inbox_statements.ALL_TALKS, every | {"called": ["conv-long"]}),
        "list of mail": (inbox_statements.ALL_MAIL, every),
        "list of chats": (inbox_statements.ALL_CHATS, every),
        "those of some messages": (
            inbox_statements.SOME_TALKS,
            every | {"ids": [], "messages": [99_999, 99_998]},
        ),
        "those of some letters": (
            inbox_statements.SOME_MAIL,
            every | {"ones": ["eng-1"], "others": ["qa-1"], "letters": ["mail-7"]},
        ),
        "unread conversations": (inbox_statements.UNREAD_TALKS, every),
        "unread letters": (inbox_statements.UNREAD_LETTERS, every),
        "page of messages": (inbox_reading.MESSAGES.format(**page), long),
        "page of letters": (inbox_reading.LETTERS.format(**page), two),
        "page of chat": (inbox_reading.CHAT.format(**page), two | {"one": "team-1"}),
        "mark": (inbox_marks.READ, long | {"upto": 50_000}),
        "letters to be flagged": (inbox_marks.TO_ME, two),
    }
    found = {}
    for name, (query, params) in asked.items():
        (plan,) = await rows(conn, f"EXPLAIN (FORMAT JSON) {query}", **params)
        if scanned := GROWN & set(read_through(plan["QUERY PLAN"][0]["Plan"])):
            found[name] = scanned
    assert found == {}
    assert len((await talks(conn, ADA, project_id="p")).talks) > 50
    assert await unread(conn, ADA, project_id="p") > 0
