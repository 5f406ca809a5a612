"""The filter language against all that can be typed: read, or refused where the mistake is."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.filters import Filter, FilterError, parse
from tests.domain.test_filters import ME, NOW, card, filters, near_misses

LONGEST = 200
"""A message stands in one line under what was typed, or is wrapped into a few."""

WORDS = [
    *("p:", "priority:", "s:", "status:", "stage:", "tag:", "due:", "age:", "@", "#", "!", "!!"),
    *('"', "\\", ",", ":", "<", ">", "<3d", ">2w", "none", "overdue", "high", "urgent", "done"),
    *("in-progress", "locked", "stale", "mine", "ready", "blocked", "token", "#12", "~tkrf", "~"),
    *("\u202e", "\u200b", "\u0130", "\u00df", "\ufb01", "\U0001f9de", "\x1b[31m", "\x9b"),
    *("\t", "\n", "\r", "\u2028", "\u00a0", "\0", "\ud800"),
]

texts = st.one_of(
    st.text(),
    near_misses,
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4))).map("".join),
    st.lists(st.sampled_from(WORDS)).map(" ".join),
)

marks = st.sampled_from(["", "!", '"', "\\", ",", ":", " ", "x", "\n", "<", "#", "@", "\x1b"])


@st.composite
def broken(draw: st.DrawFn) -> str:
    """A filter that is right, in which something was typed, or rubbed out."""
    text = str(draw(filters))
    at, length = draw(st.integers(0, len(text))), draw(st.integers(0, 3))
    return text[:at] + draw(marks) + text[at + length :]


def read(text: str) -> Filter | FilterError:
    try:
        return parse(text)
    except FilterError as error:
        return error


@given(st.one_of(texts, broken()))
def test_whatever_is_typed_is_read_or_refused_at_a_place_within_it(text: str) -> None:
    found = read(text)
    if isinstance(found, FilterError):
        assert 0 <= found.start < found.end <= len(text)
    else:
        assert parse(str(found)) == found
        found.matches(card(), NOW, ME)


@given(st.one_of(texts, broken(), st.text(min_size=300).map(lambda text: f"p:{text}")))
def test_what_is_said_of_a_mistake_fits_and_steers_no_terminal(text: str) -> None:
    found = read(text)
    if isinstance(found, FilterError):
        said = str(found)
        assert 0 < len(said) <= LONGEST
        assert not [c for c in said if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


@given(st.one_of(texts, broken()))
def test_the_first_mistake_stays_where_it_is_whatever_follows(text: str) -> None:
    found = read(text)
    if isinstance(found, FilterError) and "not closed" not in str(found):
        again = read(f"{text} more")
        assert isinstance(again, FilterError)
        assert again.start == found.start


@given(filters, st.sampled_from([" ", "  ", "\t", "\n "]))
def test_blanks_between_terms_do_not_matter(filter_: Filter, blank: str) -> None:
    assert parse(blank.join(["", *map(str, filter_.terms), ""])) == filter_


@given(filters)
def test_the_opposite_of_a_term_shows_what_the_term_hides(filter_: Filter) -> None:
    for term in filter_.terms:
        opposite = parse(f"!{term}")
        alone = Filter(terms=(term,))
        assert opposite.matches(card(), NOW, ME) is not alone.matches(card(), NOW, ME)


def test_a_very_long_filter_is_read_in_time_that_grows_with_its_length() -> None:
    assert len(parse("token " * 20_000).terms) == 20_000
    assert isinstance(read('"' + "x" * 200_000), FilterError)
    assert isinstance(read("p:" + "x," * 50_000), FilterError)
    assert isinstance(read("x" * 100_000 + ":y"), FilterError)
