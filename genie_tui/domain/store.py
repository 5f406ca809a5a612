"""The store of the visible: the rows of a board that are loaded, kept right as tasks change.

Of each column it holds a count and one run of neighbouring cards. Where cards are grouped, the
order puts those of a lane next to each other, and how many each lane has is kept with the count. A
change is placed by the order alone. Where that cannot tell what a change did to rows which are not
loaded, the store says that it is unsure, and a re-read makes it right: sure always means exact.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence

from genie_tui.domain.boards import ORPHANED, Board
from genie_tui.domain.changes import Change
from genie_tui.domain.lanes import Group, Tally
from genie_tui.domain.tasks import Card, LaneKey, OrderKey, Sort
from genie_tui.domain.windows import Page, Window

__all__ = ["Store", "placing"]

JOURNAL = 4096
"""How many changed tasks are remembered for reads that are still under way."""


class _Run:
    """The loaded rows of a column: `cards`, the first of them at row `offset`.

    `count` is None until the column was read once. An empty run has offset 0, so that a column
    is complete where there are as many cards as are counted. `revision` grows with every change.
    """

    __slots__ = ("_key", "cards", "count", "keys", "offset", "revision")

    def __init__(self, key: Callable[[Card], OrderKey]) -> None:
        self._key = key
        self.count: int | None = None
        self.revision = 0
        self.offset = 0
        self.cards: list[Card] = []
        self.keys: list[OrderKey] = []

    @property
    def end(self) -> int:
        """The row below the last loaded one."""
        return self.offset + len(self.cards)

    def fill(self, offset: int, cards: Iterable[Card]) -> None:
        """Replace all loaded rows."""
        self.revision += 1
        self.cards = sorted(cards, key=self._key)
        self.keys = [self._key(card) for card in self.cards]
        self.offset = offset if self.cards else 0

    def cut(self, index: int) -> None:
        """Forget a loaded row; the count stays."""
        self.revision += 1
        del self.cards[index], self.keys[index]
        if not self.cards:
            self.offset = 0

    def insert(self, card: Card) -> bool:
        """Put a card where its key says; False where that is among rows that are not loaded.

        `count` is not yet raised, so that the run's end can be told from the column's.
        """
        self.revision += 1
        key = self._key(card)
        index = bisect_left(self.keys, key)
        if index == 0 and self.offset > 0:
            self.offset += 1
            return False
        if index == len(self.keys) and self.end != self.count:
            return False
        self.cards.insert(index, card)
        self.keys.insert(index, key)
        return True


class Store:
    """What is known of a board's rows; `columns` are its column ids from left to right.

    `place` says in which column a card stands, None for a card that is not shown on this board.
    `unsure` are the columns whose counts or positions may be wrong; `doubtful` is true when a
    task that is elsewhere now might have stood in rows which are not loaded. `key` orders the
    cards of a column; `tally` counts those of its lanes, and is None where cards are not grouped.
    `edition` is another number whenever anything may have changed.
    """

    def __init__(
        self,
        columns: Sequence[str],
        place: Callable[[Card], str | None],
        sort: Sort = Sort.PRIORITY,
        group: Group = Group.NONE,
    ) -> None:
        self.columns = tuple(columns)
        self.sort = sort
        self.group = group
        self.key = group.ordering(sort)
        self.tally = None if group is Group.NONE else Tally(group)
        self.edition = 0
        self.unsure: set[str] = set()
        self.doubtful = False
        self.version = 0
        self._place = place
        self._runs = {column: _Run(self.key) for column in self.columns}
        self._homes: dict[str, tuple[str, OrderKey]] = {}
        self._journal: dict[str, tuple[int, Card | None]] = {}
        self._forgotten = 0

    def resume(self, old: Store) -> None:
        """Go on showing what another store of the same board had, until a read replaces it.

        Rows that were in another order cannot be gone on with; their counts can.
        """
        self.edition = old.edition + 1
        if old.group is self.group:
            self.tally = old.tally
        if (old.sort, old.group) != (self.sort, self.group):
            for column in set(self.columns) & set(old.columns):
                self._runs[column].count = old.count(column)
            self.unsure = set(self.columns)
            self.version = self._forgotten = old.version + 1
            return
        for column in set(self.columns) & set(old.columns):
            self._runs[column] = old._runs[column]
        self._homes = {id_: home for id_, home in old._homes.items() if home[0] in self._runs}
        self.unsure = {column for column in self.columns if self.count(column) is not None}
        self.version = self._forgotten = old.version + 1

    # What is known

    def count(self, column: str) -> int | None:
        """How many cards the column has; None as long as it was never read."""
        return self._runs[column].count

    def revision(self, column: str) -> int:
        """A number that is another one whenever the column may have changed."""
        return self._runs[column].revision

    def card(self, column: str, row: int) -> Card | None:
        """The card at a row; None where it is not loaded."""
        run = self._runs[column]
        index = row - run.offset
        return run.cards[index] if 0 <= index < len(run.cards) else None

    def find(self, task_id: str) -> tuple[str, int] | None:
        """The column and row of a card; None where it is not loaded."""
        if (home := self._homes.get(task_id)) is None:
            return None
        run = self._runs[home[0]]
        return home[0], run.offset + bisect_left(run.keys, home[1])

    def covers(self, column: str, start: int, stop: int) -> bool:
        """Are the rows from `start` to before `stop` loaded, as far as there are any?"""
        run = self._runs[column]
        if run.count is None:
            return False
        start, stop = max(start, 0), min(stop, run.count)
        return start >= stop or (run.offset <= start and stop <= run.end)

    # What is read

    def load(self, window: Window, since: int) -> None:
        """Take in the answer to a read that began when `version` was `since`.

        What changed meanwhile is applied again on top, because the answer may be older. Rows that
        are grouped otherwise were asked for before the grouping changed.
        """
        if window.group is not self.group:
            if not window.pages:
                self._compare(window.counts, since)
            return
        self.edition += 1
        same = self.tally is None or self.tally.load(window.lanes)
        pages = [page for page in window.pages if page.column_id in self._runs]
        for page in pages:
            self._fill(page)
        read = {page.column_id for page in pages}
        for column in read:
            run = self._runs[column]
            run.count = max(window.counts.get(column, 0), run.end)
            self._put_lanes(column, window)
        unread = set(self.columns) - read
        late = any(at > since for at, _ in self._journal.values())
        self.unsure = {c for c in unread if self._recount(c, window, late) or not same}
        self.doubtful = False
        if late and unread:
            # A task that went between a column which was read and one which was not, among rows
            # that are not loaded, may be counted twice now.
            self.unsure |= {column for column in self.columns if not self._complete(column)}
        self._replay(since)

    def _compare(self, counts: Mapping[str, int], since: int) -> None:
        """Doubt columns that have another number of cards; of lanes these counts say nothing."""
        if not any(at > since for at, _ in self._journal.values()):
            known = ((column, self.count(column)) for column in self.columns)
            other = {c for c, count in known if count not in {None, counts.get(c, 0)}}
            self.unsure |= other
            self.doubtful = False

    def _fill(self, page: Page) -> None:
        run = self._runs[page.column_id]
        for card in run.cards:
            self._homes.pop(card.id, None)
        for card in page.cards:
            self._forget(card.id)
        run.fill(page.offset, page.cards)
        for card, key in zip(run.cards, run.keys, strict=True):
            self._homes[card.id] = (page.column_id, key)

    def _forget(self, task_id: str) -> None:
        """Drop a row that a page has brought for another column."""
        if (home := self._homes.pop(task_id, None)) is not None:
            self._remove(*home)

    def _recount(self, column: str, window: Window, late: bool) -> bool:
        """Set the count of a column whose rows were not read; may it be out of date now?

        A count from before `late` changes is worth less than the one that is kept with the rows.
        """
        run = self._runs[column]
        if late and run.count is not None:
            return column in self.unsure
        old, run.count = run.count, window.counts.get(column, 0)
        run.revision += 1
        same = self._put_lanes(column, window) and old == run.count
        while run.end > run.count and run.cards:
            self._homes.pop(run.cards[-1].id, None)
            run.cut(-1)
        return late or (bool(run.cards) and (not same or column in self.unsure))

    def _put_lanes(self, column: str, window: Window) -> bool:
        """Set the lanes of a column as they were read; are they what they were?"""
        if self.tally is None:
            return True
        old = self.tally.counts(column)
        self.tally.put(column, window.laned.get(column, {}))
        return self.tally.counts(column) == old

    def _replay(self, since: int) -> None:
        late = [(card, task_id) for task_id, (at, card) in self._journal.items() if at > since]
        if since < self._forgotten:
            self.unsure.update(self.columns)
        self._journal = {id_: entry for id_, entry in self._journal.items() if entry[0] > since}
        self._forgotten = max(self._forgotten, since)
        for card, task_id in late:
            self._take(task_id, card)

    # What changes

    def apply(self, change: Change) -> frozenset[str]:
        """Put changed cards in their places, take deleted ones out.

        Returns the ids of those that were seen to move, or that came.
        """
        self.version += 1
        self.edition += 1
        if change.reread:
            self.unsure.update(self.columns)
            self._journal.clear()
            self._forgotten = self.version
        moved = set()
        for card in change.cards:
            self._note(card.id, card)
            if self._take(card.id, card):
                moved.add(card.id)
        for task_id in change.gone:
            self._note(task_id, None)
            self._take(task_id, None)
        return frozenset(moved)

    def _note(self, task_id: str, card: Card | None) -> None:
        self._journal.pop(task_id, None)
        self._journal[task_id] = (self.version, card)
        if len(self._journal) > JOURNAL:
            oldest = next(iter(self._journal))
            self._forgotten = max(self._forgotten, self._journal.pop(oldest)[0])

    def _take(self, task_id: str, card: Card | None) -> bool:
        """One task as it stands now, None for deleted; True when a loaded row moved or came."""
        if card is not None and self.tally is not None:
            self.tally.rename(card)
        target = self._place(card) if card is not None else None
        if target not in self._runs:
            target = None
        home = self._homes.pop(task_id, None)
        if home is not None:
            self._remove(*home)
            if card is None or target is None:
                return False
            return self._add(target, card) and home != (target, self.key(card))
        if card is None or target is None:
            self.doubtful = self.doubtful or any(self._partial(c) for c in self.columns)
            return False
        return self._add_unseen(target, card)

    def _remove(self, column: str, key: OrderKey) -> None:
        run = self._runs[column]
        run.cut(bisect_left(run.keys, key))
        if run.count is not None:
            run.count -= 1
            if self.tally is not None:
                self.tally.remove(column, lane_of(key))

    def _add(self, column: str, card: Card) -> bool:
        """Add a card that is known not to stand in the column already; True where it shows."""
        run = self._runs[column]
        if run.count is None:
            return False
        if shows := run.insert(card):
            self._homes[card.id] = (column, self.key(card))
        self._grow(column, card)
        return shows

    def _add_unseen(self, column: str, card: Card) -> bool:
        """Add a card that was not loaded: it is new here, or stood among unloaded rows.

        Which of the two, nobody can tell while some column has such rows; they are unsure then.
        """
        partial = {name for name in self.columns if not self._complete(name)}
        if column not in partial:
            self.unsure |= partial
            return self._add(column, card)
        run = self._runs[column]
        self.unsure |= partial
        offset = run.offset
        if run.count is None or not run.insert(card):
            run.offset = offset
            return False
        self._homes[card.id] = (column, self.key(card))
        self._grow(column, card)
        return True

    def _grow(self, column: str, card: Card) -> None:
        run = self._runs[column]
        run.count = (run.count or 0) + 1
        if self.tally is not None:
            self.tally.add(column, card)

    def _partial(self, column: str) -> bool:
        return self._runs[column].count is not None and not self._complete(column)

    def _complete(self, column: str) -> bool:
        run = self._runs[column]
        return len(run.cards) == run.count and column not in self.unsure


def lane_of(key: OrderKey) -> LaneKey:
    """The lane of a card that has this place among grouped ones."""
    lane = key[0]
    assert isinstance(lane, tuple)
    return lane


def placing(board: Board, accepts: Callable[[Card], bool] | None) -> Callable[[Card], str | None]:
    """In which column of the board a card stands; None where it is not shown on it."""

    def place(card: Card) -> str | None:
        own = card.board_id == board.id and (board.id is not None or card.type_id == board.type_id)
        if not own or (accepts is not None and not accepts(card)):
            return None
        column = board.place(card.column_id, card.stage)
        return column.id if column else ORPHANED

    return place
