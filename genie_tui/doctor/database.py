"""The server, the ways to it, and what the database in it does when something changes."""

from __future__ import annotations

import os
import pwd
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from genie_tui.db import endpoints, migrations, passwords
from genie_tui.db.endpoints import Endpoint
from genie_tui.db.pooling import session_options
from genie_tui.doctor.finding import Patient, Said, fine, warning, wrong
from genie_tui.errors import NoDatabase

__all__ = ["clock", "listener", "migrated", "password", "ports", "server"]

HEARD_WITHIN = 2.0
"""Seconds for a notification to come back."""
APART = 2.0
"""Seconds by which two clocks may differ: what is overdue or expired is told by them."""
PEOPLE = range(1000, 60_000)
"""User ids of people, as most systems give them."""
START = "'genie-tui db start' starts it"
MEND = "'genie-tui db start' waits for it, or ends it and starts another"

TRIGGERS = """
    SELECT t.tgname, c.relname, t.tgenabled
      FROM pg_trigger t
      JOIN pg_class c ON c.oid = t.tgrelid
     WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
"""
TABLES = """
    SELECT relname FROM pg_class
     WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
"""
MADE = re.compile(r"^CREATE OR REPLACE TRIGGER (\w+)\s[^;]*?\sON (\w+)", re.MULTILINE)


def ports(patient: Patient) -> Iterator[Said]:
    """A port is there for the server, and nobody else holds it."""
    settings = patient.settings
    if settings.dsn is not None:
        yield fine("none is needed with an external server")
        return
    if (found := patient.endpoint) is not None:
        if found.port == settings.port:
            yield fine(f"{found.port} is the server's")
        else:
            yield _elsewhere(found.port, settings.port)
        return
    held = [port for port in settings.ports if not endpoints.is_free(port)]
    if len(held) == len(settings.ports):
        said = f"{held[0]} to {held[-1]} are held by other programs"
        yield wrong(said, "name another with GENIE_PG_PORT")
    elif settings.port in held:
        said = f"another program holds {settings.port}; the server would take the next"
        yield warning(said, "end it, or name another port with GENIE_PG_PORT")
    else:
        yield fine(f"{settings.port} is free")


def _elsewhere(port: int, wanted: int) -> Said:
    held = not endpoints.is_free(wanted)
    return warning(
        f"the server is on {port}, "
        + (f"as another program holds {wanted}" if held else f"not {wanted}"),
        f"clients that know only {wanted} do not find it: "
        + ("end that program, then " if held else "")
        + "'genie-tui db stop' and 'genie-tui db start'",
    )


def server(patient: Patient) -> Iterator[Said]:
    """The server runs, and lets us in."""
    found = patient.status
    if isinstance(found, NoDatabase):
        raise found
    at = f"{found.host or 'the local socket'}:{found.port}"
    if found.applied is not None:
        yield fine(f"{found.state} at {at}, PostgreSQL {found.server_version}")
    elif found.pid is not None:
        yield wrong(
            found.note or f"pid {found.pid} does not answer", START.replace("starts", "mends")
        )
    else:
        yield warning(found.note or "does not run", START)


def password(patient: Patient) -> Iterator[Said]:
    """Whoever else can log in to this machine cannot log in to the database."""
    settings = patient.settings
    if settings.dsn is not None:
        yield fine("the external server's own affair")
        return
    if patient.endpoint is not None and patient.endpoint.owned:
        with passwords.as_admin(settings, patient.endpoint.port) as conn:
            place = passwords.open_door(conn)
        if place is not None:
            yield wrong(f"the server asks nobody for one ({place})", passwords.SHUT_IT)
            return
    standing = passwords.standing(settings)
    if standing == "unsettled":
        yield warning("a change of it was interrupted", "'genie-tui db secure' finishes it")
    elif standing == "own":
        yield fine(f"this home's own, in {passwords.file(settings)}")
    elif others := _others():
        yield warning(
            f"the one that every client knows, and others use this machine ({_some(others)})",
            "'genie-tui db secure' makes one of your own",
        )
    else:
        yield fine("the one that every client knows; nobody else seems to use this machine")


def _others() -> list[str]:
    """People beside us who can log in."""
    me = os.geteuid()
    shut = ("nologin", "false", "sync")
    return [
        user.pw_name
        for user in pwd.getpwall()
        if user.pw_uid in PEOPLE and user.pw_uid != me and not user.pw_shell.endswith(shut)
    ]


def migrated(patient: Patient) -> Iterator[Said]:
    """The database is of the shape that this program knows."""
    found = patient.status
    if isinstance(found, NoDatabase) or found.applied is None:
        yield _not_asked()
        return
    if found.pending:
        yield warning(f"pending: {_some(found.pending)}", "'genie-tui db migrate' applies them")
    if found.unknown:
        names = _some(found.unknown)
        yield warning(f"unknown here, of a newer Genie: {names}", "get a newer genie-tui")
    if not found.pending and not found.unknown:
        yield fine(f"{len(found.applied)} applied, none pending")


def _some(names: Sequence[str]) -> str:
    """The first three of them, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _not_asked() -> Said:
    return warning("not looked at, as no server answers", START)


@contextmanager
def _session(patient: Patient) -> Iterator[psycopg.Connection[TupleRow] | None]:
    """A session with the server that runs, which only reads; None where none does."""
    if patient.endpoint is None:
        yield None
        return
    with _connect(patient.endpoint, patient) as conn:
        yield conn


def _connect(endpoint: Endpoint, patient: Patient) -> psycopg.Connection[TupleRow]:
    options = str(conninfo_to_dict(endpoint.conninfo).get("options") or "")
    if endpoint.dsn is None or patient.settings.schema:
        # A pooler that does not know options refuses them; so they come where they are needed.
        options = " ".join(filter(None, [options, *session_options(patient.settings)]))
    try:
        conn = psycopg.connect(make_conninfo(endpoint.conninfo, options=options), autocommit=True)
    except psycopg.Error as error:
        raise NoDatabase(endpoints.refusal(endpoint, error)) from error
    conn.read_only = True
    return conn


def listener(patient: Patient) -> Iterator[Said]:
    """What changes is announced, and the announcement arrives."""
    with _session(patient) as conn:
        if conn is None:
            yield _not_asked()
            return
        took = _round_trip(conn)
        if took is None:
            yield wrong(
                f"a notification did not come back within {HEARD_WITHIN:.0f} s",
                "is a pooler between, such as pgbouncer? Name the server itself with --dsn",
            )
        silent = _silent(conn)
        yield from silent
        if took is not None and not silent:
            yield fine(f"a notification is back after {took * 1000:.1f} ms; all triggers announce")


def _round_trip(conn: psycopg.Connection[TupleRow]) -> float | None:
    """Seconds until a notification was back; on a channel of its own, that others do not hear."""
    channel = sql.Identifier(f"tui_round_trip_{conn.info.backend_pid}")
    conn.execute(sql.SQL("LISTEN {}").format(channel))
    begun = time.monotonic()
    conn.execute(sql.SQL("NOTIFY {}").format(channel))
    for _ in conn.notifies(timeout=HEARD_WITHIN, stop_after=1):
        return time.monotonic() - begun
    return None


def _silent(conn: psycopg.Connection[TupleRow]) -> list[Said]:
    """The triggers that should announce, or check, and do not."""
    found = {(name, table): enabled for name, table, enabled in conn.execute(TRIGGERS)}
    tables = {table for (table,) in conn.execute(TABLES)}
    missing, silent = [], []
    for name, table in _made():
        how = found.get((name, table))
        if how is None and table in tables:
            missing.append(f"{name} on {table}")
        elif how is not None and how not in ("O", "A", b"O", b"A"):
            silent.append((name, table))
    said = [
        wrong(
            f"the trigger {name} is disabled: nothing is heard of what it announces",
            f"genie-tui db shell -- -c 'ALTER TABLE {table} ENABLE TRIGGER {name}'",
        )
        for name, table in silent
    ]
    if missing:
        names = ", ".join(missing)
        said.append(wrong(f"triggers are missing: {names}", "make them as migrations/ has them"))
    return said


def _made() -> list[tuple[str, str]]:
    """The triggers that the migrations make, and on which tables."""
    texts = (migration.path.read_text(encoding="utf-8") for migration in migrations.available())
    return list(dict.fromkeys(found for text in texts for found in MADE.findall(text)))


def clock(patient: Patient) -> Iterator[Said]:
    """This machine's clock and the server's tell the same time."""
    with _session(patient) as conn:
        if conn is None:
            yield _not_asked()
            return
        before = datetime.now(UTC)
        row = conn.execute("SELECT clock_timestamp()").fetchone()
        after = datetime.now(UTC)
    if row is None:
        raise NoDatabase("the server does not tell its time; is it a PostgreSQL?")
    apart = (row[0] - (before + (after - before) / 2)).total_seconds()
    said = f"the server's is {abs(apart):.1f} s {'ahead' if apart > 0 else 'behind'}"
    if abs(apart) > APART:
        yield warning(said, "set them by NTP: locks and due dates are told by them")
    else:
        yield fine("the server tells the same time")
