"""What the screens share: the board that is shown, how the link stands, what has happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual.app import App
from textual.signal import Signal

from genie_tui.domain.actors import Actor, Kind
from genie_tui.domain.boards import Board
from genie_tui.domain.changes import Change, LinkState
from genie_tui.domain.filters import Filter
from genie_tui.domain.saved_views import SavedView
from genie_tui.domain.tasks import Card
from genie_tui.domain.triage import Queue
from genie_tui.domain.views import View
from genie_tui.domain.windows import Summary, Window
from genie_tui.errors import GenieError
from genie_tui.settings import Settings
from genie_tui.ui.drafts import Drafts
from genie_tui.ui.keymap import Keymap
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens import TITLES
from genie_tui.ui.widgets.header import Bearings
from genie_tui.ui.widgets.journal import Journal
from genie_tui.ui.widgets.log_lines import told
from genie_tui.ui.widgets.marks import marks
from genie_tui.ui.widgets.plain import cell_len, clean, fit

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend
    from genie_tui.ui.keyboard import Keyboard

__all__ = ["Place", "Workspace"]

NAMED_IN = 30
"""Cells for the name of a saved view in the header."""

READ_ONLY = "this is read-only: nothing is written; start without --read-only to write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A board as it is shown; `project_id` narrows one that several projects share."""

    board: Board
    project_id: str | None = None
    project_name: str | None = None

    @property
    def name(self) -> str:
        """`acme/Sprint-12`."""
        return f"{self.project_name or 'all projects'}/{self.board.name}"

    @property
    def note(self) -> str:
        """What sort of board it is, where that is not the usual."""
        if self.board.id is None:
            return "by task type"
        return "" if self.board.project_id is not None else "global board"

    def same_as(self, other: Place | None) -> bool:
        """Is it the same board of the same project?"""
        mine = (self.board.key, self.project_id)
        return other is not None and mine == (other.board.key, other.project_id)

    def shows(self, card: Card) -> bool:
        """Is a task of this board's shown, as far as its project decides that?"""
        own = self.board.project_id is not None or self.project_id is None
        return own or card.project_id == self.project_id


class Workspace:
    """One for the program; screens are handed it, and hear of it by its signals.

    `opened` is true once keys take effect. `graph_of` is the id of the task whose graph is to be
    shown when the graph's screen is, until it is.

    `changes` brings what the feed delivers, `logged` that the journal has grown at either end,
    `placed` that another board or filter is to be shown, `news` that there is something else
    for the header to tell. `started` brings a step on the way to the database, `failed` why
    there is none, `told` a sentence for whoever looks, `moving` the id of a task that the user
    is about to move, `ahead` the rows that were there before any connection was, `queued` what
    needs a person now, `decided` that the user has decided on what no row tells of, `marked` that
    something was read. `older` reads events before those that are loaded.
    """

    def __init__(
        self, app: App[None], settings: Settings, me: Actor, keymap: Keymap, keyboard: Keyboard
    ) -> None:
        self.app = app
        self.settings = settings
        self.me = me
        self.keymap = keymap
        self.keyboard = keyboard
        self.journal = Journal()
        self._marks = marks(ascii=settings.ascii)
        self.backend: Backend | None = None
        self.place: Place | None = None
        self.filter = Filter()
        self.view = View()
        self.saved: tuple[SavedView, ...] = ()
        self.view_id = ""
        self.graph_of: str | None = None
        self.summary: Summary | None = None
        self.cost = ""
        self.unread = 0
        self.queue = Queue()
        self._queue_known = False
        self.link = LinkState.CONNECTING
        self.fresh_at: datetime | None = None
        self.changes: Signal[Change] = Signal(app, "changes")
        self.news: Signal[None] = Signal(app, "news")
        self.placed: Signal[Place] = Signal(app, "placed")
        self.started: Signal[str] = Signal(app, "started")
        self.failed: Signal[str] = Signal(app, "failed")
        self.told: Signal[str] = Signal(app, "told")
        self.moving: Signal[str] = Signal(app, "moving")
        self.logged: Signal[None] = Signal(app, "logged")
        self.ahead: Signal[Window] = Signal(app, "ahead")
        self.queued: Signal[Queue] = Signal(app, "queued")
        self.decided: Signal[None] = Signal(app, "decided")
        self.marked: Signal[None] = Signal(app, "marked")
        self.older: Latest[None] = Latest(self.read_older)
        self.drafts = Drafts(settings.home, app.set_timer)
        self.opened = False
        keyboard.close()

    def open_keys(self) -> None:
        """There is something for keys to act on; those that were pressed so far act now."""
        if not self.opened:
            self.opened = True
            self.keyboard.open()

    def connect(self, link: LinkState) -> None:
        """The link to the database stands otherwise now."""
        if link is not self.link:
            if self.link.connected:
                self.fresh_at = datetime.now(UTC)
            self.link = link
            self.news.publish(None)

    def count(self, summary: Summary) -> None:
        """The board's tasks are so many now."""
        if summary != self.summary:
            self.summary = summary
            self.news.publish(None)

    def spend(self, cost: str) -> None:
        """So much was spent in the last 24 hours."""
        if cost != self.cost:
            self.cost = cost
            self.news.publish(None)

    def count_unread(self, unread: int) -> None:
        """There is so much to read now."""
        if unread != self.unread:
            self.unread = unread
            self.news.publish(None)

    def decide(self, queue: Queue) -> None:
        """This needs a person now."""
        if queue != self.queue or not self._queue_known:
            self.queue, self._queue_known = queue, True
            self.queued.publish(queue)
            self.news.publish(None)

    def show(self, place: Place, look: tuple[Filter, View] | None = None) -> None:
        """Show a board, or the same one with other columns; with `look`, as that says."""
        if not place.same_as(self.place):
            self.filter, self.view, self.summary = Filter(), View(), None
            if self.place is None or place.project_id != self.place.project_id:
                self.queue, self._queue_known = Queue(), False
        self.place = place
        if look is not None:
            self.filter, self.view = look
        self.placed.publish(place)
        self.news.publish(None)

    def narrow(self, filter_: Filter) -> None:
        """Show what a filter lets through."""
        if self.place is not None and filter_ != self.filter:
            self.filter = filter_
            self.placed.publish(self.place)
            self.news.publish(None)

    def arrange(self, view: View) -> None:
        """Show the cards in another order, or others of them."""
        if self.place is not None and view != self.view:
            self.view = view
            self.placed.publish(self.place)
            self.news.publish(None)

    def know_views(self, saved: tuple[SavedView, ...]) -> None:
        """These are saved now."""
        if saved != self.saved:
            self.saved = saved
            self.news.publish(None)

    @property
    def board_views(self) -> tuple[SavedView, ...]:
        """The saved views of this board, before the others that of `view_id`: the last gone to."""
        if (place := self.place) is None:
            return ()
        of_board = [view for view in self.saved if view.is_of(place.board.key, place.project_id)]
        return tuple(sorted(of_board, key=lambda view: view.id != self.view_id))

    @property
    def saved_view(self) -> SavedView | None:
        """The saved view that is shown, with nothing changed since."""
        shown = (view for view in self.board_views if view.shows(self.filter, self.view))
        return next(shown, None)

    def _looks(self) -> str:
        """How the board is looked at: by which name, and what differs from the usual."""
        if (saved := self.saved_view) is None:
            return str(self.view)
        name = clean(saved.name)
        shown = fit(name, NAMED_IN, self._marks.ellipsis) if cell_len(name) > NAMED_IN else name
        return f"{shown} ({self.view})" if str(self.view) else shown

    @property
    def where(self) -> Filter:
        """The filter, and what is hidden beside it."""
        return self.view.narrowed(self.filter)

    def accepts(self, card: Card) -> bool:
        """Is a task of the board's to be shown, by its project and the filter?"""
        if self.place is None or not self.place.shows(card):
            return False
        where = self.where
        return not where or where.matches(card, datetime.now(UTC), self.me)

    def take(self, change: Change) -> None:
        """Something has changed; the journal has it before the screens hear of it."""
        if change.anew:
            self.journal.begin_anew()
        if self.journal.add(change.events):
            self.logged.publish(None)
        self.changes.publish(change)

    async def read_older(self, _: None) -> None:
        """Events before those that are loaded; where there are none, the newest."""
        if self.backend is None or self.journal.complete:
            return
        try:
            events = await self.backend.history(self.journal.oldest)
        except GenieError:
            # It is wanted again as soon as somebody looks there once more.
            return
        self.journal.add_older(events)
        self.logged.publish(None)

    @property
    def only_reads(self) -> str:
        """Why nothing can be written; empty where something can."""
        if self.settings.read_only:
            return READ_ONLY
        return self.backend.only_reads if self.backend else ""

    def bearings(self, screen: str, heading: str = "") -> Bearings:
        """What a header tells."""
        place, events = self.place, self.journal
        return Bearings(
            project=(place.project_name or "all projects") if place else "",
            board=place.board.name if place else "",
            screens=TITLES,
            screen=screen,
            waiting=self.queue.total,
            unread=self.unread,
            summary=self.summary,
            cost=self.cost,
            filter=str(self.filter),
            view=self._looks(),
            link=self.link,
            me=self.me.id,
            person=self.me.kind is Kind.HUMAN,
            read_only=bool(self.only_reads),
            heading=heading,
            newest=told(events[events.end - 1], self._marks) if len(events) else "",
        )
