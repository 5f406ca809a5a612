"""The first rows, fetched by another process while this one imports Textual: each has a core.

The process is forked before anything is imported that starts a thread. It only looks: where no
server runs, where something is to be migrated or goes wrong, it says nothing, and the dashboard
opens as if there were no such process. What it brings is shown, and read again once the dashboard
has connections of its own; keys are kept until then.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
from dataclasses import dataclass

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.filters import Filter
from genie_tui.domain.lanes import Group
from genie_tui.domain.views import View
from genie_tui.domain.windows import Span, Window
from genie_tui.settings import Settings
from genie_tui.ui.memory import Memory

__all__ = ["Ahead", "Fetching", "fetch"]

ROWS = 40
"""Cards of each column: what a tall terminal shows, and some more."""

PATIENCE = 0.5
"""Seconds after the first frame for which the rows are waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A board as it was a moment ago, and how it is looked at."""

    board: Board
    project_id: str | None
    project_name: str | None
    filter: Filter
    view: View
    window: Window


class Fetching:
    """The process that fetches, and the pipe through which it answers."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid = pid
        self._pipe = pipe

    @classmethod
    def begin(cls, settings: Settings, me: Actor) -> Fetching:
        """Fork; to be called while there is one thread."""
        reads, writes = os.pipe()
        if pid := os.fork():
            os.close(writes)
            return cls(pid, reads)
        try:
            os.close(reads)
            _answer(writes, settings, me)
        finally:
            os._exit(0)

    async def take(self) -> Ahead | None:
        """What was fetched; None where there is nothing, or not soon enough."""
        reading = asyncio.ensure_future(asyncio.to_thread(self._read))
        done, _ = await asyncio.wait([reading], timeout=PATIENCE)
        if not done:
            os.kill(self._pid, signal.SIGKILL)
        answer = await reading
        return pickle.loads(answer) if answer and done else None

    def _read(self) -> bytes:
        """All that it says; it ends when it has said it."""
        with os.fdopen(self._pipe, "rb") as pipe:
            answer = pipe.read()
        os.waitpid(self._pid, 0)
        return answer


def _answer(pipe: int, settings: Settings, me: Actor) -> None:
    """In the other process: say nothing to the terminal, and everything through the pipe."""
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    with contextlib.suppress(Exception):
        # Whatever is wrong will be met again, and told, by who is asked for it.
        found = asyncio.run(fetch(settings, me))
        if found is not None:
            with os.fdopen(pipe, "wb") as out:
                out.write(pickle.dumps(found, pickle.HIGHEST_PROTOCOL))


async def fetch(settings: Settings, me: Actor) -> Ahead | None:
    """The board that the dashboard opens with, and its first rows.

    None where the database has to be migrated first, or cards stand in lanes.
    """
    from genie_tui.db import migrations
    from genie_tui.db.glance import glance
    from genie_tui.services import boards, opening

    async with glance(settings) as conn:
        if (await migrations.state(conn)).pending:
            return None
        board, project = await opening.home(conn, settings)
        project_id = board.project_id or (project.id if project else None)
        last = Memory.of_home(settings.home).of(project_id)
        if last is not None and last.board != board.key and settings.board is None:
            other = await boards.find_board(conn, last.board)
            board = other if other.project_id in (None, project_id) else board
        known = last is not None and last.board == board.key
        where, view = (last.filter, last.view) if last and known else (Filter(), View())
        if view.group is not Group.NONE:
            return None
        window = await boards.window(
            conn,
            board,
            [Span(column_id=column.id, offset=0, limit=ROWS) for column in board.columns],
            project_id=project_id,
            where=view.narrowed(where) or None,
            me=me,
            sort=view.sort,
        )
        name = board.project_name or (project.name if project else None)
        return Ahead(
            board=board,
            project_id=project_id,
            project_name=name,
            filter=where,
            view=view,
            window=window,
        )
