"""Saved views as they are stored, by this program and others."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.filters import parse
from genie_tui.domain.saved_views import SavedView, stored, view_of
from genie_tui.domain.tasks import Sort
from genie_tui.domain.views import View


@given(st.builds(View))
def test_a_view_is_read_as_it_was_stored(view: View) -> None:
    assert stored(view).keys() == {field.name for field in fields(View)}
    assert view_of(stored(view)) == view


@pytest.mark.parametrize(
    ("found", "view"),
    [
        ({}, View()),
        (None, View()),
        ("by age", View()),
        ({"sort": "age", "lens": 3}, View(sort=Sort.AGE)),
        ({"sort": "mood", "hide_done": True}, View(hide_done=True)),
        ({"sort": None, "hide_done": "yes", "hide_blocked": 1}, View()),
        ({"folded": ["a", 1]}, View()),
    ],
)
def test_what_another_program_stored_is_taken_as_far_as_it_is_understood(
    found: Any, view: View
) -> None:
    assert view_of(found) == view


def test_a_view_shows_what_was_saved_and_nothing_else() -> None:
    view = SavedView(
        id="view-1", name="Mine", board_key="b", board_name="Flow", project_id=None,
        project_name=None, filter="mine", view=View(hide_done=True),
    )  # fmt: skip
    assert view.place == "all projects/Flow"
    assert view.shows(parse(" mine"), View(hide_done=True))
    assert not view.shows(parse("mine"), View())
    assert not view.shows(parse(""), View(hide_done=True))
