"""Agents' tmux panes: which there are, which one works on a task, and how to get there."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.domain.agents import PANE, Panes
from genie_tui.errors import GenieError, NotFound

if TYPE_CHECKING:
    from libtmux import Server

__all__ = ["begun", "go_to", "pane_of_task", "panes"]

PATIENCE = 3.0
"""Seconds after which tmux is taken for hung."""

# A window keeps the panes of commands that have ended, where it is told to.
LISTED = "#{pane_id} #{pane_dead} #{start_time} #{session_id}"

# The agent's row is newer than the task's own note of where its work began.
OF_TASK = """
    SELECT pane FROM (
        SELECT a.pane_id AS pane, a.last_state_change AS at
          FROM agents a
         WHERE a.task_id = %(task)s AND a.state NOT IN ('done', 'suspended')
         UNION ALL
        SELECT t.pane_id, NULL FROM tasks t WHERE t.id = %(task)s) panes
     WHERE pane ~ '^%%[0-9]+$'
     ORDER BY at DESC NULLS LAST
     LIMIT 1
"""


async def pane_of_task(conn: AsyncConnection, task_id: str) -> str:
    """The pane in which an agent works on a task: `%12`.

    Raises:
        NotFound: none is known.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(OF_TASK, {"task": task_id})
        row = await cursor.fetchone()
    if row is None:
        raise NotFound("no tmux pane is known where an agent works on this")
    return str(row[0])


async def panes() -> Panes | None:
    """The panes in which something runs; None where no tmux server answers."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await asyncio.to_thread(_listed)
    except TimeoutError:
        return None


def _server() -> Server:
    """The tmux server that the environment names, or the user's usual one."""
    stream: Any = sys.stdout
    if stream is not None and not hasattr(stream, "encoding"):
        # libtmux asks for it when it is imported; what Textual puts in its place has none.
        stream.encoding = "utf-8"
    from libtmux import Server

    return Server()


def _listed() -> Panes | None:
    server = _server()
    from libtmux.exc import LibTmuxException

    try:
        lines = server.cmd("list-panes", "-a", "-F", LISTED).stdout
    except (LibTmuxException, OSError):
        return None
    rows = [line.split() for line in lines]
    found = [row for row in rows if len(row) == 4 and row[2].isdigit()]
    if not found:
        return None
    since = datetime.fromtimestamp(int(found[0][2]), UTC)
    return Panes(
        ids=frozenset(pane for pane, dead, *_ in found if dead != "1"),
        since=since,
        sessions=len({row[3] for row in found}),
    )


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


async def go_to(pane: str) -> str:
    """Bring a pane before the user: select it, and take their tmux client there.

    Gives a sentence where there was no client to take along.

    Raises:
        NotFound: it is no pane, tmux does not run, or the pane is gone.
        GenieError: there is no tmux.
    """
    if PANE.fullmatch(pane) is None:
        raise NotFound(f"{pane!r} is no tmux pane")
    return await asyncio.to_thread(_select, pane)


def _select(pane: str) -> str:
    server = _server()
    from libtmux.exc import TmuxCommandNotFound

    try:
        for command in ("select-window", "select-pane"):
            if said := server.cmd(command, "-t", pane).stderr:
                why = f"the pane {pane} cannot be reached ({said[0]})"
                raise NotFound(f"{why}; is its agent still there?")
        # Outside tmux there is no client to take along; the pane is selected all the same.
        server.cmd("switch-client", "-t", pane)
        if os.environ.get("TMUX"):
            return ""
        session = server.cmd("display-message", "-p", "-t", pane, "#{session_name}").stdout
    except TmuxCommandNotFound as error:
        raise GenieError("tmux cannot be run; install it to go to an agent's pane") from error
    where = f" -t {shlex.quote(session[0])}" if session else ""
    return f"{pane} is selected; this is not in tmux, but 'tmux attach{where}' shows it"
