"""A column's fields as people type them, its place among others, and what is told of an edit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genie_tui.domain.boards import Board, Column, Transition
from genie_tui.domain.column_changes import BoardConflict, Changed, Theirs
from genie_tui.domain.column_rows import rows
from genie_tui.domain.column_texts import fields, limit_of, none_of, texts, theirs, unlike
from genie_tui.domain.columns import Layout, Where
from genie_tui.domain.gates import Gate
from genie_tui.domain.text import letters
from genie_tui.errors import BadInput, NotFound

BUILD = Column(
    id="b",
    name="build",
    label="Build",
    gate=Gate.AGENT,
    roles=("ops", "product owner"),
    on_fail="gone",
    transitions=(Transition(event="advance", target="ship"), Transition(event="x", target="y")),
)
BOARD = Board(
    id="1",
    name="Flow",
    columns=(Column(id="a", name="draft", label="Draft"), BUILD),
    wip={"build": 4},
)


def column(id_: str, name: str) -> Column:
    """A column of which nothing else matters."""
    return Column(id=id_, name=name, label=name)


def test_what_is_not_touched_is_not_written() -> None:
    for each in (*BOARD.columns, None):
        assert fields(texts(BOARD, each), BOARD, each) == {}


def test_only_what_was_typed_is_written() -> None:
    typed = texts(BOARD, BUILD) | {
        "label": "",
        "auto_advance": "yes",
        "action": " /work ",
        "limit": "none",
        "on_fail": none_of(BOARD),
        "roles": "ops, qa,, ",
        "transitions": "advance = draft\n\nfail=draft",
    }
    assert fields(typed, BOARD, BUILD) == {
        "label": None,
        "auto_advance": True,
        "action": "/work",
        "limit": None,
        "on_fail": None,
        "roles": ["ops", "qa"],
        "transitions": {"advance": "draft", "fail": "draft", "x": None},
    }


@pytest.mark.parametrize("typed", [{"limit": "-1"}, {"limit": "٣"}, {"transitions": "advance"}])
def test_what_makes_no_sense_is_said(typed: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="; write"):
        fields(texts(BOARD, BUILD) | typed, BOARD, BUILD)


def test_a_limit_is_a_number_or_none() -> None:
    assert [limit_of(text) for text in (" 12 ", "", "None")] == [12, None, None]


def test_what_stands_for_no_column_is_no_column() -> None:
    named = replace(BOARD, columns=(column("a", none_of(BOARD)),))
    assert none_of(named) != none_of(BOARD)
    assert unlike("x", {"x", "(x)"}) == "((x))"


def test_a_conflict_tells_what_the_other_has_made_of_the_field() -> None:
    now = texts(BOARD, replace(BUILD, gate=Gate.BOTH, on_fail="draft", label="L" * 500))
    found = theirs(["gate", "label", "limit"], texts(BOARD, BUILD), now)
    assert [each.field for each in found] == ["gate", "label"]
    said = str(BoardConflict(BOARD, [*found, Theirs(field="on_fail", value="draft")]))
    assert "gate is now 'human+agent', label is now 'LLL" in said
    assert "on fail is now 'draft'; send again" in said
    assert len(said) < 300


def test_what_came_of_an_edit_is_told_in_a_sentence() -> None:
    renamed = Changed(column="make", was="build", keys=("name", "on_fail"), tasks=1)
    assert renamed.said == "renamed build to make, changed on fail; 1 task followed"
    assert Changed(column="make", keys=("limit",)).said == "changed make: limit"


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), max_size=6))
def test_a_column_has_an_address_unless_another_goes_by_all_that_it_does(
    named: list[tuple[str, str]],
) -> None:
    board = Board(id="1", name="", columns=tuple(column(*each) for each in named))
    items = [{"id": id_, "name": name, "label": name} for id_, name in named]
    layout = Layout.read(items, None)
    found = rows(board)
    assert len({row.key for row in found}) == len(named)
    for at, row in enumerate(found):
        if row.address is not None:
            assert layout.find(row.address) == at
        else:
            by_id = layout.find(row.column.id)
            assert by_id < at
            assert layout.find(row.column.name) != at


@pytest.mark.parametrize(
    ("steps", "order"), [(1, "bca"), (2, "bca"), (9, "bca"), (-1, "cab"), (-9, "cab")]
)
def test_a_column_moves_on_from_where_it_is_as_far_as_there_are_others(
    steps: int, order: str
) -> None:
    layout = Layout.read([{"name": name} for name in "abc"], None)
    at = 0 if steps > 0 else 2
    there = layout.moved(at, layout.order(Where(steps=steps), at))
    if abs(steps) == 1:
        order = "bac" if steps > 0 else "acb"
    assert "".join(each.name for each in there.columns) == order
    with pytest.raises(NotFound):
        layout.order(Where(after="x"))


def test_text_that_is_edited_is_shown_letter_for_letter_without_harm() -> None:
    text = "a\x1b[31m\u202e\u200b漢\N{COMBINING ACUTE ACCENT}\t\x00\U0001f1e9"
    shown = letters(text)
    assert len(shown) == len(text)
    assert shown.isprintable()
    assert letters("plain text") == "plain text"
