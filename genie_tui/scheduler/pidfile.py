"""`<home>/daemon.pid`: which daemon of a home was started to stay.

The file is locked as long as its daemon lives, so that what it says is never a dead one's, nor a
stranger's who was given the same pid.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Holder", "holder", "holding", "path_of", "ready", "terminate", "wait_gone"]

READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The daemon that holds the file; `ready` once it has the database."""

    pid: int
    since: float
    ready: bool


def path_of(home: Path) -> Path:
    """Where a home's daemon is noted."""
    return home / "daemon.pid"


@contextmanager
def holding(home: Path) -> Iterator[bool]:
    """Hold the file; false where another daemon does."""
    path = path_of(home)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n{time.time():.0f}\n".encode(), 0)
        yield True
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def ready(home: Path) -> None:
    """Say that this daemon, which holds the file, has what it needs."""
    with path_of(home).open("a") as file:
        file.write(f"{READY}\n")


def holder(home: Path) -> Holder | None:
    """The daemon that holds the file; None where none does."""
    try:
        descriptor = os.open(path_of(home), os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _parsed(os.pread(descriptor, 100, 0).decode())
    else:
        return None
    finally:
        os.close(descriptor)


def terminate(home: Path) -> Holder | None:
    """Ask the daemon to stop; who that was, None where there is none."""
    found = holder(home)
    if found is not None:
        os.kill(found.pid, signal.SIGTERM)
    return found


def wait_gone(home: Path, seconds: float) -> bool:
    """Wait until nobody holds the file."""
    deadline = time.monotonic() + seconds
    while holder(home) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _parsed(text: str) -> Holder | None:
    lines = text.split()
    # Between locking the file and writing it there is a moment.
    if len(lines) < 2 or not lines[0].isdigit():
        return None
    return Holder(pid=int(lines[0]), since=float(lines[1]), ready=READY in lines[2:])
