"""The filter of a board, which holds as it is typed; loosely where nothing has it as it stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from genie_tui.domain.filters import Field, Filter
from genie_tui.domain.tasks import Priority, Status
from genie_tui.domain.windows import Summary
from genie_tui.errors import GenieError
from genie_tui.ui.screens.card_page import CardPage
from genie_tui.ui.screens.loosening import Loosening
from genie_tui.ui.widgets.board import BoardView

if TYPE_CHECKING:
    from genie_tui.ui.widgets.filter_input import FilterInput

__all__ = ["FilteringPage"]


class FilteringPage(CardPage):
    """A page with a board, and a field for its filter."""

    board: BoardView
    _loosening: Loosening

    def on_mount(self) -> None:
        """Nothing is typed yet."""
        self._loosening = Loosening()

    async def action_filter(self) -> None:
        """Filter as one types."""
        from genie_tui.ui.widgets.filter_input import FilterInput

        if (place := self.workspace.place) is None:
            return
        if not (fields := self._filter_fields()):
            key = self.workspace.keymap.shown("filter.complete")
            fields = [FilterInput(key=key, ascii=self.ascii)]
            await self.mount(fields[0])
        known = {
            Field.STAGE: tuple(column.name for column in place.board.columns),
            Field.PRIORITY: tuple(Priority),
            Field.STATUS: tuple(Status),
        }
        self._loosening.begin()
        fields[0].open(self.workspace.filter, known)
        self.show_bearings()

    def _filter_fields(self) -> list[FilterInput]:
        from genie_tui.ui.widgets.filter_input import FilterInput

        return list(self.query(FilterInput))

    def on_filter_input_filtered(self, event: FilterInput.Filtered) -> None:
        """What is typed holds at once."""
        event.stop()
        self._narrow_to(self._loosening.typed(event.filter, event.loose))

    def matched(self, filter_: Filter, summary: Summary) -> None:
        """So many tasks are shown by a filter; by none, its words are taken loosely."""
        other = self._loosening.counted(filter_, summary.shown)
        if other is not None and filter_ == self.workspace.filter:
            self._narrow_to(other)

    def _narrow_to(self, filter_: Filter) -> None:
        self.workspace.narrow(filter_)
        hint = self._loosening.hint
        for field in self._filter_fields():
            if field.display:
                field.tell(hint)
                return
        if hint:
            # It was closed before that was known.
            self.say(hint)

    def on_filter_input_values_wanted(self, event: FilterInput.ValuesWanted) -> None:
        """Read which tags there are, or people."""
        event.stop()
        self.run_worker(self._read_values(event.field), group="reading")

    async def _read_values(self, field: Field) -> None:
        if (backend := self.workspace.backend) is None:
            return
        found: Iterable[str] = ()
        try:
            if field is Field.TAG:
                found = [tag.name for tag in await backend.fields.tags()]
            elif field is Field.PERSON:
                found = [id_ for _, id_ in await backend.fields.people()]
        except GenieError:
            # One can type it all the same.
            return
        for input_ in self._filter_fields():
            input_.know({field: tuple(dict.fromkeys(found))})

    def on_filter_input_closed(self, event: FilterInput.Closed) -> None:
        """Keys work the board again."""
        event.stop()
        self._loosening.end()
        self.set_focus(self.board)
        self.show_bearings()

    def action_clear(self) -> None:
        """From the panel back to the board; there, mark nothing; then filter nothing."""
        if self.focused is not self.board:
            self.set_focus(self.board)
        elif self.board.chosen:
            self.forget_chosen()
        else:
            self.workspace.narrow(Filter())
