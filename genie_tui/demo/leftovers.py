"""Whose a demo's directory is, and how it goes away with everything that runs in it.

A directory belongs to the process that holds the lock on its marker. The kernel lets go of that
lock when the process ends, however it ends, so a reused pid is never taken for the owner.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from genie_tui.db import processes
from genie_tui.errors import GenieError
from genie_tui.scheduler import commands
from genie_tui.settings import Settings

__all__ = ["PREFIX", "claim", "clear", "is_owned", "make", "settings_of", "simulations", "sweep"]

PREFIX = "genie-demo-"
MARKER = "owner.json"
PARTS = {"genie_tui.demo.agent", "genie_tui.demo.colleague", "genie_tui.demo.daemon"}
"""The modules whose processes take part in a demo."""
GRACE = 3.0
"""Seconds that a simulation has to end what it is doing."""
CLEAR_WITHIN = 60.0
NEVER_CLAIMED = 60.0
"""Seconds after which an empty directory is what a start left that was killed at once."""


def make() -> Path:
    """A new, empty directory for a demo, which nobody else may enter."""
    return Path(tempfile.mkdtemp(prefix=PREFIX))


def settings_of(root: Path) -> Settings:
    """The demo's own home; without a port, so that the user's own server is not even asked."""
    return Settings(home=root / "home", port=0)


def claim(root: Path) -> int:
    """Become the owner of a new directory, for as long as the returned descriptor is open."""
    new = root / "owner.new"
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    owner = {"pid": os.getpid(), "started": psutil.Process().create_time()}
    os.write(descriptor, json.dumps(owner).encode())
    # Only a marker that is already locked is ever seen under its name.
    new.replace(root / MARKER)
    return descriptor


def is_owned(root: Path) -> bool:
    """Does the process live that claimed the directory?"""
    try:
        descriptor = os.open(root / MARKER, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def sweep() -> tuple[Path, ...]:
    """Clear what demos of this user left that were killed; the directories that are gone now."""
    swept = []
    for root in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")):
        if not _is_ours(root):
            continue
        if not (root / MARKER).is_file():
            _forget(root)
        elif not is_owned(root):
            clear(root)
            swept.append(root)
    return tuple(swept)


def clear(root: Path) -> None:
    """End what runs in a demo's directory and remove it; harmless to repeat, and for two at once.

    Raises:
        GenieError: something in it cannot be ended or removed.
    """
    data = settings_of(root).data
    deadline = time.monotonic() + CLEAR_WITHIN
    while root.exists():
        _end(simulations(root))
        if processes.live(data):
            processes.end(data, None)
        shutil.rmtree(root, ignore_errors=True)
        if time.monotonic() > deadline:
            raise GenieError(f"{root} cannot be removed; end what uses it and remove it by hand")


def simulations(root: Path) -> list[psutil.Process]:
    """The agents, the colleague, the daemon and its runs; a demo's minder ends by itself."""
    return [process for process in _own_processes() if _takes_part(process, root)]


def _is_ours(root: Path) -> bool:
    with suppress(OSError):
        found = root.lstat()
        return root.is_dir() and not root.is_symlink() and found.st_uid == os.geteuid()
    return False


def _forget(root: Path) -> None:
    """Remove a directory that nobody claimed; only if it is empty, and not just being made."""
    with suppress(OSError):
        if time.time() - root.stat().st_mtime > NEVER_CLAIMED:
            (root / "owner.new").unlink(missing_ok=True)
            root.rmdir()


def _own_processes() -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.uids().real == os.geteuid():
                yield process


def _takes_part(process: psutil.Process, root: Path) -> bool:
    with suppress(psutil.Error):
        words = process.cmdline()
        runs = commands.NAME in words and any(word.startswith(f"{root}/") for word in words)
        return runs or (bool(PARTS & set(words)) and str(root) in words)
    return False


def _end(found: list[psutil.Process]) -> None:
    """With all that they started: each leads a group of its own."""
    _signal(found, signal.SIGTERM)
    _, alive = psutil.wait_procs(found, timeout=GRACE)
    _signal(alive, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=GRACE)


def _signal(found: list[psutil.Process], number: signal.Signals) -> None:
    for process in found:
        with suppress(ProcessLookupError):
            if process.is_running():
                os.killpg(process.pid, number)
