"""Of a hint and its row, exactly one is shown, whichever comes first and however late."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from genie_tui.services.untold import AHEAD, BEHIND, PATIENCE, Untold

KEYS = st.sampled_from("abc")


def due(untold: Untold[str], now: float) -> list[str]:
    """What is shown now for want of rows."""
    ready = [what for what, _ in untold.overdue(now)]
    untold.shown(now)
    return ready


@given(st.lists(st.tuples(st.booleans(), KEYS), max_size=30))
def test_hints_and_rows_that_come_together_are_matched_one_to_one(
    steps: list[tuple[bool, str]],
) -> None:
    untold: Untold[str] = Untold()
    hints, rows = Counter[str](), Counter[str]()
    shown: Counter[str] = Counter()
    for is_hint, key in steps:
        if is_hint:
            untold.heard([(key, key)], 0.0)
            hints[key] += 1
        else:
            rows[key] += 1
            assert untold.told(key, 0.0)
    shown.update(due(untold, PATIENCE))
    assert shown == hints - rows


@given(st.lists(KEYS, min_size=1, max_size=20))
def test_hints_that_are_equal_are_each_shown(keys: list[str]) -> None:
    untold: Untold[str] = Untold()
    untold.heard([(key, key) for key in keys], 0.0)
    assert Counter(due(untold, PATIENCE)) == Counter(keys)


def test_a_row_is_silent_once_its_hint_was_shown() -> None:
    untold: Untold[str] = Untold()
    untold.heard([("a", "a")], 0.0)
    assert due(untold, PATIENCE) == ["a"]
    assert not untold.told("a", BEHIND / 2)
    assert untold.told("a", BEHIND / 2)


def test_a_row_long_after_a_hint_is_another_change() -> None:
    untold: Untold[str] = Untold()
    untold.heard([("a", "a")], 0.0)
    assert due(untold, PATIENCE) == ["a"]
    assert untold.told("a", PATIENCE + BEHIND + 1)


def test_a_hint_long_after_a_row_is_another_change() -> None:
    untold: Untold[str] = Untold()
    assert untold.told("a", 0.0)
    untold.heard([("a", "a")], AHEAD + 1)
    assert due(untold, AHEAD + 1 + PATIENCE) == ["a"]


def test_a_guess_gives_way_to_what_is_certain() -> None:
    untold: Untold[str] = Untold()
    untold.heard([("hinted", "hint")], 0.0)
    untold.guessed("hinted", "guess", 0.0)
    untold.told("logged", 0.0)
    untold.guessed("logged", "guess", 0.0)
    untold.guessed("later", "guess", 0.0)
    untold.heard([("later", "hint")], 0.01)
    untold.guessed("alone", "guess", 0.0)
    assert sorted(due(untold, 1.0)) == ["guess", "guess", "hint"]


def test_nothing_is_due_before_its_time() -> None:
    untold: Untold[str] = Untold()
    untold.heard([("a", "a")], 0.0)
    assert untold.next == PATIENCE
    assert due(untold, PATIENCE / 2) == []
    assert due(untold, PATIENCE) == ["a"]
    assert untold.overdue(PATIENCE) == []


def test_what_is_remembered_of_the_past_is_forgotten() -> None:
    untold: Untold[int] = Untold()
    for second in range(300):
        untold.heard([((second, n), n) for n in range(100)], float(second))
        untold.shown(second + 0.5)
    assert len(untold._shown._counts) < (BEHIND + 3) * 100
