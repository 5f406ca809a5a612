"""As whom PostgreSQL runs, which refuses to be root, and how its programs are started."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genie_tui.db import launcher
from genie_tui.errors import NoDatabase

__all__ = ["Way", "way_for"]

NAMESPACE = "namespace"
NOBODY = "nobody"
PLAIN = "plain"
# PGPORT and its like change what the server does; the zone is a setting, not a search for one.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to start a program as somebody it agrees to run as: see `launcher`.

    `owner` is whom its files must belong to, as (uid, gid).
    """

    name: str
    owner: tuple[int, int]

    def give(self, path: Path) -> None:
        """Make what we just made at `path` (a tree, too) belong to the owner."""
        if os.geteuid() != 0:
            return
        for one in [path, *(path.rglob("*") if path.is_dir() else ())]:
            os.chown(one, *self.owner, follow_symlinks=False)

    def run(self, command: Sequence[str | Path], log: Path) -> bool:
        """Run a program to its end, with its output in the log; false where it failed.

        Raises:
            Denied: the system does not allow this way.
        """
        done = subprocess.run(self._launch("run", log, command), env=ENVIRONMENT, check=False)
        if done.returncode == launcher.DENIED:
            raise Denied(self.name)
        return done.returncode == 0

    def start(self, command: Sequence[str | Path], log: Path) -> int:
        """Start a program that outlives this one, its terminal and its session; gives its pid.

        Raises:
            Denied: the system does not allow this way.
            NoDatabase: the program cannot be executed.
        """
        done = subprocess.run(
            self._launch("daemon", log, command),
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode == launcher.DENIED:
            raise Denied(self.name)
        pid, _, complaint = done.stdout.partition("\n")
        if complaint or not pid:
            raise NoDatabase(f"PostgreSQL cannot be executed ({complaint.strip()}); see {log}")
        return int(pid)

    def _launch(self, mode: str, log: Path, command: Sequence[str | Path]) -> list[str]:
        script = [sys.executable, "-I", "-S", launcher.__file__, mode, self.name, str(log)]
        return [*script, *map(str, command)]


class Denied(Exception):
    """The system does not allow a way of starting programs; another must be tried."""


def way_for(home: Path, data: Path) -> tuple[Way, ...]:
    """The ways to try, in order; whose the data directory or else the home is decides.

    Raises:
        NoDatabase: it is somebody else's, and we are not root.
    """
    present = next((path for path in (data, home) if path.exists()), None)
    status = present.stat() if present else None
    uid, gid = (status.st_uid, status.st_gid) if status else (os.geteuid(), os.getegid())
    if os.geteuid() != 0:
        if uid != os.geteuid():
            raise NoDatabase(f"{present} belongs to another user; name a home with --home DIR")
        return (Way(name=PLAIN, owner=(uid, gid)),)
    nobody = Way(name=NOBODY, owner=(launcher.NOBODY, launcher.NOBODY))
    if uid == launcher.NOBODY:
        return (nobody,)
    if uid != 0:
        return (Way(name=f"{uid}:{gid}", owner=(uid, gid)),)
    return (Way(name=NAMESPACE, owner=(0, 0)), nobody)
