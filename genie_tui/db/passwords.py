"""The password of the role `postgres`: the one that all clients know, or one of this home's own.

Its own is kept in `<home>/postgres.secret`. While it is being changed, the file holds the new one
and the old one, a line each: whoever is killed in the middle locks nobody out.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from genie_tui.db import cluster, endpoints
from genie_tui.db.endpoints import SHARED
from genie_tui.errors import NoDatabase
from genie_tui.settings import Settings

__all__ = [
    "SHUT_IT",
    "Standing",
    "as_admin",
    "candidates",
    "change",
    "file",
    "hashed",
    "open_door",
    "own",
    "standing",
]

Standing = Literal["shared", "own", "unsettled"]

# In a file, as it will be read next; a cluster of another client's may trust everybody.
OPEN = """
    SELECT file_name, line_number
      FROM pg_hba_file_rules
     WHERE type LIKE 'host%' AND auth_method NOT IN ('scram-sha-256', 'md5', 'reject')
  ORDER BY rule_number
     LIMIT 1
"""
SHUT_IT = (
    "write scram-sha-256 there in place of its last word, then 'genie-tui db stop' and "
    "'genie-tui db secure'"
)
ALTER_ROLE = sql.SQL("ALTER ROLE postgres PASSWORD {}")


def file(settings: Settings) -> Path:
    """Where this home's own password is kept."""
    return settings.home / "postgres.secret"


def candidates(settings: Settings) -> tuple[str, ...]:
    """What the password may be, the likeliest first.

    Raises:
        NoDatabase: the file is there, but cannot be read.
    """
    try:
        text = file(settings).read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return (SHARED,)
    except OSError as error:
        raise NoDatabase(
            f"the database's password cannot be read ({error}); make the file yours, with mode 0600"
        ) from error
    return tuple(dict.fromkeys(filter(None, map(str.strip, text.splitlines()))))


def standing(settings: Settings) -> Standing:
    """Which it is; `unsettled` where a change of it was interrupted, or the file holds none."""
    known = candidates(settings)
    if len(known) != 1:
        return "unsettled"
    return "shared" if known == (SHARED,) else "own"


def own(settings: Settings) -> str:
    """The password of this home's own that is there, else a new one."""
    known = [password for password in candidates(settings) if password != SHARED]
    return known[0] if known else secrets.token_urlsafe(32)


def open_door(conn: psycopg.Connection[TupleRow]) -> str | None:
    """Where the server is told to let people in without proof of a password; for a superuser."""
    row = conn.execute(OPEN).fetchone()
    return f"{row[0]}, line {row[1]}" if row else None


def change(settings: Settings, port: int, new: str) -> None:
    """Have the server at `port` take `new` for the role's password, and know it from now on.

    Raises:
        NoDatabase: the server does not let us change it.
    """
    _keep(settings, new, *candidates(settings))
    try:
        with as_admin(settings, port) as conn:
            conn.execute(ALTER_ROLE.format(hashed(conn, new)))
    except psycopg.Error as error:
        said = " ".join(str(error).split())
        raise NoDatabase(f"the password could not be changed ({said}); repeat it") from error
    if new == SHARED:
        file(settings).unlink(missing_ok=True)
    else:
        _keep(settings, new)


def _keep(settings: Settings, *passwords: str) -> None:
    lines = "".join(f"{password}\n" for password in dict.fromkeys(passwords))
    cluster.write_private(file(settings), lines, lasting=True)


def hashed(conn: psycopg.Connection[TupleRow], password: str) -> sql.Literal:
    """What the server stores for a password: so the password itself is in no statement or log."""
    verifier = conn.pgconn.encrypt_password(password.encode(), b"postgres", b"scram-sha-256")
    return sql.Literal(verifier.decode())


def as_admin(settings: Settings, port: int) -> psycopg.Connection[TupleRow]:
    """A superuser's session with our server, in autocommit mode.

    Raises:
        psycopg.Error: it lets nobody in.
    """
    secret = cluster.secret(settings.data)
    # In another client's cluster the role is the superuser itself, with whatever password it has.
    known = [None] if secret else [*candidates(settings), SHARED]
    *others, last = [endpoints.admin(port, secret, password or SHARED) for password in known]
    for way in others:
        try:
            return psycopg.connect(way.conninfo, autocommit=True)
        except psycopg.OperationalError:
            continue
    return psycopg.connect(last.conninfo, autocommit=True)
