"""Who is there: daemons, the workers of runs, and the holders of locks."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from psycopg import AsyncConnection

from genie_tui.domain.agents import PANE, Life, Panes, crew_of, pids
from genie_tui.domain.boards import decoded
from genie_tui.scheduler.commands import Files, Worker, incarnation
from genie_tui.services import agents, panes
from genie_tui.services.orphans import Executing, Running
from genie_tui.services.sweeping import Expired

__all__ = [
    "Host",
    "daemon_id",
    "is_dead",
    "living_holders",
    "worker_of",
]

STARTS_WITHIN = timedelta(seconds=2)
"""So much later than a row says a process may have begun: clocks are read one by one."""

_DAEMON = re.compile(
    r"tui:(?P<host>.*):(?P<pid>[0-9]{1,9}):(?P<mark>[0-9a-f]{12}):[0-9a-f]+", re.DOTALL
)


def daemon_id(host: str) -> str:
    """A new holder of leases; others on the same host can tell whether its process lives."""
    mark = _mark(incarnation(os.getpid()) or "")
    return f"tui:{host}:{os.getpid()}:{mark}:{secrets.token_hex(3)}"


def is_dead(daemon: str | None, host: str) -> bool:
    """Is a holder of leases known to be gone? Of other hosts, and other programs', nobody knows."""
    found = _DAEMON.fullmatch(daemon or "")
    if found is None or found["host"] != host:
        return False
    began = incarnation(int(found["pid"]))
    return began is None or _mark(began) != found["mark"]


def worker_of(one: Executing | Running, host: str) -> Worker | None:
    """The process that one of our daemons on this host began for a run."""
    context = decoded(one.context)
    if not isinstance(context, Mapping) or context.get("host") != host or one.run_id is None:
        return None
    pid, began, files = (context.get(key) for key in ("pid", "incarnation", "files"))
    if type(pid) is not int or not isinstance(began, str) or not isinstance(files, str):
        return None
    return Worker(pid, began, Files.of(Path(files), one.run_id))


class Host:
    """What runs on this machine; `shared` if the database may be used from others, too."""

    def __init__(self, name: str, *, shared: bool) -> None:
        self.name = name
        self._shared = shared

    async def lives(self, one: Executing | Running) -> bool | None:
        """Does the worker of a run live? None where that cannot be known from here."""
        if (worker := worker_of(one, self.name)) is not None:
            return worker.lives()
        context = decoded(one.context)
        elsewhere = isinstance(context, Mapping) and context.get("host") not in (None, self.name)
        if self._shared or elsewhere or not one.worker_id or one.started_at is None:
            return None
        if PANE.fullmatch(one.worker_id):
            return _in_pane(one.worker_id, await panes.panes(), one.started_at)
        if one.worker_id.isascii() and one.worker_id.isdigit():
            return _since(int(one.worker_id), one.started_at)
        return None


async def living_holders(
    conn: AsyncConnection, expired: Sequence[Expired], runs: Mapping[str, bool]
) -> set[str]:
    """The holders of locks that are over who live all the same: in a pane, or as a process.

    `runs` says of runs, by their ids, whether their workers live; a command may hold a task.
    """
    there = await panes.panes()
    living = {one.run_id for one in expired if runs.get(one.run_id)}
    living |= {
        one.run_id for one in expired if one.pane_id and _in_pane(one.pane_id, there, one.since)
    }
    held = await agents.held(conn)
    known = await agents.agents(conn, locks=held)
    crew = crew_of(known, held, (), there, await panes.begun(pids(known)))
    for agent in crew.agents:
        if agent.life is Life.ALIVE:
            living |= {one.lock.run_id for one in agent.locks}
    return living


def _in_pane(pane: str, there: Panes | None, since: datetime) -> bool | None:
    """Does a pane live that was there at a time? None where a tmux server does not answer."""
    if there is None:
        return None
    if there.server_of(pane, "", since) is not None:
        return True
    return False if there.whole else None


def _since(pid: int, started: datetime) -> bool:
    """Does a process live that had begun at a time? A pid that was given away again does not."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return datetime.fromtimestamp(process.create_time(), UTC) <= started + STARTS_WITHIN
    except psutil.AccessDenied:
        return True
    except (psutil.Error, ValueError, OverflowError):
        return False


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def load() -> dict[str, Any]:
    """What the machine is at: CPU in percent since the last time, MB of memory in use, and more."""
    memory = psutil.virtual_memory()
    return {
        "cpu_percent": psutil.cpu_percent(),
        "memory_mb": round((memory.total - memory.available) / 2**20, 1),
        "memory_total_mb": round(memory.total / 2**20, 1),
        "cpus": psutil.cpu_count(),
    }
