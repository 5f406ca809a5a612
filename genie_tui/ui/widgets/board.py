"""The board: all columns in one widget, drawn by the line, and only what is visible."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from textual.message import Message
from textual.strip import Strip

from genie_tui.domain.actors import Actor
from genie_tui.domain.boards import ORPHANED, Board, Column
from genie_tui.domain.changes import Change
from genie_tui.domain.lanes import Group
from genie_tui.domain.store import Store, placing
from genie_tui.domain.tasks import Card, Sort
from genie_tui.domain.windows import Span, Window
from genie_tui.ui.widgets.alarms import Alarms
from genie_tui.ui.widgets.asking import PATIENCE, Asking
from genie_tui.ui.widgets.board_style import CLASSES, CSS, SKELETON
from genie_tui.ui.widgets.form import Form
from genie_tui.ui.widgets.lane_viewpoint import LaneViewpoint
from genie_tui.ui.widgets.layout import Arrangement
from genie_tui.ui.widgets.marks import marks
from genie_tui.ui.widgets.painter import Painter, Scene
from genie_tui.ui.widgets.palette import Palette
from genie_tui.ui.widgets.picture import Picture
from genie_tui.ui.widgets.steering import Steered
from genie_tui.ui.widgets.viewpoint import Viewpoint

__all__ = ["BoardView"]

OVERDUE = 0.1
"""Seconds after which a paint that was waited for will not come."""

FLASH = 1.2
"""Seconds for which a card that moved is marked."""

COLLAPSE_AFTER = 5.0
"""Seconds after which a column that has become empty collapses; at once would be restless."""

DOUBT = 1.0
"""Seconds to gather reasons for a re-read which most likely changes nothing that is shown."""

PAGE = 12
"""Cards a column is taken to show before the widget has a size."""

Accepts = Callable[[Card], bool] | None


class BoardView(Steered, can_focus=True):
    """A live board with a cursor.

    It is fed from above: `show_board`, `load` and `apply`; what it needs it asks for with
    `RowsWanted`. It never waits: rows that are not there yet are drawn as placeholders.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES = CLASSES
    DEFAULT_CSS = CSS

    @dataclass
    class CardSelected(Message):
        """Another card is under the cursor, or the one that is has changed."""

        card: Card | None

    @dataclass
    class RowsWanted(Message):
        """These rows are to be read; `mark` goes back into `load` with the answer."""

        spans: tuple[Span, ...]
        mark: int

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - as every widget
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._marks = marks(ascii=ascii)
        self._clock = clock
        self._joins = (False, False)
        self._titled = True
        self._palette: Palette | None = None
        self._drawer: Painter | None = None
        self._picture: Picture | None = None
        self._alarms = Alarms(self)
        self._ask_due = False
        self._arrangement = Arrangement()
        self._pending: set[str] = set()
        self._flashing: dict[str, float] = {}
        self._turn = 0
        self._told: tuple[str, Card | None] | None = None
        self._me = Actor.human("", "")
        self._board = SKELETON
        self._adopt(SKELETON, None, Sort.PRIORITY, Group.NONE)

    # What is fed

    def show_board(
        self,
        board: Board,
        *,
        me: Actor,
        accepts: Accepts = None,
        sort: Sort = Sort.PRIORITY,
        group: Group = Group.NONE,
        folded: frozenset[str] = frozenset(),
    ) -> None:
        """Show a board's columns at once; its rows are asked for.

        `accepts` says of a changed card whether it is to be shown here, as far as project and
        filter decide that; the board's own columns and membership are checked anyway. Shown
        again, as after an edit or with another filter, a board keeps its cursor where it can.
        """
        old = self._view if board.key == self._board.key else None
        self._me = me
        self._adopt(board, accepts, sort, group)
        if old is not None:
            self._store.resume(old.store)
            self._view.resume(old)
        else:
            self.choose(self.chosen, on=False)
        self._view.fold(folded)
        self._sync()
        if self._picture is not None:
            self._post_wanted()

    def load(self, window: Window, *, mark: int | None = None) -> None:
        """Take in rows; `mark` is the one of the `RowsWanted`, or of `mark` before the read."""
        first = any(self._store.count(column) is None for column in self._store.columns)
        with self._view.held():
            self._store.load(window, self._mark if mark is None else mark)
        self._asking.answered(page.column_id for page in window.pages)
        if first:
            self._arrangement.tidy(self._view)
        self._sync()

    def apply(self, change: Change) -> None:
        """Show changed tasks in their places; what moved is marked for a moment."""
        with self._view.held():
            moved = self._store.apply(change)
        self.choose(change.gone & self.chosen, on=False)
        if change.reread:
            self._asking.answered(self._store.columns)
        self._flash(moved)
        self._sync()

    def spans(self) -> tuple[Span, ...]:
        """The rows that a re-read should bring now: the visible ones, and a screen either way."""
        self._mark = self._store.version
        return self._view.spans()

    @property
    def mark(self) -> int:
        """Where the changes stand; taken before a read, it goes into `load` with the answer."""
        return self._store.version

    def set_pending(self, task_id: str, pending: bool) -> None:
        """Mark a card while a write to it is under way."""
        (self._pending.add if pending else self._pending.discard)(task_id)
        self._turn += 1
        self._sync()

    # Where the cursor is

    @property
    def cursor_card(self) -> Card | None:
        """The card under the cursor; None on an empty column or a row that is not loaded."""
        return self._view.card

    @property
    def cursor_column(self) -> Column | None:
        """The column of the cursor; None where the board has none."""
        return self._columns.get(self._view.column) if self._board is not SKELETON else None

    @property
    def heading(self) -> str:
        """The cursor's column in words: `Build 6/4! [A»]  2/5`."""
        column, shown = self._view.column, self._view.columns
        if column not in shown:
            return ""
        text = self._painter().heading(column, self._store.count(column))
        return f"{text}  {shown.index(column) + 1}/{len(shown)}"

    def move_to(self, task_id: str) -> bool:
        """Put the cursor on a task; False where it is not loaded."""
        found = self._view.go_to(task_id)
        self._sync()
        return found

    def follow(self, task_id: str) -> None:
        """Go along with a task that the user is moving, until a key moves the cursor."""
        self._view.follow(task_id)
        self._sync()

    def join(self, *, right: bool = False, below: bool = False, titled: bool = True) -> None:
        """Let the frame go over into a neighbour's.

        `titled` says whether the compact form begins with the column's title, which is in
        `heading` too.
        """
        if (self._joins, self._titled) != ((right, below), titled):
            self._joins, self._titled = (right, below), titled
            self._sync()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line of all columns."""
        if self._picture is None or self._picture.form.size != self.size:
            self._resize()
        picture = self._picture
        if picture is None or y >= len(picture.frame):
            return Strip.blank(self.size.width, self.rich_style)
        return picture.line(y)

    def notify_style_update(self) -> None:
        """Where colours have changed, nothing that is drawn can be kept; focus changes none."""
        if self._palette is not None and not self._palette.valid():
            self._palette = self._drawer = self._picture = None
        super().notify_style_update()

    def _adopt(self, board: Board, accepts: Accepts, sort: Sort, group: Group) -> None:
        columns = {column.id: column for column in reversed(board.columns)}
        self._columns = {column.id: columns[column.id] for column in board.columns}
        self._columns[ORPHANED] = Column(id=ORPHANED, name="", label="Orphaned")
        self._board = board
        self._store = Store(tuple(self._columns), placing(board, accepts), sort, group)
        self._mark = 0
        look = Viewpoint if group is Group.NONE else LaneViewpoint
        self._view = look(self._store, PAGE)
        self._drawer = None
        self._asking = Asking()
        self._flashing.clear()

    def _painter(self) -> Painter:
        if self._palette is None:
            self._palette = Palette(self)
        if self._drawer is None:
            self._drawer = Painter(
                self._columns,
                wip=self._board.wip,
                me=self._me,
                marks=self._marks,
                palette=self._palette,
            )
        return self._drawer

    def _resize(self) -> None:
        self._arrangement.tidy(self._view)
        self._picture = None
        self._sync()

    def _sync(self) -> None:
        """Paint what differs from what is on screen, and see to what follows from it."""
        if not self.size or not self.is_attached:
            return
        right, below = self._joins
        form = Form.of(self.size, titled=self._titled, joins_right=right, joins_below=below)
        if form.page != self._view.page:
            self._view.resize(form.page)
        slots = self._arrangement.slots(form.size.width, self._view)
        self._view.stand_in(form, slots)
        scene = Scene(
            form=form,
            slots=slots,
            view=self._view,
            now=self._clock(),
            focused=self.has_focus,
            flashing=self._flashing,
            pending=self._pending,
            chosen=self.chosen,
            turn=self._turn,
        )
        old, self._picture = self._picture, self._painter().paint(scene)
        if old is None or not self._picture.alike(old):
            self.refresh()
        elif regions := list(self._picture.changes(old)):
            self.refresh(*regions)
        self._follow_up(self._picture.every)

    def _follow_up(self, every: float | None) -> None:
        """Ask for what is missing, tell what is new, and wait for what comes by itself."""
        self._ask()
        self._tell()
        self._alarms.every(every, self._tick)
        if self._arrangement.untidy(self._view):
            self._alarms.later("collapse", COLLAPSE_AFTER, self._collapse)

    # Time

    def _tick(self) -> None:
        self._painter().expire()
        self._sync()

    def _collapse(self) -> None:
        self._arrangement.tidy(self._view, keep=self._view.column)
        self._sync()

    def _flash(self, moved: frozenset[str]) -> None:
        if moved and not self.app.has_class("-still"):
            until = time.monotonic() + FLASH
            self._flashing.update(dict.fromkeys(moved, until))
            self._turn += 1
            self._alarms.later("flash", FLASH, self._fade)

    def _fade(self) -> None:
        now = time.monotonic()
        self._turn += 1
        self._flashing = {id_: until for id_, until in self._flashing.items() if until > now}
        if self._flashing:
            self._alarms.later("flash", min(self._flashing.values()) - now + 0.05, self._fade)
        self._sync()

    # Asking and telling

    def _ask(self) -> None:
        """See to it that missing rows are asked for, once the screen has been painted.

        The first ones are asked for at once: nothing better can be done meanwhile.
        """
        if self._store.doubtful:
            self._alarms.later("doubt", DOUBT, self._doubt)
        if self._ask_due or not self._wanted():
            return
        if all(self._store.count(column) is None for column in self._store.columns):
            self._post_wanted()
        else:
            self._ask_due = True
            self.call_after_refresh(self._post_wanted)
            # A screen that another one covers just then never calls back.
            self._alarms.later("ask", OVERDUE, self._post_wanted)

    def _wanted(self) -> tuple[Span, ...]:
        known = self._board is not SKELETON
        return self._asking.open(self._view, time.monotonic()) if known else ()

    def _post_wanted(self) -> None:
        self._ask_due = False
        if wanted := self._wanted():
            self._want(wanted)

    def _want(self, spans: tuple[Span, ...]) -> None:
        self._asking.asked(spans, time.monotonic())
        self._mark = self._store.version
        self._say(self.RowsWanted(spans, self._mark))
        self._alarms.later("again", PATIENCE, self._again)

    def _again(self) -> None:
        """A read may have failed: rows that have not come are asked for once more."""
        if self._asking.waits:
            self._alarms.later("again", PATIENCE, self._again)
            self._sync()

    def _doubt(self) -> None:
        if self._store.doubtful:
            self._want(self._view.spans())

    def _chose(self) -> None:
        self._turn += 1
        self._sync()
        self._say(self.Chosen(self.chosen))

    def _tell(self) -> None:
        told = (self._view.column, self._view.card)
        if self._told is None or self._told != told:
            self._told = told
            self._say(self.CardSelected(told[1]))

    def _say(self, message: Message) -> None:
        """Post a message as the board's own; one that the screen caused would not pass it."""
        self.post_message(message.set_sender(self))

    # Events

    def on_mount(self) -> None:
        """The first picture may be asked for before the first resize."""
        self._sync()

    def on_resize(self) -> None:
        """Columns are arranged anew."""
        self._resize()

    def on_focus(self) -> None:
        """The cursor is drawn as the one that keys move."""
        self._sync()

    def on_blur(self) -> None:
        """The cursor stays, but keys go elsewhere."""
        self._sync()
