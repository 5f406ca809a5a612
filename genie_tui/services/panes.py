"""Agents' tmux panes: which one works on a task, and how to get there."""

from __future__ import annotations

import asyncio
import re

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from genie_tui.errors import GenieError, NotFound

__all__ = ["go_to", "pane_of_task"]

PANE = re.compile(r"%\d{1,9}")
"""As tmux names them; nothing else is handed to it, whatever a row says."""

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


async def go_to(pane: str) -> None:
    """Bring a pane before the user: select it, and take their tmux client there.

    Raises:
        NotFound: it is no pane, tmux does not run, or the pane is gone.
        GenieError: there is no tmux.
    """
    if PANE.fullmatch(pane) is None:
        raise NotFound(f"{pane!r} is no tmux pane")
    await asyncio.to_thread(_select, pane)


def _select(pane: str) -> None:
    from libtmux import Server
    from libtmux.exc import TmuxCommandNotFound

    server = Server()
    try:
        for command in ("select-window", "select-pane"):
            if said := server.cmd(command, "-t", pane).stderr:
                why = f"the pane {pane} cannot be reached ({said[0]})"
                raise NotFound(f"{why}; is its agent still there?")
        # Outside tmux there is no client to take along; the pane is selected all the same.
        server.cmd("switch-client", "-t", pane)
    except TmuxCommandNotFound as error:
        raise GenieError("tmux cannot be run; install it to go to an agent's pane") from error
