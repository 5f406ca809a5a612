"""Comments below what they answer, whatever other clients made of them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from genie_tui.domain.threads import threaded

ANSWERS = st.lists(st.none() | st.integers(0, 12), max_size=10)


def lay(answers: list[int | None]) -> list[tuple[int, int]]:
    """Messages by their numbers, each with its depth; `answers` says what each of them answers."""
    said = list(enumerate(answers))
    found = threaded(said, id_of=lambda one: one[0], answers=lambda one: one[1])
    return [(one[0], depth) for one, depth in found]


@settings(max_examples=50)
@given(ANSWERS)
def test_each_is_told_once_and_deeper_than_what_it_answers(answers: list[int | None]) -> None:
    laid = lay(answers)
    assert sorted(number for number, _ in laid) == list(range(len(answers)))
    depths: dict[int, int] = {}
    for number, depth in laid:
        parent = answers[number]
        assert depth == (depths[parent] + 1 if parent is not None and depth else 0)
        depths[number] = depth


def test_answers_stand_below_what_they_answer_oldest_first() -> None:
    assert lay([None, None, 0, 2, 0, 1]) == [(0, 0), (2, 1), (3, 2), (4, 1), (1, 0), (5, 1)]


def test_what_answers_a_message_that_is_gone_stands_for_itself() -> None:
    assert lay([99, 0]) == [(0, 0), (1, 1)]


def test_those_that_answer_each_other_come_last() -> None:
    assert lay([1, 0, None]) == [(2, 0), (0, 0), (1, 1)]


def test_a_long_conversation_is_no_deep_recursion() -> None:
    assert lay([None, *range(4999)])[-1] == (4999, 4999)
