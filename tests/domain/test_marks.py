"""Reading a log by its ids misses nothing and repeats nothing, in whatever order rows appear."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.marks import GRACE, HOLES_AT_MOST, Mark


def wanted(mark: Mark, ids: set[int]) -> list[int]:
    """Those ids that a read beyond the mark finds, in order."""
    lows, highs = mark.ranges()
    return sorted(
        id_ for id_ in ids if any(a <= id_ <= b for a, b in zip(lows, highs, strict=True))
    )


@given(st.permutations(range(1, 40)), st.lists(st.integers(1, 10), min_size=1, max_size=40))
def test_rows_that_appear_in_any_order_are_read_once_each(
    order: list[int], pieces: list[int]
) -> None:
    mark, visible, read = Mark(), set[int](), list[int]()
    while order:
        size = pieces[len(order) % len(pieces)]
        visible.update(order[:size])
        del order[:size]
        found = wanted(mark, visible)
        mark.take(found, 0.0)
        read += found
    assert sorted(read) == list(range(1, 40))


@given(st.sets(st.integers(1, 60), max_size=40), st.sets(st.integers(1, 60), max_size=40))
def test_a_mark_at_the_end_of_a_log_wants_only_what_it_has_not_seen(
    first: set[int], second: set[int]
) -> None:
    mark = Mark.newest(first, 0.0)
    bottom = min(first, default=0)
    late = {id_ for id_ in second - first if id_ > bottom}
    assert wanted(mark, first | late) == sorted(late)


def test_a_hole_stays_open_while_a_transaction_runs_that_may_fill_it() -> None:
    mark = Mark()
    mark.take([1, 3], now=0.0)
    mark.settle(xmin=100, xmax=110, now=GRACE / 2)
    mark.settle(xmin=100, xmax=120, now=GRACE)
    mark.settle(xmin=119, xmax=130, now=GRACE * 100)
    assert mark.unseen(2)


def test_a_hole_is_closed_once_nobody_can_fill_it() -> None:
    mark = Mark()
    mark.take([1, 3], now=0.0)
    mark.settle(xmin=100, xmax=120, now=GRACE)
    mark.settle(xmin=120, xmax=130, now=GRACE + 1)
    assert not mark.unseen(2)
    assert mark.ranges() == ([4], [2**63 - 1])


def test_a_young_hole_is_kept_though_no_transaction_is_seen_to_run() -> None:
    mark = Mark()
    mark.take([1, 3], now=0.0)
    mark.settle(xmin=100, xmax=100, now=GRACE / 2)
    assert mark.unseen(2)


def test_the_parts_of_a_hole_keep_its_age() -> None:
    mark = Mark()
    mark.take([1, 9], now=0.0)
    mark.take([5], now=GRACE)
    mark.settle(xmin=100, xmax=100, now=GRACE)
    assert mark.holes == []


def test_no_more_holes_are_kept_than_can_be_looked_into() -> None:
    mark = Mark()
    mark.take(range(2, 2 * HOLES_AT_MOST + 100, 2), now=0.0)
    assert len(mark.holes) == HOLES_AT_MOST
    assert mark.given_up == 49
    assert mark.unseen(mark.high - 1)


def test_a_copy_goes_on_by_itself() -> None:
    mark = Mark()
    mark.take([1, 3], now=0.0)
    other = mark.copy()
    other.take([2, 4], now=1.0)
    assert mark.unseen(2)
    assert mark.high == 3
