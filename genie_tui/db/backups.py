"""Backups: a consistent copy of the whole database in one file, made while it is in use."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg

from genie_tui.db import binaries, clients, cluster, endpoints, server
from genie_tui.db.endpoints import Endpoint
from genie_tui.errors import BadInput, NoDatabase, Refused
from genie_tui.settings import Settings

__all__ = ["Backup", "back_up", "to_stdout"]

NOTHING = "there is no database yet, and so nothing to back up"
PARTIAL = ".genie-backup.new-"
STALE_AFTER = 60.0
"""Seconds after which a file that nobody holds is nobody's."""
ABOUT = "SELECT current_database(), current_setting('server_version')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What was written: `file` is None for standard output, `size` bytes."""

    file: Path | None
    size: int | None
    database: str
    server_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The database that is to be backed up, on a server that runs."""

    endpoint: Endpoint
    database: str
    server_version: str


def source(settings: Settings, say: Callable[[str], None]) -> Source:
    """Find the database, or start its server; nothing is migrated.

    Raises:
        NoDatabase: there is none, or its server is of a newer PostgreSQL than our pg_dump.
    """
    if settings.dsn is None and cluster.is_empty(settings.data) and server.find(settings) is None:
        raise NoDatabase(NOTHING)
    endpoint = server.ensure(settings, say)
    ours = binaries.find().major
    try:
        with psycopg.connect(endpoint.conninfo, autocommit=True) as conn:
            database, version = conn.execute(ABOUT).fetchone() or ("", "")
            theirs = conn.info.server_version // 10000
    except psycopg.Error as error:
        raise NoDatabase(endpoints.refusal(endpoint, error)) from error
    if theirs > ours:
        raise NoDatabase(
            f"the server is PostgreSQL {theirs}, and the pg_dump that came with genie-tui is "
            f"{ours}, which cannot read it; run the pg_dump of {theirs}, with --format=custom"
        )
    return Source(endpoint=endpoint, database=database, server_version=version)


def target(settings: Settings, file: Path | None, database: str, *, force: bool) -> Path:
    """The file to write; named after the database and the time where only a place is given.

    Raises:
        Refused: it exists, and `force` was not given.
        BadInput: its directory does not.
    """
    name = f"{database.replace('/', '_')}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump"
    if file is None:
        directory = settings.home / "backups"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _give_to_owner(directory, settings.home)
        file = directory / name
    elif file.is_dir():
        file = file / name
    if not file.parent.is_dir():
        raise BadInput(f"{file.parent} is no directory; make it, or name another file")
    _refuse_to_overwrite(file, force=force)
    return file.absolute()


def _refuse_to_overwrite(file: Path, *, force: bool) -> None:
    if os.path.lexists(file) and not force:
        raise Refused(f"{file} exists; --force overwrites it, or name another file")


def _give_to_owner(path: Path, home: Path) -> None:
    """Root works for whose the home is."""
    if os.geteuid() == 0:
        os.chown(path, home.stat().st_uid, home.stat().st_gid)


def _command(found: Source) -> tuple[list[str], dict[str, str]]:
    """All of the database, as PostgreSQL's custom format; and the environment that lets it in."""
    conninfo, environment = clients.login(found.endpoint)
    return ["--format=custom", "--no-password", f"--dbname={conninfo}"], environment


@contextmanager
def _explained(endpoint: Endpoint) -> Iterator[None]:
    """What pg_dump says, without the password."""
    try:
        yield
    except clients.Failed as error:
        said = clients.redacted(error, endpoint)
        raise NoDatabase(f"no backup was made ({said}); mend that and repeat it") from error


def back_up(
    settings: Settings, file: Path | None, say: Callable[[str], None], *, force: bool = False
) -> Backup:
    """Write a backup; it has its name, and mode 0600, only once it is whole and on the disk.

    Raises:
        Refused: the file exists, and `force` was not given.
        BadInput: the file cannot be there.
        NoDatabase: there is nothing to back up, or pg_dump failed.
    """
    found = source(settings, say)
    to_home = file is None
    file = target(settings, file, found.database, force=force)
    try:
        with _partial(file) as (partial, output):

            def look() -> None:
                say(f"backing up: {os.fstat(output.fileno()).st_size / 1e6:.1f} MB written")

            arguments, environment = _command(found)
            with _explained(found.endpoint):
                # Not to its standard output, to which it would append the contents a second time.
                to_file = [*arguments, f"--file={partial}"]
                clients.run("pg_dump", to_file, environment=environment, look=look)
            os.fsync(output.fileno())
            if to_home:
                _give_to_owner(partial, settings.home)
            _refuse_to_overwrite(file, force=force)
            partial.replace(file)
            _sync(file.parent)
    except OSError as error:
        raise BadInput(
            f"{file} cannot be written ({error.strerror or error}); name another file"
        ) from error
    return Backup(
        file=file,
        size=file.stat().st_size,
        database=found.database,
        server_version=found.server_version,
    )


@contextmanager
def _partial(file: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """A file beside it under a passing name, removed unless it was renamed.

    What killed backups left is removed, too: whoever still writes holds a lock.
    """
    for left in file.parent.glob(f"{PARTIAL}*"):
        with suppress(OSError), left.open("rb") as old:
            fcntl.flock(old, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # One that was made just now may not be locked yet.
            if time.time() - left.stat().st_mtime > STALE_AFTER:
                left.unlink()
    partial = file.with_name(f"{PARTIAL}{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        fcntl.flock(output, fcntl.LOCK_EX)
        try:
            yield partial, output
        finally:
            partial.unlink(missing_ok=True)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def to_stdout(settings: Settings, say: Callable[[str], None]) -> Backup:
    """Write a backup to standard output."""
    found = source(settings, say)
    arguments, environment = _command(found)
    with _explained(found.endpoint), clients.piped("pg_dump", arguments, environment) as dump:
        shutil.copyfileobj(dump, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return Backup(
        file=None, size=None, database=found.database, server_version=found.server_version
    )
