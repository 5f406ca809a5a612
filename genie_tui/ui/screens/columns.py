"""The board editor: columns added, changed, moved, removed; boards named, made and deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from genie_tui.domain.boards import Board
from genie_tui.domain.columns import Where
from genie_tui.domain.filters import Filter
from genie_tui.domain.tasks import Card
from genie_tui.domain.windows import Summary
from genie_tui.errors import GenieError
from genie_tui.ui.keys.columns import COLUMNS
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.latest import Latest
from genie_tui.ui.screens.column_fields import Form, changed, fields_of
from genie_tui.ui.screens.writing import WritingPage, explained
from genie_tui.ui.widgets.column_list import ColumnList, Row, rows
from genie_tui.ui.widgets.column_parts import about
from genie_tui.ui.widgets.marks import marks
from genie_tui.ui.widgets.notice import Tone
from genie_tui.ui.widgets.pane import Pane
from genie_tui.ui.workspace import Place, Workspace

if TYPE_CHECKING:
    from genie_tui.domain.changes import Change
    from genie_tui.ui.backend import Backend

__all__ = ["ColumnsPage"]

COLORS = {
    "slate": "#64748b",
    "blue": "#3b82f6",
    "violet": "#8b5cf6",
    "orange": "#f97316",
    "yellow": "#eab308",
    "cyan": "#06b6d4",
    "green": "#10b981",
    "red": "#ef4444",
}
"""The colours of Genie's own templates, by their names."""

MADE_UP = "these columns are the stages of a task type, and stay; N makes a board of your own"

Write = Callable[["Backend"], Awaitable[object]]


class ColumnsPage(WritingPage):
    """Every key is one transaction; what comes of it the feed brings, for others' edits too."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(COLUMNS)
    HINTS = (
        "columns.close",
        "columns.new",
        "columns.edit",
        "columns.raise",
        "columns.lower",
        "columns.limit",
        "columns.color",
        "columns.remove",
        "columns.rename",
        "columns.new_board",
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
            #column { width: 100%; height: 45%; border-left: none;
                      border-top: solid $foreground 22%; }
        }
        &.-status #columns { display: none; }
    }
    """

    def __init__(self, workspace: Workspace, at: str | None = None) -> None:
        super().__init__(workspace)
        self._marks = marks(ascii=self.ascii)
        self._counts: Mapping[str, int] = {}
        self._at = at
        self.list = ColumnList(ascii=self.ascii)
        self.pane = Pane(id="column")
        self._reads: Latest[None] = Latest(self._read_counts, every=0.25)

    def body(self) -> Iterable[Widget]:
        """The columns, and the one under the cursor."""
        yield Container(self.list, self.pane, id="columns")

    def on_mount(self) -> None:
        """Show the board, and what becomes of it."""
        self.set_focus(self.list)
        self.workspace.placed.subscribe(self, lambda _: self._show(), immediate=True)
        self.workspace.changes.subscribe(self, self._changed, immediate=True)
        self.run_worker(self._reads.run(), group="reading")
        self._reads.ask(None)
        self._show()
        if self._at is not None:
            self.list.move_to(self._at)

    def heading(self) -> str:
        """What is edited, where there is one line for all."""
        return "columns" if self.has_class("-compact") else ""

    def subject(self) -> Card | None:
        """No task is under the cursor here."""
        return None

    # What is shown

    @property
    def _board(self) -> Board | None:
        return self.workspace.place.board if self.workspace.place else None

    def _show(self) -> None:
        if (board := self._board) is not None:
            self.list.show(rows(board.columns, self._counts, board.wip))

    def _changed(self, change: Change) -> None:
        if change.cards or change.gone or change.reread:
            self._reads.ask(None)

    async def _read_counts(self, _: None) -> None:
        backend, place = self.workspace.backend, self.workspace.place
        if backend is None or place is None:
            return
        try:
            window = await backend.window(place, (), Filter())
        except GenieError:
            # The columns are shown; how many tasks they have comes when the link is back.
            return
        self._counts = window.counts
        self._show()

    @on(ColumnList.Selected)
    def _selected(self, event: ColumnList.Selected) -> None:
        event.stop()
        if event.item is not None and self._board is not None:
            self.pane.show(about(event.item, self._board, self._marks))

    @on(ColumnList.Opened)
    async def _opened(self, event: ColumnList.Opened) -> None:
        event.stop()
        await self.action_edit()

    # Writing

    def _edited(self) -> tuple[Board, Row] | None:
        """The board and the column that a key acts on, where they can be edited."""
        board, row = self._board, self.list.item
        if self.writable() is None or board is None:
            return None
        if board.id is None or row is None:
            self.say(MADE_UP, tone=Tone.BAD)
            return None
        return board, row

    def _do(self, write: Write, said: str = "") -> None:
        """Write, and say why not where that cannot be."""

        async def writing() -> None:
            if (backend := self.workspace.backend) is None:
                return
            try:
                await write(backend)
            except GenieError as error:
                self.say(explained(error), tone=Tone.BAD)
            else:
                if said:
                    self.say(said, tone=Tone.GOOD)

        self.run_worker(self.workspace.keyboard.keep_during(writing()), group="write")

    def action_shift(self, step: int) -> None:
        """The column under the cursor, and the cursor with it."""
        if (edited := self._edited()) is None:
            return
        board, row = edited
        at = board.columns.index(row.column)
        if not 0 <= at + step < len(board.columns):
            self.say(f"{row.column.label} is the {'last' if step > 0 else 'first'} column")
            return
        beside = board.columns[at + step].id
        where = Where(after=beside) if step > 0 else Where(before=beside)
        self._do(lambda to: to.layout.move(board, row.column.id, where))

    async def action_new(self) -> None:
        """A column after the one under the cursor."""
        if (edited := self._edited()) is None:
            return
        board, row = edited

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            name, given = changed(values, None, None)
            await to.layout.add(board, name, row.column.id, **given)

        fields = fields_of(None, board, None)
        await self.prompt(f"New column after {row.column.label}", fields, "new column", send)

    async def action_edit(self) -> None:
        """All that can be said of the column; only what was changed is written."""
        if (edited := self._edited()) is None:
            return
        board, row = edited

        async def send(to: Backend, values: Mapping[str, str]) -> None:
            name, given = changed(values, row.column, row.limit)
            if name != row.column.name:
                await to.layout.edit(board, row.column.id, name=name, **given)
            elif given:
                await to.layout.edit(board, row.column.id, **given)

        title = f"Edit {row.column.label}"
        fields = fields_of(row.column, board, row.limit)
        await self.prompt(title, fields, f"column {row.column.id}", send)

    def action_color(self) -> None:
        """One of a few colours, or any other by its code."""
        if (edited := self._edited()) is None:
            return
        from genie_tui.ui.widgets.picker import Item, Picker

        board, row = edited
        items = [
            Item(id=code, text=f"{name} {code}", current=code == row.column.color)
            for name, code in COLORS.items()
        ]

        def taken(color: str | None) -> None:
            if color is not None:
                self._do(lambda to: to.layout.edit(board, row.column.id, color=color))

        title, hint = f"Colour of {row.column.label}", "a name, or #rrggbb"
        self.app.push_screen(Picker(title, items, hint=hint, new="Take", ascii=self.ascii), taken)

    async def action_limit(self) -> None:
        """How many tasks are too many."""
        if (edited := self._edited()) is None:
            return
        board, row = edited
        await self.prompt(*Form.limit(board, row.column, row.limit))

    def action_remove(self) -> None:
        """After asking; where it holds tasks, to which column they go."""
        if (edited := self._edited()) is None:
            return
        board, row = edited
        if not row.count:
            reasons = ("What led to it leads nowhere from then on. It cannot be undone.",)
            question = f"Remove the column {row.column.label}?"
            self.ask(question, reasons, "Remove", lambda: self._remove(board, row, None))
            return
        from genie_tui.ui.widgets.picker import Item, Picker

        items = [Item(id=c.id, text=c.label) for c in board.columns if c.id != row.column.id]

        def taken(to_column: str | None) -> None:
            if to_column is not None:
                self._remove(board, row, to_column)

        title = f"Remove {row.column.label}; its {row.count} tasks go to"
        self.app.push_screen(Picker(title, items, hint="a column", ascii=self.ascii), taken)

    def _remove(self, board: Board, row: Row, target: str | None) -> None:
        self._do(lambda to: to.layout.remove(board, row.column.id, target))

    async def action_board(self) -> None:
        """The board's own name and description."""
        if (edited := self._edited()) is None:
            return
        board, _ = edited
        await self.prompt(*Form.board(board))

    async def action_new_board(self) -> None:
        """A board in this project, with the columns of a template."""
        place = self.workspace.place
        if self.writable() is None or place is None:
            return
        backend = self.workspace.backend

        async def asking() -> None:
            if backend is None:
                return
            try:
                names = await backend.layout.templates()
            except GenieError as error:
                self.say(explained(error), tone=Tone.BAD)
            else:
                await self.prompt(*Form.new_board(place, names, self._go_to))

        self.run_worker(self.workspace.keyboard.keep_during(asking()), group="picking")

    def _go_to(self, place: Place) -> None:
        self.workspace.count(Summary())
        self._counts = {}
        self.workspace.show(place)
        self._reads.ask(None)

    async def action_template(self) -> None:
        """The columns, kept for boards to come."""
        if (edited := self._edited()) is not None:
            await self.prompt(*Form.template(edited[0]))

    def action_delete(self) -> None:
        """After asking; refused while tasks refer to it."""
        board = self._board
        if self.writable() is None or board is None:
            return
        reasons = ("Its columns and its limits are gone then; it cannot be undone.",)
        question = f"Delete the board {board.name}?"
        self.ask(question, reasons, "Delete", lambda: self._delete(board))

    def _delete(self, board: Board) -> None:
        self._do(lambda to: to.layout.delete(board))

    async def action_close(self) -> None:
        """From the text to the list; from there to the board."""
        if self.focused is self.pane:
            self.set_focus(self.list)
        else:
            self.dismiss()
