"""The daemon as a process: in the foreground, or started to stay."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

from genie_tui.db.connection import Database
from genie_tui.domain.runs import Caps
from genie_tui.errors import Conflict, GenieError
from genie_tui.scheduler import pidfile
from genie_tui.scheduler.daemon import Daemon, Rhythm
from genie_tui.scheduler.firing import Log
from genie_tui.scheduler.pidfile import Holder
from genie_tui.settings import Settings

__all__ = ["run", "start"]

STARTS_WITHIN = 60.0
"""Seconds in which a daemon has its database; a first start makes that first."""


async def run(settings: Settings, said: Log, rhythm: Rhythm, otlp_port: int | None = None) -> None:
    """Be the daemon until SIGTERM or SIGINT; receive telemetry, where there is a port for it.

    Raises:
        NoDatabase: there is none, and none can be started.
        GenieError: the port is taken.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    caps = Caps(total=settings.max_concurrent, classes=settings.classes)
    with pidfile.holding(settings.home) as held:
        async with Database(settings, pool_size=3) as database, AsyncExitStack() as stack:
            await database.open()
            if otlp_port is not None:
                # protobuf is nothing for those who do not ask for it.
                from genie_tui.scheduler.receiving import receiving

                await stack.enter_async_context(receiving(database, otlp_port, said))
            if held:
                pidfile.ready(settings.home)
            await Daemon(database, caps=caps, said=said, rhythm=rhythm).run(stop)


def start(settings: Settings, arguments: list[str]) -> Holder:
    """Start a daemon that outlives this program; `arguments` are those of `daemon run`.

    Raises:
        Conflict: one runs already.
        GenieError: it could not be started; with its last words.
    """
    if (found := pidfile.holder(settings.home)) is not None:
        raise Conflict(f"a daemon runs already, with the pid {found.pid}")
    settings.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    words = settings.logs / "daemon.out"
    with os.fdopen(os.open(words, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "genie_tui", "daemon", "run", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **settings.environment()},
            start_new_session=True,
            cwd="/",
        )
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        found = pidfile.holder(settings.home)
        if found is not None and found.pid == process.pid and found.ready:
            return found
        if process.poll() is not None:
            raise GenieError(f"the daemon could not be started: {_last_words(words)}")
        time.sleep(0.02)
    process.terminate()
    raise GenieError(f"the daemon had no database within {STARTS_WITHIN:.0f} s; see {words}")


def _last_words(path: Path) -> str:
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("error: ") if lines else "it said nothing"
