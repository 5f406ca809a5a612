"""What state the database is in, for people and scripts; looking starts nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from genie_tui.db import cluster, endpoints, finding, limits, migrations, passwords, processes
from genie_tui.db.endpoints import Endpoint
from genie_tui.domain.limits import Limits
from genie_tui.errors import NoDatabase
from genie_tui.settings import Settings

__all__ = ["State", "Status", "status"]

State = Literal["running", "stopped", "foreign", "external"]

FACTS = """
    SELECT current_setting('server_version') AS server_version,
           pg_database_size(current_database()) AS database_size,
           (SELECT count(*)
              FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()) AS connections,
           ARRAY(SELECT datname::text
                   FROM pg_database
                  WHERE starts_with(datname, current_database() || '_before_')
                  ORDER BY datname) AS kept,
           ARRAY(SELECT datname::text
                   FROM pg_database
                  WHERE starts_with(datname, current_database() || '_restore_')
                  ORDER BY datname) AS unfinished
"""
ADOPTED = "started by another Genie client; used, but never stopped from here"
BUSY = "the server (pid {pid}) is {status}"
HANGS = "the server (pid {pid}) does not answer; the next use ends it and starts it again"
DIED = "the server died; the next use starts it again"
STRANGER = "another program holds port {port}; the next use starts the server on another"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The database as it is found.

    `state`: `running` is our server, `external` the one that --dsn names, `foreign` another Genie
    client's, which is used but never stopped, or a stranger that holds our port while ours does
    not run; `stopped` is none at all. Sizes are bytes. What only a server could tell is None when
    none answers. `password` is whose the password of our server is: `shared` by all clients, this
    home's `own`, or `unsettled` between the two. `kept` names the databases that restores have
    kept, `unfinished` those that one works in, or worked in when it was killed. External servers
    alone are asked for our `role` there and what stands between (`pooled`); `missing` are the
    statements that would give the role what it lacks. `note` says in words what else one should
    know.
    """

    state: State
    host: str
    port: int
    pid: int | None = None
    server_version: str | None = None
    data_directory: str | None = None
    data_size: int | None = None
    database_size: int | None = None
    connections: int | None = None
    applied: tuple[str, ...] | None = None
    pending: tuple[str, ...] | None = None
    unknown: tuple[str, ...] | None = None
    password: passwords.Standing | None = None
    kept: tuple[str, ...] | None = None
    unfinished: tuple[str, ...] | None = None
    role: str | None = None
    pooled: bool | None = None
    standby: bool | None = None
    missing: tuple[str, ...] | None = None
    note: str | None = None


def status(settings: Settings) -> Status:
    """Look; a server that is down is not started, and nothing is migrated.

    Raises:
        NoDatabase: the external server does not let us in.
    """
    if settings.dsn is not None:
        external = endpoints.external(settings.dsn)
        found = Status(state="external", host=external.host, port=external.port)
        return asyncio.run(_asked(external, found))
    if (endpoint := finding.find(settings)) is None:
        return _down(settings)
    found = Status(state="running", host=endpoint.host, port=endpoint.port, pid=endpoint.pid)
    if endpoint.owned:
        found = replace(_with_data(found, settings.data), password=passwords.standing(settings))
    else:
        found = replace(found, state="foreign", note=ADOPTED)
    return asyncio.run(_asked(endpoint, found))


def _down(settings: Settings) -> Status:
    """Nothing that we could use answers: why?"""
    found = Status(state="stopped", host=endpoints.HOST, port=settings.port)
    found = _with_data(found, settings.data)
    file = cluster.pid_file(settings.data)
    if file is not None and processes.is_working(settings.data, file.pid):
        note = HANGS if file.status == "ready" else BUSY
        note = note.format(pid=file.pid, status=file.status)
        return replace(found, pid=file.pid, port=file.port or found.port, note=note)
    if file is not None:
        found = replace(found, note=DIED)
    if not endpoints.is_free(settings.port):
        return replace(found, state="foreign", note=STRANGER.format(port=settings.port))
    return found


def _with_data(found: Status, data: Path) -> Status:
    return replace(found, data_directory=str(data), data_size=sum(_sizes(data)))


def _sizes(directory: Path) -> Iterator[int]:
    """Bytes on disk of every file below; a running server makes and removes some meanwhile."""
    for top, _, names in os.walk(directory):
        for name in names:
            try:
                yield (Path(top) / name).lstat().st_blocks * 512
            except FileNotFoundError:
                continue


async def _asked(endpoint: Endpoint, found: Status) -> Status:
    """What the server itself can tell."""
    try:
        conn = await AsyncConnection.connect(endpoint.conninfo, autocommit=True)
    except psycopg.OperationalError as error:
        raise NoDatabase(endpoints.refusal(endpoint, error)) from error
    try:
        async with conn:
            return await _told(conn, endpoint, found)
    except psycopg.OperationalError as error:
        raise NoDatabase(endpoints.gone(endpoint, error)) from error


async def _told(conn: AsyncConnection, endpoint: Endpoint, found: Status) -> Status:
    facts = await (await conn.cursor(row_factory=dict_row).execute(FACTS)).fetchone()
    if endpoint.dsn is not None:
        found = _limited(found, conn, await limits.look(conn))
    try:
        state = await migrations.state(conn)
    except psycopg.errors.InsufficientPrivilege:
        return replace(found, **(facts or {}))
    return replace(
        found,
        **(facts or {}),
        applied=state.applied,
        pending=state.pending,
        unknown=state.unknown,
    )


def _limited(found: Status, conn: AsyncConnection, ours: Limits) -> Status:
    """With what an external server, or our role there, does not allow."""
    notes = [ours.only_reads] if ours.only_reads else []
    if ours.filtered:
        notes.append(f"row security may hide rows of {', '.join(ours.filtered)}")
    if ours.pooled:
        notes.append(
            "a pooler stands between: changes are looked for, unless --listen-dsn is given"
        )
    return replace(
        found,
        host=conn.info.host,
        port=conn.info.port,
        role=ours.role,
        pooled=ours.pooled,
        standby=ours.standby,
        missing=ours.grants,
        note="; ".join(notes) or None,
    )
