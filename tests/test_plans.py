"""Where much has happened no table is read through that grows, for what is asked all the time.

What is asked is heard: every statement that the dashboard sends while all its screens are looked
at, and the daemon while it does all that it does; filters and commands are listed beside it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from psycopg import AsyncConnection, sql

from genie_tui.db.connection import Database
from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.filters import Filter, parse
from genie_tui.domain.lanes import Group
from genie_tui.domain.runs import Caps
from genie_tui.domain.windows import Span
from genie_tui.scheduler.daemon import Daemon
from genie_tui.services import boards, cards, checkout, references, sweeping, undo, windows
from genie_tui.settings import Settings
from genie_tui.ui.screens import MAIN
from tests.filled import TASKS, fill, scanned
from tests.scheduler.conftest import QUICK, Running
from tests.scheduler.rows import due, ended
from tests.services.making import ADA
from tests.ui.running import running

ONCE = {"task_dependencies", "task_tags", "task_actors"}
"""What filters and lanes may read once, where that is quicker than to look at tasks one by one."""

SUMS = {
    # Everything that needs a person, of all tasks; asked a twentieth of the time at most.
    "found AS (": {"task_actors", "runs"},
    # The graph of a whole board, which is the whole database here.
    "edges AS MATERIALIZED": {"tasks", "task_dependencies"},
    # Metrics of a board since its beginning.
    "stays AS MATERIALIZED": {"tasks", "task_stage_log"},
    "avg(m.cpu_percent)": {"machine_snapshots"},
    # Of a schedule with hundreds of triggers the newest runs.
    "JOIN triggers g ON g.schedule_id = s.id": {"runs"},
}
"""What sums up a table, by words of the statement, and may read it through."""

ASKS = {
    "board": "FROM task_stage_log",
    "triage": "found AS (",
    "activity": "FROM task_stage_log",
    "graph": "edges AS MATERIALIZED",
    "messages": "rooms AS (",
    "agents": "heard AS (",
    "schedules": "FROM schedules s",
    "sessions": "s.jsonl_path",
    "metrics": "width_bucket(m.created_at",
    "registry": "app_store",
    "system": "pg_stat_activity",
}
"""The screens, and words of the last statement that each of them sends when it is shown."""

VERBS = {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE"}

Asked = dict[str, Any]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What is sent by whoever uses psycopg's asynchronous cursors: texts, with parameters."""
    found: Asked = {}
    execute = psycopg.AsyncCursor.execute

    async def heard(
        self: psycopg.AsyncCursor[Any], query: Any, params: Any = None, **how: Any
    ) -> Any:
        text = query.as_string() if isinstance(query, sql.Composable) else query
        text = text.decode() if isinstance(text, bytes) else text
        if text.split(maxsplit=1)[0].upper() in VERBS:
            found.setdefault(text, params)
        return await execute(self, query, params, **how)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", heard)
    return found


def was_asked(asked: Asked, words: str) -> bool:
    """Was a statement heard that has these words?"""
    return any(words in text for text in asked)


@pytest_asyncio.fixture
async def daemon(settings: Settings) -> AsyncIterator[Running]:
    """A daemon that looks at everything several times a second, once it is started."""
    said: list[tuple[str, dict[str, Any]]] = []

    def note(event: str, **details: Any) -> None:
        said.append((event, details))

    async with Database(settings, pool_size=3) as database:
        running = Running(Daemon(database, caps=Caps(total=5), said=note, rhythm=QUICK), said)
        yield running
        await running.stop()


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


async def test_no_table_that_grows_is_read_through(
    conn: AsyncConnection, settings: Settings, ada: Actor, daemon: Running, asked: Asked
) -> None:
    board = await fill(conn)
    for name, (query, params) in statements(board).items():
        once = ONCE if name.startswith(("filter", "once")) else set()
        assert await scanned(conn, query, params) <= once, name
    window = await boards.window(conn, board, [])
    assert window.summary.total == TASKS
    asked.clear()
    async with running(settings, ada) as desk:
        for name in MAIN:
            await desk.app.action_show_screen(name)
            await desk.until(partial(was_asked, asked, ASKS[name]))
    daemon.start()
    await ended(conn, await due(conn))
    await daemon.stop()
    assert len(asked) > 70
    for text, params in list(asked.items()):
        known = [tables for words, tables in SUMS.items() if words in text]
        assert await scanned(conn, text, params) <= set().union(*known), text
