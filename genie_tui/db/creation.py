"""Making a data directory, and removing what was never finished."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from genie_tui.db import cluster, durable, processes
from genie_tui.db.binaries import Binaries
from genie_tui.db.privileges import Way
from genie_tui.errors import NoDatabase

__all__ = ["MEND_IT", "check_major", "create", "last_lines", "remove_half_made", "set_aside"]

# Idle with these: about 12.7 MB and one wake-up a second, against 22-29 MB and 8.5 by default.
# Durability is untouched: fsync, full_page_writes and synchronous_commit stay on.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    "io_method": "sync",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "jit": "off",
    "bgwriter_delay": "2s",
    "wal_writer_delay": "2s",
    # A query whose client has gone is ended, or its locks would stay for as long as it runs.
    "client_connection_check_interval": "2s",
}
INITDB = [
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth=scram-sha-256",
    f"--username={cluster.ADMIN}",
    # It would sync file by file; we do it once for all.
    "--no-sync",
]
INITDB_WITHIN = 30.0
"""Seconds that another client's initdb is waited for."""
MEND_IT = "mend the cause, then 'genie-tui db start'"
POSTGRES = "5"
FIRST_OF_USERS = 16384
"""Object ids of the database that initdb makes last, and of the first that somebody else does."""


def check_major(data: Path, ours: int) -> None:
    """Refuse a data directory of another major version; it is never touched.

    Raises:
        NoDatabase: says how to upgrade.
    """
    try:
        found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise NoDatabase(
            f"{data} holds files, but no PostgreSQL database; "
            "move them away, or name another home with --home DIR"
        ) from None
    if found != str(ours):
        raise NoDatabase(
            f"{data} was made by PostgreSQL {found}, and this is {ours}; nothing was changed. "
            f"To upgrade: 'genie-tui db backup FILE' while PostgreSQL {found} runs on it, move it "
            "away, then 'genie-tui db restore FILE' (step by step: docs/upgrade.md)"
        )


def remove_half_made(data: Path) -> None:
    """Remove what killed first starts left: unfinished directories that hold no data.

    Ours have names of their own. One under the final name can only be another client's; it is
    unfinished when it has no database but the templates, or initdb's single-user backend still
    stands in its `postmaster.pid` and nobody has made a database yet.
    """
    for leftover in data.parent.glob(f".{data.name}.new-*"):
        if leftover.is_file():
            leftover.unlink()
        elif not processes.live(leftover):
            shutil.rmtree(leftover)
    if cluster.is_empty(data) or not _is_half_made(data):
        return
    # It may be at work on it at this moment.
    processes.wait(lambda: not processes.initialising(data), INITDB_WITHIN)
    if _is_half_made(data) and not processes.live(data):
        shutil.rmtree(set_aside(data))


def _is_half_made(data: Path) -> bool:
    if not (data / "PG_VERSION").exists() and not (data / "postgresql.conf").exists():
        return False
    bases = {path.name for path in (data / "base").glob("*")} if (data / "base").is_dir() else set()
    if any(not name.isdigit() or int(name) >= FIRST_OF_USERS for name in bases):
        return False
    if (data / "pg_tblspc").is_dir() and any((data / "pg_tblspc").iterdir()):
        return False
    pid = cluster.pid_file(data)
    return POSTGRES not in bases or (pid is not None and pid.pid < 0)


def create(data: Path, binaries: Binaries, way: Way, log: Path) -> None:
    """Make a new cluster: complete in a directory beside it, and only then under its name.

    Raises:
        Denied: the system does not allow this way of starting programs.
        NoDatabase: initdb failed.
    """
    partial = data.with_name(f".{data.name}.new-{os.getpid()}-{secrets.token_hex(4)}")
    password = partial.with_name(f"{partial.name}.secret")
    try:
        partial.mkdir(mode=0o700)
        _write_secret(password)
        for path in (partial, password):
            way.give(path)
        _initdb(partial, password, binaries, way, log)
        password.rename(partial / cluster.SECRET)
        durable.sync(partial)
        durable.move(partial, data)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        password.unlink(missing_ok=True)


def _write_secret(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{secrets.token_urlsafe(32)}\n")
        file.flush()
        os.fsync(descriptor)


def _initdb(partial: Path, password: Path, binaries: Binaries, way: Way, log: Path) -> None:
    settings = [f"--set={name}={value}" for name, value in SETTINGS.items()]
    places = [f"--pgdata={partial}", f"--pwfile={password}"]
    if not way.run([binaries.program("initdb"), *INITDB, *settings, *places], log):
        raise NoDatabase(f"initdb could not make a database; {MEND_IT}; {last_lines(log)}")


def set_aside(data: Path) -> Path:
    """Rename a data directory to what `remove_half_made` removes; gives its new name."""
    doomed = data.with_name(f".{data.name}.new-{os.getpid()}-{secrets.token_hex(4)}")
    data.rename(doomed)
    return doomed


def last_lines(log: Path, count: int = 5) -> str:
    """The end of a log, for an error's message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        lines = []
    return f"the end of {log}:\n" + "\n".join(f"  {line}" for line in lines[-count:])
