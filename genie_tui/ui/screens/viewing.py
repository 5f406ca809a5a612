"""How a board is looked at: filtered, ordered, with some of it hidden, some of it marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual import on

from genie_tui.domain.boards import Column
from genie_tui.domain.tasks import Card, Link
from genie_tui.domain.views import View
from genie_tui.errors import GenieError
from genie_tui.ui.screens.filtering import FilteringPage
from genie_tui.ui.screens.saving import SavingPage
from genie_tui.ui.widgets.board import BoardView
from genie_tui.ui.widgets.notice import Tone

__all__ = ["ViewingPage"]


class ViewingPage(FilteringPage, SavingPage):
    """A page with a board, and the keys that decide what of it is seen."""

    # Marks

    def chosen(self) -> frozenset[str]:
        """The marked cards."""
        return self.board.chosen

    def forget_chosen(self) -> None:
        """No card is marked any more."""
        self.board.choose(self.board.chosen, on=False)

    @on(BoardView.Chosen)
    def _marked(self, event: BoardView.Chosen) -> None:
        event.stop()
        self.show_bearings()

    @on(BoardView.ColumnMarked)
    def _column_marked(self, event: BoardView.ColumnMarked) -> None:
        event.stop()
        backend, place = self.workspace.backend, self.workspace.place
        if backend is None or place is None:
            return

        async def mark() -> None:
            try:
                ids = await backend.ids(place, event.column_id, self.workspace.where)
            except GenieError as error:
                self.say(str(error), tone=Tone.BAD)
            else:
                self.board.choose(ids, on=not ids <= self.board.chosen)

        self.run_worker(self.workspace.keyboard.keep_during(mark()), group="marking")

    # The board itself

    async def action_columns(self) -> None:
        """Edit its columns."""
        from genie_tui.ui.screens.columns import ColumnsPage

        if self.workspace.place is not None:
            column = self.board.cursor_column
            page = ColumnsPage(self.workspace, column.id if column else None)
            await self.app.push_screen(page)

    async def action_limit(self) -> None:
        """How many tasks the cursor's column may hold."""
        from genie_tui.domain.column_rows import rows
        from genie_tui.ui.screens.column_fields import called, limit_field, limit_sent

        place, column = self.workspace.place, self.board.cursor_column
        if self.writable() is None or place is None or column is None:
            return
        row = next((row for row in rows(place.board) if row.column.id == column.id), None)
        if place.board.id is None:
            self.say("the columns of this board are the stages of a task type; they have no limits")
        elif row is None:
            self.say("these tasks stand in no column of the board, so that there is none to limit")
        else:
            send = limit_sent(place.board, row.key, lambda said: self.say(said, tone=Tone.GOOD))
            title = f"How many tasks {called(column.label)} may hold"
            draft = f"limit {place.board.key} {row.key}"
            await self.prompt(title, (limit_field(row.limit),), draft, send)

    # Along dependencies

    async def action_waits_for(self) -> None:
        """To the task that the one under the cursor waits for; to one of several after asking."""
        card = self.subject()
        await self._follow("waits for", card, card.waits if card else ())

    async def action_holds(self) -> None:
        """To the task that the one under the cursor holds up."""
        card = self.subject()
        await self._follow("holds up", card, card.holds if card else ())

    async def _follow(self, how: str, card: Card | None, links: Sequence[Link]) -> None:
        if card is None or not links:
            self.say(f"#{card.seq} {how} nothing" if card else "no card is under the cursor")
        elif len(links) == 1:
            await self._jump(links[0])
        else:
            from genie_tui.ui.widgets.picker import Item, Picker

            items = [Item(id=k.id, text=f"#{k.seq} {k.title}", note=k.stage) for k in links]

            async def chosen(id_: str | None) -> None:
                for link in links:
                    if link.id == id_:
                        await self._jump(link)

            title = f"#{card.seq} {card.title} {how}"
            picker = Picker(title, items, hint="a task", ascii=self.ascii)
            await self.app.push_screen(picker, chosen)

    async def _jump(self, link: Link) -> None:
        """To its card; where that is not on the board or far away, the task is shown in full."""
        if not self.board.move_to(link.id):
            await self.run_action(f"app.open_task({link.id!r})")

    @on(BoardView.LinkClicked)
    async def _link_clicked(self, event: BoardView.LinkClicked) -> None:
        event.stop()
        await self._jump(event.link)

    # Order, and what is hidden

    def action_sort(self) -> None:
        """By priority, age, due date, last change."""
        self._arrange(self.workspace.view.resorted())

    def action_group(self) -> None:
        """In lanes by assignee, priority, tag, parent, project, or without lanes."""
        self._arrange(self.workspace.view.regrouped())

    def action_hide_done(self) -> None:
        """Without what is done or cancelled, or with it again."""
        view = self.workspace.view
        self._arrange(replace(view, hide_done=not view.hide_done))

    @on(BoardView.Dragged)
    def _dragged(self, event: BoardView.Dragged) -> None:
        event.stop()
        column = self._column(event.column_id)
        if column is None:
            self.hush()
        elif column.name == event.card.stage:
            self.say(f"#{event.card.seq} stays in {column.label}")
        else:
            self.say(f"#{event.card.seq} to {column.label}: let it go there, or press esc")

    @on(BoardView.Dropped)
    def _dropped(self, event: BoardView.Dropped) -> None:
        event.stop()
        if (column := self._column(event.column_id)) is not None:
            self.move_to(event.card, column)

    def _column(self, id_: str | None) -> Column | None:
        return next((column for column in self.columns() if column.id == id_), None)

    @on(BoardView.Folded)
    def _folded(self, event: BoardView.Folded) -> None:
        """Remembered with the view."""
        event.stop()
        view = self.workspace.view
        self.workspace.arrange(replace(view, folded=tuple(sorted(event.columns))))

    def action_hide_blocked(self) -> None:
        """Without what is blocked, or with it again."""
        view = self.workspace.view
        self._arrange(replace(view, hide_blocked=not view.hide_blocked))

    def _arrange(self, view: View) -> None:
        self.workspace.arrange(view)
        self.say(f"cards {str(view) or 'by priority, all of them'}")
