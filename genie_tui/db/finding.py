"""Finding the running server: ours, or another Genie client's where we have no data of our own."""

from __future__ import annotations

from genie_tui.db import cluster, endpoints, passwords
from genie_tui.db.endpoints import Endpoint
from genie_tui.settings import Settings

__all__ = ["find", "known_ports", "recognised"]


def find(settings: Settings) -> Endpoint | None:
    """The running server that is ours or adopted, or the external one; starts nothing."""
    if settings.dsn is not None:
        external = endpoints.external(settings.dsn)
        return external if endpoints.complaint(external) is None else None
    for port in known_ports(settings):
        answer = endpoints.ask(port, passwords.candidates(settings))
        if isinstance(answer, tuple) and (found := recognised(settings, port, *answer)):
            return found
    return None


def known_ports(settings: Settings) -> tuple[int, ...]:
    """Where our server may be: `postmaster.pid`, the port file and the default say."""
    pid = cluster.pid_file(settings.data)
    known = (pid and pid.port, cluster.port_file(settings.port_file), settings.port)
    return tuple(dict.fromkeys(port for port in known if port))


def recognised(
    settings: Settings, port: int, identifier: int | None, password: str
) -> Endpoint | None:
    """The server that lets Genie's login in at `port`, if it is ours or we may adopt it.

    Ours has the system identifier of the data directory, and its port in `postmaster.pid`: a
    server on a copy of our files would have the first alone. Where the data directory is empty,
    another Genie client started it.
    """
    if identifier is None:
        return None
    pid = cluster.pid_file(settings.data)
    if pid is not None and pid.port == port and identifier == cluster.identifier(settings.data):
        return endpoints.local(port, pid=pid.pid, owned=True, password=password)
    return endpoints.local(port, password=password) if cluster.is_empty(settings.data) else None
