"""What each session is set to: at login, by statements, or for a transaction behind a pooler.

A pooler in transaction mode hands out another session for each transaction: what was set, listened
for, prepared or locked in one is not there in the next, or is somebody else's.
"""

from __future__ import annotations

import re

from psycopg import sql

from genie_tui.settings import Settings

__all__ = [
    "IDENTITY",
    "OTHER_DATABASE",
    "local_settings",
    "session_options",
    "session_settings",
]

IDENTITY = """
SELECT system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database())
  FROM pg_control_system()
"""

OTHER_DATABASE = (
    "--listen-dsn names another database than --dsn; "
    "it takes the address of the same one, without the pooler"
)


def session_options(settings: Settings) -> list[str]:
    """As the server's command line options."""
    values = [f"{name}={value}" for name, value in _values(settings).items()]
    if settings.schema:
        quoted = settings.schema.replace('"', '""')
        values.append(f'search_path="{quoted}",public')
    return ["-c " + re.sub(r"([\\\s])", r"\\\1", value) for value in values]


def session_settings(settings: Settings) -> sql.Composed:
    """As statements, for as long as the connection lasts."""
    return _statements("SET SESSION", settings)


def local_settings(settings: Settings) -> sql.Composed:
    """As statements for one transaction; they may come before SET TRANSACTION."""
    return _statements("SET LOCAL", settings)


def _statements(verb: str, settings: Settings) -> sql.Composed:
    form = sql.SQL(f"{verb} {{}} TO {{}}")
    every = [
        form.format(sql.Identifier(name), sql.Literal(value))
        for name, value in _values(settings).items()
    ]
    if settings.schema:
        path = sql.SQL(", ").join(map(sql.Identifier, (settings.schema, "public")))
        every.append(form.format(sql.Identifier("search_path"), path))
    return sql.SQL("; ").join(every)


def _values(settings: Settings) -> dict[str, str]:
    # What a board asks is planned as costly and done in milliseconds: compiling it takes longer.
    # Who holds a row decides on it as it is by then, which only READ COMMITTED shows.
    values = {"TimeZone": "UTC", "jit": "off", "default_transaction_isolation": "read committed"}
    if settings.read_only:
        values["default_transaction_read_only"] = "on"
    return values
