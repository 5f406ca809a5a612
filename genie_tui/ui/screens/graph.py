"""The dependency graph of a task, a board or a project, to walk in and to act on."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.widget import Widget

from genie_tui.domain.boards import Board, Column
from genie_tui.domain.changes import Change
from genie_tui.domain.graph import Graph
from genie_tui.domain.tasks import Card
from genie_tui.errors import GenieError, NotFound
from genie_tui.ui.keys.graph import GRAPH
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.lists import BACK
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.card_page import CardPage
from genie_tui.ui.screens.reading import ReadingPage
from genie_tui.ui.widgets.graph_details import GraphDetails
from genie_tui.ui.widgets.graph_head import GraphHead
from genie_tui.ui.widgets.graph_view import GraphView
from genie_tui.ui.widgets.item import Item
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.workspace import Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["GraphPage", "Scope"]

READ_AFTER = 0.05
"""Seconds that the cursor rests on another board's task before that board is read."""

TITLE_AT_MOST = 200

NONE_HERE = (
    "No task {} waits for another. `genie-tui task dep add 12 47` says that #12 waits for #47."
)


class Scope(Enum):
    """Whose dependencies are shown."""

    TASK = "task"
    BOARD = "board"
    PROJECT = "project"


class GraphPage(ReadingPage, CardPage):
    """What waits for what, live; the keys of a task act on the one under the cursor.

    Where `workspace.graph_of` names a task, that one's graph is shown, and the wish is met.
    """

    NAME = "Graph"
    BINDINGS: ClassVar[list[BindingType]] = bindings((*GRAPH, *BACK))
    HINTS = (
        "graph.open",
        "graph.scope",
        "graph.focus",
        "graph.wider",
        "graph.critical",
        "graph.find",
        "graph.hide_done",
        "task.advance",
        "task.checkout",
        "task.comment",
        "graph.circle",
        "screen.back",
        "app.palette",
    )
    DEFAULT_CSS = """
    GraphPage.-status GraphHead, GraphPage.-status GraphView, GraphPage.-status GraphDetails {
        display: none;
    }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.graph_head = GraphHead(ascii=self.ascii)
        self.graph = GraphView(ascii=self.ascii)
        self.details = GraphDetails(workspace.me, ascii=self.ascii)
        self.scope = Scope.BOARD
        self._wanted: str | None = None
        self._about: Card | None = None
        self._boards: dict[str, Board] = {}
        self._reads: Latest[str] = Latest(self._read_board, delay=READ_AFTER)

    def body(self) -> Iterable[Widget]:
        """What there is, the graph, and the task under its cursor."""
        yield self.graph_head
        yield self.graph
        yield self.details

    def on_mount(self) -> None:
        """The graph has the keys."""
        self.set_focus(self.graph)
        self.workspace.changes.subscribe(self, self._take_in, immediate=True)
        self.run_worker(self._reads.run(), group="reading")

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """Another task's graph may be wanted than when it was left."""
        self.meet_wish()

    def meet_wish(self) -> None:
        """Show the graph of the task that is wanted, if one is."""
        if (task_id := self.workspace.graph_of) is not None:
            self.workspace.graph_of = None
            self.scope, self._wanted = Scope.TASK, task_id
            self.reread()

    # Reading

    async def read(self, backend: Backend) -> None:
        """The graph of what is chosen; of the board, where the task is gone."""
        scope, wanted, place = self.scope, self._wanted, self.workspace.place
        if place is None:
            return
        try:
            if scope is Scope.TASK and wanted is not None:
                graph = await backend.graph.around(wanted)
            elif scope is Scope.PROJECT:
                graph = await backend.graph.of_project(place.project_id)
            else:
                graph = await backend.graph.of_board(place)
        except NotFound as error:
            if (scope, wanted) == (self.scope, self._wanted):
                self.scope, self._wanted = Scope.BOARD, None
                self.say(str(error), tone=Tone.BAD)
                self.reread()
            return
        if (scope, wanted) != (self.scope, self._wanted):
            # Another one is wanted by now, and will be read next.
            return
        self._show(graph, wanted)

    def _show(self, graph: Graph, wanted: str | None) -> None:
        about = graph.cards.get(wanted) if wanted is not None else None
        new = about is not None and (self._about is None or self._about.id != about.id)
        self._about = about
        self.graph.show(graph, empty=NONE_HERE.format(self._where()))
        if new and about is not None:
            self.graph.move_to(about.id)
            self.graph.action_centre()

    def _where(self) -> str:
        place = self.workspace.place
        if self.scope is Scope.BOARD or place is None:
            return "of this board"
        return "of this project" if place.project_id is not None else "at all"

    def concerned(self, change: Change) -> bool:
        """Do other tasks wait for each other now, or other ones than were read?"""
        known = self.graph.graph.cards
        return (
            change.reread
            or bool(change.gone & known.keys())
            or any(_links(card) != _links(known.get(card.id)) for card in change.cards)
        )

    def _take_in(self, change: Change) -> None:
        """What has changed in the tasks themselves needs no reading."""
        graph = self.graph.graph.updated(change.cards)
        if graph is not self.graph.graph:
            self.graph.show(graph, empty=self.graph.empty)

    # What is told from below

    @on(GraphView.Selected)
    def _selected(self, event: GraphView.Selected) -> None:
        event.stop()
        self._tell()
        card = event.card
        if card is not None and self._board_of(card) is None:
            self._reads.ask(_board_key(card))
        self.show_bearings()

    def _tell(self) -> None:
        view, card = self.graph, self.graph.card
        self.graph_head.show(self._of(), view.graph, self._mode())
        board = self._board_of(card) if card else None
        column = board.place(card.column_id, card.stage) if board and card else None
        place = self.workspace.place
        elsewhere = board is not None and place is not None and board.key != place.board.key
        note = f"on board {board.name}" if elsewhere and board else ""
        self.details.show(view.graph, card, column, note)

    def _of(self) -> str:
        """Of what the graph is."""
        place = self.workspace.place
        if self.scope is Scope.TASK and self._about is not None:
            return f"of #{self._about.seq}"
        if self.scope is Scope.PROJECT:
            return f"of {place.project_name}" if place and place.project_name else "of all projects"
        return f"of board {place.board.name}" if place else ""

    def _mode(self) -> str:
        view, modes = self.graph, []
        if view.done_hidden:
            modes.append("done hidden")
        if view.hops is not None:
            modes.append(f"focus {view.hops}: {view.shown} of {len(view.graph.cards)}")
        return ", ".join(modes)

    @on(GraphView.Opened)
    async def _opened(self, event: GraphView.Opened) -> None:
        event.stop()
        from genie_tui.ui.screens.task import TaskPage

        board = self._board_of(event.card)
        column = board.place(event.card.column_id, event.card.stage) if board else None
        await self.app.push_screen(TaskPage(self.workspace, event.card, column, self.graph.next))

    # What keys act on

    def subject(self) -> Card | None:
        """The task under the cursor."""
        return self.graph.card

    def columns(self) -> tuple[Column, ...]:
        """Its board's, once that is read."""
        card = self.subject()
        board = self._board_of(card) if card else None
        return board.columns if board else ()

    def pending(self, task_id: str, on: bool) -> None:
        """Marked in the graph."""
        self.graph.set_pending(task_id, on)

    def _board_of(self, card: Card) -> Board | None:
        place, key = self.workspace.place, _board_key(card)
        if place is not None and place.board.key == key:
            return place.board
        return self._boards.get(key)

    async def _read_board(self, key: str) -> None:
        if (backend := self.workspace.backend) is None:
            return
        try:
            self._boards[key] = await backend.graph.board(key)
        except GenieError:
            # It is asked for again when the cursor comes back; meanwhile its columns are not known.
            return
        self._tell()

    # Keys

    def action_scope(self) -> None:
        """Of the task, then of its board, then of the project, and so on."""
        scopes = list(Scope)
        wanted = scopes[(scopes.index(self.scope) + 1) % len(scopes)]
        card = self.graph.card
        if wanted is Scope.TASK and card is None:
            wanted = Scope.BOARD
        self.scope = wanted
        self._wanted = card.id if wanted is Scope.TASK and card else None
        self.reread()

    async def action_find(self) -> None:
        """Go to a task by its number or words of its title."""
        from genie_tui.ui.widgets.picker import Picker

        graph, cursor = self.graph.graph, self.graph.card
        items = [
            Item(
                id=card.id,
                text=f"#{card.seq} {card.title[:TITLE_AT_MOST]}",
                note=card.stage,
                current=cursor is not None and card.id == cursor.id,
            )
            for card in graph.cards.values()
        ]
        if not items:
            self.say("there is no task in this graph; w shows another one")
            return

        def taken(task_id: str | None) -> None:
            if task_id is not None and not self.graph.move_to(task_id):
                self.say("that task is no longer in the graph", tone=Tone.BAD)

        picker = Picker("Find in the graph", items, hint="number or title", ascii=self.ascii)
        await self.app.push_screen(picker, taken)


def _links(card: Card | None) -> tuple[frozenset[str], frozenset[str]]:
    """The open tasks that one waits for, and those that wait for it."""
    if card is None:
        return frozenset(), frozenset()
    return frozenset(link.id for link in card.waits), frozenset(link.id for link in card.holds)


def _board_key(card: Card) -> str:
    return card.board_id if card.board_id is not None else f"type:{card.type_id}"
