"""Databases beside the one in use, and putting one of them in its place.

The swap is two renames in one transaction: whatever is killed, and whenever, one whole database has
the name. A restore works in `<name>_restore_<time>`; what was in use before is kept as
`<name>_before_<time>`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import Connection, errors, sql
from psycopg.conninfo import make_conninfo

from genie_tui.db import cluster, endpoints, server
from genie_tui.db.endpoints import Endpoint
from genie_tui.errors import BadInput, Conflict, GenieError, NoDatabase, NotFound
from genie_tui.settings import Settings

__all__ = ["Beside", "Kept", "maintained"]

LONGEST = 40
"""Bytes of a database's name that leave room, within PostgreSQL's 63, for what is added to it."""
END_EVERY = 0.01

NAME = "SELECT current_database()"
LOCK = "SELECT pg_try_advisory_lock(hashtextextended('genie restore ' || %(name)s, 0))"
BESIDE = "SELECT datname FROM pg_database WHERE starts_with(datname, %(prefix)s) ORDER BY datname"
KEPT = """
    SELECT datname, pg_database_size(oid)
      FROM pg_database
     WHERE starts_with(datname, %(prefix)s)
     ORDER BY datname
"""
OWNER = """
    SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding)
      FROM pg_database
     WHERE datname = %(name)s
"""
CREATE = "CREATE DATABASE {} OWNER {} ENCODING {} TEMPLATE template0"
RENAME = "ALTER DATABASE {} RENAME TO {}"
DROP = "DROP DATABASE IF EXISTS {} WITH (FORCE)"
END_SESSIONS = """
    SELECT pg_terminate_backend(pid)
      FROM pg_stat_activity
     WHERE datname = ANY(%(names)s) AND pid <> pg_backend_pid()
"""
UNDER_WAY = "another restore is under way; wait for its end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A database that was in use before; `size` in bytes."""

    database: str
    size: int


class Beside:
    """The databases beside the one in use, for whoever holds the restore lock.

    `name` is that of the one in use, and `endpoint` the way to it.
    """

    def __init__(self, endpoint: Endpoint, name: str, login: str, conn: Connection) -> None:
        self.endpoint = endpoint
        self.name = name
        self._login = login
        self._conn = conn

    def create(self) -> str:
        """Make an empty database, owned as the one in use is; gives its name."""
        for stale in self._beside("restore"):
            self.drop(stale)
        row = self._conn.execute(OWNER, {"name": self.name}).fetchone()
        owner, encoding = row or ("", "")
        new = self._free("restore")
        names = (sql.Identifier(new), sql.Identifier(owner), sql.Literal(encoding))
        self._conn.execute(sql.SQL(CREATE).format(*names))
        return new

    def drop(self, database: str) -> None:
        """Delete a database; whoever uses it is put out."""
        self._conn.execute(sql.SQL(DROP).format(sql.Identifier(database)))

    def discard(self, database: str) -> None:
        """Delete what a restore made, unless it was put in use."""
        # Where the server has gone meanwhile, the next restore does it.
        with suppress(psycopg.Error):
            if database in self._beside("restore"):
                self.drop(database)

    def kept(self) -> list[Kept]:
        """What was in use before, the latest last."""
        return [
            Kept(database=str(name), size=int(size))
            for name, size in self._conn.execute(KEPT, {"prefix": f"{self.name}_before_"})
        ]

    def swap(self, new: str) -> str:
        """Put a database in the place of the one in use; gives the name under which that is kept.

        Sessions in either are ended: a name cannot be taken from those who use it, and whoever
        asks for the name meanwhile waits until it is the other's.

        Raises:
            Conflict: a session there cannot be ended by us.
        """
        old = self._free("before")
        done = threading.Event()
        ending = threading.Thread(target=self._end_sessions, args=([self.name, new], done))
        ending.start()
        try:
            with self._conn.transaction():
                self._rename(self.name, old)
                self._rename(new, self.name)
        except errors.ObjectInUse as error:
            raise Conflict(
                f"others use the database and cannot be made to leave ({error.diag.message_detail}"
                "); end them and repeat it, nothing was changed"
            ) from error
        finally:
            done.set()
            ending.join()
        return old

    def _rename(self, old: str, new: str) -> None:
        self._conn.execute(sql.SQL(RENAME).format(sql.Identifier(old), sql.Identifier(new)))

    def _end_sessions(self, names: list[str], done: threading.Event) -> None:
        try:
            with psycopg.connect(self._login, autocommit=True) as conn:
                while not done.is_set():
                    conn.execute(END_SESSIONS, {"names": names})
                    done.wait(END_EVERY)
        except psycopg.Error:
            # The rename waits five seconds for them, and then says who is in its way.
            return

    def _beside(self, what: str) -> list[str]:
        prefix = {"prefix": f"{self.name}_{what}_"}
        return [str(row[0]) for row in self._conn.execute(BESIDE, prefix)]

    def _free(self, what: str) -> str:
        taken, at = self._beside(what), datetime.now(UTC)
        while (name := f"{self.name}_{what}_{at:%Y%m%d_%H%M%S}") in taken:
            at += timedelta(seconds=1)
        return name


@contextmanager
def maintained(settings: Settings, say: Callable[[str], None] | None = None) -> Iterator[Beside]:
    """Hold the restore lock of the database in use, from another one of the same server.

    Raises:
        Conflict: another program holds it.
        NoDatabase: the server does not let us in, or not do what is asked.
        NotFound: it has no database `postgres` to work from.
    """
    endpoint = server.ensure(settings, say)
    try:
        with psycopg.connect(endpoint.conninfo, autocommit=True) as conn:
            name = str((conn.execute(NAME).fetchone() or [""])[0])
    except psycopg.Error as error:
        raise NoDatabase(endpoints.refusal(endpoint, error)) from error
    if len(name.encode()) > LONGEST:
        raise BadInput(
            f"the database's name is longer than {LONGEST} bytes, which leaves none for another "
            "beside it; restore with pg_restore into one that you make"
        )
    login = _login(settings, endpoint)
    with _connected(login, endpoint) as conn, _told(endpoint):
        if not (conn.execute(LOCK, {"name": name}).fetchone() or [False])[0]:
            raise Conflict(UNDER_WAY)
        yield Beside(endpoint, name, login, conn)


def _login(settings: Settings, endpoint: Endpoint) -> str:
    """As whom databases are made: our cluster's superuser, or whom the address names."""
    if endpoint.owned:
        admin = endpoints.admin(endpoint.port, cluster.secret(settings.data))
        return replace(admin, database="postgres").conninfo
    return make_conninfo(endpoint.conninfo, dbname="postgres")


@contextmanager
def _connected(login: str, endpoint: Endpoint) -> Iterator[Connection]:
    try:
        conn = psycopg.connect(login, autocommit=True)
    except psycopg.Error as error:
        raise NotFound(
            "a restore works from the database 'postgres', which does not let us in "
            f"({endpoints.redacted(str(error), endpoint)}); make it, or let the user connect to it"
        ) from error
    with conn:
        yield conn


@contextmanager
def _told(endpoint: Endpoint) -> Iterator[None]:
    """What the server refuses is an answer, not a fault of the program's."""
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise NoDatabase(
            f"the user may not do this ({error.diag.message_primary}): it takes one who owns the "
            "database and may make others (ALTER ROLE … CREATEDB); nothing was changed"
        ) from error
    except psycopg.Error as error:
        said = error.diag.message_primary or endpoints.redacted(str(error), endpoint)
        raise GenieError(
            f"the server refuses ({said}); the database in use is as it was"
        ) from error
