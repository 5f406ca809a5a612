"""The embedded PostgreSQL: find, start, adopt, recover, stop (`behaviour.md` › Embedded server).

Everything here blocks; a program with an event loop calls it in a thread.
"""

from __future__ import annotations

import errno
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from genie_tui.db import cluster, creation, endpoints, passwords, processes, starting
from genie_tui.db.cluster import PidFile
from genie_tui.db.endpoints import Answer, Endpoint
from genie_tui.db.finding import find, known_ports, recognised
from genie_tui.db.starting import Progress
from genie_tui.db.status import Status, status
from genie_tui.errors import NoDatabase, Refused
from genie_tui.settings import Settings

__all__ = [
    "Endpoint",
    "Progress",
    "Status",
    "crashed",
    "ensure",
    "find",
    "known_ports",
    "recognised",
    "reset",
    "revive",
    "status",
    "stop",
]

ROOM = "make room there, or name a home elsewhere with --home DIR"
ADVICE = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EFBIG: "allow larger files (ulimit -f), or name a home elsewhere with --home DIR",
    errno.EROFS: "nothing can be written there; name another home with --home DIR",
}

HUNG_FOR = 1.0
"""Seconds that a server which does not answer is given to do as it is told."""
STOP_WITHIN = 60.0
"""Seconds for a fast shutdown; it writes all that is dirty, which a slow disk may take long for."""


def ensure(settings: Settings, progress: Progress | None = None) -> Endpoint:
    """The running server; started when there is none, by one of however many ask at once.

    `progress` is told each step, in words.

    Raises:
        NoDatabase: there is none and it cannot be started, and why.
    """
    if settings.dsn is not None:
        external = endpoints.external(settings.dsn)
        if complaint := endpoints.complaint(external):
            raise NoDatabase(complaint)
        return external
    if (found := find(settings)) is not None:
        return found
    say = progress or (lambda _: None)
    with _explained("started"), starting.locked(settings, lambda: find(settings), say) as found:
        return found or starting.start(settings, say)


def revive(settings: Settings, progress: Progress | None = None) -> Endpoint | None:
    """The server again, where it died; None where somebody stopped it.

    Whoever starts or stops it at the moment is waited for: it cannot be told before which it was.

    Raises:
        NoDatabase: it cannot be started, and why.
    """
    say = progress or (lambda _: None)
    with _explained("started"), starting.locked(settings, lambda: find(settings), say) as found:
        if (found := found or find(settings)) is not None:
            return found
        return starting.start(settings, say) if crashed(settings) else None


@contextmanager
def _explained(done: str) -> Iterator[None]:
    """What the file system refuses is no fault of the program's."""
    try:
        yield
    except OSError as error:
        advice = ADVICE.get(error.errno or 0, "is the home yours? --home DIR names another")
        raise NoDatabase(f"the server cannot be {done}: {error}; {advice}") from error


def stop(settings: Settings) -> bool:
    """Stop our server: open transactions are rolled back, all that is committed is written.

    False when none was running.

    Raises:
        Refused: it is not ours to stop.
        NoDatabase: it does not stop.
    """
    _refuse_what_is_not_ours(settings, "stopped")
    if cluster.is_empty(settings.data):
        return False
    with _explained("stopped"), starting.locked(settings):
        return _stop(settings)


def reset(settings: Settings) -> bool:
    """Stop our server and delete its data directory, with all that is in it; there is no way back.

    False when there was none.

    Raises:
        Refused: it is not ours to delete.
        NoDatabase: the server does not stop.
    """
    _refuse_what_is_not_ours(settings, "deleted")
    if cluster.is_empty(settings.data):
        return False
    with _explained("deleted"), starting.locked(settings):
        _stop(settings)
        # Under another name first, so that a kill in the middle leaves no half of a database.
        doomed = creation.set_aside(settings.data)
        shutil.rmtree(doomed)
    return True


def _refuse_what_is_not_ours(settings: Settings, done: str) -> None:
    if settings.dsn is not None:
        raise Refused(f"an external server is in use; it is never {done} from here")
    if cluster.is_empty(settings.data) and (found := find(settings)) is not None:
        raise Refused(
            f"another Genie client started the server on port {found.port}; it is never {done} "
            "from here"
        )


def _stop(settings: Settings) -> bool:
    file = cluster.pid_file(settings.data)
    running = file is not None and processes.is_working(settings.data, file.pid)
    if file is not None and running:
        _shut_down(settings, file)
    # Backends may outlive a postmaster that was killed.
    if processes.live(settings.data):
        processes.end(settings.data, None)
    if processes.is_held(settings.data):
        raise NoDatabase(starting.IN_USE)
    settings.port_file.unlink(missing_ok=True)
    return running


def _shut_down(settings: Settings, file: PidFile) -> None:
    """A fast shutdown; a server that hangs is ended as a start would end it."""

    def gone() -> bool:
        return not processes.is_working(settings.data, file.pid)

    known = passwords.candidates(settings)
    hangs = file.port is None or endpoints.ask(file.port, known) is Answer.NOTHING
    processes.send(settings.data, file.pid, signal.SIGINT)
    if processes.wait(gone, HUNG_FOR if hangs else STOP_WITHIN):
        return
    if not (hangs and processes.end(settings.data, file.pid)):
        raise NoDatabase(
            f"the server (pid {file.pid}) has not stopped within {STOP_WITHIN:.0f} s; "
            f"see {starting.log_file(settings)}"
        )


def crashed(settings: Settings) -> bool:
    """Did our server die, as opposed to: it runs, it was stopped, or there never was one?"""
    if settings.dsn is not None:
        return False
    pid = cluster.pid_file(settings.data)
    return pid is not None and not processes.is_working(settings.data, pid.pid)
