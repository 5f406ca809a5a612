"""One task in full, live: what is asked, what was said, how it went, what it hangs on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events, on
from textual.binding import BindingType
from textual.widget import Widget

from genie_tui.domain.boards import Board, Column
from genie_tui.domain.changes import Change, LinkState
from genie_tui.domain.tasks import Card
from genie_tui.errors import GenieError
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.keys.task import SECTIONS, STEPS, VIEW
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.task_links import LinksSection
from genie_tui.ui.screens.task_overview import OverviewSection
from genie_tui.ui.screens.task_past import HistorySection, RawSection
from genie_tui.ui.screens.task_section import TaskFrame, TaskSection
from genie_tui.ui.screens.task_talk import CommentsSection
from genie_tui.ui.screens.task_transcript import TranscriptSection
from genie_tui.ui.widgets.alarms import Alarms
from genie_tui.ui.widgets.footer import Hint
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.task_head import TaskHead
from genie_tui.ui.widgets.task_tabs import TaskTabs
from genie_tui.ui.workspace import Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["TaskPage"]

READ_EVERY = 0.1
"""Seconds between two readings, however much is said about the task."""

BACK_AT_MOST = 50
"""Tasks through which escape leads back."""

Step = Callable[[int], Card | None]
"""Goes over so many cards where a task was opened from; the one that is come to."""


class Left(NamedTuple):
    """Where one was before one went to another task."""

    card: Card
    column: Column | None
    section: int


class TaskPage(TaskFrame):
    """Follows one task; the keys of the board work here, too."""

    HORIZONTAL_BREAKPOINTS = [*TaskFrame.HORIZONTAL_BREAKPOINTS, (150, "-vast")]
    BINDINGS: ClassVar[list[BindingType]] = bindings((*VIEW, *STEPS, *SECTIONS))
    HINTS = ("view.close", "view.next_section", "view.next", "task.advance", "task.back")
    MORE = ("task.checkout", "task.comment", "task.block", "task.move", "task.done", "app.palette")
    ALWAYS = ("app.help", "app.quit_now")
    DEFAULT_CSS = """
    TaskPage {
        &.-status TaskSection, &.-status TaskTabs { display: none; }
        &.-vast #beside { display: block; }
        &.-vast .said { display: none; }
        &.-narrow #sides, &.-pair #sides, &.-compact #sides { layout: vertical; }
        &.-narrow, &.-pair, &.-compact {
            #words, #facts { width: 100%; padding: 0; }
        }
    }
    """

    def __init__(
        self,
        workspace: Workspace,
        card: Card,
        column: Column | None,
        step: Step = lambda _: None,
    ) -> None:
        super().__init__(workspace)
        self._step = step
        self._card_now = card
        self._column = column
        self._board: Board | None = None
        self._way: list[Left] = []
        self._stale = True
        self._reads: Latest[None] = Latest(self._read, every=READ_EVERY)
        self._ticking, self._looking = Alarms(self), Alarms(self)
        self.head = TaskHead(card, column, workspace.me, ascii=self.ascii)
        self.sections: tuple[TaskSection, ...] = (
            OverviewSection(self),
            CommentsSection(self),
            LinksSection(self),
            HistorySection(self),
            TranscriptSection(self),
            RawSection(self),
        )
        self._place = 0
        self.tabs = TaskTabs([section.TITLE for section in self.sections], ascii=self.ascii)

    def body(self) -> Iterable[Widget]:
        """The head, the sections' titles, and the section that is shown."""
        yield self.head
        yield self.tabs
        for place, section in enumerate(self.sections):
            section.display = place == self._place
            yield section

    def on_mount(self) -> None:
        """Read it, and again whenever something changes about it."""
        self.workspace.changes.subscribe(self, self._changes, immediate=True)
        self.run_worker(self._reads.run(), group="reading")
        self.set_focus(self.section.stops[0])
        self._count(self._card_now)
        self.reread()

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """Time has gone by, and maybe more."""
        self._tick()
        if self._stale:
            self.reread()

    def on_screen_suspend(self) -> None:
        """Nobody looks: nothing counts, nothing is read."""
        if not self.app.screen.is_modal:
            self._ticking.every(None, self._tick)
            self._looking.every(None, self.reread)

    @property
    def section(self) -> TaskSection:
        """The one that is shown."""
        return self.sections[self._place]

    # What is told from below

    def _changes(self, change: Change) -> None:
        mine = self._card_now.id
        for card in change.cards:
            if card.id == mine:
                self._show_card(card)
        if mine in change.gone:
            self.say(f"#{self._card_now.seq} was deleted", tone=Tone.BAD)
        elif self._told(change) or self.section.concerned(change):
            self.reread()

    def _told(self, change: Change) -> bool:
        mine = self._card_now.id
        cards = any(card.id == mine for card in change.cards)
        return change.reread or cards or any(event.task_id == mine for event in change.events)

    def reread(self) -> None:
        """Read at once where it is looked at, else once it is."""
        self._stale = True
        if self.is_mounted and (self.is_current or self.app.screen.is_modal):
            self._reads.ask(None)

    async def _read(self, _: None) -> None:
        backend = self.workspace.backend
        if backend is None or self.workspace.link is LinkState.RECONNECTING:
            # Once the link is back, everything is told to read again.
            return
        self._stale = False
        try:
            await self._read_all(backend)
        except GenieError as error:
            self._stale = True
            if self.workspace.link.connected:
                self.say(str(error), tone=Tone.BAD)

    async def _read_all(self, backend: Backend) -> None:
        """The task itself, and the section that is shown."""
        found, board = await backend.task.task(self._card_now.id)
        if not self.looks_at(found.id):
            return
        self._board = board
        self._show_card(found)
        section = self.section
        await section.read(backend, found)
        self._tick()
        self._looking.every(section.AGAIN if self.is_current else None, self.reread)

    def _show_card(self, card: Card) -> None:
        self._card_now = card
        self.head.show(card, self.place_of(card))
        self._count(card)

    def _count(self, card: Card) -> None:
        self.count(1, str(card.comments) if card.comments else "")
        self.count(2, f"{len(card.waits)} open" if card.waits else "")

    def _tick(self) -> None:
        """One timer for all that counts: seconds where there is a lock, else what is in minutes."""
        counting = self._card_now.lock is not None or self.section.counting
        looked_at = self.is_current or self.app.screen.is_modal
        self._ticking.every((1.0 if counting else 20.0) if looked_at else None, self._tick)
        self.head.redraw()
        self.section.tick()

    # What sections ask

    def looks_at(self, task_id: str) -> bool:
        """Is it still that task?"""
        return task_id == self._card_now.id

    def place_of(self, card: Card) -> Column | None:
        """The column in which it stands, as far as that is known."""
        return self._board.place(card.column_id, card.stage) if self._board else self._column

    def count(self, place: int, text: str) -> None:
        """Tell beside a section's title what there is in it."""
        self.tabs.count(place, text)

    def go_to_task(self, task_id: str) -> None:
        """Show another task, from which escape comes back to this one."""
        if (backend := self.workspace.backend) is not None:
            reading = self._go_to(backend, task_id)
            self.run_worker(self.workspace.keyboard.keep_during(reading), group="going")

    async def _go_to(self, backend: Backend, task_id: str) -> None:
        try:
            found, board = await backend.task.task(task_id)
        except GenieError as error:
            self.say(str(error), tone=Tone.BAD)
            return
        left = Left(self._card_now, self.place_of(self._card_now), self._place)
        self._way = [*self._way, left][-BACK_AT_MOST:]
        self._board = board
        self._show_other(found, self.place_of(found))

    def _show_other(self, card: Card, column: Column | None) -> None:
        self._card_now, self._column = card, column
        self.head.show(card, column)
        for section in self.sections:
            section.forget()
        self._count(card)
        self.count(4, "")
        self._show_way()
        self.reread()

    def _show_way(self) -> None:
        self.tabs.show(self._place, [left.card.seq for left in self._way])

    # What keys act on

    def subject(self) -> Card:
        """The task."""
        return self._card_now

    def columns(self) -> tuple[Column, ...]:
        """Its board's."""
        return self._board.columns if self._board else ()

    def pending(self, task_id: str, on: bool) -> None:
        """Marked in the head."""
        self.head.set_pending(on and task_id == self._card_now.id)

    def hints(self) -> list[Hint]:
        """The section's own keys first."""
        own = self.section.HINTS if self.is_mounted else ()
        close, *rest = self.HINTS
        return self._hints((close, *own, *rest, *self.MORE))

    # Keys

    def action_step(self, step: int) -> None:
        """The card so many below this one, where one came from."""
        if (card := self._step(step)) is None or card.id == self._card_now.id:
            self.say("there is no further card")
            return
        self._way.clear()
        self._show_other(card, self.place_of(card))

    def action_close(self) -> None:
        """Back to the task, or the screen, where one came from."""
        if not self._way:
            self.dismiss()
            return
        here = self._card_now.id
        left = self._way.pop()
        self._board = None
        self._show_other(left.card, left.column)
        self.show_section(left.section)
        self.section.seek(here)

    def action_show_section(self, place: int) -> None:
        """Another section."""
        self.show_section(place)

    def action_turn_section(self, step: int) -> None:
        """The next section, or the one before; from either end on to the other."""
        self.show_section((self._place + step) % len(self.sections))

    @on(TaskTabs.Chosen)
    def _tab_chosen(self, event: TaskTabs.Chosen) -> None:
        event.stop()
        self.show_section(event.place)

    def show_section(self, place: int, *, last: bool = False) -> None:
        """Show a section; with `last`, its last panel has the keys."""
        if place != self._place:
            self.section.display = False
            self._place = place
            self.section.display = True
            self._show_way()
            self.reread()
        self.set_focus(self.section.stops[-1 if last else 0])
        self.show_bearings()

    def focus_next(self, selector: object = "*") -> Widget | None:  # noqa: ARG002
        """The next panel of the section; after its last, the next section."""
        return self._focus_beside(1)

    def focus_previous(self, selector: object = "*") -> Widget | None:  # noqa: ARG002
        """The panel before; before the first, the section before."""
        return self._focus_beside(-1)

    def _focus_beside(self, step: int) -> Widget | None:
        stops = self.section.stops
        place = stops.index(self.focused) + step if self.focused in stops else 0
        if 0 <= place < len(stops):
            self.set_focus(stops[place])
        else:
            self.show_section((self._place + step) % len(self.sections), last=step < 0)
        return self.focused

    def action_scroll_lines(self, lines: int) -> None:
        """So many lines or items down."""
        self.section.go(lines)

    def action_scroll_pages(self, pages: float) -> None:
        """So many pages down."""
        self.section.go_pages(pages)

    def action_scroll_edge(self, end: bool) -> None:
        """To the beginning, or to the end."""
        self.section.go_edge(end)
