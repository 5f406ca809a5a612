"""What a filter that is being typed may be completed with."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genie_tui.domain.completing import Unfinished, unfinished
from genie_tui.domain.filters import Field, OneOf, fold, parse
from tests.domain.test_filters import near_misses


@pytest.mark.parametrize(
    ("text", "field", "typed"),
    [
        ("@", Field.PERSON, ""),
        ("token !@en", Field.PERSON, "en"),
        ("p:", Field.PRIORITY, ""),
        ("PRIORITY:high,u", Field.PRIORITY, "u"),
        ("status:in", Field.STATUS, "in"),
        ('stage:"in rev', Field.STAGE, "in rev"),
        ('x tag:"needs work",b', Field.TAG, "b"),
        ("tag:a,", Field.TAG, ""),
    ],
)
def test_the_value_before_the_cursor_is_being_typed(text: str, field: Field, typed: str) -> None:
    found = unfinished(text, len(text))
    assert found is not None
    assert (found.field, found.typed, found.end) == (field, typed, len(text))


@pytest.mark.parametrize(
    "text", ["", "token", "#1", "@eng-1 ", "due:", "age:<", "x@y", '"a @b', "p:high x", "xp:"]
)
def test_elsewhere_nothing_is_completed(text: str) -> None:
    assert unfinished(text, len(text)) is None


def test_within_a_value_nothing_is_completed_and_before_another_term_it_is() -> None:
    assert unfinished("tag:bug", 5) is None
    found = unfinished("tag:bu ready", 6)
    assert found is not None
    assert found.completed("tag:bu ready", "needs work") == ('tag:"needs work" ready', 16)


def test_what_begins_with_the_letters_comes_before_what_holds_them() -> None:
    value = Unfinished(field=Field.PERSON, typed="En", start=1, end=3)
    assert value.offers(["qa", "open", "eng-1", "ENG-2"]) == ("eng-1", "ENG-2", "open")
    assert value.offers(["en", "eng-1"]) == ()
    assert Unfinished(field=Field.TAG, typed="", start=0, end=0).offers(["b", "a"]) == ("b", "a")


@example('p:"', "0")
@example('tag:"', "0")
@given(near_misses, st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_what_is_taken_is_the_value_that_the_filter_asks_for(before: str, name: str) -> None:
    text = f"{before} tag:"
    found = unfinished(text, len(text))
    # Within quotes that are open, another value goes on: it began before the end.
    if found is not None and found.start == len(text) and "\0" not in name:
        completed, at = found.completed(text, name)
        assert (completed[: len(text)], at) == (text, len(completed))
        (term,) = parse(completed[len(text) - len("tag:") :]).terms
        assert term.test == OneOf(field=Field.TAG, values=(fold(name),))


def test_a_long_filter_is_looked_at_in_no_time() -> None:
    for text in ("tag:" + "a," * 50_000, "@x " * 30_000, 'tag:"' * 20_000, "!" * 90_000):
        unfinished(text, len(text))
