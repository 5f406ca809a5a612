"""Where columns stand, and where the cursor and the scroll positions go: without a screen."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.boards import ORPHANED
from genie_tui.domain.changes import Change
from genie_tui.domain.store import Store, placing
from genie_tui.domain.tasks import Card, Priority
from genie_tui.domain.windows import Span
from genie_tui.ui.widgets.layout import Arrangement, arrange
from genie_tui.ui.widgets.viewpoint import Viewpoint
from tests.ui.boards import BOARD, Rows, card

WISH, BUILD, REVIEW, QA, SHIP = (column.id for column in BOARD.columns)
FULL = tuple(
    Span(column_id=column, offset=0, limit=1000)
    for column in (WISH, BUILD, REVIEW, QA, SHIP, ORPHANED)
)


def look(*cards: Card, page: int = 5, **given: Any) -> tuple[Rows, Viewpoint]:
    """A viewpoint on a board of which everything is loaded."""
    rows = Rows(BOARD, cards)
    columns = (*(column.id for column in BOARD.columns), ORPHANED)
    store = Store(columns, placing(BOARD, given.get("accepts")))
    view = Viewpoint(store, page)
    read(rows, view)
    return rows, view


def read(rows: Rows, view: Viewpoint, wanted: tuple[Span, ...] = FULL) -> None:
    """Load rows."""
    with view.held():
        view.store.load(rows.window(wanted), view.store.version)


def change(view: Viewpoint, *cards: Card, gone: frozenset[str] = frozenset()) -> None:
    """Somebody changes tasks."""
    with view.held():
        view.store.apply(Change(cards=cards, gone=gone))


def cards(*seqs: int, stage: str = "wish") -> list[Card]:
    """Cards of one column, in the order of their numbers."""
    return [card(seq, stage=stage) for seq in seqs]


def urgent(seq: int, stage: str = "wish") -> Card:
    """A card that goes to the top of its column."""
    return card(seq, stage=stage, priority=Priority.URGENT)


def seq(view: Viewpoint) -> int | None:
    """The number of the card under the cursor."""
    return view.card.seq if view.card else None


def moved(task: Card, stage: str) -> Card:
    """The same task in another column."""
    return replace(task, stage=stage, column_id=f"c-{stage}")


# The cursor


def test_the_cursor_moves_over_the_rows_and_not_beyond_them() -> None:
    _, view = look(*cards(*range(10)))
    view.to_row(4)
    assert (seq(view), view.top(WISH)) == (4, 0)
    view.to_row(5)
    assert (seq(view), view.top(WISH)) == (5, 1)
    view.to_row(99)
    assert (seq(view), view.top(WISH)) == (9, 5)
    view.to_row(-3)
    assert (seq(view), view.top(WISH)) == (0, 0)


def test_the_next_column_is_entered_at_the_same_height_of_the_screen() -> None:
    _, view = look(*cards(*range(20)), *cards(30, 31, stage="build"))
    view.to_row(12)
    view.to_row(11)
    assert view.row - view.top(WISH) == 3
    view.to_column(BUILD)
    assert seq(view) == 31
    view.to_column(WISH)
    assert view.row == view.top(WISH) + 1


def test_there_is_no_way_round_at_either_end() -> None:
    _, view = look(*cards(1))
    assert view.neighbour(-1) == WISH
    view.to_column(SHIP)
    assert view.neighbour(1) == SHIP


def test_orphans_have_a_column_only_as_long_as_there_are_any() -> None:
    lost = replace(card(9), column_id="gone", stage="gone")
    _, view = look(*cards(1), lost)
    view.to_column(ORPHANED)
    assert seq(view) == 9
    change(view, gone=frozenset({lost.id}))
    assert view.column == SHIP
    assert ORPHANED not in view.columns


def test_before_anything_is_read_the_cursor_is_free_and_then_finds_the_nearest_row() -> None:
    rows = Rows(BOARD, cards(1, 2, 3))
    view = Viewpoint(Store((*(c.id for c in BOARD.columns), ORPHANED), rows.place), 5)
    view.to_row(7)
    read(rows, view)
    assert seq(view) == 3


# What others do


def test_the_cursor_stays_on_its_task_when_others_come_and_go_around_it() -> None:
    _, view = look(*cards(*range(1, 8)))
    view.to_row(3)
    change(view, urgent(50), gone=frozenset({card(7).id}))
    assert (seq(view), view.row) == (4, 4)
    change(view, gone=frozenset({card(1).id, card(2).id}))
    assert (seq(view), view.row) == (4, 2)


def test_when_the_task_under_it_is_taken_away_the_cursor_stays_where_it_is() -> None:
    _, view = look(*cards(*range(1, 6)))
    view.to_row(2)
    change(view, moved(card(3), "build"))
    assert (view.column, view.row, seq(view)) == (WISH, 2, 4)
    view.to_row(3)
    change(view, gone=frozenset({card(5).id}))
    assert (view.row, seq(view)) == (2, 4)


def test_a_task_that_the_user_moves_is_followed() -> None:
    _, view = look(*cards(1, 2, 3), *cards(9, stage="build"))
    view.to_row(1)
    view.follow(card(2).id)
    assert view.column == WISH
    change(view, moved(card(2), "build"))
    assert (view.column, seq(view)) == (BUILD, 2)
    change(view, moved(card(2), "review"))
    assert view.column == BUILD


def test_a_task_that_has_moved_before_it_is_followed_is_found() -> None:
    _, view = look(*cards(1, 2, 3))
    view.to_row(1)
    change(view, moved(card(2), "review"))
    assert seq(view) == 3
    view.follow(card(2).id)
    assert (view.column, seq(view)) == (REVIEW, 2)


def test_following_ends_when_the_cursor_is_moved_by_hand() -> None:
    _, view = look(*cards(1, 2, 3))
    view.follow(card(1).id)
    view.to_row(2)
    change(view, moved(card(1), "build"))
    assert (view.column, seq(view)) == (WISH, 3)


def test_rows_that_come_above_the_visible_ones_do_not_push_them_down() -> None:
    _, view = look(*cards(*range(1, 21)))
    view.to_row(12)
    shown = [view.store.card(WISH, view.top(WISH) + n) for n in range(5)]
    change(view, urgent(50), urgent(51))
    assert [view.store.card(WISH, view.top(WISH) + n) for n in range(5)] == shown
    change(view, gone=frozenset({card(1).id}))
    assert [view.store.card(WISH, view.top(WISH) + n) for n in range(5)] == shown
    assert seq(view) == 13


def test_a_column_that_is_not_scrolled_shows_what_comes_at_its_top() -> None:
    _, view = look(*cards(*range(1, 21)))
    change(view, urgent(50))
    assert view.top(WISH) == 0
    assert seq(view) == 1


def test_the_view_stays_when_a_read_brings_the_rows_anew() -> None:
    rows, view = look(*cards(*range(1, 31)), urgent(40), urgent(41))
    view.to_row(20)
    top = view.store.card(WISH, view.top(WISH))
    rows.put(urgent(50), urgent(51), urgent(52))
    read(rows, view)
    assert view.store.card(WISH, view.top(WISH)) == top
    assert seq(view) == 19


def test_a_column_that_grows_short_is_scrolled_back() -> None:
    _, view = look(*cards(*range(20)))
    view.to_row(19)
    change(view, gone=frozenset(card(n).id for n in range(3, 20)))
    assert (view.top(WISH), view.row) == (0, 2)


def test_the_wheel_takes_the_cursor_along_only_where_it_would_be_lost() -> None:
    _, view = look(*cards(*range(20)), *cards(*range(30, 50), stage="build"))
    view.to_row(2)
    view.scroll(WISH, 1)
    assert (view.top(WISH), seq(view)) == (1, 2)
    view.scroll(WISH, 6)
    assert (view.top(WISH), seq(view)) == (7, 7)
    view.scroll(BUILD, 3)
    assert (view.top(BUILD), seq(view)) == (3, 7)
    view.scroll(WISH, 99)
    assert view.top(WISH) == 15


# What is to be read


def test_a_screen_either_way_is_read_and_asked_for_before_it_is_seen() -> None:
    rows, view = look(*cards(*range(100)), page=10)
    view.store.load(rows.window(view.spans()), view.store.version)
    assert view.span(WISH) == Span(column_id=WISH, offset=0, limit=31)
    assert view.missing() == ()
    view.to_row(24)
    assert view.missing() == ()
    view.to_row(26)
    (wanted,) = view.missing()
    assert wanted == Span(column_id=WISH, offset=7, limit=31)
    assert view.served(wanted)
    view.to_row(60)
    assert not view.served(wanted)


# Columns


@given(
    st.integers(10, 300),
    st.lists(st.booleans(), min_size=1, max_size=20),
    st.integers(0, 25),
    st.integers(0, 19),
)
def test_the_columns_fill_the_width_and_the_cursors_is_among_them(
    width: int, collapsed: list[bool], first: int, current: int
) -> None:
    current %= len(collapsed)
    slots = arrange(width, collapsed, first, current)
    assert current in {slot.nth for slot in slots}
    if width <= 60:
        assert [(slot.x, slot.width) for slot in slots] == [(0, width)]
        return
    assert [slot.nth for slot in slots] == list(range(slots[0].nth, slots[-1].nth + 1))
    wide = [slot for slot in slots if not slot.collapsed]
    assert slots[-1].x + slots[-1].width + 1 == width
    assert all(a.x + a.width + 1 == b.x for a, b in pairwise(slots))
    assert max(slot.width for slot in wide) - min(slot.width for slot in wide) <= 1
    assert width > 79 or sum(not collapsed[slot.nth] for slot in slots) <= 2


def test_as_many_columns_as_fit_are_shown_and_the_others_scroll_sideways() -> None:
    def shown(width: int, first: int, current: int) -> list[int]:
        return [slot.nth for slot in arrange(width, [False] * 8, first, current)]

    assert shown(93, 0, 0) == [0, 1, 2, 3]
    assert shown(92, 0, 0) == [0, 1, 2]
    assert shown(93, 0, 4) == [1, 2, 3, 4]
    assert shown(93, 1, 2) == [1, 2, 3, 4]
    assert shown(93, 3, 2) == [2, 3, 4, 5]
    assert shown(300, 5, 7) == list(range(8))
    assert shown(79, 0, 0) == [0, 1]
    assert shown(60, 0, 5) == [5]


def test_empty_columns_collapse_but_one_that_becomes_empty_waits_until_it_is_tidied() -> None:
    _, view = look(*cards(1), *cards(2, stage="build"))
    arrangement = Arrangement()

    def thin() -> list[str]:
        slots = arrangement.slots(120, view)
        return [view.columns[slot.nth] for slot in slots if slot.collapsed]

    assert thin() == [REVIEW, QA, SHIP]
    change(view, moved(card(2), "review"))
    assert thin() == [QA, SHIP]
    assert arrangement.untidy(view)
    arrangement.tidy(view, keep=view.column)
    assert thin() == [BUILD, QA, SHIP]
    assert not arrangement.untidy(view)


def test_a_board_without_cards_shows_its_columns_wide() -> None:
    _, view = look()
    assert not any(slot.collapsed for slot in Arrangement().slots(160, view))
