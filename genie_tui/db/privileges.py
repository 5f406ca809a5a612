"""As whom PostgreSQL runs, which refuses to be root, and how its programs are started."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genie_tui.db import launcher
from genie_tui.errors import NoDatabase

__all__ = ["IN_USE", "NO_WAY", "Denied", "Way", "inspect", "ways"]

NAMESPACE = "namespace"
NOBODY = "nobody"
PLAIN = "plain"
# PGPORT and its like would change what the programs do; with TZ initdb need not search for a zone.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
NO_WAY = (
    "PostgreSQL refuses to run as root, and this system allows neither a user namespace nor "
    "changing to nobody with CAP_DAC_OVERRIDE; run genie-tui as an ordinary user, "
    "or use a server with --dsn"
)
IN_USE = (
    "the database is in use by processes that cannot be seen from here, "
    "in another container perhaps; stop it there"
)


class Denied(Exception):
    """The system does not allow a way of starting programs; another must be tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to start a program as somebody it agrees to run as: see `launcher`.

    `cluster` is whom the data directory must belong to, `home` whom all else below the home, each
    as (uid, gid).
    """

    name: str
    cluster: tuple[int, int]
    home: tuple[int, int]

    def give(self, path: Path) -> None:
        """Make something of the cluster's, and all below it, belong to its owner."""
        _give(path, self.cluster)

    def give_home(self, path: Path) -> None:
        """Make something else below the home, and all below it, belong to the home's owner."""
        _give(path, self.home)

    def run(self, command: Sequence[str | Path], log: Path) -> bool:
        """Run a program to its end, with its output in the log; false where it failed.

        Raises:
            Denied: the system does not allow this way.
        """
        arguments = [self.name, str(log), *map(str, command)]
        return self._launch("run", arguments).returncode == 0

    def start(self, command: Sequence[str | Path], log: Path, lock: Path) -> int:
        """Start a program that outlives this one, its terminal and its session; gives its pid.

        Raises:
            Denied: the system does not allow this way.
            NoDatabase: the program cannot be executed, or another holds the lock.
        """
        done = self._launch("daemon", [self.name, str(log), str(lock), *map(str, command)])
        if done.returncode == launcher.IN_USE:
            raise NoDatabase(IN_USE)
        pid, _, complaint = done.stdout.partition("\n")
        if complaint or not pid:
            raise NoDatabase(f"PostgreSQL cannot be executed ({complaint.strip()}); see {log}")
        return int(pid)

    def _launch(self, mode: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        done = _launcher(mode, arguments)
        if done.returncode == launcher.DENIED:
            raise Denied(self.name)
        return done


def _launcher(mode: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", launcher.__file__, mode, *arguments],
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        # What is worth telling goes to the log; the rest is what an interrupt makes Python say.
        capture_output=True,
        text=True,
        check=False,
    )


def _give(path: Path, owner: tuple[int, int]) -> None:
    """Change the owner where we can and it is another; the top last, so that it tells of all."""
    if os.geteuid() != 0 or path.stat().st_uid == owner[0]:
        return
    for one in [*(path.rglob("*") if path.is_dir() else ()), path]:
        os.chown(one, *owner, follow_symlinks=False)


def inspect(data: Path, pids: Sequence[int]) -> set[int]:
    """Those of the pids that are the cluster's; for processes that hide from root.

    Root without CAP_SYS_PTRACE, as in most containers, does not see what nobody's processes run
    and where; nobody does.
    """
    done = _launcher("inspect", [NOBODY, str(data), *map(str, pids)])
    return {int(pid) for pid in done.stdout.split()}


def ways(home: Path, data: Path) -> tuple[Way, ...]:
    """The ways to try, in order; whose the data directory or else the home is decides.

    Raises:
        NoDatabase: it is somebody else's, and we are not root.
    """
    me = (os.geteuid(), os.getegid())
    present = next((path for path in (data, home) if path.exists()), None)
    found = present.stat() if present else None
    owner = (found.st_uid, found.st_gid) if found else me
    if me[0] != 0:
        if owner[0] != me[0]:
            raise NoDatabase(f"{present} belongs to another user; name a home with --home DIR")
        # initdb asks for the user's name, which a user of a container may not have; postgres itself
        # does without.
        names = (PLAIN,) if _has_name(me[0]) else (NAMESPACE, PLAIN)
        return tuple(Way(name=name, cluster=owner, home=owner) for name in names)
    to_nobody = (launcher.NOBODY, launcher.NOBODY)
    nobody = Way(name=NOBODY, cluster=to_nobody, home=me)
    if owner[0] == launcher.NOBODY:
        return (nobody,)
    if owner[0] != 0:
        return (Way(name=f"{owner[0]}:{owner[1]}", cluster=owner, home=owner),)
    return (Way(name=NAMESPACE, cluster=me, home=me), nobody)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
