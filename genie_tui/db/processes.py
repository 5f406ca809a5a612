"""The processes of a cluster: told from all others, and ended when nothing else helps.

A process is the cluster's when its executable is named postgres, its working directory is the data
directory, and it is no zombie. Nothing that is not identified so is ever sent a signal.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

from genie_tui.db import privileges

__all__ = [
    "STEP",
    "end",
    "exists",
    "initialising",
    "is_held",
    "is_working",
    "live",
    "lock_file",
    "send",
    "wait",
]

STEP = 0.01
"""Seconds between two looks at what is waited for."""
TERMINATE_FOR, INTERRUPT_FOR, KILL_FOR = 1.0, 4.0, 10.0
"""Seconds until SIGTERM gives way to SIGINT, that to SIGKILL, and that to giving up."""
DYING_FOR = 2.0
"""Seconds that a killed process may take to be gone."""


def live(data: Path) -> list[psutil.Process]:
    """The processes of the cluster in `data`."""
    return _identified(psutil.process_iter(), data)


def initialising(data: Path) -> bool:
    """Does an initdb work on `data`?"""
    for process in psutil.process_iter():
        try:
            if process.name() == "initdb" and str(data) in " ".join(process.cmdline()):
                return True
        except psutil.Error:
            continue
    return False


def is_working(data: Path, pid: int) -> bool:
    """Is `pid` a process of the cluster in `data`? A reused pid is not, nor a negative one."""
    try:
        return bool(_identified([psutil.Process(pid)], data))
    except (psutil.Error, ValueError):
        return False


def exists(pid: int) -> bool:
    """Is there a process `pid`, and not only its remains?"""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError):
        return False


def lock_file(data: Path) -> Path:
    """What every process of a server that we started keeps locked: see `launcher`."""
    return data / "genie.lock"


def is_held(data: Path) -> bool:
    """Does a process of a server that we started live, be it where its pid is not known?

    One that was killed closes its files only after it can be told from others no more.
    """
    return not wait(lambda: not _is_locked(data), DYING_FOR)


def _is_locked(data: Path) -> bool:
    try:
        descriptor = os.open(lock_file(data), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def send(data: Path, pid: int, number: signal.Signals) -> None:
    """Send a signal to `pid`, if it is a process of the cluster in `data`."""
    for process in live(data):
        if process.pid == pid:
            _send(process, number)


def end(data: Path, postmaster: int | None) -> bool:
    """End every process of a cluster that does not answer; true once none is left.

    SIGTERM waits for clients that may never leave, so SIGINT follows after a second and SIGKILL
    after five. Backends that a dead postmaster left behind go the same way.
    """
    steps = (
        (signal.SIGTERM, TERMINATE_FOR),
        (signal.SIGINT, INTERRUPT_FOR),
        (signal.SIGKILL, KILL_FOR),
    )
    for number, patience in steps:
        processes = live(data)
        first = [process for process in processes if process.pid == postmaster] or processes
        for process in processes if number == signal.SIGKILL else first:
            _send(process, number)
        if wait(lambda: not live(data), patience):
            return True
    return False


def wait(reached: Callable[[], bool], seconds: float) -> bool:
    """Poll until `reached` says true, for `seconds` at most."""
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            return False
        time.sleep(STEP)
    return True


def _send(process: psutil.Process, number: signal.Signals) -> None:
    # psutil compares start times, so a pid that was reused meanwhile is not signalled.
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _identified(candidates: Iterable[psutil.Process], data: Path) -> list[psutil.Process]:
    found, hidden = [], []
    for process in candidates:
        try:
            if process.name() == "postgres" and _works_in(process, data):
                found.append(process)
        except psutil.AccessDenied:
            hidden.append(process)
        except (psutil.Error, OSError):
            continue
    if hidden and os.geteuid() == 0:
        theirs = privileges.inspect(data, [process.pid for process in hidden])
        found += [process for process in hidden if process.pid in theirs]
    return found


def _works_in(process: psutil.Process, data: Path) -> bool:
    return (
        process.status() != psutil.STATUS_ZOMBIE
        and Path(process.exe()).name.removesuffix(" (deleted)") == "postgres"
        and Path(process.cwd()).samefile(data)
    )
