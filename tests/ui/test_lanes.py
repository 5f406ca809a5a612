"""Boards in lanes: where cards, cursor and lanes stand, without a screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.geometry import Size

from genie_tui.domain.boards import ORPHANED
from genie_tui.domain.changes import Change
from genie_tui.domain.lanes import Group, Lane
from genie_tui.domain.store import Store
from genie_tui.domain.tasks import Card, LaneKey, Link, Priority, Status, Tag
from genie_tui.domain.windows import Span
from genie_tui.ui.widgets.form import Form
from genie_tui.ui.widgets.lane_map import Frame, LaneMap
from genie_tui.ui.widgets.lane_viewpoint import LaneViewpoint
from genie_tui.ui.widgets.layout import Slot
from genie_tui.ui.widgets.viewpoint import HEAD
from tests.ui.boards import BOARD, Rows, card

COLUMNS = (*(column.id for column in BOARD.columns), ORPHANED)
WISH, BUILD, REVIEW, QA, SHIP = COLUMNS[:5]
PEOPLE = ("ann", "bob", "cyd", "dan")

lanes = st.lists(st.integers(0, 7), min_size=1, max_size=6)
frames = st.builds(
    Frame, body=st.integers(2, 40), lines=st.integers(1, 3), step=st.integers(3, 4)
) | st.builds(Frame, body=st.integers(2, 20), lines=st.just(1), step=st.just(1))


def laid(sizes: Sequence[Sequence[int]], wide: int = 3) -> LaneMap:
    """Lanes with so many cards in each of the columns `0`, `1`, …; the first few are wide."""
    made = [Lane(key=(0, n), name=f"lane {n}") for n in range(max(map(len, sizes)))]
    counts: dict[str, dict[LaneKey, int]] = {
        str(column): {(0, n): count for n, count in enumerate(found) if count}
        for column, found in enumerate(sizes)
    }
    return LaneMap(made, counts, [str(n) for n in range(min(wide, len(sizes)))])


@given(sizes=st.lists(lanes, min_size=1, max_size=5), wide=st.integers(1, 5))
def test_every_card_stands_at_one_rank_and_every_rank_has_a_card(
    sizes: list[list[int]], wide: int
) -> None:
    found = laid(sizes, wide)
    seen = set()
    for column in map(str, range(min(wide, len(sizes)))):
        rows = sum(sizes[int(column)])
        ranks = [found.rank(column, row) for row in range(rows)]
        assert ranks == sorted(set(ranks))
        assert [found.row(column, rank) for rank in ranks] == list(range(rows))
        assert [found.lane(rank) for rank in ranks] == [
            found.lane_of(column, row) for row in range(rows)
        ]
        for rank in range(found.ranks + 2):
            assert found.before(column, rank) == sum(one < rank for one in ranks)
        seen |= set(ranks)
    assert seen == set(range(found.ranks))


@given(sizes=st.lists(lanes, min_size=1, max_size=4), frame=frames, data=st.data())
def test_what_is_revealed_is_on_screen_below_the_line_of_its_lane(
    sizes: list[list[int]], frame: Frame, data: st.DataObject
) -> None:
    found = laid(sizes)
    if not found.ranks:
        return
    ranks = st.integers(0, found.ranks - 1)
    top, rank = data.draw(ranks), data.draw(ranks)
    shown = found.clamped(found.reveal(found.clamped(top, frame), rank, frame), frame)
    places = list(found.stack(shown, frame))
    lines = {place.rank: place.line for place in places if place.rank is not None}
    heads = [place for place in places if place.rank is None]
    assert lines[rank] == found.line(shown, rank, frame)
    assert places[0].rank is None
    assert lines[rank] + frame.lines <= max(frame.body, 1 + frame.lines)
    assert any(head.lane == found.lane(rank) and head.line < lines[rank] for head in heads)
    if shown == found.reveal(0, found.ranks - 1, frame) and shown + 1 < found.ranks:
        assert found.last(shown, frame) == found.ranks - 1


# The cursor


def made(n: int, stage: str, person: int, status: Status = Status.READY) -> Card:
    """A card of somebody, or of nobody."""
    people = (PEOPLE[person],) if person < len(PEOPLE) else ()
    return card(n, stage=stage, assignees=people, status=status)


stages = st.sampled_from(["wish", "build", "review", "qa", "ship"])
boards = st.lists(st.tuples(stages, st.integers(0, 4)), min_size=1, max_size=40).map(
    lambda tasks: [made(n, *task) for n, task in enumerate(tasks)]
)
sizes = st.builds(Size, st.sampled_from([60, 120]), st.integers(8, 40))


def look(
    cards: Sequence[Card],
    size: Size = Size(120, 30),  # noqa: B008 - it is immutable
    group: Group = Group.ASSIGNEE,
    wide: Sequence[str] = COLUMNS[:5],
) -> tuple[Rows, LaneViewpoint]:
    """A viewpoint on a board in lanes, of which everything is loaded."""
    rows = Rows(BOARD, cards, group)
    view = LaneViewpoint(Store(COLUMNS, rows.place, group=group), 5)
    with view.held():
        spans = [Span(column_id=column, offset=0, limit=1000) for column in COLUMNS]
        view.store.load(rows.window(spans), 0)
    stand(view, size, wide)
    return rows, view


def stand(view: LaneViewpoint, size: Size, wide: Sequence[str] = COLUMNS[:5]) -> None:
    """Show these columns; in the compact form the cursor's."""
    form = Form.of(size, titled=False, joins_right=False, joins_below=False)
    wide = [view.column] if form.compact else wide
    slots = [
        Slot(nth=view.columns.index(c), x=1 + 22 * n, width=21, collapsed=False)
        for n, c in enumerate(wide)
        if c in view.columns
    ]
    if form.page != view.page:
        view.resize(form.page)
    view.stand_in(form, slots)


def check(view: LaneViewpoint) -> None:
    """The card under the cursor is shown wholly, under the line of its lane."""
    places = list(view.places())
    shown = list(view.stack(view.column, 0))
    assert len(places) == len(shown)
    if view.card is None or view.map is None:
        assert not view.store.count(view.column)
        return
    place = places[shown.index(view.row)]
    frame = view._frame
    assert place.line + frame.lines <= max(frame.body, 1 + frame.lines)
    (head,) = [head for head in view.heads() if head.current]
    assert head.line < place.line
    assert head.lane == Group.ASSIGNEE.lane(view.card)
    assert view.top(view.column) + view.below(view.column) < view.limit(view.column)
    assert view.missing() == ()


@given(cards=boards, size=sizes)
@settings(max_examples=40)
def test_j_goes_over_every_card_of_a_column_once_and_k_back(cards: list[Card], size: Size) -> None:
    rows, view = look(cards, size)
    for column in COLUMNS[:5]:
        view.column = column
        view.to_row(0)
        stand(view, size)
        met = []
        for row in range(len(rows.column(column))):
            view.to_row(row)
            check(view)
            assert view.card is not None
            met.append(view.card)
        assert met == rows.column(column)
        for card_ in reversed(met):
            assert view.card == card_
            check(view)
            view.to_row(view.row - 1)


@given(cards=boards, size=sizes, data=st.data())
@settings(max_examples=50)
def test_wherever_one_goes_the_cursor_is_seen_and_counts_come_to_the_columns(
    cards: list[Card], size: Size, data: st.DataObject
) -> None:
    rows, view = look(cards, size)
    steps = st.tuples(
        st.sampled_from(["row", "column", "leap", "scroll", "go", "change"]), st.integers(-9, 9)
    )
    for step, by in data.draw(st.lists(steps, max_size=12)):
        if step == "row":
            view.to_row(view.row + by)
        elif step == "column":
            view.to_column(view.neighbour(by % 3 - 1))
        elif step == "leap":
            view.to_row(view.leap(by or 1))
        elif step == "scroll":
            view.scroll(view.column, by)
        elif step == "go":
            view.go_to(cards[by % len(cards)].id)
        else:
            task = made(by % len(cards), *data.draw(st.tuples(stages, st.integers(0, 4))))
            rows.put(task)
            with view.held():
                view.store.apply(Change(cards=(task,)))
        stand(view, size)
        check(view)
        tally = view.store.tally
        assert tally is not None
        for column in COLUMNS:
            counts = tally.counts(column) or {}
            assert sum(counts.values()) == len(rows.column(column)) == view.store.count(column)


def seqs(view: LaneViewpoint) -> tuple[str, int | None]:
    """The cursor's column, and the number of the card under it."""
    return view.column, view.card.seq if view.card else None


def test_h_and_l_stay_in_the_lane_where_it_has_cards_and_remember_it_where_not() -> None:
    _, view = look([
        made(1, "wish", 0), made(2, "wish", 1), made(3, "wish", 1), made(4, "wish", 1),
        made(5, "build", 0), made(6, "build", 1), made(7, "build", 1),
        made(8, "review", 0),
        made(9, "qa", 0), made(10, "qa", 1), made(11, "qa", 1), made(12, "qa", 1),
    ])  # fmt: skip
    view.to_row(3)
    assert seqs(view) == (WISH, 4)
    view.to_column(BUILD)
    assert seqs(view) == (BUILD, 7)
    view.to_column(REVIEW)
    assert seqs(view) == (REVIEW, 8)
    view.to_column(QA)
    assert seqs(view) == (QA, 12)
    view.to_column(SHIP)
    assert seqs(view) == (SHIP, None)
    view.to_column(QA)
    assert seqs(view) == (QA, 12)
    view.to_row(0)
    view.to_column(WISH)
    assert seqs(view) == (WISH, 1)


def test_a_card_that_is_given_to_another_goes_to_that_lane_at_once() -> None:
    rows, view = look([made(1, "wish", 0), made(2, "wish", 0), made(3, "build", 1)])
    view.to_row(1)
    given_ = made(2, "wish", 2)
    rows.put(given_)
    with view.held():
        view.store.apply(Change(cards=(given_,)))
    assert seqs(view) == (WISH, 2)
    assert [(head.lane.name, head.total) for head in view.heads()] == [
        ("@ann", 1), ("@bob", 1), ("@cyd", 1),
    ]  # fmt: skip
    assert list(view.stack(WISH, 0)) == [HEAD, 0, HEAD, None, HEAD, 1]


def test_what_comes_above_does_not_push_the_view_about() -> None:
    _, view = look([made(n, "wish", n % 3) for n in range(30)], Size(120, 20))
    view.to_row(20)
    line, first = view.places(), view.top(WISH)
    more = tuple(made(100 + n, "wish", 0) for n in range(4))
    with view.held():
        view.store.apply(Change(cards=more))
    assert view.top(WISH) == first + 4
    assert view.row == 24
    assert [place.line for place in view.places()] == [place.line for place in line]


def test_at_a_hundred_thousand_cards_a_few_rows_around_the_screen_are_read() -> None:
    counts: dict[str, dict[LaneKey, int]] = {
        column: {(0, f"eng-{n:03}"): 125 for n in range(100)} for column in COLUMNS[:4]
    }
    store = Store(COLUMNS, lambda _: None, group=Group.ASSIGNEE)
    view = LaneViewpoint(store, 10)
    assert store.tally is not None
    store.tally.load([Group.ASSIGNEE.named(key) for key in counts[WISH]])
    for column in COLUMNS:
        store._runs[column].count = 12_500 if column in counts else 0
        store.tally.put(column, counts.get(column, {}))
    store.edition += 1
    view.to_row(7000)
    for span in view.spans():
        assert span.limit <= 3 * view.page + 1
    assert view.span(BUILD).offset <= 7000 <= view.span(BUILD).offset + view.span(BUILD).limit
    assert {span.column_id for span in view.missing()} == set(COLUMNS[:4])


def test_a_card_with_two_of_a_kind_stands_in_the_lane_of_the_first() -> None:
    parent = Link(id="p", seq=7, title="epic", stage="wish", status=Status.READY)
    task = replace(
        card(1, assignees=("eng-2", "eng-1"), priority=Priority.HIGH),
        tags=(Tag(id="x", name="zoo", color="#111111"), Tag(id="y", name="ape", color="#222222")),
        parent=parent,
        project_name="acme",
    )
    assert {group: group.lane(task).name for group in list(Group)[1:]} == {
        Group.ASSIGNEE: "@eng-1",
        Group.PRIORITY: "high",
        Group.TAG: "ape",
        Group.PARENT: "#7 epic",
        Group.PROJECT: "acme",
    }
    assert Group.TAG.lane(task).color == "#222222"
    alone = replace(card(2), project_id=None)
    assert [group.lane(alone).name for group in list(Group)[1:]] == [
        "nobody", "normal", "no tag", "no parent", "no project",
    ]  # fmt: skip
