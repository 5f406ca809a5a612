"""Agents' tmux panes: which there are, which one works on a task, and how to get there.

Whoever has several tmux servers (`tmux -L name`) has agents in each: all are asked whose socket is
where tmux puts it for this user, and the one that this runs in.
"""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryFile
from typing import IO

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.agents import PANE, Panes, Server
from genie_tui.errors import GenieError, NotFound

__all__ = ["begun", "go_to", "pane_of_task", "panes"]

PATIENCE = 3.0
"""Seconds after which a tmux server is taken for hung."""

# A window keeps the panes of commands that have ended, where it is told to.
LISTED = "#{pane_dead} #{start_time} #{pane_id} #{session_name}"

# The agent's row is newer than the task's own note of where its work began.
OF_TASK = """
    SELECT pane, session FROM (
        SELECT a.pane_id AS pane, a.session, a.last_state_change AS at
          FROM agents a
         WHERE a.task_id = %(task)s AND a.state NOT IN ('done', 'suspended')
         UNION ALL
        SELECT t.pane_id, '', NULL FROM tasks t WHERE t.id = %(task)s) panes
     WHERE pane ~ '^%%[0-9]+$'
     ORDER BY at DESC NULLS LAST
     LIMIT 1
"""


async def pane_of_task(conn: AsyncConnection, task_id: str) -> tuple[str, str]:
    """The pane in which an agent works on a task, and the name of its session: `%12`, `work`.

    Raises:
        NotFound: none is known.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(OF_TASK, {"task": task_id})
        row = await cursor.fetchone()
    if row is None:
        raise NotFound("no tmux pane is known where an agent works on this")
    pane, session = row
    return pane, session


async def panes() -> Panes | None:
    """The panes in which something runs; None where no tmux server answers."""
    found = await asyncio.gather(*map(_listed, _sockets()))
    servers = tuple(server for server in found if isinstance(server, Server))
    whole = not any(isinstance(server, TimeoutError) for server in found)
    return Panes(servers=servers, whole=whole) if servers else None


def _sockets() -> list[str]:
    """Of the servers that may run; first that of the one that this runs in."""
    sockets = _directory().glob("*") if _directory().is_dir() else ()
    paths = [_own_socket(), *sorted(str(path) for path in sockets if path.is_socket())]
    return list(dict.fromkeys(map(os.path.realpath, filter(None, paths))))


def _own_socket() -> str:
    """Of the server that this runs in; empty outside tmux."""
    path = os.environ.get("TMUX", "").rpartition(",")[0].rpartition(",")[0]
    return path and os.path.realpath(path)


def _directory() -> Path:
    """Where tmux has its sockets."""
    return Path(os.environ.get("TMUX_TMPDIR") or "/tmp") / f"tmux-{os.getuid()}"  # nosec B108


async def _listed(socket: str) -> Server | TimeoutError | None:
    """A server with its panes; None where there is none any more, or it has nothing."""
    try:
        lines, _ = await _tmux(socket, "list-panes", "-a", "-F", LISTED)
    except TimeoutError as error:
        return error
    except OSError:
        return None
    rows = [row for line in lines if len(row := line.split(" ", 3)) == 4 and row[1].isdigit()]
    if not rows:
        return None
    return Server(
        socket=socket,
        since=datetime.fromtimestamp(int(rows[0][1]), UTC),
        sessions=frozenset(session for *_, session in rows),
        panes=frozenset(pane for dead, _, pane, _ in rows if dead != "1"),
    )


async def _tmux(socket: str, *arguments: str) -> tuple[list[str], str]:
    """The lines that a server answers a command with, and what it says against it.

    Raises:
        TimeoutError: it is hung.
        OSError: there is no tmux.
    """
    # No pipes: tmux hands them on to its server, and while that is hung they would stay open.
    with TemporaryFile() as out, TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(
            *("tmux", "-S", socket, *arguments), stdin=DEVNULL, stdout=out, stderr=said
        )
        try:
            async with asyncio.timeout(PATIENCE):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return _read(out).splitlines(), _read(said).strip()


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


async def begun(pids: Collection[int]) -> dict[int, datetime]:
    """When processes began, of those that run."""
    return await asyncio.to_thread(_begun, pids) if pids else {}


def _begun(pids: Collection[int]) -> dict[int, datetime]:
    import psutil

    found = {}
    for pid in pids:
        try:
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                found[pid] = datetime.fromtimestamp(process.create_time(), UTC)
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:
            # It runs, and belongs to somebody else; when it began is not known.
            found[pid] = datetime.fromtimestamp(0, UTC)
    return found


async def go_to(pane: str, session: str = "", told: datetime | None = None) -> str:
    """Bring a pane before the user: select it, and take their tmux client there.

    `session` is what its row says of it, and `told` when it did. Gives a sentence where there was
    no client to take along.

    Raises:
        NotFound: it is no pane, no tmux runs, or the pane is gone.
        GenieError: tmux does not answer.
    """
    if PANE.fullmatch(pane) is None:
        raise NotFound(f"{pane!r} is no tmux pane")
    found = await panes()
    server = found and found.server_of(pane, session, told or datetime.now(UTC))
    if not server:
        why = "it is in no tmux server of yours" if found else "no tmux server of yours runs"
        raise NotFound(f"the pane {pane} cannot be reached: {why}; is its agent still there?")
    try:
        return await _select(server.socket, pane)
    except TimeoutError as error:
        raise GenieError(f"tmux does not answer; is the server at {server.socket} hung?") from error


async def _select(socket: str, pane: str) -> str:
    for command in ("select-window", "select-pane"):
        _, said = await _tmux(socket, command, "-t", pane)
        if said:
            raise NotFound(f"the pane {pane} cannot be reached ({said}); is its agent still there?")
    # Outside tmux there is no client to take along; the pane is selected all the same.
    await _tmux(socket, "switch-client", "-t", pane)
    inside = _own_socket()
    if socket == inside:
        return ""
    names, _ = await _tmux(socket, "display-message", "-p", "-t", pane, "#{session_name}")
    call = " ".join(map(shlex.quote, ("tmux", *_named(socket), "attach", *_target(names))))
    elsewhere = "it is in another tmux server than this" if inside else "this is not in tmux"
    return f"{pane} is selected; {elsewhere}, but '{call}' {'elsewhere ' * bool(inside)}shows it"


def _named(socket: str) -> tuple[str, ...]:
    """The option by which tmux finds a server; none for the usual one."""
    directory, name = os.path.split(socket)
    if directory != os.path.realpath(_directory()):
        return ("-S", socket)
    return () if name == "default" else ("-L", name)


def _target(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for name in [*names][:1] for word in ("-t", name))
