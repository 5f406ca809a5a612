"""What a data directory and the files beside it say; nothing is made or run here."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from genie_tui.db import durable
from genie_tui.errors import NoDatabase

__all__ = [
    "ADMIN",
    "SECRET",
    "PidFile",
    "identifier",
    "is_empty",
    "pid_file",
    "port_file",
    "secret",
    "write_port",
    "write_private",
]

ADMIN = "genie_admin"
"""The superuser's name; the password is kept in the data directory, and so goes where it goes."""
SECRET = f"{ADMIN}.secret"


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
    """Announce the port."""
    write_private(path, f"{port}\n")


def write_private(path: Path, text: str, *, lasting: bool = False) -> None:
    """Write a file that nobody else can read, at once and whole; to the home's owner from root.

    With `lasting`, a power cut does not bring the old one back.
    """
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        if os.geteuid() == 0:
            home = path.parent.stat()
            os.chown(new, home.st_uid, home.st_gid)
        if lasting:
            os.fsync(descriptor)
    if lasting:
        durable.move(new, path)
    else:
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
