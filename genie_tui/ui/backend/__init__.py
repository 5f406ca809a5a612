"""What the screens may ask of the database: reads, and verbs that are one transaction each.

The only module of the interface that imports services and db; it is itself imported in a thread,
once the first frame stands. What no board needs to begin with is imported where it is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import psycopg
from psycopg import AsyncConnection

from genie_tui.db import server
from genie_tui.db.connection import Database
from genie_tui.db.failures import explained
from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import Board
from genie_tui.domain.changes import Change, Event, LinkState
from genie_tui.domain.conversations import Message
from genie_tui.domain.filters import Filter, parse
from genie_tui.domain.lanes import Group
from genie_tui.domain.projects import Project
from genie_tui.domain.stages import StageChange
from genie_tui.domain.tasks import Card, Sort, Task
from genie_tui.domain.windows import Span, Window
from genie_tui.errors import NoDatabase, NotFound
from genie_tui.services import (
    boards,
    conversations,
    opening,
    projects,
    stages,
    tasks,
)
from genie_tui.services.feed import Feed
from genie_tui.services.whereabouts import repository
from genie_tui.settings import Settings
from genie_tui.ui.backend.agents import AgentsDesk
from genie_tui.ui.backend.messages import MessagesDesk
from genie_tui.ui.backend.triage import TriageDesk
from genie_tui.ui.backend.verbs import Verbs
from genie_tui.ui.widgets.details import Glance
from genie_tui.ui.workspace import Place

if TYPE_CHECKING:
    from genie_tui.ui.backend.events import EventsDesk
    from genie_tui.ui.backend.fields import FieldsDesk
    from genie_tui.ui.backend.finding import FindingDesk
    from genie_tui.ui.backend.graph import GraphDesk
    from genie_tui.ui.backend.layout import LayoutDesk
    from genie_tui.ui.backend.many import ManyDesk
    from genie_tui.ui.backend.metrics import MetricsDesk
    from genie_tui.ui.backend.registry import RegistryDesk
    from genie_tui.ui.backend.schedules import SchedulesDesk
    from genie_tui.ui.backend.sessions import SessionsDesk
    from genie_tui.ui.backend.system import SystemDesk
    from genie_tui.ui.backend.task import TaskDesk
    from genie_tui.ui.backend.views import ViewsDesk

__all__ = ["Backend", "Whole"]

PATIENCE = 15.0
"""Seconds after which a read or a write that is still under way is given up."""

MARKED_AT_MOST = 10_000

SLOW = "the database did not answer in time; look whether it was done, and repeat it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """All that the screen of a task shows."""

    task: Task
    board: Board
    comments: tuple[Message, ...]
    log: tuple[StageChange, ...]


class Backend(Verbs):
    """The database as one person's dashboard uses it; every method may raise a GenieError."""

    def __init__(self, settings: Settings, me: Actor, progress: Callable[[str], None]) -> None:
        self.settings = settings
        self._me = me
        self._progress = progress
        self._database = Database(settings, pool_size=2, progress=progress)
        self._feed = Feed(self._database)

    async def open(self) -> None:
        """Find or start the server, and migrate it."""
        await self._database.open()

    async def start(self) -> None:
        """Start a server that was stopped, or look for it again at once."""
        await asyncio.to_thread(server.ensure, self.settings, self._progress)
        self._feed.hurry()

    async def close(self) -> None:
        """Close the connections."""
        await self._database.close()

    async def follow(
        self, deliver: Callable[[Change], None], state: Callable[[LinkState, str], None]
    ) -> None:
        """Deliver what changes until cancelled."""
        await self._feed.run(deliver, state)

    @property
    def only_reads(self) -> str:
        """Why the server lets nobody, or not us, write; empty where it does."""
        return self._database.limits.only_reads

    @cached_property
    def events(self) -> EventsDesk:
        """What the activity screen asks of one event."""
        from genie_tui.ui.backend.events import EventsDesk

        return EventsDesk(self._transaction)

    @cached_property
    def layout(self) -> LayoutDesk:
        """What keys do to a board itself."""
        from genie_tui.ui.backend.layout import LayoutDesk

        return LayoutDesk(self._transaction, self._me)

    @cached_property
    def registry(self) -> RegistryDesk:
        """What the registry's screen asks, and what it writes."""
        from genie_tui.ui.backend.registry import RegistryDesk

        return RegistryDesk(self._transaction, self._me, self.settings.home)

    @cached_property
    def schedules(self) -> SchedulesDesk:
        """What the schedules' screen asks, and what it writes."""
        from genie_tui.ui.backend.schedules import SchedulesDesk

        return SchedulesDesk(self._transaction, self._me)

    @cached_property
    def sessions(self) -> SessionsDesk:
        """What the sessions' screen asks."""
        from genie_tui.ui.backend.sessions import SessionsDesk

        return SessionsDesk(self._transaction)

    @cached_property
    def system(self) -> SystemDesk:
        """What the system screen asks."""
        from genie_tui.ui.backend.system import SystemDesk

        return SystemDesk(self._transaction, self.settings)

    @cached_property
    def triage(self) -> TriageDesk:
        """What the triage screen asks."""
        return TriageDesk(self._transaction, self._me)

    @cached_property
    def task(self) -> TaskDesk:
        """What the screen of a task asks."""
        from genie_tui.ui.backend.task import TaskDesk

        return TaskDesk(self._transaction, self._me)

    @cached_property
    def fields(self) -> FieldsDesk:
        """What of a task is chosen from lists or edited."""
        from genie_tui.ui.backend.fields import FieldsDesk

        return FieldsDesk(self._transaction, self.settings, self._me)

    @cached_property
    def finding(self) -> FindingDesk:
        """What the command palette finds by name."""
        from genie_tui.ui.backend.finding import FindingDesk

        return FindingDesk(self._transaction)

    @cached_property
    def graph(self) -> GraphDesk:
        """What the graph's screen asks."""
        from genie_tui.ui.backend.graph import GraphDesk

        return GraphDesk(self._transaction)

    @cached_property
    def agents(self) -> AgentsDesk:
        """What the agents' screen asks."""
        return AgentsDesk(self._transaction, self._me)

    @cached_property
    def metrics(self) -> MetricsDesk:
        """What the metrics screen asks."""
        from genie_tui.ui.backend.metrics import MetricsDesk

        return MetricsDesk(self._transaction)

    @cached_property
    def messages(self) -> MessagesDesk:
        """What the messages' screen asks."""
        return MessagesDesk(self._transaction, self._me)

    @cached_property
    def views(self) -> ViewsDesk:
        """What keys do with saved views."""
        from genie_tui.ui.backend.views import ViewsDesk

        return ViewsDesk(self._transaction, self._me)

    @cached_property
    def many(self) -> ManyDesk:
        """What keys do to all marked tasks."""
        from genie_tui.ui.backend.many import ManyDesk

        return ManyDesk(self._transaction, self._me)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        """One transaction, whose failures are all of a kind that can be shown."""
        try:
            async with asyncio.timeout(PATIENCE), self._database.connection() as conn:
                yield conn
        except TimeoutError as error:
            raise NoDatabase(SLOW) from error
        except psycopg.Error as error:
            raise explained(error) from error

    # Reads

    async def home(self, *, as_asked: bool = True) -> Place:
        """The board to begin with: the one that was asked for, else this repository's first."""
        async with self._transaction() as conn:
            return _place(*await opening.home(conn, self.settings, as_asked=as_asked))

    async def places(self, near: Place | None) -> tuple[Place, ...]:
        """Every board there is; those that projects share also for the nearest projects alone.

        These are the one of the place `near`, and the one of this repository.
        """
        here = repository()
        async with self._transaction() as conn:
            found = [_place(board, None) for board in await boards.list_boards(conn)]
            for project in await projects.list_projects(conn):
                if project.repo_path == here or (near and project.id == near.project_id):
                    shared = await boards.list_boards(conn, project_id=project.id)
                    found += [_place(b, project) for b in shared if b.project_id is None]
            return tuple(found)

    async def place(self, key: str, near: Place) -> Place:
        """The board of that key, in the project of another place."""
        async with self._transaction() as conn:
            project = await projects.get_project(conn, near.project_id) if near.project_id else None
            board = await boards.find_board(conn, key)
        if board.project_id not in (None, near.project_id):
            raise NotFound("that board is another project's")
        return _place(board, project)

    async def again(self, place: Place) -> Place:
        """A place with its board's columns as they are now."""
        async with self._transaction() as conn:
            board = await boards.find_board(conn, place.board.key)
        return Place(board=board, project_id=place.project_id, project_name=place.project_name)

    async def window(
        self,
        place: Place,
        spans: Sequence[Span],
        where: Filter,
        sort: Sort = Sort.PRIORITY,
        group: Group = Group.NONE,
    ) -> Window:
        """Counts, and the rows that are asked for."""
        async with self._transaction() as conn:
            return await boards.window(
                conn,
                place.board,
                spans,
                project_id=place.project_id,
                where=where or None,
                me=self._me,
                sort=sort,
                group=group,
            )

    async def ids(self, place: Place, column_id: str, where: Filter) -> frozenset[str]:
        """The tasks of a column that a filter lets through, as many as can be acted on at once."""
        span = Span(column_id=column_id, offset=0, limit=MARKED_AT_MOST)
        window = await self.window(place, [span], where)
        return frozenset(card.id for page in window.pages for card in page.cards)

    async def locked(self, place: Place, limit: int) -> tuple[Card, ...]:
        """The locked tasks of a board, the first few of each column."""
        spans = [Span(column_id=c.id, offset=0, limit=limit) for c in place.board.columns]
        window = await self.window(place, spans, parse("locked"))
        return tuple(card for page in window.pages for card in page.cards)

    async def glance(self, task_id: str) -> Glance:
        """What the strip under the board tells beside the card."""
        async with self._transaction() as conn:
            whole = await tasks.get_task(conn, task_id)
            said = await conversations.comments(conn, task_id)
        last = said[-1] if said else None
        return Glance(
            whole=whole, last_by=last.sender_id if last else "", last=last.body if last else ""
        )

    async def whole(self, task_id: str) -> Whole:
        """A task with all that belongs to it."""
        async with self._transaction() as conn:
            found = await tasks.get_task(conn, task_id)
            key = found.board_id or f"type:{found.type_id}"
            return Whole(
                task=found,
                board=await boards.find_board(conn, key),
                comments=await conversations.comments(conn, task_id),
                log=await stages.stage_log(conn, task_id),
            )

    async def history(self, before: Event | None) -> tuple[Event, ...]:
        """The events before another one, or the newest there are."""
        async with self._transaction() as conn:
            return await self._feed.history(conn, before=before, limit=200)


def _place(board: Board, project: Project | None) -> Place:
    if board.project_id is not None:
        return Place(board=board, project_id=board.project_id, project_name=board.project_name)
    return Place(
        board=board,
        project_id=project.id if project else None,
        project_name=project.name if project else None,
    )
