"""Talks in their order, what is unread in one, pages that are put together, who is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genie_tui.domain.inbox import (
    Remark,
    Talk,
    TalkKind,
    in_groups,
    joined,
    mentions,
    merged,
    unread_from,
)

START = datetime(2026, 11, 23, 12, tzinfo=UTC)


def talk(key: str, minute: int = 0, **more: object) -> Talk:
    """A talk in which something happened at a minute."""
    facts: dict[str, object] = {"kind": TalkKind.GROUP, "ref": (key,), "title": key, **more}
    return Talk(key=key, at=START + timedelta(minutes=minute), **facts)  # type: ignore[arg-type]


def remark(number: int, *, mine: bool = False, body: str = "") -> Remark:
    """The remark of a number."""
    at = START + timedelta(seconds=number)
    return Remark(id=str(number), sender="x", body=body, size=len(body), at=at, mine=mine)


def test_what_is_unread_stands_first_and_what_is_looked_at_stays_there() -> None:
    talks = [
        talk("old", 1, kind=TalkKind.DIRECT),
        talk("others", 4, unread=3),
        talk("mine", 2, unread=1, mine=True, kind=TalkKind.CHAT),
        talk("read", 3, kind=TalkKind.TASK, mine=True),
        talk("newer", 5, kind=TalkKind.DIRECT),
    ]
    assert [(group, each.key) for group, each in in_groups(talks)] == [
        ("Unread", "mine"),
        ("Direct", "newer"),
        ("Direct", "old"),
        ("Groups", "others"),
        ("Tasks", "read"),
    ]
    kept = [each.key for group, each in in_groups(talks, keep="read") if group == "Unread"]
    assert kept == ["read", "mine"]


def test_a_talk_that_was_made_twice_is_one() -> None:
    twice = [
        talk("a", 1, ref=("1",), unread=2, mine=True, sender="eng-1", text="hi"),
        talk("b", 2),
        talk("a", 3, ref=("2",), unread=1, mentioned=True),
    ]
    first, second = joined(twice)
    assert (first.ref, first.unread, first.mine, first.mentioned) == (("2",), 3, True, True)
    assert (first.sender, first.text, second.key) == ("eng-1", "hi", "b")


@settings(max_examples=50)
@given(loaded=st.integers(0, 30), new=st.integers(0, 12), gone=st.sets(st.integers(0, 40)))
def test_the_newest_page_goes_on_where_what_is_loaded_ends_or_there_is_a_gap(
    loaded: int, new: int, gone: set[int]
) -> None:
    size = 10
    now = [remark(n) for n in range(loaded + new) if n not in gone]
    page = now[-size:]
    found = merged([remark(n) for n in range(loaded)], page)
    if found is None:
        assert page
        assert int(page[0].id) > loaded - 1
    elif page:
        first = int(page[0].id)
        assert found == (*(remark(n) for n in range(min(first, loaded))), *page)


def test_the_first_unread_one_is_found_from_the_end() -> None:
    said = [remark(n, mine=n % 3 == 0) for n in range(7)]
    assert unread_from(said, 0) == ""
    assert unread_from(said, 2) == "4"
    assert unread_from(said, 4) == "1"
    assert unread_from(said, 99) == "1"
    assert unread_from([remark(1, mine=True)], 3) == ""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@eng-1", True),
        ("(@Eng-1)", True),
        ("thanks @eng-1, and you?", True),
        ("line\n@eng-1: look", True),
        ("@eng-12", False),
        ("@eng-1-b", False),
        ("x@eng-1", False),
        ("eng-1", False),
        ("@engx1", False),
    ],
)
def test_somebody_is_named_by_their_whole_name(text: str, named: bool) -> None:
    assert mentions(text, "eng-1") is named


@settings(max_examples=50)
@given(st.text(min_size=1, max_size=10).filter(lambda name: name.strip() == name))
def test_any_name_can_be_named(name: str) -> None:
    assert mentions(f"hello @{name} ", name)
