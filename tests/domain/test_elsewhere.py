"""Boards that were made elsewhere: what is taken for one, and what is not."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.elsewhere import board_of
from genie_tui.domain.json_stream import members
from genie_tui.errors import BadInput

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def elsewhere(value: object) -> dict[str, Any]:
    """A board that was made elsewhere."""
    return board_of(members(io.StringIO(json.dumps(value)).read))


def test_a_board_made_elsewhere_gets_what_its_columns_lack() -> None:
    board = elsewhere({"name": "Chores", "columns": [{"name": "todo", "mine": 1.5}], "icon": "x"})
    (column,) = board["columns"]
    assert column.pop("id")
    assert column == {
        "name": "todo",
        "label": "todo",
        "gate": "human",
        "action": None,
        "auto_advance": False,
        "transitions": [],
        "roles": ["*"],
        "color": "#94a3b8",
        "parallel": False,
        "on_fail": None,
        "position": 0,
        "mine": 1.5,
    }
    assert set(board) == {"name", "columns"}


def test_columns_keep_their_ids_unless_two_have_the_same() -> None:
    given_ids = ["a", "a", None, "", "b"]
    listed = [{"name": f"{n}", "id": column_id} for n, column_id in enumerate(given_ids)]
    ids = [column["id"] for column in elsewhere(listed)["columns"]]
    assert (ids[0], ids[4]) == ("a", "b")
    assert len(set(ids)) == 5


def test_columns_stand_in_the_order_of_their_positions_if_all_have_one() -> None:
    listed = [{"name": "b", "position": 2}, {"name": "a", "position": 1}]
    assert [column["name"] for column in elsewhere(listed)["columns"]] == ["a", "b"]
    assert [column["name"] for column in elsewhere([*listed, {"name": "c"}])["columns"]] == [
        "b",
        "a",
        "c",
    ]


def test_columns_of_a_template_may_be_text_as_other_clients_write_it() -> None:
    row = {"id": "tmpl-1", "name": "ops", "columns": json.dumps([{"name": "a"}])}
    assert [column["name"] for column in elsewhere(row)["columns"]] == ["a"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (12, "the file: expected a board or a list of columns, found 12"),
        ([], "the file: expected a board or a list of columns, found none"),
        ({}, "columns: expected a list, found nothing"),
        ({"columns": 5}, "columns: expected a list, found 5"),
        ({"columns": []}, "columns: a board has one column at least"),
        ({"columns": ["a"]}, 'columns[0]: expected an object, found "a"'),
        ([{"name": ""}], '[0].name: expected text, found ""'),
        ([{"name": "a"}, {"name": "a"}], '[1].name: "a" is that of [0], too'),
        (
            {"name": 5, "columns": [{"name": "a"}]},
            "name: expected text, found 5",
        ),
        (
            {"columns": [{"name": "a", "roles": "*"}]},
            'columns[0].roles: expected a list of texts, found "*"',
        ),
    ],
)
def test_what_is_no_board_is_told_with_its_path(value: object, message: str) -> None:
    with pytest.raises(BadInput) as raised:
        elsewhere(value)
    assert str(raised.value) == message


@given(
    st.one_of(values, st.lists(st.dictionaries(st.sampled_from(["name", "id", "gate"]), values)))
)
def test_any_value_is_a_board_or_refused(value: object) -> None:
    try:
        board = elsewhere(value)
    except BadInput:
        return
    assert all(column["name"] and column["id"] for column in board["columns"])
