"""The store of the visible against a model: a plain list of all rows, sorted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from genie_tui.domain.changes import Change
from genie_tui.domain.lanes import LANES_AT_MOST, Group
from genie_tui.domain.store import JOURNAL, Store
from genie_tui.domain.tasks import Card, Priority, Sort, Status
from genie_tui.domain.windows import Page, Span, Window
from tests.domain.laning import laned

START = datetime(2026, 3, 2, tzinfo=UTC)
COLUMNS = ("wish", "build", "done")

stages = st.sampled_from([*COLUMNS, "elsewhere"])
statuses = st.sampled_from([Status.READY, Status.DONE])
numbers = st.integers(0, 24)
spans = st.tuples(
    *(
        st.builds(
            Span, column_id=st.just(column), offset=st.integers(0, 4), limit=st.integers(0, 5)
        )
        for column in COLUMNS
    )
)
some_spans = spans.flatmap(lambda all_: st.sets(st.sampled_from(all_))).map(tuple)
FULL = tuple(Span(column_id=column, offset=0, limit=1000) for column in COLUMNS)


def place(card: Card) -> str | None:
    """The column of a card; None where it is not on the board."""
    return card.stage if card.stage in COLUMNS else None


def made(number: int, stage: str = "wish", priority: Priority = Priority.NORMAL) -> Card:
    """A card; those with a higher number are younger."""
    at = START + timedelta(minutes=number)
    return Card(
        id=f"task-{number:08x}",
        seq=number,
        repo_path="/src/acme",
        project_id=None,
        board_id="board",
        type_id="software",
        column_id=None,
        stage=stage,
        status=Status.READY,
        priority=priority,
        title=f"task {number}",
        created_at=at,
        updated_at=at,
        staged_at=at,
    )


class Table:
    """All rows, as the database holds them."""

    def __init__(
        self,
        *cards: Card,
        sort: Sort = Sort.PRIORITY,
        group: Group = Group.NONE,
        most: int = LANES_AT_MOST,
    ) -> None:
        self.rows = {card.id: card for card in cards}
        self.group, self.most = group, most
        self.key = group.ordering(sort)

    def lanes(self) -> dict[str, Any]:
        """What a read tells of lanes."""
        return laned({column: self.column(column) for column in COLUMNS}, self.group, self.most)

    def column(self, column: str) -> list[Card]:
        """The cards of a column, in order."""
        cards = (card for card in self.rows.values() if card.stage == column)
        return sorted(cards, key=self.key)

    def window(self, wanted: tuple[Span, ...] = FULL) -> Window:
        """The answer to a read."""
        return Window(
            counts={column: len(self.column(column)) for column in COLUMNS},
            pages=tuple(
                Page(
                    column_id=span.column_id,
                    offset=span.offset,
                    cards=tuple(
                        self.column(span.column_id)[span.offset : span.offset + span.limit]
                    ),
                )
                for span in wanted
            ),
            **self.lanes(),
        )


def rows(store: Store, column: str) -> list[Card | None]:
    """All rows of a column as the store knows them, None for those that are not loaded."""
    return [store.card(column, row) for row in range(store.count(column) or 0)]


def loaded(store: Store) -> list[Card]:
    """All loaded cards, column by column."""
    return [card for column in COLUMNS for card in rows(store, column) if card is not None]


class Feeding(RuleBasedStateMachine):
    """Writes to the table, reads of windows and the feed, in any order and with any delay."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table()
        self.store = Store(COLUMNS, place)
        self.hints: set[str] = set()
        self.flushed: list[Change] = []
        self.answers: list[tuple[int, Window]] = []

    @initialize(
        stages=st.lists(stages, max_size=20),
        sort=st.sampled_from(Sort),
        group=st.sampled_from([Group.NONE, Group.PRIORITY, Group.ASSIGNEE]),
        most=st.integers(1, 4),
    )
    def fill(self, stages: list[str], sort: Sort, group: Group, most: int) -> None:
        self.table = Table(sort=sort, group=group, most=most)
        self.store = Store(COLUMNS, place, sort, group)
        for number, stage in enumerate(stages):
            card = made(number, stage)
            self.table.rows[card.id] = card

    @rule(
        number=numbers,
        stage=stages,
        priority=st.sampled_from(Priority),
        status=statuses,
        people=st.sets(st.sampled_from("abcdef"), max_size=2),
    )
    def write(
        self, number: int, stage: str, priority: Priority, status: Status, people: set[str]
    ) -> None:
        later = made(number).updated_at + timedelta(seconds=self.store.version)
        card = replace(made(number, stage, priority), status=status, updated_at=later)
        card = replace(card, assignees=tuple(people))
        self.table.rows[card.id] = card
        self.hints.add(card.id)

    @rule(number=numbers)
    def delete(self, number: int) -> None:
        card = made(number)
        self.table.rows.pop(card.id, None)
        self.hints.add(card.id)

    @precondition(lambda self: bool(loaded(self.store)))
    @rule(data=st.data(), stage=stages, priority=st.sampled_from(Priority))
    def write_to_a_loaded_card(self, data: st.DataObject, stage: str, priority: Priority) -> None:
        card = data.draw(st.sampled_from(loaded(self.store)))
        self.table.rows[card.id] = replace(card, stage=stage, priority=priority)
        self.hints.add(card.id)
        self.arrive()

    def arrive(self) -> None:
        """Everything under way arrives."""
        self.flush()
        while self.flushed:
            self.deliver()
        while self.answers:
            self.load()

    @rule(wanted=spans)
    def settle(self, wanted: tuple[Span, ...]) -> None:
        """A quiet moment, in which part of every column is read."""
        self.arrive()
        self.store.load(self.table.window(wanted), self.store.version)
        assert not self.store.unsure
        assert not self.store.doubtful

    @rule()
    def flush(self) -> None:
        found = {id_: self.table.rows.get(id_) for id_ in sorted(self.hints)}
        self.hints.clear()
        self.flushed.append(
            Change(
                cards=tuple(card for card in found.values() if card is not None),
                gone=frozenset(id_ for id_, card in found.items() if card is None),
            )
        )

    @precondition(lambda self: self.flushed)
    @rule()
    def deliver(self) -> None:
        self.store.apply(self.flushed.pop(0))

    @rule(wanted=some_spans)
    def read(self, wanted: tuple[Span, ...]) -> None:
        self.answers.append((self.store.version, self.table.window(wanted)))

    @rule()
    def read_the_counts(self) -> None:
        # Of grouped boards as well, these are read without lanes: that costs much less.
        counts = {column: len(self.table.column(column)) for column in COLUMNS}
        self.answers.append((self.store.version, Window(counts=counts, pages=())))

    @precondition(lambda self: self.answers)
    @rule()
    def load(self) -> None:
        mark, window = self.answers.pop(0)
        self.store.load(window, mark)

    @rule()
    def quieten(self) -> None:
        """Everything under way arrives; a read then leaves the store right, and sure of it."""
        self.arrive()
        self.check_what_is_sure()
        self.store.load(self.table.window(), self.store.version)
        assert not self.store.unsure
        assert not self.store.doubtful
        for column in COLUMNS:
            assert rows(self.store, column) == self.table.column(column)
            if self.store.tally is not None:
                assert self.store.tally.counts(column) == self.table.lanes()["laned"][column]

    @invariant()
    def no_card_is_there_twice(self) -> None:
        ids = [card.id for card in loaded(self.store)]
        assert len(ids) == len(set(ids))

    @invariant()
    def cards_are_found_where_they_are(self) -> None:
        for column in COLUMNS:
            for row, card in enumerate(rows(self.store, column)):
                assert card is None or self.store.find(card.id) == (column, row)

    @invariant()
    def rows_are_in_order(self) -> None:
        for column in COLUMNS:
            key = self.table.key
            orders = [key(card) for card in rows(self.store, column) if card is not None]
            assert orders == sorted(orders)

    @invariant()
    def lanes_come_to_their_columns(self) -> None:
        if (tally := self.store.tally) is not None:
            for column in COLUMNS:
                if (lanes := tally.counts(column)) is not None:
                    assert sum(lanes.values()) == self.store.count(column)
                    assert all(count > 0 for count in lanes.values())

    @invariant()
    def check_what_is_sure(self) -> None:
        """Once nothing is under way, what the store is sure of is so."""
        if self.hints or self.flushed or self.answers or self.store.doubtful:
            return
        for column in set(COLUMNS) - self.store.unsure:
            if self.store.count(column) is not None:
                expected = self.table.column(column)
                assert self.store.count(column) == len(expected)
                for known, card in zip(rows(self.store, column), expected, strict=True):
                    assert known is None or known == card
                if self.store.tally is not None and (lanes := self.store.tally.counts(column)):
                    counted = [self.store.tally.of(card) for card in expected]
                    assert lanes == Counter(counted)


TestFeeding = Feeding.TestCase
TestFeeding.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)


def filled(*cards: Card, wanted: tuple[Span, ...] = FULL) -> tuple[Table, Store]:
    """A table, and a store that has read it."""
    table, store = Table(*cards), Store(COLUMNS, place)
    store.load(table.window(wanted), store.version)
    return table, store


def test_a_fully_loaded_board_never_needs_a_second_read() -> None:
    _, store = filled(*(made(n) for n in range(5)))
    store.apply(Change(cards=(made(2, "build"), made(9)), gone=frozenset({made(4).id})))
    assert [card.seq for card in loaded(store)] == [0, 1, 3, 9, 2]
    assert not store.unsure
    assert not store.doubtful


def test_a_card_that_was_not_loaded_makes_the_columns_with_unloaded_rows_unsure() -> None:
    top = tuple(Span(column_id=column, offset=0, limit=3) for column in COLUMNS)
    _, store = filled(*(made(n) for n in range(9)), made(20, "done"), wanted=top)
    store.apply(Change(cards=(made(8, "done"),)))
    assert store.unsure == {"wish"}
    assert [card.seq for card in loaded(store)] == [0, 1, 2, 8, 20]
    assert store.count("done") == 2


def test_an_urgent_card_goes_to_the_top_and_says_that_it_moved() -> None:
    _, store = filled(*(made(n) for n in range(3)))
    urgent = made(2, priority=Priority.URGENT)
    assert store.apply(Change(cards=(urgent, replace(made(0), title="same place")))) == {urgent.id}
    assert [card.seq for card in loaded(store)] == [2, 0, 1]


def test_a_task_of_another_board_only_raises_a_doubt_where_rows_are_not_loaded() -> None:
    _, store = filled(*(made(n) for n in range(3)))
    store.apply(Change(cards=(made(50, "elsewhere"),)))
    assert not store.doubtful
    _, store = filled(
        *(made(n) for n in range(3)), wanted=(Span(column_id="wish", offset=0, limit=1),)
    )
    store.apply(Change(cards=(made(50, "elsewhere"),)))
    assert store.doubtful
    assert not store.unsure


def test_a_change_that_comes_while_a_window_is_read_is_not_undone_by_it() -> None:
    table, store = filled(made(1), made(2))
    mark, window = store.version, table.window()
    store.apply(Change(cards=(made(1, "build"),), gone=frozenset({made(2).id})))
    store.load(window, mark)
    assert [(card.seq, card.stage) for card in loaded(store)] == [(1, "build")]


def test_a_read_from_before_a_break_does_not_count_as_the_read_after_it() -> None:
    table, store = filled(made(1))
    mark, window = store.version, table.window()
    store.apply(Change(reread=True))
    store.load(window, mark)
    assert store.unsure == set(COLUMNS)
    store.load(table.window(), store.version)
    assert not store.unsure


def test_more_changes_than_are_remembered_during_a_read_ask_for_another() -> None:
    table, store = filled(made(1))
    mark, window = store.version, table.window()
    for n in range(JOURNAL + 1):
        store.apply(Change(cards=(made(n, "build"),)))
    store.load(window, mark)
    assert store.unsure == set(COLUMNS)


def test_another_store_of_the_same_board_goes_on_with_the_rows_until_it_has_read_its_own() -> None:
    table, old = filled(made(1), made(2))
    store = Store(COLUMNS, place)
    store.resume(old)
    assert [card.seq for card in loaded(store)] == [1, 2]
    assert store.unsure == set(COLUMNS)
    store.load(table.window(), store.version)
    assert not store.unsure
