"""The board editor: a board's columns and what is said of them, live, and keys to change that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from genie_tui.domain.boards import Board
from genie_tui.domain.changes import Change
from genie_tui.domain.column_rows import Row, Standing, rows
from genie_tui.domain.tasks import Card
from genie_tui.ui.keys.columns import COLUMNS
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.screens.board_verbs import BoardVerbs
from genie_tui.ui.screens.page import Page
from genie_tui.ui.screens.reading import ReadingPage
from genie_tui.ui.widgets.column_head import ColumnHead
from genie_tui.ui.widgets.column_list import ColumnList
from genie_tui.ui.widgets.column_parts import Ground, about
from genie_tui.ui.widgets.footer import Hint
from genie_tui.ui.widgets.marks import marks
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.pane import Pane
from genie_tui.ui.workspace import Place, Workspace

if TYPE_CHECKING:
    from genie_tui.ui.backend import Backend

__all__ = ["ColumnsPage"]

MADE = ("columns.close", "columns.new_board", "columns.duplicate", "columns.template")
"""The keys that matter where the columns cannot be edited."""


class ColumnsPage(ReadingPage, BoardVerbs):
    """Shows what the feed brings, for others' edits too; it never paints what it hopes for.

    `at` is the id of the column on which the cursor is to stand at first.
    """

    EVERY = 0.5
    BINDINGS: ClassVar[list[BindingType]] = bindings(COLUMNS)
    HINTS = (
        "columns.close",
        "columns.new",
        "columns.edit",
        "columns.lower",
        "columns.raise",
        "columns.limit",
        "columns.color",
        "columns.remove",
        "columns.rename",
        "columns.new_board",
        "columns.duplicate",
        "app.palette",
    )
    ALWAYS = ("app.help", "app.quit_now")
    DEFAULT_CSS = """
    ColumnsPage {
        #columns { layout: horizontal; height: 1fr; }
        ColumnList { width: 3fr; height: 1fr; }
        #column { width: 2fr; height: 1fr; border-left: solid $foreground 22%; }
        &.-narrow, &.-pair, &.-compact {
            #columns { layout: vertical; }
            ColumnList { width: 100%; }
            #column { width: 100%; height: 50%; border-left: none;
                      border-top: solid $foreground 22%; }
        }
        &.-status #columns, &.-status ColumnHead { display: none; }
    }
    """

    _edited = ""

    def __init__(self, workspace: Workspace, at: str | None = None) -> None:
        super().__init__(workspace)
        self._marks = marks(ascii=self.ascii)
        self._edited = workspace.place.board.key if workspace.place else ""
        self._standing: Standing | None = None
        self._at = at
        self._awaited = ""
        self.board_head = ColumnHead(ascii=self.ascii)
        self.list = ColumnList(ascii=self.ascii)
        self.pane = Pane(id="column")

    def body(self) -> Iterable[Widget]:
        """The board, its columns, and the one under the cursor."""
        yield self.board_head
        yield Container(self.list, self.pane, id="columns")

    def on_mount(self) -> None:
        """Show the board, and what becomes of it."""
        self.set_focus(self.list)
        self.workspace.placed.subscribe(self, self._show, immediate=True)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._tell(), immediate=True)
        if (place := self.workspace.place) is not None:
            self._show(place)
        if self._at is not None:
            self.list.move_to(self._at)

    def on_screen_resume(self, _: events.ScreenResume) -> None:
        """The board may have gone while something was asked."""
        if (place := self.workspace.place) is not None:
            self._show(place)

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002 (as every widget)
        """There is more room for the preview now, or less."""
        self.call_after_refresh(self._tell)

    def subject(self) -> Card | None:
        """No task is under the cursor here."""
        return None

    def heading(self) -> str:
        """What is edited, where there is one line for all."""
        return "columns" if self.has_class("-compact") else ""

    # What is shown

    @property
    def _place_edited(self) -> Place | None:
        place = self.workspace.place
        return place if place is not None and place.board.key == self._edited else None

    def concerned(self, change: Change) -> bool:
        """Only what changes how many tasks there are."""
        return bool(change.cards or change.gone or change.reread)

    async def read(self, backend: Backend) -> None:
        """How many tasks stand where."""
        if (place := self._place_edited) is not None:
            self._standing = await backend.layout.standing(place.board)
            self._show(place)

    def _show(self, _: Place) -> None:
        if (place := self._place_edited) is None:
            self._leave()
            return
        board = place.board
        self.list.show(rows(board, self._standing))
        whose = f"of {place.project_name}" if board.project_id else "for all projects"
        self.board_head.show(
            board,
            whose if board.id is not None else "",
            self._standing,
            self._about(board),
            stays=board.id is None,
        )
        awaited = next((row for row in self.list.items if row.column.name == self._awaited), None)
        if awaited is not None:
            self._awaited = ""
            self.list.move_to(awaited.key)

    def _about(self, board: Board) -> str:
        keymap = self.workspace.keymap
        if board.id is None:
            new, like = keymap.shown("columns.new_board"), keymap.shown("columns.duplicate")
            return (
                f"the stages of a task type, which stay: {new} makes a board, {like} one like this"
            )
        return board.description or f"no description; {keymap.shown('columns.rename')} writes one"

    def _leave(self) -> None:
        """The board is not there any more, and another one is shown: back to that."""
        if self.is_current:
            self._below(self.notice.text)
            self.dismiss()

    def _below(self, said: str) -> None:
        """Say it on the screen to which this one gives way."""
        page = self.app.screen_stack[0]
        if said and isinstance(page, Page):
            page.say(said, tone=Tone.PLAIN)

    @on(ColumnList.Selected)
    def _selected(self, event: ColumnList.Selected) -> None:
        event.stop()
        self._tell()

    def settle(self) -> None:
        """What is under the cursor now is told of in the same frame."""
        self._tell()

    def _tell(self) -> None:
        place, row = self._place_edited, self.list.item
        if place is None or not isinstance(row, Row):
            return
        _, _, background, foreground = self.pane.colors
        # A scroll bar may come to stand beside it.
        ground = Ground(background.hex6, foreground.hex6, max(self.pane.size.width - 1, 0))
        self.pane.show(about(row, place.board, self._marks, ground))

    @on(ColumnList.Opened)
    async def _opened(self, event: ColumnList.Opened) -> None:
        event.stop()
        await self.action_edit()

    # What keys act on

    def hints(self) -> list[Hint]:
        """Where the columns stay as they are, or are not shown, only what can be done."""
        if self.has_class("-status"):
            return self._hints(("columns.close", "app.palette"))
        place = self._place_edited
        stays = place is not None and place.board.id is None
        return self._hints(MADE if stays else self.HINTS)

    def aim(self) -> tuple[Board, Row | None] | None:
        """The board and its column under the cursor."""
        if self.writable() is None or (place := self._place_edited) is None:
            return None
        if self.has_class("-status"):
            self.say("there is no room to show columns; they are edited in more than 12 lines")
            return None
        if place.board.id is None:
            self.say(self._about(place.board), tone=Tone.BAD)
            return None
        return place.board, self.list.item

    def follow(self, name: str) -> None:
        """Once the feed has brought it."""
        self._awaited = name

    def go_on_to(self, place: Place) -> None:
        """Edit that one now."""
        self._edited, self._standing = place.board.key, None
        self.list.show(())
        self.workspace.show(place)

    def leave_for(self, place: Place, said: str) -> None:
        """Back to the board's screen, which shows another one."""
        self.say(said, tone=Tone.GOOD)
        self.workspace.show(place)

    async def action_close(self) -> None:
        """From the text to the list; from there to the board."""
        if self.focused is self.pane:
            self.set_focus(self.list)
        else:
            self.dismiss()
