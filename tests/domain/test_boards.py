"""Boards and their columns: read whatever is stored, placed and led by rule."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.boards import Board, Column, decoded, parse_columns, parse_wip
from genie_tui.domain.gates import Gate

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "name", "label", "gate", "position", "roles", "transitions"])
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def board(*columns: dict[str, Any]) -> Board:
    return Board(id="b", name="B", columns=parse_columns(list(columns)))


def names(*columns: Column | None) -> list[str | None]:
    return [column.name if column else None for column in columns]


@given(anything)
def test_no_value_of_json_breaks_reading(value: Any) -> None:
    for stored in (value, json.dumps(value)):
        for column in parse_columns(stored):
            assert column.name
            assert column.id
        assert all(limit > 0 for limit in parse_wip(stored).values())


def test_missing_keys_get_the_contracts_defaults() -> None:
    (column,) = parse_columns([{"name": "build"}])
    assert column == Column(
        id="build",
        name="build",
        label="build",
        gate=Gate.HUMAN,
        action=None,
        auto_advance=False,
        transitions=(),
        roles=("*",),
        color="#94a3b8",
        parallel=False,
        on_fail=None,
        position=0,
    )


def test_columns_stand_by_position_then_as_they_are_stored() -> None:
    stored: list[dict[str, Any]] = [
        {"name": "c", "position": 2},
        {"name": "a", "position": 0},
        {"name": "d", "position": 2},
        {"name": "b", "position": "1"},
    ]
    assert names(*parse_columns(stored)) == ["a", "c", "d", "b"]


def test_a_string_that_holds_json_is_what_it_holds() -> None:
    assert decoded('{"a": 1}') == {"a": 1}
    assert decoded("no json") == "no json"
    assert parse_columns(json.dumps([{"name": "a"}])) == parse_columns([{"name": "a"}])
    assert parse_wip(json.dumps({"wip": {"a": 3, "b": True, "c": 0}})) == {"a": 3}


class TestPlacing:
    flow = board({"id": "1", "name": "a"}, {"id": "2", "name": "b"}, {"id": "2", "name": "c"})

    @pytest.mark.parametrize(
        ("column_id", "stage", "expected"),
        [
            ("1", "b", "a"),
            ("2", "a", "b"),
            ("9", "c", "c"),
            (None, "b", "b"),
            ("", "b", "b"),
            ("9", "z", None),
            (None, "z", None),
        ],
    )
    def test_goes_by_id_then_by_stage(
        self, column_id: str | None, stage: str, expected: str | None
    ) -> None:
        assert names(self.flow.place(column_id, stage)) == [expected]


class TestLeading:
    flow = board(
        {"name": "a", "transitions": [{"event": "advance", "target": "c"}]},
        {"name": "b", "transitions": [{"event": "fail", "target": "a"}, 5, {"event": "advance"}]},
        {"name": "c", "on_fail": "a", "transitions": [{"event": "advance", "target": "c"}]},
        {"name": "d", "on_fail": "d", "transitions": [{"event": "advance", "target": "z"}]},
    )

    def test_on_is_the_transitions_target_else_the_next(self) -> None:
        after = [self.flow.after(column) for column in self.flow.columns]
        assert names(*after) == ["c", "c", "d", None]

    def test_back_is_where_on_fail_says_else_the_previous(self) -> None:
        before = [self.flow.before(column) for column in self.flow.columns]
        assert names(*before) == [None, "a", "a", "c"]


def test_a_column_passes_where_nothing_is_to_be_done() -> None:
    passing = {"name": "a", "gate": "agent", "auto_advance": True, "action": None}
    assert board(passing).columns[0].passes
    for change in ({"gate": "human+agent"}, {"auto_advance": False}, {"action": "/qa"}):
        assert not board(passing | change).columns[0].passes


def test_a_boards_key_tells_it_from_every_other() -> None:
    assert board().key == "b"
    assert Board(id=None, name="B", type_id="software", columns=()).key == "type:software"
