"""Boxes in acceptance criteria, ticked one by one."""

from __future__ import annotations

import pytest

from genie_tui.domain.criteria import Criterion, criteria, ticked

TEXT = "## Must\r\n- [x] one\n  * [ ] two\n1. [X] three\n- [] no box\nprose [ ] here\n- [ ] one"


def test_lines_with_a_box_are_criteria() -> None:
    assert [(c.line, c.says, c.done) for c in criteria(TEXT)] == [
        (1, "one", True),
        (2, "two", False),
        (3, "three", True),
        (6, "one", False),
    ]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("done", [True, False])
def test_only_the_box_that_is_meant_is_changed(number: int, done: bool) -> None:
    meant = criteria(TEXT)[number]
    changed = ticked(TEXT, meant, done=done)
    assert changed is not None
    assert [c.done for c in criteria(changed)] == [
        done if place == number else box.done for place, box in enumerate(criteria(TEXT))
    ]
    assert changed.lower().replace("x", " ") == TEXT.lower().replace("x", " ")


def test_a_criterion_that_has_moved_is_found_by_what_it_says() -> None:
    meant = criteria(TEXT)[1]
    assert ticked(f"new\n\n{TEXT}", meant, done=True) == f"new\n\n{TEXT}".replace(
        "[ ] two", "[x] two"
    )


def test_one_that_is_gone_or_might_be_either_is_not_guessed() -> None:
    assert ticked("- [ ] other", criteria(TEXT)[1], done=True) is None
    twice = "a\nb\n- [ ] one\n- [ ] one"
    assert ticked(twice, Criterion(line=9, says="one", done=False), done=True) is None
