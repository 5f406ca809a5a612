"""Migrations: found beside or inside the package, checked, and applied under an advisory lock.

`database.md` › Migrations has the rules: file names in order, one transaction a file together with
its row in `_genie_migrations`, and never the same file twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import AsyncConnection

import genie_tui
from genie_tui.db.limits import check_version
from genie_tui.domain.limits import Limits
from genie_tui.errors import GenieError, NoDatabase
from genie_tui.settings import Settings

if TYPE_CHECKING:
    from genie_tui.db.statements import Statement

__all__ = [
    "Migration",
    "MigrationFailed",
    "State",
    "available",
    "check_allowed",
    "migrate",
    "state",
]

# Only the table of the schema in which we would create it: with a second schema on the search
# path, its table must not be taken for ours.
APPLIED = """
    SELECT m.name
      FROM _genie_migrations m
      JOIN pg_class c ON c.oid = m.tableoid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = current_schema()
     ORDER BY m.id
"""

CREATE_TABLE = """
    CREATE TABLE IF NOT EXISTS _genie_migrations (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
"""

LOCK = "SELECT pg_advisory_lock(hashtextextended('_genie_migrations ' || current_schema(), 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('_genie_migrations ' || current_schema(), 0))"

# A limit that is right for queries is wrong for migrations; what is there already is no news.
SETTINGS = """
    SET LOCAL statement_timeout = 0;
    SET LOCAL lock_timeout = 0;
    SET LOCAL client_min_messages = warning
"""

LOST = (
    "the connection was lost while migrating; what was applied so far stands: "
    "run 'genie-tui db migrate' again"
)
ALLOW = (
    "let its user make tables in the schema, name another user with --dsn, "
    "or migrate as one who may and pass --no-migrate"
)

# Waits for a program that has the same file under way without our lock.
RECORD = """
    INSERT INTO _genie_migrations (name)
    VALUES (%(name)s)
        ON CONFLICT (name) DO NOTHING
 RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A file to apply; `name` is the file's without `.sql`, and what the database records."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a database stands to the files: names applied, still to come, and unknown to us."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...]


class MigrationFailed(GenieError):
    """A file could not be applied: `which file, line and statement, why; what to do`.

    `line` counts from 1, within `file`.
    """

    code = "migration_failed"

    def __init__(self, file: str, line: int, statement: str, reason: str) -> None:
        shown = " ".join(statement.split())
        shown = shown if len(shown) <= 100 else f"{shown[:99]}…"
        super().__init__(
            f"migration {file} failed at line {line} ({shown}): {reason}; nothing of it was kept, "
            "what came before it stands: mend the cause, then run 'genie-tui db migrate'"
        )
        self.file = file
        self.line = line
        self.statement = statement
        self.reason = reason


def available(directory: Path | None = None) -> tuple[Migration, ...]:
    """The files of `directory`, or those that came with the program, in order of file name."""
    files = sorted((directory or _own_directory()).glob("*.sql"), key=lambda path: path.name)
    return tuple(Migration(name=path.stem, path=path) for path in files)


def _own_directory() -> Path:
    """Inside the package once installed; beside it in a checkout."""
    package = Path(genie_tui.__file__).parent
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parent / "migrations"


async def state(conn: AsyncConnection, migrations: Sequence[Migration] | None = None) -> State:
    """What was applied and what is pending, in one query; an empty database has nothing applied.

    `conn` is in autocommit mode. `migrations` are the program's own unless given.
    """
    known = [migration.name for migration in _chosen(migrations)]
    try:
        cursor = await conn.execute(APPLIED)
        names = [str(row[0]) for row in await cursor.fetchall()]
    except psycopg.errors.UndefinedTable:
        names = []
    return State(
        applied=tuple(name for name in known if name in names),
        pending=tuple(name for name in known if name not in names),
        unknown=tuple(name for name in names if name not in known),
    )


async def migrate(
    conn: AsyncConnection,
    progress: Callable[[str], None] | None = None,
    *,
    migrations: Sequence[Migration] | None = None,
) -> tuple[str, ...]:
    """Apply what is pending; the names of what was applied by this call.

    `conn` is in autocommit mode. Of several programs that migrate at once, one applies a file and
    the others wait. `progress` is told each file. `migrations` are the program's own unless given.

    Raises:
        MigrationFailed: a file failed; those before it stay applied, those after it are not tried.
        NoDatabase: the server is older than PostgreSQL 14, or went away.
    """
    chosen = _chosen(migrations)
    if not (await state(conn, chosen)).pending:
        return ()
    check_version(conn)
    async with _alone(conn):
        pending = (await state(conn, chosen)).pending
        applied = []
        for migration in chosen:
            if migration.name in pending:
                if progress is not None:
                    progress(f"applying migration {migration.name}")
                if await _apply(conn, migration):
                    applied.append(migration.name)
    return tuple(applied)


def _chosen(migrations: Sequence[Migration] | None) -> Sequence[Migration]:
    return available() if migrations is None else migrations


def check_allowed(state: State, limits: Limits, settings: Settings) -> None:
    """Refuse to migrate where that cannot go well.

    Raises:
        NoDatabase: the server only reads, the role may not make tables, or a pooler is between.
    """
    pending = f"{len(state.pending)} migrations are pending ({', '.join(state.pending)})"
    if limits.standby or limits.read_only:
        raise NoDatabase(f"{pending}, and {limits.only_reads}")
    if not limits.may_create:
        schema = limits.schema or "public"
        raise NoDatabase(
            f"{pending}, and the role {limits.role} may make no tables in the schema {schema}; let "
            f"its owner ({limits.owner}) run 'genie-tui --dsn … db migrate', "
            f"or name another user with --dsn"
        )
    if limits.pooled and settings.listen_dsn is None:
        raise NoDatabase(
            f"{pending}, and a connection pooler cannot carry them; name the server itself with "
            "--listen-dsn, or run 'genie-tui db migrate' with its address as --dsn"
        )


@asynccontextmanager
async def _alone(conn: AsyncConnection) -> AsyncIterator[None]:
    """Hold the one lock of all who migrate this schema, with the table in place."""
    try:
        async with conn.transaction():
            await conn.execute(SETTINGS)
            # The session's, not the transaction's: it outlasts this one.
            await conn.execute(LOCK)
        try:
            await _make_table(conn)
            yield
        finally:
            if not conn.closed:
                await conn.execute(UNLOCK)
    except psycopg.OperationalError as error:
        if conn.closed:
            raise NoDatabase(f"{LOST} ({error})") from error
        raise


async def _make_table(conn: AsyncConnection) -> None:
    try:
        async with conn.transaction():
            await conn.execute(SETTINGS)
            await conn.execute(CREATE_TABLE)
    except psycopg.Error as error:
        if conn.closed:
            raise
        raise NoDatabase(f"the database cannot be migrated: {_reason(error)}; {ALLOW}") from error


async def _apply(conn: AsyncConnection, migration: Migration) -> bool:
    """Apply one file in a transaction; False when somebody else did meanwhile."""
    script = migration.path.read_text(encoding="utf-8")
    begun = False
    try:
        async with conn.transaction():
            await conn.execute(SETTINGS)
            cursor = await conn.execute(RECORD, {"name": migration.name})
            if await cursor.fetchone() is None:
                return False
            begun = True
            await conn.execute(script.encode())
    except psycopg.Error as error:
        if conn.closed:
            raise
        statement = await _culprit(conn, script, error) if begun else None
        raise _failed(migration, script, statement, error) from error
    return True


async def _culprit(conn: AsyncConnection, script: str, error: psycopg.Error) -> Statement | None:
    """The statement that failed.

    A file goes to the server as a whole. Where the error does not say at which letter it arose,
    the statements are tried one by one, to be rolled back.
    """
    from genie_tui.db.statements import split  # Every start would wait a millisecond for it.

    statements = list(split(script))
    if position := error.diag.statement_position:
        before = [one for one in statements if one.start < int(position)]
        return before[-1] if before else None
    async with conn.transaction(force_rollback=True):
        await conn.execute(SETTINGS)
        for statement in statements:
            try:
                await conn.execute(statement.text.encode())
            except psycopg.Error:
                return statement
    return None


def _failed(
    migration: Migration, script: str, statement: Statement | None, error: psycopg.Error
) -> MigrationFailed:
    file, reason = migration.path.name, _reason(error)
    if statement is None:
        return MigrationFailed(file, 1, "recording or committing it", reason)
    start = int(error.diag.statement_position or statement.start + 1) - 1
    return MigrationFailed(file, script.count("\n", 0, start) + 1, statement.text, reason)


def _reason(error: psycopg.Error) -> str:
    parts = (error.diag.message_primary or str(error), error.diag.message_detail)
    return ": ".join(part.strip().rstrip(".") for part in parts if part)
