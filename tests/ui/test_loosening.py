"""When the words of a filter are taken loosely."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.filters import Filter, parse
from genie_tui.ui.screens.loosening import Loosening, narrows
from tests.domain.test_filters import ME, NOW, card


def typed(loosening: Loosening, text: str) -> str:
    return str(loosening.typed(parse(text), parse(text, loosely=True)))


def counted(loosening: Loosening, text: str, shown: int) -> str | None:
    found = loosening.counted(parse(text), shown)
    return None if found is None else str(found)


def test_words_that_are_found_are_shown_as_they_stand() -> None:
    loosening = Loosening()
    loosening.begin()
    assert typed(loosening, "tok") == "tok"
    assert counted(loosening, "tok", 3) is None
    assert loosening.hint == ""


def test_words_that_are_not_found_are_shown_loosely_also_with_more_letters() -> None:
    loosening = Loosening()
    loosening.begin()
    typed(loosening, "tk")
    assert counted(loosening, "tk", 0) == "~tk"
    assert loosening.hint == 'nothing has "tk" as such; shown: ~tk'
    assert counted(loosening, "~tk", 2) is None
    assert typed(loosening, "tkr") == "~tkr"
    assert counted(loosening, "tk", 0) is None, "that is not shown any more"
    assert counted(loosening, "~tkr", 0) == "tkr", "neither finds anything"
    assert counted(loosening, "tkr", 0) is None
    assert loosening.hint == ""
    assert typed(loosening, "tkrx p:high") == "tkrx p:high", "nor with more letters"
    assert typed(loosening, "t") == "t"
    assert counted(loosening, "t", 0) is None, "one letter is no less as it stands"


def test_what_is_kept_before_it_was_counted_is_still_shown_loosely() -> None:
    loosening = Loosening()
    loosening.begin()
    typed(loosening, "tkrf")
    loosening.end()
    assert counted(loosening, "tkrf", 0) == "~tkrf"
    assert counted(loosening, "~tkrf", 1) is None
    assert counted(loosening, "~tkrf", 0) is None, "it is the filter now, whatever it finds"


def test_what_is_shown_loosely_is_told() -> None:
    loosening = Loosening()
    typed(loosening, 'tkn "a b" p:high rfs')
    counted(loosening, 'tkn "a b" p:high rfs', 0)
    assert loosening.hint == 'nothing has "tkn rfs" as such; shown: ~tkn ~rfs'


def test_another_beginning_looks_again() -> None:
    loosening = Loosening()
    loosening.begin()
    typed(loosening, "tkrf")
    counted(loosening, "tkrf", 0)
    loosening.begin()
    assert typed(loosening, "tkrf") == "tkrf"


@pytest.mark.parametrize(
    ("text", "other", "narrower"),
    [
        ("token", "tok", True),
        ("tok", "token", False),
        ("tok p:high", "tok", True),
        ("tok", "tok p:high", False),
        ("~tkr", "~tk", True),
        ("~ktk", "~tk", False),
        ("token", "~tok", True),
        ("!token", "!tok", False),
        ("p:high", "p:high,low", False),
        ("", "", True),
    ],
)
def test_more_letters_and_terms_let_through_no_more(text: str, other: str, narrower: bool) -> None:
    assert narrows(parse(text), parse(other)) is narrower


words = st.lists(
    st.builds(
        "{}{}{}".format, st.sampled_from(["", "!"]), st.sampled_from(["", "~"]),
        st.text("abA", min_size=1, max_size=3),
    ),
    max_size=3,
).map(lambda found: parse(" ".join(found)))  # fmt: skip


@given(words, words, st.text("abA c", max_size=8))
def test_what_is_said_to_narrow_does(filter_: Filter, other: Filter, title: str) -> None:
    if narrows(filter_, other) and filter_.matches(card(title=title), NOW, ME):
        assert other.matches(card(title=title), NOW, ME)
