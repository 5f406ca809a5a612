"""The dashboard's link to the database: opened after the first frame, and kept."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from textual.signal import SignalError

from genie_tui.domain.actors import Actor
from genie_tui.domain.changes import Change
from genie_tui.errors import GenieError, NotFound, Refused
from genie_tui.settings import Settings
from genie_tui.ui.costing import Costing
from genie_tui.ui.latest import Latest
from genie_tui.ui.memory import Memory, Remembered
from genie_tui.ui.queueing import Queueing
from genie_tui.ui.unreading import Unreading
from genie_tui.ui.workspace import Place, Workspace

if TYPE_CHECKING:
    from genie_tui.ui.ahead import Ahead, Fetching
    from genie_tui.ui.backend import Backend

__all__ = ["Linking"]

RETRY = 3.0
"""Seconds between two looks for an external server; ours is started only when told to."""


class Linking:
    """Brings the backend up, shows the first board, and takes in what changes.

    `ready` is called when there is a board to show, or none soon.
    """

    def __init__(
        self,
        workspace: Workspace,
        settings: Settings,
        me: Actor,
        memory: Memory,
        *,
        ready: Callable[[], None],
    ) -> None:
        self._workspace = workspace
        self._ready = ready
        self._settings = settings
        self._me = me
        self._memory = memory
        self._again = asyncio.Event()
        self._replace: Latest[None] = Latest(self._read_place)

    async def run(self, fetching: Fetching | None = None) -> None:
        """Until cancelled; what was fetched ahead is shown first."""
        try:
            await self._run(fetching)
        except* SignalError:
            # Nobody can hear of anything any more once the program has begun to end.
            if self._workspace.app.is_running:
                raise

    async def _run(self, fetching: Fetching | None) -> None:
        if fetching is not None and (ahead := await fetching.take()) is not None:
            await self._show_ahead(ahead)
        else:
            self._ready()
        # psycopg takes longer to import than the first frame to draw.
        await asyncio.to_thread(import_module, "genie_tui.ui.backend")
        from genie_tui.ui.backend import Backend

        loop = asyncio.get_running_loop()

        def step(text: str) -> None:
            loop.call_soon_threadsafe(partial(self._workspace.started.publish, text))

        backend = Backend(self._settings, self._me, step)
        try:
            place = await self._opened(backend)
            self._workspace.backend = backend
            self._workspace.show(place)
            self._look_as_left(place)
            self._remember(place)
            app = self._workspace.app
            self._workspace.placed.subscribe(app, self._remember, immediate=True)
            app.theme_changed_signal.subscribe(app, lambda _: self._remember(None), immediate=True)
            await self._follow(backend)
        finally:
            self._workspace.backend = None
            await backend.close()

    async def _show_ahead(self, ahead: Ahead) -> None:
        """The board as it was a moment ago, painted before anything else is done."""
        workspace = self._workspace
        place = Place(
            board=ahead.board, project_id=ahead.project_id, project_name=ahead.project_name
        )
        workspace.show(place, (ahead.filter, ahead.view))
        workspace.ahead.publish(ahead.window)
        self._ready()
        painted = asyncio.Event()
        workspace.app.call_after_refresh(painted.set)
        await painted.wait()

    async def _follow(self, backend: Backend) -> None:
        # The feed goes on where the history ends that was read before it.
        await self._workspace.read_older(None)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._replace.run())
            group.create_task(self._workspace.older.run())
            group.create_task(Queueing(self._workspace).run())
            group.create_task(Unreading(self._workspace).run())
            group.create_task(Costing(self._workspace).run())
            await backend.follow(self._take, lambda link, _: self._workspace.connect(link))

    async def _opened(self, backend: Backend) -> Place:
        """Where to begin; waits for as long as there is no database."""
        while True:
            try:
                await backend.open()
                return await self._home(backend)
            except GenieError as error:
                self._again.clear()
                self._workspace.failed.publish(str(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY if self._settings.dsn else None):
                    await self._again.wait()

    async def _home(self, backend: Backend) -> Place:
        try:
            return await self._as_left(backend, await backend.home())
        except (NotFound, Refused) as error:
            # Another board than the one that was asked for is better than none.
            self._workspace.told.publish(str(error))
            return await backend.home(as_asked=False)

    async def _as_left(self, backend: Backend, home: Place) -> Place:
        """The board that was shown last, unless another one is asked for now."""
        last = self._memory.of(home.project_id)
        if last is None or last.board == home.board.key or self._settings.board is not None:
            return home
        try:
            return await backend.place(last.board, home)
        except GenieError:
            # It is gone, or another project's by now.
            return home

    def _look_as_left(self, place: Place) -> None:
        """In the project's colours; filtered and sorted as the same board was the last time."""
        last = self._memory.of(place.project_id)
        app = self._workspace.app
        if last is not None and last.theme in app.available_themes and not self._settings.theme:
            app.theme = last.theme
        if last is not None and last.board == place.board.key:
            self._workspace.narrow(last.filter)
            self._workspace.arrange(last.view)

    def _remember(self, place: Place | None) -> None:
        workspace = self._workspace
        if (place := place or workspace.place) is None:
            return
        last = Remembered(
            board=place.board.key,
            filter=workspace.filter,
            view=workspace.view,
            theme=workspace.app.theme,
        )
        self._memory.keep(place.project_id, last)

    def _take(self, change: Change) -> None:
        self._workspace.take(change)
        if change.boards:
            self._replace.ask(None)

    async def _read_place(self, _: None) -> None:
        """The board's columns may be others now."""
        backend, place = self._workspace.backend, self._workspace.place
        if backend is None or place is None:
            return
        try:
            now = await backend.again(place)
        except NotFound:
            self._workspace.told.publish(f"the board {place.board.name} is gone")
            self._workspace.show(await backend.home(as_asked=False))
        except GenieError as error:
            self._workspace.told.publish(str(error))
        else:
            if now != place and place is self._workspace.place:
                self._workspace.show(now)

    def reload(self) -> None:
        """Read everything again."""
        self._replace.ask(None)
        self._workspace.take(Change(reread=True))

    def retry(self) -> None:
        """Look for the database once more."""
        self._again.set()
