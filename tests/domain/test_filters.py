"""The filter language: what it understands, and what it says of mistakes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.actors import Actor
from genie_tui.domain.filters import (
    Age,
    Bound,
    Due,
    DueIs,
    Field,
    Filter,
    FilterError,
    Fuzzy,
    Is,
    Number,
    OneOf,
    Term,
    Test,
    Title,
    Word,
    fold,
    parse,
)
from genie_tui.domain.fuzzy import LETTERS_AT_MOST
from genie_tui.domain.tasks import Card, Link, Lock, Priority, Status, Tag

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ME = Actor.human("ada", "desk")


def card(**fields: Any) -> Card:
    """A card, ordinary where nothing is said."""
    plain = Card(
        id="task-00000001",
        seq=12,
        repo_path="/src/acme",
        project_id=None,
        board_id=None,
        type_id="software",
        column_id=None,
        stage="build",
        status=Status.READY,
        priority=Priority.NORMAL,
        title="Token refresh survives a Restart",
        created_at=NOW - timedelta(days=2),
        updated_at=NOW,
        staged_at=NOW,
    )
    return replace(plain, **fields)


def lock(run_id: str, minutes_left: float) -> Lock:
    timeout = timedelta(minutes=10)
    return Lock(
        run_id=run_id, since=NOW + timedelta(minutes=minutes_left) - timeout, timeout=timeout
    )


def link(status: Status = Status.READY) -> Link:
    return Link(id="task-00000002", seq=7, title="other", stage="build", status=status)


MATCHES: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("   ", {}),
    ("restart", {}),
    ("token REFRESH", {}),
    ('"a restart"', {}),
    ('sur"vives a"', {}),
    ("#12", {}),
    ("p:high,normal", {}),
    ("priority:NORMAL", {}),
    ("s:ready", {}),
    ("status:in-progress", {"status": Status.IN_PROGRESS}),
    ("stage:Build", {}),
    ('stage:"in review",qa', {"stage": "In Review"}),
    ("@ENG-1", {"assignees": ("eng-1",)}),
    ("@eng-1", {"lock": lock("agent-eng-1", 5)}),
    ("@ada", {"lock": lock("tui-ada@desk", 5)}),
    ("tag:bug", {"tags": (Tag(id="bug", name="Bug", color="#ef4444"),)}),
    ('tag:"needs work"', {"tags": (Tag(id="nw", name="Needs Work", color="#ef4444"),)}),
    ("due:<3d", {"due": NOW + timedelta(days=2)}),
    ("due:<3d", {"due": NOW - timedelta(days=2)}),
    ("due:>1w", {"due": NOW + timedelta(days=8)}),
    ("due:none", {}),
    ("due:overdue", {"due": NOW - timedelta(seconds=1)}),
    ("age:>47h", {}),
    ("age:<49h", {}),
    ("locked", {"lock": lock("agent-eng-1", 5)}),
    ("locked", {"lock": lock("agent-eng-1", -5)}),
    ("stale", {"lock": lock("agent-eng-1", -5)}),
    ("mine", {"assignees": ("ada",)}),
    ("mine", {"lock": lock("tui-ada@desk", 5)}),
    ("ready", {}),
    ("blocked", {"status": Status.BLOCKED}),
    ("!locked", {}),
    ("!!ready", {}),
    ("!p:high,urgent !blocked !#13", {}),
    ('"ready"', {"title": "is it ready"}),
    ("12:30", {"title": "at 12:30"}),
    ("grüße", {"title": "GRÜSSE und GRÜßE"}),
    ("ίσωσ", {"title": "ΊΣΩΣ"}),
    ("~tkrf", {}),
    ("~TokRst", {}),
    ("~fresh", {}),
    ("~trsar", {}),
    ('~"n r"', {}),
    ("~tok !~tkx ~rfsh", {}),
    ("~c++", {"title": "speed up C/C++ builds"}),
    ("~a%b", {"title": "a % of b"}),
    ("~grß", {"title": "GRÜßE"}),
    ('~"a\n"', {"title": "a\nb"}),
]

MISSES: list[tuple[str, dict[str, Any]]] = [
    ("token missing", {}),
    ('"restart a"', {}),
    ("!token", {}),
    ("#1", {}),
    ("p:high,urgent", {}),
    ("s:blocked", {}),
    ("stage:bui", {}),
    ("@eng", {"assignees": ("eng-1",)}),
    ("tag:bug", {}),
    ("due:<3d", {}),
    ("due:>3d", {}),
    ("due:overdue", {"due": NOW - timedelta(days=1), "status": Status.DONE}),
    ("due:none", {"due": NOW}),
    ("age:>49h", {}),
    ("stale", {"lock": lock("agent-eng-1", 5)}),
    ("stale", {}),
    ("mine", {"lock": lock("agent-ada", 5)}),
    ("ready", {"lock": lock("agent-eng-1", -5)}),
    ("ready", {"waits": (link(),)}),
    ("ready", {"status": Status.BLOCKED}),
    ("_oken", {}),
    ("%", {}),
    ("~fkrt", {}),
    ("~kt", {}),
    ("~tv", {}),
    ("!~tkrf", {}),
    ("~nsh", {}),
    ("~ab", {"title": "axxxb"}),
    ("~ab", {"title": "bxa"}),
    ("~.t", {}),
    ("~éé", {"title": "é"}),
]


@pytest.mark.parametrize(("text", "fields"), MATCHES)
def test_a_filter_shows_the_cards_it_describes(text: str, fields: dict[str, Any]) -> None:
    assert parse(text).matches(card(**fields), NOW, ME)


@pytest.mark.parametrize(("text", "fields"), MISSES)
def test_a_filter_hides_the_cards_it_does_not_describe(text: str, fields: dict[str, Any]) -> None:
    assert not parse(text).matches(card(**fields), NOW, ME)


@pytest.mark.parametrize(
    ("text", "marked", "said"),
    [
        ("token prio:high", "prio:high", "priority:"),
        ("asignee:eng-1 x", "asignee:eng-1", "@name"),
        ("assignee:eng-1", "assignee:eng-1", "@name"),
        ("statsu:done", "statsu:done", 'did you mean "status:"?'),
        ("zzz:done", "zzz:done", "there are p: s: stage: tag: due: age:"),
        ("https://x", "https://x", "goes in quotes"),
        ("p:high,urgnet !x", "urgnet", "did you mean urgent"),
        ("p:red", "red", "one of urgent, high, normal, low"),
        ("s:in_progres", "in_progres", "did you mean in_progress"),
        ("p:", "p:", "p: takes one of urgent, high, normal, low"),
        ("p:high,", "p:high,", "a value is missing"),
        ("tag:", "tag:", "tag: takes a tag's name"),
        ("x @", "@", "@ takes a name"),
        ("#bug", "#bug", "a tag is tag:bug"),
        ("#", "#", "#12"),
        ("#99999999999", "#99999999999", "up to nine digits"),
        ("#٣", "#٣", "a task's number"),
        ("due:3d", "3d", "due: takes <3d or >3d"),
        ("due:", "due:", "due: takes <3d or >3d"),
        ("age:none", "none", "age: takes <2d or >2d"),
        ("age:>2m", ">2m", "in h, d or w"),
        ("age:>99999d", ">99999d", "no span of time"),
        ("token !", "!", "nothing to negate"),
        ('x ""', '""', "nothing between the quotes"),
        ('ab "cd', '"cd', "not closed"),
        ("x ~", "~", "letters of a title"),
        ('!~""', '~""', "letters of a title"),
        (f"~{'x' * 61}", "x" * 61, "60 letters at most"),
        ("a\0b", "\0", "no title holds"),
        ("a\ud800", "\ud800", "no title holds"),
    ],
)
def test_a_mistake_is_pointed_at_and_told_how_to_mend(text: str, marked: str, said: str) -> None:
    with pytest.raises(FilterError) as raised:
        parse(text)
    assert text[raised.value.start : raised.value.end] == marked
    assert said in str(raised.value)


def test_the_empty_filter_is_false_and_shows_everything() -> None:
    assert not parse(" ")
    assert parse("x")
    assert parse("") == Filter()
    assert parse("").matches(card(), NOW, ME)


def test_filters_that_say_the_same_are_equal_and_hash_the_same() -> None:
    first, second = parse("  p:HIGH   Login"), parse("priority:high Login")
    assert first == second
    assert len({first, second}) == 1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tkrf", "~tkrf"),
        ("tok rfr p:high #2 ready", "~tok ~rfr p:high #2 ready"),
        ("~tkrf !login", "~tkrf !login"),
        ("\"rate limit\" 'x'", '"rate limit" ~"\'x\'"'),
        ("e", "e"),
        ("x" * 61, "x" * 61),
    ],
)
def test_bare_words_can_be_taken_as_letters_of_titles(typed: str, meant: str) -> None:
    assert parse(typed, loosely=True) == parse(meant)


@given(st.text("abAB -_.é\n", max_size=12), st.integers(0, 12), st.integers(1, 12), st.data())
def test_what_holds_a_text_has_its_letters_and_those_of_its_beginning(
    title: str, start: int, length: int, data: st.DataObject
) -> None:
    part = title[start : start + length]
    if part:
        assert Fuzzy(letters=part).holds(card(title=title), NOW, ME)
    letters = data.draw(st.text("abA -é", min_size=2, max_size=5))
    if Fuzzy(letters=letters).holds(card(title=title), NOW, ME):
        assert Fuzzy(letters=letters[:-1]).holds(card(title=title), NOW, ME)


def test_letters_are_looked_for_in_time_that_grows_with_the_title() -> None:
    title = "ab " * 35_000
    assert Fuzzy(letters="ab" * 30).holds(card(title=title), NOW, ME)
    assert not Fuzzy(letters="ab" * 29 + "x").holds(card(title=title), NOW, ME)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
bounds = st.builds(
    Bound,
    sign=st.sampled_from(["<", ">"]),
    amount=st.integers(0, 9999),
    unit=st.sampled_from(["h", "d", "w"]),
)


def values(choices: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(choices, min_size=1, max_size=3).map(tuple)


tests: st.SearchStrategy[Test] = st.one_of(
    st.builds(Title, text=texts),
    st.builds(Fuzzy, letters=texts.map(lambda text: text[:LETTERS_AT_MOST])),
    st.builds(Number, seq=st.integers(0, 999_999_999)),
    st.builds(OneOf, field=st.just(Field.PRIORITY), values=values(st.sampled_from(list(Priority)))),
    st.builds(OneOf, field=st.just(Field.STATUS), values=values(st.sampled_from(list(Status)))),
    st.builds(
        OneOf,
        field=st.sampled_from([Field.STAGE, Field.TAG, Field.PERSON]),
        values=values(texts.map(fold)),
    ),
    st.builds(Due, left=bounds),
    st.builds(DueIs, state=st.sampled_from(["none", "overdue"])),
    st.builds(Age, since=bounds),
    st.builds(Is, word=st.sampled_from(list(Word))),
)
filters = st.builds(
    Filter, terms=st.lists(st.builds(Term, test=tests, negated=st.booleans())).map(tuple)
)

near_misses = st.lists(
    st.sampled_from(
        ["p:", "s:", "due:", "age:", "tag:", "@", "#", "!", "~", '"', "\\", ",", ":", "<", ">", " ",
         "3", "d", "high", "none", "locked", "x", "\n", "é", "İ", "\0"]
    )
).map("".join)  # fmt: skip


@given(st.one_of(st.text(), near_misses))
def test_parsing_fails_with_nothing_but_a_filter_error_inside_the_text(text: str) -> None:
    try:
        found = parse(text)
    except FilterError as error:
        inside = 0 <= error.start < error.end <= len(text)
    else:
        inside = True
        found.matches(card(), NOW, ME)
    assert inside


@given(filters)
def test_a_filter_written_out_reads_as_the_same_filter(filter_: Filter) -> None:
    assert parse(str(filter_)) == filter_


@given(st.one_of(st.text(), near_misses))
def test_what_was_typed_means_the_same_once_written_out(text: str) -> None:
    try:
        found = parse(text)
    except FilterError:
        return
    assert parse(str(found)) == found
