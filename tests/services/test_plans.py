"""At a hundred thousand tasks no table is read through for what is asked all the time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection

from genie_tui.domain.boards import Board
from genie_tui.domain.filters import Filter, parse
from genie_tui.domain.lanes import Group
from genie_tui.domain.windows import Span
from genie_tui.services import boards, cards, checkout, references, sweeping, undo, windows
from tests.services.making import ADA, rows

TASKS = 100_000

FILL = f"""
    INSERT INTO projects (id, name) SELECT 'p' || n, 'project ' || n FROM generate_series(1, 3) n;
    INSERT INTO tasks (seq, id, repo_path, title, project_id, board_id, column_id, stage, status,
                       priority, due_date, created_at, checkout_run_id, execution_locked_at,
                       parent_id)
    SELECT n, 'task-' || lpad(to_hex(n), 8, '0'), '/src/acme', 'task number ' || n,
           'p' || nullif(n % 4, 0), b.id,
           CASE WHEN n % 10 > 0 THEN b.columns -> (n % 7) ->> 'id' END,
           b.columns -> (n % 7) ->> 'name',
           (ARRAY['ready', 'done', 'ready', 'blocked', 'cancelled'])[1 + n % 5],
           (ARRAY['urgent', 'high', 'normal', 'low'])[1 + n % 4],
           CASE WHEN n % 3 = 0 THEN now() + n * interval '1 minute' END,
           now() - n * interval '1 second',
           CASE WHEN n % 1000 = 1 THEN 'agent-eng-1' END, now(),
           CASE WHEN n % 10 = 0 THEN 'task-' || lpad(to_hex(n / 20 + 1), 8, '0') END
      FROM generate_series(1, {TASKS}) n, boards b;
    INSERT INTO task_dependencies (task_id, depends_on_id)
    SELECT t.id, o.id FROM tasks t JOIN tasks o ON o.seq = t.seq + 1 WHERE t.seq % 5 = 0;
    INSERT INTO task_tags (task_id, tag_id) SELECT id, 'bug' FROM tasks WHERE seq % 3 = 0;
    INSERT INTO task_actors (task_id, actor_type, actor_id, role)
    SELECT id, 'local', 'eng-' || seq % 50, 'assignee' FROM tasks;
    INSERT INTO task_stage_log (task_id, to_stage) SELECT id, stage FROM tasks;
    INSERT INTO conversations (id, linked_entity, linked_entity_id)
    SELECT 'conv-' || seq, 'task', id FROM tasks WHERE seq % 4 = 0;
    INSERT INTO messages (conversation_id, sender_type, sender_id, body)
    SELECT id, 'local', 'ada', 'hello' FROM conversations;
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details)
    SELECT 'task', id, 'priority', 'eng-' || seq % 50, '{{"before": {{}}, "after": {{}}}}'
      FROM tasks;
"""

ONCE = {"task_dependencies", "task_tags", "task_actors"}
"""What filters and lanes may read once, where that is quicker than to look at tasks one by one."""

GROWN = ONCE | {"tasks", "task_stage_log", "conversations", "messages", "audit_events"}
"""The tables that grow with the tasks."""


async def fill(conn: AsyncConnection) -> Board:
    """Many tasks on one board, without the triggers, which would take minutes."""
    for table in ("tasks", "task_tags", "task_actors", "messages", "audit_events"):
        await conn.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await conn.execute("ALTER TABLE task_dependencies DISABLE TRIGGER USER")
    for statement in FILL.split(";\n"):
        if statement.strip():
            await conn.execute(statement)
    await conn.commit()
    await conn.set_autocommit(True)
    await conn.execute("VACUUM ANALYZE")
    await conn.set_autocommit(False)
    return (await boards.list_boards(conn))[0]


def read_through(node: dict[str, Any]) -> Iterator[str]:
    """The tables that a plan reads from end to end."""
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from read_through(child)


async def scanned(conn: AsyncConnection, query: str, params: dict[str, Any]) -> set[str]:
    (plan,) = await rows(conn, f"EXPLAIN (FORMAT JSON) {query}", **params)
    return GROWN & set(read_through(plan["QUERY PLAN"][0]["Plan"]))


def statements(board: Board) -> dict[str, tuple[str, dict[str, Any]]]:
    """What is asked all the time, by what asks it."""
    spans = [Span(column_id=column.id, offset=0, limit=60) for column in board.columns]

    def window(
        where: Filter | None = None, project: str | None = None, group: Group = Group.NONE
    ) -> tuple[str, Any]:
        now = datetime.now(UTC)
        return windows.statement(
            board, spans, project_id=project, where=where, me=ADA, now=now, group=group
        )

    ids = [f"task-{number:08x}" for number in range(1, 1000)]
    mine = {"run": "tui-ada@desk", "actor": "ada", "timeout": None, "take_live": False}
    texts = [
        "number 7",
        "p:high",
        "tag:bug",
        "@eng-1",
        "ready",
        "mine",
        "!blocked due:<3d",
        "stale",
    ]
    return {
        "a window": window(),
        "a window on a project": window(project="p1"),
        **{f"filter {text}": window(parse(text)) for text in texts},
        **{f"filter in lanes by {group}": window(parse("p:high"), group=group) for group in Group},
        **{f"once for lanes by {group}": window(group=group) for group in Group},
        "one card": (cards.CARDS, {"ids": ids[:1]}),
        "a thousand cards": (cards.CARDS, {"ids": ids}),
        "a claim": (checkout.CLAIM.format(only=""), mine),
        "a checkout": (checkout.CHECKOUT, mine | {"id": ids[0]}),
        "a sweep": (sweeping.SWEEP, {"spare": [], "actor": None}),
        "a number": (
            references.IN_REPO,
            {"repo_path": "/src/acme", "seq": 7, "limit": 11},
        ),
        "a prefix": (references.BY_PREFIX, {"prefix": "task-0000", "limit": 11}),
        "the boards": (boards.MADE_UP, {"project": None}),
        "undo": (undo.CHANGES, {"actor": "eng-7", "limit": 500, "before": None}),
    }


async def test_no_table_is_read_through(conn: AsyncConnection) -> None:
    board = await fill(conn)
    found = {
        name: await scanned(conn, query, params)
        for name, (query, params) in statements(board).items()
    }
    for name, tables in found.items():
        assert tables <= (ONCE if name.startswith(("filter", "once")) else set()), name
    window = await boards.window(conn, board, [])
    assert window.summary.total == TASKS
