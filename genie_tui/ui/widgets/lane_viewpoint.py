"""Where somebody looks at a board that is cut into lanes: all its columns scroll together.

It is as calm as a board without lanes: what comes or goes above does not push the view about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from genie_tui.domain.lanes import Group
from genie_tui.domain.store import Store
from genie_tui.domain.tasks import Card, LaneKey
from genie_tui.domain.windows import Span
from genie_tui.ui.widgets.lane_head import LaneHead
from genie_tui.ui.widgets.lane_map import Frame, LaneMap, Place
from genie_tui.ui.widgets.viewpoint import HEAD, Anchors, Viewpoint

if TYPE_CHECKING:
    from genie_tui.ui.widgets.form import Form
    from genie_tui.ui.widgets.layout import Slot

__all__ = ["LaneViewpoint"]

_Aim = tuple[LaneKey, int]
"""A lane, and how far down in it."""


class LaneViewpoint(Viewpoint):
    """A cursor, and one scroll position for all columns: the rank that is shown first.

    The open columns on screen decide how high lanes are. Until lanes are known, or where there are
    no cards, it is like any other viewpoint.
    """

    def __init__(self, store: Store, page: int) -> None:
        super().__init__(store, page)
        self._frame = Frame(body=page + 1, lines=1, step=1)
        self._open: tuple[str, ...] = store.columns
        self._first = 0
        self._aimed: tuple[str, int, _Aim] | None = None
        self._known: tuple[object, LaneMap | None] = (None, None)

    @property
    def map(self) -> LaneMap | None:
        """How the lanes lie; None where that is not known, or there are no cards."""
        here = () if self.column in self._open else (self.column,)
        key = (self.store.edition, *self._open, *here)
        if self._known[0] != key:
            self._known = (key, self._mapped({*self._open, *here}))
        return self._known[1]

    def _mapped(self, wide: set[str]) -> LaneMap | None:
        tally, columns = self.store.tally, self.store.columns
        if tally is None:
            return None
        counts = {c: known for c in columns if (known := tally.counts(c)) is not None}
        lanes = tally.lanes(columns)
        if len(counts) < len(columns) or not lanes:
            return None
        found = LaneMap(lanes, counts, wide & set(counts))
        return found if found.ranks else None

    # Showing

    @property
    def layout(self) -> object:
        """The lanes, and which rank comes first in which room."""
        return (found, self._first, self._frame) if (found := self.map) else None

    def places(self) -> Sequence[Place]:
        """The lanes on screen and their ranks, downwards."""
        found = self.map
        return tuple(found.stack(self._first, self._frame)) if found else ()

    def heads(self) -> Sequence[LaneHead]:
        """What the lines say that lanes begin with."""
        if (found := self.map) is None:
            return ()
        rank = self._rank(found)
        current = None if rank is None else found.lane(rank)
        heads = (place for place in self.places() if place.rank is None)
        return [_head(self.store.group, found, place, current) for place in heads]

    def stand_in(self, form: Form, slots: Sequence[Slot]) -> None:
        """Other columns on screen make other lanes; the cursor stays at its height there."""
        columns = self.columns
        frame = Frame(body=form.body, lines=form.lines, step=form.step)
        wide = tuple(columns[slot.nth] for slot in slots if not slot.collapsed)
        if (frame, wide) != (self._frame, self._open):
            height = self._height()
            self._frame, self._open = frame, wide
            self._hold(height)
            self._stand(self.row)

    def stack(self, column: str, rows: int) -> Iterable[int | None]:
        """The rows that a column shows, lane by lane."""
        if (found := self.map) is None:
            return super().stack(column, rows)
        ranks = (place.rank for place in self.places())
        return [HEAD if rank is None else found.row(column, rank) for rank in ranks]

    def shown(self, column: str, row: int) -> Card | None:
        """The card at a row, as long as it belongs to the lane that is shown there."""
        card, found, tally = super().shown(column, row), self.map, self.store.tally
        if card is None or found is None or tally is None:
            return card
        return card if tally.of(card) == found.lanes[found.lane_of(column, row)].key else None

    def top(self, column: str) -> int:
        """The first row that is shown, or comes after what is out of sight above."""
        found = self.map
        return super().top(column) if found is None else found.before(column, self._first)

    def below(self, column: str) -> int:
        """How many cards are out of sight below those that are shown."""
        if (found := self.map) is None:
            return super().below(column)
        last = found.last(self._first, self._frame)
        return (self.store.count(column) or 0) - found.before(column, last + 1)

    # Moving

    def to_column(self, column: str) -> None:
        """Into the same lane of another column, at the same height; else to the nearest card.

        On the way through columns that have nothing there, the lane and height are kept in mind.
        """
        if (old := self.map) is None:
            super().to_column(column)
            return
        aim, height = self._aim(old), self._height()
        self.column, self._follow = column, None
        if (found := self.map) is None:
            super()._stand(0)
            return
        self.row = found.near(column, *aim) or 0
        if found is not old:
            self._hold(height)
        self._stand(self.row)
        self._aimed = (self.column, self.row, aim)

    def _aim(self, found: LaneMap) -> _Aim:
        """Where the cursor is, or would be if its column had a card there."""
        if self._aimed is not None and self._aimed[:2] == (self.column, self.row):
            return self._aimed[2]
        rank = self._rank(found)
        rank = self._first if rank is None else rank
        lane = found.lane(rank)
        return found.lanes[lane].key, rank - found.top(lane)

    def leap(self, rows: int) -> int:
        """The row so many ranks further down the screen, or up; at least the next."""
        found = self.map
        if found is None or (rank := self._rank(found)) is None:
            return super().leap(rows)
        row = found.nearest(self.column, max(0, min(rank + rows, found.ranks - 1)))
        next_ = self.row + (1 if rows > 0 else -1)
        return next_ if row is None else (max if rows > 0 else min)(row, next_)

    def scroll(self, column: str, rows: int) -> None:
        """Scroll all columns; the cursor goes along, into another one where it has to."""
        found = self.map
        if found is None:
            super().scroll(column, rows)
            return
        self._follow = None
        self._first = found.clamped(self._first + rows, self._frame)
        rank = self._rank(found)
        last = found.last(self._first, self._frame)
        if rank is not None and not self._first <= rank <= last:
            self._catch(found, self._first if rank < self._first else last)
            self._stand(self.row)

    def _catch(self, found: LaneMap, rank: int) -> None:
        """Put the cursor on the card that is nearest to a rank, of those on screen."""
        last = found.last(self._first, self._frame)
        for column in (self.column, *self._open):
            row = found.nearest(column, rank)
            if row is not None and self._first <= found.rank(column, row) <= last:
                self.column, self.row = column, row
                return

    def resume(self, old: Viewpoint) -> None:
        """Look where another one looked, as far as there is the same to see."""
        super().resume(old)
        if isinstance(old, LaneViewpoint) and old.store.group is self.store.group:
            self._frame, self._first = old._frame, old._first
            self._open = tuple(c for c in old._open if c in self.store.columns)

    # Staying

    def _rank(self, found: LaneMap) -> int | None:
        """Where the cursor stands; None where its column has no cards."""
        return found.rank(self.column, self.row) if self.limit(self.column) else None

    def _height(self) -> int | None:
        """How far below the first rank the cursor stands."""
        found = self.map
        rank = self._rank(found) if found else None
        return None if rank is None else rank - self._first

    def _hold(self, height: int | None) -> None:
        """Let the cursor stand so far below the first rank again, where that is possible."""
        found = self.map
        rank = self._rank(found) if found else None
        if rank is not None and height is not None:
            self._first = max(rank - height, 0)

    def _anchors(self) -> Anchors:
        """Of what is shown, once it is scrolled, the cards and their ranks."""
        found = self.map
        if found is None or not self._first:
            return {}
        anchors: Anchors = {}
        ranks = range(self._first, found.last(self._first, self._frame) + 1)
        for column in (self.column, *self._open):
            rows = [(found.row(column, rank), rank) for rank in ranks]
            cards = [(self.shown(column, row), rank) for row, rank in rows if row is not None]
            anchors[column] = [(c.id, self.store.key(c), rank) for c, rank in cards if c]
        return anchors

    def _settle(self, anchors: Anchors) -> None:
        drifts = (self._drift(column, cards) for column, cards in anchors.items())
        self._first += next((drift for drift in drifts if drift is not None), 0)
        if not self._followed():
            self._stay()

    def _place(self, found: tuple[str, int]) -> int:
        lanes = self.map
        return lanes.rank(*found) if lanes else super()._place(found)

    def _stand(self, row: int) -> None:
        """Stand on a row, and bring it into view."""
        if (found := self.map) is None:
            super()._stand(row)
            return
        self.row = max(0, min(row, self.limit(self.column) - 1))
        if (rank := self._rank(found)) is not None:
            self._first = found.reveal(self._first, rank, self._frame)
        self._first = found.clamped(self._first, self._frame)
        self.task_id = card.id if (card := self.card) else None

    # Reading

    def span(self, column: str) -> Span:
        """The rows to read of one column: those shown, and a screen either way."""
        if (found := self.map) is None:
            return super().span(column)
        before, after = self._seen(found, column)
        offset = max(before - self.page, 0)
        return Span(column_id=column, offset=offset, limit=after + self.page - offset)

    def _near(self, column: str) -> tuple[int, int]:
        if (found := self.map) is None:
            return super()._near(column)
        before, after = self._seen(found, column)
        return before - self.page // 2, after + self.page // 2

    def _seen(self, found: LaneMap, column: str) -> tuple[int, int]:
        """The rows that are shown, from the first to before the last."""
        return found.before(column, self._first), found.before(column, self._first + self.page + 1)


def _head(group: Group, found: LaneMap, place: Place, current: int | None) -> LaneHead:
    counts = found.counts(place.lane)
    return LaneHead(
        line=place.line,
        group=group,
        lane=found.lanes[place.lane],
        total=sum(counts.values()),
        counts=counts,
        current=place.lane == current,
    )
