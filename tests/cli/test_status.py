"""The line for tmux where there is much to tell, or nobody who could tell it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import AsyncConnection, sql

from tests.cli.conftest import Cli
from tests.conftest import Server
from tests.services.making import ENG

ROOM = 60
"""Cells that tmux's status line has for us."""

CROWD = """
    INSERT INTO tasks (id, repo_path, title, stage, status, due_date, checkout_run_id,
                       execution_locked_at)
    SELECT 'task-' || lpad(to_hex(n), 8, '0'), '/src/acme', 'task ' || n, 'draft',
           (ARRAY['ready', 'blocked', 'in_progress'])[1 + n % 3],
           CASE WHEN n % 2 = 0 THEN now() - interval '1 day' END,
           CASE WHEN n % 3 = 2 THEN 'run' END,
           CASE WHEN n % 3 = 2 THEN now() - interval '1 day' * (n % 2) END
      FROM generate_series(1, 6000) AS n
"""

APPROVALS = """
    INSERT INTO tui_approvals (task_id, stage, kind, actor_type, actor_id)
    SELECT id, stage, 'agent', 'local', %(agent)s FROM tasks WHERE status = 'ready'
"""

AGENTS = """
    INSERT INTO agents (id, pane_id, session, started_at, repo_path, state)
    SELECT 'agent-' || n, '%%' || n, 's', now(), '/src/acme', 'question'
      FROM generate_series(1, 1500) AS n
"""


@pytest.fixture
def empty_dsn(server: Server) -> Iterator[str]:
    """A database in which nothing is."""
    name = sql.Identifier("test_status_empty")
    server.execute(sql.SQL("CREATE DATABASE {}").format(name))
    yield server.dsn("test_status_empty")
    server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


async def test_however_much_waits_the_line_has_room(conn: AsyncConnection, cli: Cli) -> None:
    await conn.execute(CROWD)
    await conn.execute(APPROVALS, {"agent": ENG.id})
    await conn.execute(AGENTS)
    await conn.commit()
    shown = cli("status").out
    assert shown == "genie 7k ⧗2k ?1k ✗1k ‼2k ⊘1k ⚿2k\n"
    assert len(shown.strip()) <= ROOM
    assert cli("status", "--ascii").out == "genie 7k ?2k a1k x1k !2k %1k @2k\n"
    needs = cli("status", "--json").json["needs"]
    assert (needs["approval"], needs["agent"], needs["blocked"]) == (2000, 1500, 1000)


async def test_it_does_not_wait_for_others(conn: AsyncConnection, cli: Cli) -> None:
    await conn.execute("LOCK TABLE tasks")
    found = cli("status")
    assert (found.out, found.err, found.code) == ("genie: busy\n", "", 0)
    assert cli("status", "--json").json == {"state": "busy"}


def test_it_migrates_nothing(cli: Cli, empty_dsn: str) -> None:
    found = cli("status", "--dsn", empty_dsn)
    assert (found.out, found.err, found.code) == ("genie: not migrated\n", "", 0)
    with psycopg.connect(empty_dsn) as conn:
        assert conn.execute("SELECT FROM pg_tables WHERE schemaname = 'public'").fetchall() == []
