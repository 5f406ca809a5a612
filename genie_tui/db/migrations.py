"""The migration runner (`database.md` › Migrations)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import AsyncConnection, sql

from genie_tui.db.statements import Statement, split
from genie_tui.errors import GenieError

__all__ = ["Migration", "MigrationFailed", "State", "available", "migrate", "state"]

# Only the schema that new tables go into counts: with a test schema in front of public, the
# table of public says nothing about it.
HAS_TABLE = """
    SELECT to_regclass(format('%I._genie_migrations', current_schema())) IS NOT NULL
"""
APPLIED = "SELECT name FROM _genie_migrations ORDER BY id"
CREATE_TABLE = """
    CREATE TABLE IF NOT EXISTS _genie_migrations (
        id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name       text NOT NULL UNIQUE,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
"""
RECORD = "INSERT INTO _genie_migrations (name) VALUES (%(name)s)"
# One lock a schema: two test runs in schemas of their own need not wait for each other.
LOCK = "SELECT pg_advisory_lock(hashtext('_genie_migrations'), hashtext(current_schema()))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext('_genie_migrations'), hashtext(current_schema()))"


class MigrationFailed(GenieError):
    """A migration was rolled back: `file, line: why; what came before it stays`."""

    code = "migration_failed"

    def __init__(self, migration: Migration, line: int, reason: str) -> None:
        super().__init__(
            f"{migration.path.name}, line {line}: {reason}; it was rolled back and the later "
            "ones were not tried: mend the cause, then 'genie-tui db migrate'"
        )
        self.migration = migration
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A file of migrations/; `name` is its name without `.sql`."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Names of migrations: applied in order of application, pending in order of name.

    `unknown` are those that the database has and we do not: a newer Genie's.
    """

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...]


def available(directory: Path | None = None) -> tuple[Migration, ...]:
    """The migrations that this program carries, in the order in which they are applied."""
    files = (directory or _directory()).glob("*.sql")
    return tuple(
        Migration(name=path.stem, path=path) for path in sorted(files, key=lambda path: path.name)
    )


def _directory() -> Path:
    """In the package where it is installed, beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


async def state(conn: AsyncConnection, *, directory: Path | None = None) -> State:
    """What has been applied to a database, and what has not; reads only.

    On a database that was never migrated everything is pending.
    """
    names = await _applied(conn)
    known = [migration.name for migration in available(directory)]
    return State(
        applied=tuple(names),
        pending=tuple(name for name in known if name not in set(names)),
        unknown=tuple(name for name in names if name not in set(known)),
    )


async def _applied(conn: AsyncConnection) -> list[str]:
    has_table = await (await conn.execute(HAS_TABLE)).fetchone()
    if has_table is None or not has_table[0]:
        return []
    return [row[0] for row in await (await conn.execute(APPLIED)).fetchall()]


async def migrate(
    conn: AsyncConnection,
    progress: Callable[[str], None] | None = None,
    *,
    directory: Path | None = None,
) -> tuple[str, ...]:
    """Apply what is pending, each file in its own transaction; the names applied now.

    `conn` is in autocommit mode. One advisory lock is held for the whole run, so of two runners
    at once the second finds nothing left to do; where nothing is pending it is not taken.

    Raises:
        MigrationFailed: a file failed; those before it stay, those after it were not tried.
    """
    if not (await state(conn, directory=directory)).pending:
        return ()
    await conn.execute(LOCK)
    try:
        await conn.execute(CREATE_TABLE)
        pending = set((await state(conn, directory=directory)).pending)
        todo = [migration for migration in available(directory) if migration.name in pending]
        await _apply_all(conn, todo, progress)
    finally:
        if not conn.closed:
            await conn.execute(UNLOCK)
    return tuple(migration.name for migration in todo)


async def _apply_all(
    conn: AsyncConnection,
    migrations: Sequence[Migration],
    progress: Callable[[str], None] | None,
) -> None:
    for migration in migrations:
        if progress is not None:
            progress(f"migrating {migration.name}")
        async with conn.transaction():
            # What is there already is no news to a user.
            await conn.execute("SET LOCAL client_min_messages = warning")
            for statement in split(migration.path.read_text(encoding="utf-8")):
                await _run(conn, migration, statement)
            await conn.execute(RECORD, {"name": migration.name})


async def _run(conn: AsyncConnection, migration: Migration, statement: Statement) -> None:
    try:
        await conn.execute(sql.SQL(statement.text))
    except psycopg.Error as error:
        raise MigrationFailed(migration, _line(error, statement), _reason(error)) from error


def _line(error: psycopg.Error, statement: Statement) -> int:
    position = error.diag.statement_position
    before = statement.text[: int(position) - 1] if position else ""
    return statement.line + before.count("\n")


def _reason(error: psycopg.Error) -> str:
    parts = (error.diag.message_primary or str(error), error.diag.message_detail)
    return ": ".join(part.strip() for part in parts if part)
