"""Where the dashboard is measured: a server of its own, databases of any size, real terminals."""

from __future__ import annotations

import asyncio
import compileall
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.terminal import Session
from genie_tui.db import migrations, passwords, server
from genie_tui.settings import Settings
from tests.ports import free_port

__all__ = ["GENIE", "Place", "hello", "migrate", "served"]

GENIE = [sys.executable, "-m", "genie_tui"]

# A board's tasks, those of one column waiting for another, and an event about each. Every gate
# opens to a human, so that a card can be advanced.
FILL = """
    INSERT INTO projects (id, name, repo_path) VALUES ('proj-bench', 'bench', '{repo}');
    INSERT INTO boards (id, name, project_id, columns)
    SELECT 'board-bench', 'Bench', 'proj-bench',
           (SELECT jsonb_agg(c || '{{"gate": "human"}}' ORDER BY n)
              FROM jsonb_array_elements(b.columns) WITH ORDINALITY AS c (c, n))
      FROM board_templates b WHERE b.name = 'software';
    ALTER TABLE tasks DISABLE TRIGGER USER;
    ALTER TABLE task_dependencies DISABLE TRIGGER USER;
    ALTER TABLE audit_events DISABLE TRIGGER USER;
    INSERT INTO tasks (id, seq, repo_path, project_id, board_id, title, description, stage,
                       column_id, priority, created_at, updated_at)
    SELECT 'task-' || lpad(to_hex(n), 8, '0'), n, '{repo}', 'proj-bench', 'board-bench',
           'task ' || n || ' of the benchmark', 'what is to be done', c ->> 'name', c ->> 'id',
           (ARRAY['urgent', 'high', 'normal', 'low'])[1 + n % 4],
           now() - n * interval '1 minute', now() - n * interval '1 minute'
      FROM generate_series(1, {tasks}) AS n,
           LATERAL (SELECT b.columns -> (n % jsonb_array_length(b.columns)) AS c
                      FROM boards b WHERE b.id = 'board-bench') AS board;
    INSERT INTO task_dependencies (task_id, depends_on_id)
    SELECT 'task-' || lpad(to_hex(n), 8, '0'), 'task-' || lpad(to_hex(n - 8), 8, '0')
      FROM generate_series(12, least({tasks}, 5000), 8) AS n;
    INSERT INTO task_stage_log (task_id, from_stage, to_stage, created_at)
    SELECT t.id, 'draft', t.stage, t.created_at + interval '1 hour' FROM tasks t;
    INSERT INTO audit_events (entity_type, entity_id, event_type, actor, details, created_at)
    SELECT 'task', t.id, 'created', 'bench', '{{}}', t.created_at FROM tasks t;
    ALTER TABLE tasks ENABLE TRIGGER USER;
    ALTER TABLE task_dependencies ENABLE TRIGGER USER;
    ALTER TABLE audit_events ENABLE TRIGGER USER;
    VACUUM ANALYZE
"""

# As the log has them: the lines after the first are indented.
STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]+): (.*(?:\n\t.*)*)")
ADJUSTING = ("BEGIN", "COMMIT", "ROLLBACK", "SET ")


@dataclass(frozen=True, slots=True)
class Place:
    """A server that runs, the directory that it is in, and the project that dashboards open."""

    directory: Path
    settings: Settings
    base: str
    repo: Path

    def dsn(self, name: str) -> str:
        """The address of one of its databases."""
        return f"{self.base}/{name}"

    def connect(self, name: str, **how: object) -> psycopg.Connection:
        """A session with one of its databases, in autocommit mode."""
        return psycopg.connect(self.dsn(name), autocommit=True, **how)  # type: ignore[arg-type]

    def fill(self, name: str, tasks: int) -> None:
        """A database in which a board has so many tasks; `genie` is the one that is there."""
        if name != "genie":
            with self.connect("genie") as conn:
                conn.execute(f'CREATE DATABASE "{name}"'.encode())
        migrate(self.dsn(name))
        with self.connect(name) as conn:
            for statement in FILL.format(tasks=tasks, repo=self.repo).split(";\n"):
                conn.execute(statement.encode())

    def told(self, name: str) -> None:
        """From now on the server's log has each statement that is sent to a database."""
        with passwords.as_admin(self.settings, self.settings.port) as conn:
            conn.execute(
                f"ALTER ROLE postgres IN DATABASE \"{name}\" SET log_statement = 'all'".encode()
            )

    def statements(self) -> list[str]:
        """The queries in the log: what begins, ends or adjusts a transaction is left out."""
        log = (self.settings.logs / "pgserve.log").read_text("utf-8", "replace")
        texts = (" ".join(found[1].split()) for found in STATEMENT.finditer(log))
        return [text for text in texts if text and not text.startswith(ADJUSTING)]

    def opened(self, name: str, *, fresh: bool = True) -> Session:
        """The dashboard on one of the databases; `fresh` as if it had never been opened there."""
        home = self.directory / f"home of {name}"
        if fresh:
            shutil.rmtree(home, ignore_errors=True)
        return Session(
            GENIE,
            environment={"GENIE_HOME": str(home), "GENIE_DATABASE_URL": self.dsn(name)},
            cwd=self.repo,
        )


@contextmanager
def served(*, start: bool = True) -> Iterator[Place]:
    """A server in a temporary home, on a port on which nobody listens; ended afterwards."""
    with tempfile.TemporaryDirectory(prefix="genie-benchmark-") as name:
        directory = Path(name)
        settings = Settings(home=directory / "home", port=free_port())
        repo = directory / "acme"
        (repo / ".git").mkdir(parents=True)
        _compile()
        for variable in [one for one in os.environ if one.startswith("GENIE_")]:
            del os.environ[variable]
        try:
            at = server.ensure(settings) if start else None
            base = f"postgresql://{at.user}:{at.password}@{at.host}:{at.port}" if at else ""
            yield Place(directory=directory, settings=settings, base=base, repo=repo)
        finally:
            server.stop(settings)


async def _migrate(dsn: str) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
        await migrations.migrate(conn)


def _compile() -> None:
    """As an installed program is; where Python is told to write no compiled files, too."""
    root = Path(__file__).resolve().parent.parent
    for package in ("genie_tui", "benchmarks"):
        compileall.compile_dir(root / package, quiet=2)


def migrate(dsn: str) -> None:
    """All migrations."""
    asyncio.run(_migrate(dsn))


def hello() -> Session:
    """A bare Textual program."""
    return Session([sys.executable, "-m", "benchmarks.hello"])
