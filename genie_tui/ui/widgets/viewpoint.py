"""Where somebody looks at a board: the cursor, and how far each column is scrolled.

All positions are rows of cards. The view is calm: rows that come or go above what is visible do
not push it about, and the cursor stays on its task as long as that stays in its column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from genie_tui.domain.boards import ORPHANED
from genie_tui.domain.store import Store
from genie_tui.domain.tasks import Card, OrderKey
from genie_tui.domain.windows import Span

if TYPE_CHECKING:
    from genie_tui.ui.widgets.form import Form
    from genie_tui.ui.widgets.lane_head import LaneHead
    from genie_tui.ui.widgets.lane_map import Place
    from genie_tui.ui.widgets.layout import Slot

__all__ = ["HEAD", "Anchors", "Viewpoint"]

UNKNOWN = 1 << 30
"""How far the cursor may go in a column whose count is not known yet."""

Anchors = dict[str, list[tuple[str, OrderKey, int]]]
"""Of each column cards that are shown, with their order and where they stand."""

HEAD = -1
"""Stands among rows for the line that a lane begins with."""


class Viewpoint:
    """A cursor and a scroll position for each column of a store, of which there is at least one.

    `page` is how many whole cards a column shows. The cursor's row is always among those that
    its column shows. The columns in `folded` are passed over by it, and open while it stands there.
    """

    def __init__(self, store: Store, page: int) -> None:
        self.store = store
        self.page = page
        self.column = store.columns[0]
        self.row = 0
        self.task_id: str | None = None
        self.folded: frozenset[str] = frozenset()
        self._tops: dict[str, int] = {}
        self._follow: str | None = None

    @property
    def columns(self) -> list[str]:
        """The columns that are shown; the one for orphans only where there are any, or no other."""
        shown = [c for c in self.store.columns if c != ORPHANED or self.store.count(c)]
        return shown or [ORPHANED]

    @property
    def card(self) -> Card | None:
        """The card under the cursor; None where there is none, or it is not loaded."""
        return self.store.card(self.column, self.row)

    def top(self, column: str) -> int:
        """The first row that is shown."""
        return self._tops.get(column, 0)

    def limit(self, column: str) -> int:
        """How many rows there are to move over."""
        count = self.store.count(column)
        return UNKNOWN if count is None else count

    # Showing

    @property
    def layout(self) -> object:
        """What of lanes decides where rows are shown; None where there are none."""
        return None

    def places(self) -> Sequence[Place]:
        """The lanes on screen and their ranks, downwards; nothing where there are none."""
        return ()

    def heads(self) -> Sequence[LaneHead]:
        """What the lines say that lanes begin with."""
        return ()

    def stand_in(self, form: Form, slots: Sequence[Slot]) -> None:
        """The columns are shown in this room from now on; where each scrolls by itself, no matter.

        `resize` tells how many cards fit.
        """

    def stack(self, column: str, rows: int) -> Iterable[int | None]:
        """The rows that a column shows, downwards, at most so many where there are no lanes.

        `HEAD` is a lane's line, None the room of a card where the column has none.
        """
        top = self.top(column)
        return range(top, min(top + rows, self.limit(column)))

    def shown(self, column: str, row: int) -> Card | None:
        """The card to show at a row; None where it is not loaded."""
        return self.store.card(column, row)

    def below(self, column: str) -> int:
        """How many cards are out of sight below those that are shown."""
        return max((self.store.count(column) or 0) - self.top(column) - self.page, 0)

    # Moving

    def leap(self, rows: int) -> int:
        """The row so many further down the screen, or up."""
        return self.row + rows

    def to_row(self, row: int) -> None:
        """Put the cursor on a row of its column, the nearest there is."""
        self._follow = None
        self._stand(row)

    def to_column(self, column: str) -> None:
        """Put the cursor into another column, at the same height of the screen."""
        height = self.row - self.top(self.column)
        self.column = column
        self.to_row(self.top(column) + height)

    def neighbour(self, step: int) -> str:
        """The open column so many to the right of the cursor's; the last one at either end."""
        columns = [c for c in self.columns if c not in self.folded or c == self.column]
        index = columns.index(self.column) + step
        return columns[max(0, min(index, len(columns) - 1))]

    def fold(self, columns: frozenset[str]) -> None:
        """Fold these columns away and no others; the cursor leaves one that was open so far."""
        leaves = self.column in columns - self.folded
        self.folded = columns
        if leaves and (others := [c for c in self.columns if c not in columns]):
            self.to_column(others[0])

    def scroll(self, column: str, rows: int) -> None:
        """Scroll a column; the cursor goes along where it would leave the screen."""
        self._tops[column] = self._clamped(column, self.top(column) + rows)
        if column == self.column:
            top = self.top(column)
            self.to_row(max(top, min(self.row, top + self.page - 1)))

    def go_to(self, task_id: str) -> bool:
        """Put the cursor on a task; False where it is not loaded."""
        if (found := self.store.find(task_id)) is None:
            return False
        self.column = found[0]
        self.to_row(found[1])
        return True

    def follow(self, task_id: str) -> None:
        """Go along with a task that is being moved, until the cursor is moved by hand."""
        if self.task_id == task_id or not self.go_to(task_id):
            self._follow = task_id

    def resume(self, old: Viewpoint) -> None:
        """Look where another one looked, as far as there is the same to see."""
        self.page = old.page
        self.folded = old.folded
        if old.column in self.store.columns:
            self.column, self.row, self.task_id = old.column, old.row, old.task_id
            self._tops = {c: top for c, top in old._tops.items() if c in self.store.columns}

    def resize(self, page: int) -> None:
        """Columns show another number of cards now."""
        self.page = page
        self._settle({})

    # Staying

    @contextmanager
    def held(self) -> Iterator[None]:
        """Change the store within this, and the view stays where it is."""
        anchors = self._anchors()
        yield
        self._settle(anchors)

    def _anchors(self) -> Anchors:
        """Of each column that is scrolled, the cards that are shown, and where."""
        anchors: Anchors = {}
        for column, top in self._tops.items():
            if top and column in self.store.columns:
                cards = ((self.store.card(column, r), r) for r in range(top, top + self.page))
                anchors[column] = [
                    (card.id, self.store.key(card), row) for card, row in cards if card
                ]
        return anchors

    def _settle(self, anchors: Anchors) -> None:
        for column, cards in anchors.items():
            self._tops[column] = self.top(column) + (self._drift(column, cards) or 0)
        if not self._followed():
            self._stay()
        for column in self._tops:
            if column in self.store.columns:
                self._tops[column] = self._clamped(column, self._tops[column])

    def _drift(self, column: str, cards: list[tuple[str, OrderKey, int]]) -> int | None:
        """How far down the first card that still stands where it stood has gone."""
        for task_id, key, place in cards:
            found = self.store.find(task_id)
            if found is None or found[0] != column:
                continue
            card = self.store.card(*found)
            if card is not None and self.store.key(card) == key:
                return self._place(found) - place
        return None

    def _place(self, found: tuple[str, int]) -> int:
        """Where a column's row is, in the unit in which the column scrolls."""
        return found[1]

    def _followed(self) -> bool:
        """Has the task that is being followed turned up in another column?"""
        if self._follow is None:
            return False
        found = self.store.find(self._follow)
        if found is None or (found[0] == self.column and self.task_id == self._follow):
            return False
        return self.go_to(self._follow)

    def _stay(self) -> None:
        """On the same task where it is still in the column, else at the same place."""
        if self.column not in self.columns:
            self.column = self.columns[-1]
        found = self.store.find(self.task_id) if self.task_id else None
        self._stand(found[1] if found and found[0] == self.column else self.row)

    def _stand(self, row: int) -> None:
        """Stand on a row, and bring it into view."""
        self.row = max(0, min(row, self.limit(self.column) - 1))
        top = self.top(self.column)
        top = min(self.row, max(top, self.row - self.page + 1))
        self._tops[self.column] = self._clamped(self.column, top)
        card = self.card
        self.task_id = card.id if card else None

    def _clamped(self, column: str, top: int) -> int:
        return max(0, min(top, self.limit(column) - self.page))

    # Reading

    def spans(self) -> tuple[Span, ...]:
        """The rows to read for all columns: those shown, and a screen either way."""
        return tuple(self.span(column) for column in self.store.columns)

    def span(self, column: str) -> Span:
        """The rows to read of one column."""
        offset = max(self.top(column) - self.page, 0)
        return Span(column_id=column, offset=offset, limit=3 * self.page + 1)

    def missing(self) -> tuple[Span, ...]:
        """What to read because rows are shown, or soon will be, that are not loaded."""
        return tuple(
            self.span(column)
            for column in self.store.columns
            if not self.store.covers(column, *self._near(column))
        )

    def served(self, span: Span | None) -> bool:
        """Will the answer for that span do for what its column shows?"""
        if span is None:
            return False
        start, stop = self._near(span.column_id)
        stop = min(stop, self.limit(span.column_id))
        return span.offset <= max(start, 0) and stop <= span.offset + span.limit

    def _near(self, column: str) -> tuple[int, int]:
        """The rows that are shown, and half a screen either way, to be there in time."""
        top, half = self.top(column), self.page // 2
        return top - half, top + self.page + 1 + half
