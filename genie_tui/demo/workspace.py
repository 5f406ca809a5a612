"""The demo's throw-away home: a directory and a server of its own, and somebody who minds them."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import genie_tui
from genie_tui.db import server
from genie_tui.db.endpoints import Endpoint
from genie_tui.demo import leftovers
from genie_tui.errors import NoDatabase
from genie_tui.settings import FALLBACK_PORTS, Settings

__all__ = ["VIEWER", "Workspace", "open_workspace"]

VIEWER = "you"
"""The person at the terminal."""

PORTS = range(20000, 29000)
"""Below the ephemeral ports, and far from those of anybody's own Genie."""
ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A demo's home while it lasts.

    `lifeline` is the end of a pipe that reads as closed once this program has ended: what is
    started with it as standard input ends with the program.
    """

    root: Path
    settings: Settings
    endpoint: Endpoint
    lifeline: int

    def start(self, module: str, arguments: Sequence[str], *, name: str) -> subprocess.Popen[bytes]:
        """Run a module of this package in a session of its own, with its output in files."""
        log = self.root / "simulation"
        log.mkdir(exist_ok=True)
        with (log / f"{name}.jsonl").open("wb") as out, (log / f"{name}.log").open("wb") as errors:
            return _spawn(module, [str(self.root), *arguments], self.lifeline, out, errors)

    def journal(self, name: str) -> Path:
        """What the process of that name has written to its standard output."""
        return self.root / "simulation" / f"{name}.jsonl"

    def log(self, name: str) -> Path:
        """What the process of that name has written to its standard error."""
        return self.root / "simulation" / f"{name}.log"


@contextmanager
def open_workspace(settings: Settings, say: Callable[[str], None]) -> Iterator[Workspace]:
    """A new home with a running server; at the end nothing of it is left.

    Of `settings`, only how things look is kept. Leftovers of demos that were killed are cleared
    away first.

    Raises:
        NoDatabase: the server cannot be started.
    """
    leftovers.sweep()
    root = leftovers.make()
    owner = leftovers.claim(root)
    lifeline, held = os.pipe()
    _HELD.update((owner, held))
    minder = _spawn("genie_tui.demo.minder", [str(root)], lifeline)
    try:
        endpoint, port = _start_server(root, say)
        yield Workspace(
            root=root,
            settings=_settings(settings, root, port),
            endpoint=endpoint,
            lifeline=lifeline,
        )
    finally:
        leftovers.clear(root)
        _HELD.difference_update((owner, held))
        _close((owner, held, lifeline))
        minder.wait()


def _start_server(root: Path, say: Callable[[str], None]) -> tuple[Endpoint, int]:
    for _ in range(ATTEMPTS):
        settings = replace(leftovers.settings_of(root), port=_free_port())
        endpoint = server.ensure(settings, say)
        # Another demo may have got the port first; with an empty home it looks like a client's.
        if endpoint.owned:
            return endpoint, settings.port
    raise NoDatabase("no free port was found for the demo; try again")


def _settings(given: Settings, root: Path, port: int) -> Settings:
    """The demo's settings; nothing of the user's database, only what the user sees and types."""
    return Settings(
        home=leftovers.settings_of(root).home,
        port=port,
        actor=f"human:{VIEWER}",
        ascii=given.ascii,
        color=given.color,
        theme=given.theme,
        editor=given.editor,
        keys=given.keys,
    )


def _free_port() -> int:
    """The first of as many neighbouring ports as the server may try, all free."""
    chosen = random.SystemRandom()
    while True:
        first = chosen.randrange(PORTS.start, PORTS.stop - FALLBACK_PORTS)
        if not any(_is_taken(port) for port in range(first, first + FALLBACK_PORTS + 1)):
            return first


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _spawn(
    module: str,
    arguments: Sequence[str],
    stdin: int,
    out: IO[bytes] | int = subprocess.DEVNULL,
    errors: IO[bytes] | int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    here = str(Path(genie_tui.__file__).parents[1])
    path = os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH")) if part)
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=stdin,
        stdout=out,
        stderr=errors,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": path},
    )


def _close(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        with suppress(OSError):
            os.close(descriptor)


_HELD: set[int] = set()
# A fork that does not become another program must not keep a demo alive.
os.register_at_fork(after_in_child=lambda: _close(_HELD))
