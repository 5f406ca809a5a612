"""The board screen: a live board, what happens beside it, and the card under the cursor in full."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from genie_tui.domain.boards import Column
from genie_tui.domain.changes import Change, EventKind, LinkState
from genie_tui.domain.tasks import Card, Priority
from genie_tui.domain.windows import Window
from genie_tui.errors import GenieError
from genie_tui.ui.keys.board import BOARD, VIEWING
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.viewing import ViewingPage
from genie_tui.ui.widgets.activity_log import ActivityLog, Shape
from genie_tui.ui.widgets.board import BoardView
from genie_tui.ui.widgets.details import Details, Glance
from genie_tui.ui.widgets.footer import Hint
from genie_tui.ui.widgets.holders import Holders
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.startup import Startup
from genie_tui.ui.workspace import Place, Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["BoardPage"]

COUNTS_EVERY = 0.25
"""Seconds between two readings of the header's counts, however much changes."""

BULK = ("task.advance", "task.move", "task.assign", "task.tags", "task.priority", "task.done")
"""What is done to many at once, as the footer has it."""

CREW_EVERY = 1.0
"""Seconds between two looks at who is at work."""

GLANCE_AFTER = 0.08
"""Seconds that the cursor rests on a card before more is read about it."""


class BoardPage(ViewingPage):
    """Shows the workspace's board; rows are read as they come into view."""

    BINDINGS: ClassVar[list[BindingType]] = bindings((*BOARD, *VIEWING))
    HINTS = (
        "board.open",
        "task.advance",
        "task.back",
        "task.checkout",
        "task.comment",
        "board.filter",
        "task.block",
        "board.new",
        "app.boards",
        "app.palette",
        "task.move",
        "task.done",
    )

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.board = BoardView(ascii=self.ascii)
        self.panel = ActivityLog(workspace.journal, shape=Shape.PANEL, ascii=self.ascii, id="panel")
        self.ticker = ActivityLog(
            workspace.journal, shape=Shape.LINE, ascii=self.ascii, id="ticker"
        )
        self.details = Details(workspace.me, ascii=self.ascii)
        self.holders = Holders(workspace.me, ascii=self.ascii)
        self.startup = Startup(ascii=self.ascii)
        self._glance: Glance | None = None
        self._frozen = False
        self._rows: Latest[BoardView.RowsWanted] = Latest(self._read_rows)
        self._counts: Latest[None] = Latest(self._read_counts, every=COUNTS_EVERY)
        self._crews: Latest[None] = Latest(self._read_crew, every=CREW_EVERY)
        self._glances: Latest[str] = Latest(self._read_glance, delay=GLANCE_AFTER)

    def body(self) -> Iterable[Widget]:
        """The board, and what stands around it."""
        self._stand(self.app.size.width)
        yield Container(self.board, self.holders, self.panel, self.startup, id="desk")
        yield self.details
        yield self.ticker

    def on_mount(self) -> None:
        """Hear of everything, and read what is asked for."""
        self.set_focus(self.board)
        self.workspace.placed.subscribe(self, self._show, immediate=True)
        self.workspace.changes.subscribe(self, self._change, immediate=True)
        self.workspace.logged.subscribe(self, self._logged, immediate=True)
        # The cursor goes along with what the user moves.
        self.workspace.moving.subscribe(self, self.board.follow, immediate=True)
        self.workspace.started.subscribe(self, self._started, immediate=True)
        self.workspace.failed.subscribe(self, self._failed, immediate=True)
        self.workspace.ahead.subscribe(self, self._ahead, immediate=True)
        for reader in (self._rows, self._counts, self._crews, self._glances):
            self.run_worker(reader.run(), group="reading")

    def on_resize(self, event: events.Resize) -> None:
        """Stand beside each other otherwise."""
        self._stand(event.size.width)
        self.call_after_refresh(self._keep_focus)

    def _keep_focus(self) -> None:
        """What had the focus may have gone for lack of room."""
        if self.focused is None:
            self.set_focus(self.board)

    def _stand(self, width: int) -> None:
        self.panel.shape = Shape.PANEL if width >= 110 else Shape.SECTION
        self.board.join(right=width >= 110, below=width > 60, titled=False)
        if width <= 60:
            self._counts.ask(None)
            self._crews.ask(None)

    # What is told from below

    def _started(self, step: str) -> None:
        """The server is being started; keys that are pressed meanwhile are kept."""
        if not self._frozen:
            quit_now = self.workspace.keymap.shown("app.quit_now")
            self.startup.step(step, f"keys are kept until the board is there; {quit_now} quits")

    def _ahead(self, window: Window) -> None:
        """Rows that were fetched before there was a connection; keys wait for that."""
        self.board.load(window)
        self.workspace.count(window.summary)

    def _failed(self, reason: str) -> None:
        keymap = self.workspace.keymap
        again, leave = keymap.shown("app.reload"), keymap.shown("app.quit")
        self.startup.fail(reason, f"{again} tries again, {leave} quits")
        self.workspace.open_keys()
        gc.enable()

    def _show(self, place: Place) -> None:
        """Another board, or the same one filtered otherwise."""
        workspace = self.workspace
        self.board.show_board(
            place.board,
            me=workspace.me,
            accepts=workspace.accepts,
            sort=workspace.view.sort,
            group=workspace.view.group,
            folded=frozenset(workspace.view.folded),
        )
        self._counts.ask(None)
        self._crews.ask(None)

    def _change(self, change: Change) -> None:
        self.board.apply(change)
        if change.cards or change.gone or change.reread:
            self._counts.ask(None)
            self._crews.ask(None)
        elif any(event.kind is EventKind.AGENT for event in change.events):
            self._crews.ask(None)
        card = self.board.cursor_card
        if card is not None and any(event.task_id == card.id for event in change.events):
            self._glances.ask(card.id)

    def _logged(self, _: None) -> None:
        self.panel.changed()
        self.ticker.changed()
        if self.has_class("-status"):
            self.show_bearings()

    @on(BoardView.RowsWanted)
    def _rows_wanted(self, event: BoardView.RowsWanted) -> None:
        event.stop()
        self._rows.ask(event)

    @on(BoardView.CardSelected)
    def _card_selected(self, event: BoardView.CardSelected) -> None:
        event.stop()
        self._tell_of(event.card)

    def settle(self) -> None:
        """The card that is under the cursor now is told of at once."""
        self._tell_of(self.board.cursor_card)

    def _tell_of(self, card: Card | None) -> None:
        known = self._glance if card and self._glance and self._glance.whole.id == card.id else None
        told = self.details.show(card, self.board.cursor_column, known)
        if told and card is not None:
            self._glances.ask(card.id)
        if told and self.heading():
            self.show_bearings()

    @on(BoardView.CardOpened)
    async def _card_opened(self, event: BoardView.CardOpened) -> None:
        from genie_tui.ui.screens.task import TaskPage

        event.stop()
        if self.subject() is not None:
            page = TaskPage(self.workspace, event.card, self.board.cursor_column, self.board.step)
            await self.app.push_screen(page)

    @on(ActivityLog.OlderWanted)
    def _older_wanted(self, event: ActivityLog.OlderWanted) -> None:
        event.stop()
        self.workspace.older.ask(None)

    # What is read

    async def _read_rows(self, wanted: BoardView.RowsWanted) -> None:
        backend, place = self.workspace.backend, self.workspace.place
        if backend is None or place is None:
            return
        asked, view = self.workspace.filter, self.workspace.view
        try:
            window = await backend.window(
                place, wanted.spans, self.workspace.where, view.sort, view.group
            )
        except GenieError as error:
            self._unread(error)
            return
        if place is self.workspace.place:
            self.board.load(window, mark=wanted.mark)
            self.workspace.count(window.summary)
            self._loaded()
            self.matched(asked, window.summary)

    def _loaded(self) -> None:
        """The first rows are there: keys may act, and what was made so far is here to stay."""
        if self._frozen:
            return
        self._frozen = True
        self.startup.finish()
        self.workspace.open_keys()
        # What of it is garbage is looked for once nobody waits.
        gc.freeze()
        gc.enable()

    async def _read_counts(self, _: None) -> None:
        backend, place = self.workspace.backend, self.workspace.place
        if backend is None or place is None or self.workspace.link is LinkState.RECONNECTING:
            return
        mark, asked = self.board.mark, self.workspace.filter
        try:
            window = await backend.window(place, (), self.workspace.where)
        except GenieError as error:
            self._unread(error)
            return
        if place is self.workspace.place:
            self.board.load(window, mark=mark)
            self.workspace.count(window.summary)
            if self.has_class("-status"):
                # Where no card is shown, no rows are asked for.
                self._loaded()
            self.matched(asked, window.summary)

    async def _read_crew(self, _: None) -> None:
        """Who is at work, where there is room for nothing else that tells so."""
        backend, place = self.workspace.backend, self.workspace.place
        if backend is None or place is None or not self.has_class("-compact"):
            return
        try:
            crew = await backend.agents.crew(place)
            self.holders.show(await backend.locked(place, limit=5), crew.agents)
        except GenieError as error:
            self._unread(error)

    async def _read_glance(self, task_id: str) -> None:
        if (backend := self.workspace.backend) is None:
            return
        try:
            glance = await backend.glance(task_id)
        except GenieError:
            # The card itself is shown; what is beside it comes when the link is back.
            return
        card = self.board.cursor_card
        if card is not None and card.id == task_id:
            self._glance = glance
            self.details.show(card, self.board.cursor_column, glance)

    def _unread(self, error: GenieError) -> None:
        """Why nothing could be read; while the link is away, the header says that already."""
        if self.workspace.link.connected:
            self.say(str(error), tone=Tone.BAD)

    # What keys act on

    def subject(self) -> Card | None:
        """The card under the cursor; none where the board is not shown."""
        return None if self.has_class("-status") else self.board.cursor_card

    def columns(self) -> tuple[Column, ...]:
        """The board's."""
        return self.workspace.place.board.columns if self.workspace.place else ()

    def pending(self, task_id: str, on: bool) -> None:
        """Marked on the card."""
        self.board.set_pending(task_id, on)

    def hints(self) -> list[Hint]:
        """Where no card is shown, none of the keys that act on one."""
        if self.focused is not None and self.focused not in {self.board, self.panel}:
            return self._hints(("filter.keep", "filter.drop"))
        if self.is_mounted and self.board.chosen and not self.has_class("-status"):
            key, _ = self.workspace.keymap.hint("board.clear")
            return [(f"{len(self.board.chosen)} marked:", ""), (key, "none"), *self._hints(BULK)]
        alone = ("app.boards", "app.next_screen", "app.palette", "app.reload")
        return self._hints(alone if self.has_class("-status") else self.HINTS)

    def heading(self) -> str:
        """The cursor's column, where one is shown at a time."""
        if not self.has_class("-compact") or self.has_class("-status"):
            return ""
        return self.board.heading

    # Keys

    async def action_new(self) -> None:
        """A task in the column under the cursor."""
        from genie_tui.ui.widgets.prompt import Field

        place, column = self.workspace.place, self.board.cursor_column
        if self.writable() is None or place is None:
            return
        if column is None or not column.id:
            self.say("no column is under the cursor to make a task in")
            return

        async def send(backend: Backend, values: Mapping[str, str]) -> None:
            made = await backend.create(
                place,
                column.name,
                title=values["title"],
                priority=values["priority"],
                description=values["description"],
            )
            self.board.follow(made.id)

        fields = (
            Field(name="title", label="Title", required=True),
            Field(
                name="priority",
                label="Priority",
                value=Priority.NORMAL,
                choices=tuple(priority.value for priority in Priority),
            ),
            Field(name="description", label="Description", lines=8, paragraphs=True),
        )
        await self.prompt(f"New task in {column.label}", fields, "new", send)

    def action_follow(self) -> None:
        """Follow what happens, or stand still."""
        if self.panel.following:
            self.panel.stand_still()
        else:
            self.panel.follow()
