"""At a hundred thousand tasks filters and claims look at what an index finds them, not at all.

What has no index (a part of a title, the opposite of something) is looked for among the tasks of
the project or the board that are meant; only where all projects are meant, all tasks are read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest_asyncio
from psycopg import AsyncConnection

from genie_tui.domain.boards import Board
from genie_tui.domain.filters import parse
from genie_tui.domain.windows import Span
from genie_tui.services import boards, checkout, selecting, windows
from tests.services.making import ADA, rows

TASKS = 100_000

FILL = f"""
    INSERT INTO projects (id, name, repo_path)
    SELECT 'p' || n, 'project ' || n, '/src/p' || n FROM generate_series(0, 19) n;
    INSERT INTO boards (id, name, project_id, columns)
    SELECT 'b' || n, 'board ' || n, CASE WHEN n % 2 = 0 THEN 'p' || n END,
           (SELECT columns FROM boards WHERE name = 'Software Development')
      FROM generate_series(0, 19) n;
    INSERT INTO tags (id, name) SELECT 'tag-' || n, 'Tag ' || n FROM generate_series(0, 29) n;
    INSERT INTO tasks (seq, id, repo_path, title, project_id, board_id, stage, status, priority,
                       due_date, created_at, checkout_run_id, execution_locked_at)
    SELECT n, 'task-' || lpad(to_hex(n), 8, '0'), '/src/p' || n % 20, 'task number ' || n,
           'p' || n % 20, CASE WHEN n % 7 > 0 THEN 'b' || n % 20 END,
           (ARRAY['draft', 'brainstorm', 'wish', 'build', 'review', 'qa', 'ship'])[1 + n % 7],
           (ARRAY['done', 'ready', 'done', 'done', 'in_progress', 'done', 'blocked', 'done',
                  'cancelled', 'done', 'failed'])[1 + n % 11],
           (ARRAY['normal', 'low', 'normal', 'high', 'normal', 'urgent'])[1 + n % 6],
           CASE WHEN n % 3 = 0 THEN now() + (n - 50000) * interval '10 minutes' END,
           now() - n * interval '5 minutes',
           CASE WHEN n % 1100 = 4 THEN 'agent-eng-' || n % 9 END, now() - n % 20 * interval '1 min'
      FROM generate_series(1, {TASKS}) n;
    INSERT INTO task_dependencies (task_id, depends_on_id)
    SELECT t.id, o.id FROM tasks t JOIN tasks o ON o.seq = t.seq + 1 WHERE t.seq % 5 = 0;
    INSERT INTO task_tags (task_id, tag_id) SELECT id, 'tag-' || seq % 31 FROM tasks
     WHERE seq % 31 < 30;
    INSERT INTO task_actors (task_id, actor_type, actor_id, role)
    SELECT id, 'local', 'Eng-' || seq % 500, 'assignee' FROM tasks;
    UPDATE tasks SET project_id = 'rare', stage = 'rare', board_id = 'b1', status = 'done',
                     priority = 'low', checkout_run_id = NULL
     WHERE seq % 9 = 0;
    UPDATE tasks SET status = 'ready', due_date = NULL WHERE seq IN (9, 18, 27);
    INSERT INTO task_tags (task_id, tag_id) SELECT id, 'rare' FROM tasks WHERE stage = 'rare'
"""
"""Projects of 5,000 tasks, and one whose tasks are ended but for the last three of all to claim."""

GROWN = {"tasks", "task_tags", "task_actors", "task_dependencies"}

TERMS = {
    "#77", "p:urgent", "p:high,low", "s:failed", "s:in_progress,blocked", "stage:Review",
    "stage:none-such", "tag:tag-7", "tag:\"Tag 8\",tag-9", "tag:none-such", "@eng-7", "@nobody",
    "due:<3d", "due:overdue", "age:<2d", "age:>345d", "locked", "stale", "mine", "ready", "blocked",
    "p:urgent stage:build", "@eng-7 !blocked",
}  # fmt: skip
"""What an index finds among the tasks of all projects."""

UNBOUNDED = {
    "", "number", "zzz", "~tnb", "due:none", "due:>3d", "age:>2d", "s:done", "!p:normal", "!ready"
}  # fmt: skip
"""What none finds, or what most tasks are like: it is looked for in the place that is meant."""


@pytest_asyncio.fixture
async def many(conn: AsyncConnection) -> AsyncIterator[AsyncConnection]:
    """Many tasks in many places, without the triggers, which would take minutes."""
    for table in ("tasks", "task_tags", "task_actors", "task_dependencies"):
        await conn.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await conn.execute("INSERT INTO projects (id, name) VALUES ('rare', 'rare')")
    await conn.execute("INSERT INTO tags (id, name) VALUES ('rare', 'Rare')")
    for statement in FILL.split(";\n"):
        await conn.execute(statement.encode())
    await conn.commit()
    await conn.set_autocommit(True)
    await conn.execute("VACUUM ANALYZE")
    await conn.set_autocommit(False)
    yield conn
    await conn.rollback()


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from nodes(child)


async def read_through(conn: AsyncConnection, query: str, params: dict[str, Any]) -> set[str]:
    """The tables that have grown and are read from end to end."""
    (plan,) = await rows(conn, f"EXPLAIN (FORMAT JSON) {query}", **params)
    found = nodes(plan["QUERY PLAN"][0]["Plan"])
    return GROWN & {node["Relation Name"] for node in found if node["Node Type"] == "Seq Scan"}


def places(board: Board, own: Board) -> dict[str, dict[str, Any]]:
    """Where is looked, by what that is called."""
    return {
        "all": {"project_id": None, "board": None},
        "project": {"project_id": "p3", "board": None},
        "board": {"project_id": None, "board": board},
        "board of a project": {"project_id": "p4", "board": own},
        "project on a board": {"project_id": "p3", "board": board},
    }


async def a_filter_reads_what_an_index_finds_it(many: AsyncConnection) -> None:
    board, own = [await boards.find_board(many, id_) for id_ in ("b3", "b4")]
    for place, scope in places(board, own).items():
        for text in sorted(TERMS | UNBOUNDED):
            for order in ("board", "number"):
                query, params = selecting.statement(
                    parse(text), **scope, me=ADA, now=datetime.now(UTC), closed=True,
                    order=order, limit=None,
                )  # fmt: skip
                found = await read_through(many, query, params)
                # Who waits for whom is asked of all at once where many are ready.
                allowed = {"task_dependencies"} if "ready" in text else set()
                # A tag is taken to be on many tasks, for which reading all is no dearer.
                if place == "all" and (text in UNBOUNDED or "tag:" in text):
                    allowed |= {"tasks"}
                assert found <= allowed, (place, text, order)


async def a_filtered_board_reads_what_an_index_finds_it(many: AsyncConnection) -> None:
    board = await boards.find_board(many, "b3")
    spans = [Span(column_id=column.id, offset=0, limit=60) for column in board.columns]
    for project in (None, "p3"):
        for text in sorted((TERMS | UNBOUNDED) - {""}):
            query, params = windows.statement(
                board, spans, project_id=project, where=parse(text), me=ADA, now=datetime.now(UTC)
            )
            found = await read_through(many, query, params)
            assert found <= ({"task_dependencies"} if "ready" in text else set()), text


async def a_claim_does_not_look_at_the_tasks_of_others(many: AsyncConnection) -> None:
    """The three that are wanted are the last of all that are ready."""
    wanted = {
        "stage": "rare",
        "project": "rare",
        "priority": "low",
        "tag": "rare",
    }
    ready = (await rows(many, "SELECT count(*) AS n FROM tasks WHERE status = 'ready'"))[0]["n"]
    for names in (["stage"], ["project"], ["stage", "project"], ["priority"], ["tag"], []):
        query = checkout.CLAIM.format(only="".join(checkout._ONLY[name] for name in names))
        params = {"run": "tui-ada@desk", "actor": "ada", "timeout": None, "take_live": False}
        asked = {name: wanted[name] for name in names}
        plan = await rows(
            many, f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", **params, **asked
        )
        await many.rollback()
        root = plan[0]["QUERY PLAN"][0]["Plan"]
        assert not [node for node in nodes(root) if node["Node Type"] == "Seq Scan"
                    and node["Relation Name"] in GROWN], names  # fmt: skip
        pages = root["Shared Hit Blocks"] + root["Shared Read Blocks"]
        # Of a tag's, each task that is ready is looked at once; of the others, none.
        assert pages < (2 * ready if names == ["tag"] else 600), (names, pages)
        only: dict[str, Any] = {
            "project_id" if name == "project" else name: value for name, value in asked.items()
        }
        claimed = await checkout.claim_next(many, ADA, **only)
        assert names == [] or "priority" in names or claimed.stage == "rare"
        await many.rollback()


async def test_what_an_index_finds_is_all_that_is_read(many: AsyncConnection) -> None:
    """One test, since so many tasks take longer to make than to ask for."""
    await a_filter_reads_what_an_index_finds_it(many)
    await a_filtered_board_reads_what_an_index_finds_it(many)
    await a_claim_does_not_look_at_the_tasks_of_others(many)
