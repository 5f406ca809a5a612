"""The data directory: whose it is, what state it is in, and how it is made."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from genie_tui.db import processes
from genie_tui.db.binaries import Binaries
from genie_tui.db.privileges import Way
from genie_tui.errors import NoDatabase

__all__ = [
    "ADMIN",
    "PidFile",
    "check_major",
    "create",
    "identifier",
    "is_empty",
    "last_lines",
    "pid_file",
    "port_file",
    "remove_half_made",
    "secret",
    "set_aside",
    "write_port",
]

ADMIN = "genie_admin"
"""The superuser's name; the password is kept in the data directory, and so goes where it goes."""

# Idle with these: about 12.7 MB and one wake-up a second, against 22-29 MB and 8.5 by default.
# Durability is untouched: fsync, full_page_writes and synchronous_commit stay on.
SECRET = f"{ADMIN}.secret"
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
}
INITDB = (
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth=scram-sha-256",
    f"--username={ADMIN}",
)
INITDB_WITHIN = 30.0
"""Seconds that another client's initdb is waited for."""
POSTGRES = "5"
FIRST_OF_USERS = 16384
"""Object ids of the database that initdb makes last, and of the first that somebody else does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PidFile:
    """What `postmaster.pid` says. `pid` is negative for a single-user backend, as initdb runs."""

    pid: int
    port: int | None
    status: str


def pid_file(data: Path) -> PidFile | None:
    """The parsed `postmaster.pid`, or None where it is missing or half written."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="ascii", errors="replace").split("\n")
        port = int(lines[3]) if len(lines) > 3 and lines[3].strip() else None
        status = lines[7].strip() if len(lines) > 7 else ""
        return PidFile(pid=int(lines[0]), port=port, status=status)
    except (OSError, ValueError):
        return None


def identifier(data: Path) -> int | None:
    """The cluster's system identifier; None where there is no cluster.

    It is the first 8 bytes of `global/pg_control`, in the machine's byte order.
    """
    try:
        with (data / "global" / "pg_control").open("rb") as control:
            first = control.read(8)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise NoDatabase(f"{data} cannot be read ({error.strerror})") from error
    return int.from_bytes(first, sys.byteorder, signed=True) if len(first) == 8 else None


def port_file(path: Path) -> int | None:
    """The port that was announced; None where the file is missing or holds something else."""
    try:
        port = int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return port if 1 <= port <= 65535 else None


def write_port(path: Path, port: int) -> None:
    """Announce the port, at once and whole; to the home's owner where we are root."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(f"{port}\n", encoding="ascii")
    new.chmod(0o600)
    if os.geteuid() == 0:
        home = path.parent.stat()
        os.chown(new, home.st_uid, home.st_gid)
    new.replace(path)


def is_empty(data: Path) -> bool:
    """Is there nothing in the data directory, or no such directory?"""
    try:
        return not any(data.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return True
    except PermissionError:
        return False


def secret(data: Path) -> str | None:
    """The superuser's password; None for a cluster that another Genie client made."""
    try:
        return (data / SECRET).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


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
            "To upgrade: run 'genie-tui db backup FILE' with the genie-tui that made it, "
            f"move {data} away, and run 'genie-tui db restore FILE' with this one"
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
    if is_empty(data) or not _is_half_made(data):
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
    pid = pid_file(data)
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
        password.rename(partial / SECRET)
        _put_in_place(partial, data)
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
        raise NoDatabase(f"initdb could not make a database; {last_lines(log)}")


def _put_in_place(partial: Path, data: Path) -> None:
    # What is renamed must be on the disk before its name is; initdb has synced the contents.
    if data.exists():
        data.rmdir()
    partial.rename(data)
    descriptor = os.open(data.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
