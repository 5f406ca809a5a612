"""The embedded PostgreSQL: find, start, adopt, recover, stop (`behaviour.md` › Embedded server).

Everything here blocks; a program with an event loop calls it in a thread.
"""

from __future__ import annotations

import signal

from genie_tui.db import cluster, endpoints, processes, starting
from genie_tui.db.endpoints import Endpoint
from genie_tui.db.starting import Progress
from genie_tui.errors import NoDatabase, Refused
from genie_tui.settings import Settings

__all__ = [
    "Endpoint",
    "Progress",
    "crashed",
    "ensure",
    "find",
    "known_ports",
    "recognised",
    "stop",
]

STOP_WITHIN = 60.0
"""Seconds for a fast shutdown; it writes all that is dirty, which a slow disk may take long for."""


def find(settings: Settings) -> Endpoint | None:
    """The running server that is ours or adopted, or the external one; starts nothing."""
    if settings.dsn is not None:
        external = endpoints.external(settings.dsn)
        return external if endpoints.complaint(external) is None else None
    for port in known_ports(settings):
        answer = endpoints.ask(port)
        if isinstance(answer, int) and (found := recognised(settings, port, answer)) is not None:
            return found
    return None


def known_ports(settings: Settings) -> tuple[int, ...]:
    """Where our server may be: `postmaster.pid`, the port file and the default say."""
    pid = cluster.pid_file(settings.data)
    known = (pid and pid.port, cluster.port_file(settings.port_file), settings.port)
    return tuple(dict.fromkeys(port for port in known if port))


def recognised(settings: Settings, port: int, identifier: int) -> Endpoint | None:
    """The server that lets Genie's login in at `port`, if it is ours or we may adopt it.

    Ours has the system identifier of the data directory, and its port in `postmaster.pid`: a
    server on a copy of our files would have the first alone. Where the data directory is empty,
    another Genie client started it.
    """
    pid = cluster.pid_file(settings.data)
    if pid is not None and pid.port == port and identifier == cluster.identifier(settings.data):
        return endpoints.local(port, pid=pid.pid, owned=True)
    return endpoints.local(port) if cluster.is_empty(settings.data) else None


def ensure(settings: Settings, progress: Progress | None = None) -> Endpoint:
    """The running server; started when there is none, by one of however many ask at once.

    `progress` is told each step, in words.

    Raises:
        NoDatabase: there is none and it cannot be started, and why.
    """
    if settings.dsn is not None:
        external = endpoints.external(settings.dsn)
        if complaint := endpoints.complaint(external):
            raise NoDatabase(f"the server at {external.place} does not let us in: {complaint}")
        return external
    if (found := find(settings)) is not None:
        return found
    try:
        say = progress or (lambda _: None)
        with starting.locked(settings, lambda: find(settings), say) as found:
            return found or starting.start(settings, say)
    except OSError as error:
        raise NoDatabase(f"the database cannot be started: {error}") from error


def stop(settings: Settings) -> bool:
    """Stop our server: open transactions are rolled back, all that is committed is written.

    False when none was running.

    Raises:
        Refused: it is not ours to stop.
        NoDatabase: it does not stop.
    """
    if settings.dsn is not None:
        raise Refused("an external server is in use (--dsn); it is never stopped from here")
    if not settings.data.exists():
        return _nothing_to_stop(settings)
    with starting.locked(settings):
        pid = cluster.pid_file(settings.data)
        if pid is None or not processes.is_working(settings.data, pid.pid):
            return _nothing_to_stop(settings)
        _shut_down(settings, pid.pid)
        settings.port_file.unlink(missing_ok=True)
        return True


def _nothing_to_stop(settings: Settings) -> bool:
    found = find(settings)
    if found is not None:
        raise Refused(
            f"the server on port {found.port} was started by another Genie client; stop it there"
        )
    return False


def _shut_down(settings: Settings, pid: int) -> None:
    processes.send(settings.data, pid, signal.SIGINT)
    if processes.wait(lambda: not processes.is_working(settings.data, pid), STOP_WITHIN):
        return
    raise NoDatabase(
        f"the server (pid {pid}) has not stopped within {STOP_WITHIN:.0f} s; "
        f"see {starting.log_file(settings)}"
    )


def crashed(settings: Settings) -> bool:
    """Did our server die, as opposed to: it runs, it was stopped, or there never was one?"""
    if settings.dsn is not None:
        return False
    pid = cluster.pid_file(settings.data)
    return pid is not None and not processes.is_working(settings.data, pid.pid)
