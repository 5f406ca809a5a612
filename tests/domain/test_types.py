"""Stages of task types: read, arranged and renamed, with what other clients store in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain import types
from genie_tui.domain.boards import Column, Transition, parse_columns
from genie_tui.domain.gates import Gate
from genie_tui.errors import BadInput, Conflict, NotFound

NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1)

JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, 7, "x", [], {}, {"name": ""}, {"label": "nameless"}]
)


@st.composite
def stored(draw: st.DrawFn) -> list[Any]:
    """Stages of different names, with unknown keys, and what is no stage between them."""
    items: list[Any] = [
        {
            "name": name,
            "label": "L",
            "sla": draw(st.integers()),
            "position": draw(st.integers(0, 9)),
        }
        for name in draw(NAMES)
    ]
    for thing in draw(st.lists(JUNK, max_size=3)):
        items.insert(draw(st.integers(0, len(items))), thing)
    return items


def slas(stages: Any) -> dict[str, Any]:
    """The unknown key of each stage, by name."""
    return {column.name: column.extra.get("sla") for column in parse_columns(list(stages))}


@given(stored(), NAMES)
def test_stages_stand_as_they_were_named_and_keep_what_is_said_of_them(
    items: list[Any], wanted: list[str]
) -> None:
    before = slas(items)
    after = types.arranged(items, wanted)
    assert types.names(after) == tuple(wanted)
    assert slas(after) == {name: before.get(name) for name in wanted}
    junk = [item for item in items if not (isinstance(item, dict) and item.get("name"))]
    assert [item for item in after if not (isinstance(item, dict) and item.get("name"))] == junk


@given(stored())
def test_naming_the_stages_as_they_are_changes_nothing(items: list[Any]) -> None:
    assert list(types.arranged(items, types.names(items))) == items


@given(stored())
def test_a_rename_changes_one_name_and_nothing_else(items: list[Any]) -> None:
    names = types.names(items)
    after, was, name = types.renamed(items, names[0], "new")
    assert (was, name) == (names[0], "new")
    assert types.names(after) == ("new", *names[1:])
    assert [item | {"name": "?"} if isinstance(item, dict) else item for item in after] == [
        item | {"name": "?"} if isinstance(item, dict) else item for item in items
    ]


def test_what_leads_to_a_stage_follows_its_name() -> None:
    items = [
        {"name": "build", "label": "Build", "on_fail": "wish"},
        {"name": "wish", "transitions": [{"event": "advance", "target": "build"}]},
    ]
    after, _, _ = types.renamed(items, "Build", "make")
    assert list(after) == [
        {"name": "make", "label": "Make", "on_fail": "wish"},
        {"name": "wish", "transitions": [{"event": "advance", "target": "make"}]},
    ]


def test_what_cannot_be_a_stage_is_said_of_a_stage() -> None:
    items = [{"name": "a"}, {"name": "b"}]
    with pytest.raises(NotFound, match="no stage 'c'; there are a, b"):
        types.renamed(items, "c", "d")
    with pytest.raises(Conflict, match="there is a stage 'b' already"):
        types.renamed(items, "a", "B")
    with pytest.raises(BadInput, match="a stage's name is empty"):
        types.arranged(items, ["a", " "])
    with pytest.raises(BadInput, match="which no stage's name can"):
        types.renamed(items, "a", "a:b")
    with pytest.raises(BadInput, match="give it one at least"):
        types.of_columns([])


def test_of_two_stages_of_one_name_one_is_left() -> None:
    after = types.arranged([{"name": "a", "n": 1}, {"name": "a", "n": 2}, {"name": "b"}], "ba")
    assert types.names(after) == ("b", "a")


@pytest.mark.parametrize("nothing", [None, {}, "nonsense", 7])
def test_stages_that_are_no_list_can_be_made_anew(nothing: Any) -> None:
    assert types.names(nothing) == ()
    assert types.names(types.arranged(nothing, ["a", "b"])) == ("a", "b")


def test_a_boards_columns_become_stages_without_its_ids() -> None:
    column = Column(
        id="7",
        name="review",
        label="Review",
        gate=Gate.BOTH,
        on_fail="build",
        transitions=(Transition(event="advance", target="ship"),),
        position=3,
        extra={"sla": 4},
    )
    assert types.of_columns([column]) == [
        {
            "sla": 4,
            "name": "review",
            "label": "Review",
            "gate": "human+agent",
            "action": None,
            "auto_advance": False,
            "roles": ["*"],
            "color": "#94a3b8",
            "transitions": [{"event": "advance", "target": "ship"}],
            "on_fail": "build",
        }
    ]


def test_a_file_says_only_what_it_wants_to() -> None:
    for wrap in (lambda s: s, lambda s: {"stages": s}, lambda s: {"id": "x", "columns": s}):
        text = json.dumps(wrap([{"name": " a  b ", "sla": 4, "color": "#ABCDEF", "label": None}]))
        assert types.parsed(text) == [
            {
                "sla": 4,
                "name": "a b",
                "label": "a b",
                "gate": "human",
                "action": None,
                "auto_advance": False,
                "roles": ["*"],
                "color": "#abcdef",
            }
        ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("{}", "expected a list of stages, found an object"),
        ('{"stages": 7}', "expected a list of stages under stages, found 7"),
        ("[]", "expected a list of stages, found a list"),
        ('["a"]', "[0]: expected an object"),
        ('[{"name": ""}]', "[0].name: expected text"),
        ('{"stages": [{"name": "a"}, {"name": "b", "gate": "x"}]}', "stages[1].gate: expected"),
        ('[{"name": "a"}, {"name": "A"}]', "[1]: there is a stage 'a' already"),
        ('[{"name": "a", "color": "red"}]', "[0]: 'red' is no colour"),
        ('[{"name": "a", "sla": "\\u0000"}]', "[0].sla: holds characters that cannot be stored"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place(text: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        types.parsed(text)
    assert said in str(error.value)
