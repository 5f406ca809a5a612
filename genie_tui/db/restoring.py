"""Restoring a backup: into a database beside the one in use, checked there, then swapped."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import AsyncConnection, Connection, sql
from psycopg.conninfo import make_conninfo

from genie_tui.db import clients, migrations, swaps
from genie_tui.db.endpoints import Endpoint
from genie_tui.db.pooling import session_options
from genie_tui.errors import BadInput, GenieError, NotFound, Refused
from genie_tui.settings import Settings

__all__ = ["Restore", "Restored", "confirm", "kept", "restore", "undo"]

Progress = Callable[[str], None]

COPY = re.compile(rb'COPY ((?:"(?:[^"]|"")+"|[^". ]+)\.(?:"(?:[^"]|"")+"|[^". ]+)) ')
"""How the rows of a table begin, in what pg_restore prints of a backup's data."""
END = b"\\.\n"

COUNTED = (
    "projects",
    "boards",
    "tasks",
    "messages",
    "schedules",
    "agents",
    "sessions",
    "audit_events",
)
"""Tables whose rows tell a person one database from another."""

IS_EMPTY = """
    SELECT NOT EXISTS (
        SELECT FROM pg_class
         WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text NOT IN
               ('pg_catalog', 'information_schema', 'pg_toast'))
"""
# What the migrations made in a schema: tables, functions and triggers.
MADE = """
    SELECT 'table ' || relname
      FROM pg_class
     WHERE relkind IN ('r', 'p') AND relnamespace = %(schema)s::regnamespace
     UNION ALL
    SELECT 'function ' || proname
      FROM pg_proc
     WHERE pronamespace = %(schema)s::regnamespace
     UNION ALL
    SELECT 'trigger ' || tgname || ' on ' || relname
      FROM pg_trigger
      JOIN pg_class c ON c.oid = tgrelid
     WHERE relnamespace = %(schema)s::regnamespace AND NOT tgisinternal
"""
MODEL = "genie_model"
NOT_GENIES = "holds no Genie database: none of its migrations is recorded there"
NONE_KEPT = "no database of before a restore is kept"
IS_THERE = "SELECT 1 WHERE to_regclass(quote_ident(%s)) IS NOT NULL"
KNOWS_ITS_SETTINGS = 170000
UNKNOWN_SETTING = b"SET transaction_timeout = 0;\n"
"""What pg_restore has a server do first; PostgreSQL 17 was the first to know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A backup in a database beside the one in use.

    `rows` and `before` count the rows of the tables that tell one from the other: in the backup,
    and in the one in use. `migrated` names what was applied here.
    """

    database: str
    rows: Mapping[str, int]
    before: Mapping[str, int]
    migrated: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...]


class Restore:
    """A backup that was restored and checked, and only waits for `swap`."""

    def __init__(self, beside: swaps.Beside, found: Restored) -> None:
        self.found = found
        self._beside = beside

    def swap(self) -> str | None:
        """Put it in the place of the one in use; the name of that, kept, or None if it was empty.

        Raises:
            Conflict: others use the database and cannot be made to leave.
        """
        kept = self._beside.swap(self.found.database)
        with _connected(self._beside.endpoint, kept) as conn:
            empty = _one(conn.execute(IS_EMPTY))
        if empty:
            self._beside.drop(kept)
        return None if empty else kept


@contextmanager
def restore(settings: Settings, file: Path, say: Progress) -> Iterator[Restore]:
    """Restore a backup beside the database in use and check it; unless swapped it is dropped.

    Raises:
        BadInput: the file is no whole backup of a Genie database.
        Refused: --read-only was given.
        NoDatabase: the server cannot be used for it.
    """
    if settings.read_only:
        raise Refused("--read-only writes nothing; leave it out to restore")
    say("reading the backup")
    counts = _read(file)
    with swaps.maintained(settings, say) as beside:
        new = beside.create()
        try:
            say(f"restoring {sum(counts.values()):,} rows")
            _load(beside.endpoint, new, file)
            say("checking what was restored")
            with _connected(beside.endpoint, new) as conn:
                _compare(conn, counts, file)
            found = asyncio.run(_checked(settings, beside.endpoint, new, file))
            yield Restore(beside, found)
        finally:
            beside.discard(new)


def undo(settings: Settings) -> tuple[str, str]:
    """Swap the latest database that is kept with the one in use, which is kept in its place.

    Gives the name that it had, and the one under which the other is kept now.

    Raises:
        NotFound: none is kept.
    """
    with swaps.maintained(settings) as beside:
        kept = beside.kept()
        if not kept:
            raise NotFound(NONE_KEPT)
        return kept[-1].database, beside.swap(kept[-1].database)


def kept(settings: Settings) -> list[swaps.Kept]:
    """The databases that restores have kept, the latest last.

    Raises:
        NotFound: none is kept.
    """
    with swaps.maintained(settings) as beside:
        if found := beside.kept():
            return found
    raise NotFound(NONE_KEPT)


def confirm(settings: Settings, databases: list[str]) -> None:
    """Delete databases that restores have kept."""
    with swaps.maintained(settings) as beside:
        for one in beside.kept():
            if one.database in databases:
                beside.drop(one.database)


def _read(file: Path) -> Mapping[str, int]:
    """Read a backup to its end: how many rows it has of each table, by its quoted name."""
    if not file.is_file():
        raise BadInput(f"there is no file {file}; 'genie-tui db backup' makes one")
    counts: dict[str, int] = {}
    table = None
    try:
        with clients.piped("pg_restore", ["--data-only", "--file=-", file.absolute()]) as lines:
            for line in lines:
                if table is not None and line != END:
                    counts[table] += 1
                elif found := COPY.match(line) if table is None else None:
                    table = found[1].decode()
                    counts[table] = 0
                else:
                    table = None
    except clients.Failed as error:
        raise BadInput(
            f"{file} is not a whole backup ({error}); nothing was changed: name one that "
            "'genie-tui db backup' or pg_dump --format=custom wrote"
        ) from error
    return counts


def _load(endpoint: Endpoint, new: str, file: Path) -> None:
    """All of a backup or nothing of it, owned by who logs in."""
    options = ["--no-owner", "--no-acl", str(file.absolute())]
    conninfo, environment = clients.login(endpoint, dbname=new)
    with _connected(endpoint, new) as conn:
        old = conn.info.server_version < KNOWS_ITS_SETTINGS
    try:
        if old:
            _pipe(options, conninfo, environment)
        else:
            alone = ["--single-transaction", "--no-password", f"--dbname={conninfo}"]
            clients.run("pg_restore", [*alone, *options], environment=environment)
    except clients.Failed as error:
        said = clients.redacted(error, endpoint)
        raise GenieError(
            f"{file} cannot be restored here ({said}); the database in use is as it was"
        ) from error


def _pipe(options: Sequence[str], conninfo: str, environment: dict[str, str]) -> None:
    """Restore without the setting that older servers do not know, which ends a restore."""
    strict = ["-Xqw", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    with (
        clients.fed("psql", [*strict, f"--dbname={conninfo}"], environment) as psql,
        clients.piped("pg_restore", [*options, "--file=-"]) as script,
    ):
        for line in script:
            if line == UNKNOWN_SETTING:
                break
            psql.write(line)
        shutil.copyfileobj(script, psql)


def _compare(conn: Connection, counts: Mapping[str, int], file: Path) -> None:
    """Has each table the rows that the backup has of it?"""
    for table, expected in counts.items():
        # The name is quoted as PostgreSQL itself did, and matched COPY.
        count = f"SELECT count(*) FROM ONLY {table}".encode()
        if (found := _one(conn.execute(count))) != expected:
            raise GenieError(
                f"{file} has {expected} rows of {table}, of which {found} were restored; "
                "the database in use is as it was"
            )
    # Without statistics and a visibility map the board would be read slowly at first.
    conn.execute("SET client_min_messages = error")
    conn.execute("VACUUM (ANALYZE)")


async def _checked(settings: Settings, endpoint: Endpoint, new: str, file: Path) -> Restored:
    """Migrate what was restored; then everything that migrations make must be there."""
    options = " ".join(session_options(settings))
    login = make_conninfo(endpoint.conninfo, dbname=new, options=options)
    async with await AsyncConnection.connect(login, autocommit=True) as conn:
        state = await migrations.state(conn)
        if not state.applied:
            raise BadInput(f"{file} {NOT_GENIES}")
        migrated = await migrations.migrate(conn) if settings.migrate else ()
        rows = await _counts(conn)
        if (migrated or not state.pending) and (missing := await _missing(conn)):
            raise BadInput(
                f"{file} lacks {', '.join(missing)}, which its migrations made; nothing was changed"
            )
    with_options = make_conninfo(endpoint.conninfo, options=options)
    async with await AsyncConnection.connect(with_options, autocommit=True) as conn:
        before = await _counts(conn)
    pending = () if settings.migrate else state.pending
    return Restored(
        database=new,
        rows=rows,
        before=before,
        migrated=migrated,
        pending=pending,
        unknown=state.unknown,
    )


async def _missing(conn: AsyncConnection) -> list[str]:
    """What migrations make in an empty schema and this one does not have."""
    row = await (await conn.execute("SELECT current_schema()")).fetchone()
    own = await (await conn.execute(MADE, {"schema": row and row[0]})).fetchall()
    await conn.execute(f"CREATE SCHEMA {MODEL}")
    await conn.execute(f"SET search_path = {MODEL}")
    await migrations.migrate(conn)
    made = await (await conn.execute(MADE, {"schema": MODEL})).fetchall()
    await conn.execute("SET client_min_messages = warning")
    await conn.execute(f"DROP SCHEMA {MODEL} CASCADE")
    return sorted({str(row[0]) for row in made} - {str(row[0]) for row in own})


async def _counts(conn: AsyncConnection) -> dict[str, int]:
    """How many rows there are of the tables that tell one database from another."""
    counts = {}
    for table in COUNTED:
        if await (await conn.execute(IS_THERE, [table])).fetchone():
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            row = await (await conn.execute(query)).fetchone()
            counts[table] = int(row[0]) if row else 0
    return counts


def _connected(endpoint: Endpoint, database: str) -> Connection:
    return psycopg.connect(make_conninfo(endpoint.conninfo, dbname=database), autocommit=True)


def _one(cursor: psycopg.Cursor) -> object:
    return (cursor.fetchone() or [None])[0]
