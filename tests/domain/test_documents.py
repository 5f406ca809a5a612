"""JSON as PostgreSQL stores it, whatever Python makes of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from genie_tui.domain.documents import DEEPEST, loads
from genie_tui.domain.gates import Gate
from tests.fuzzing import values


@given(values)
def test_what_python_can_read_is_read_as_python_does(value: object) -> None:
    text = json.dumps(value)
    assert loads(text) == loads(text.encode()) == json.loads(text)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 5_000, "-" + "9" * 5_000])
def test_a_number_past_all_bounds_stays_the_text_that_it_is(number: str) -> None:
    assert loads(f'{{"a": [{number}]}}') == {"a": [number]}


@pytest.mark.parametrize("deep", [DEEPEST + 1, 1_000, 100_000])
def test_what_is_nested_too_deep_stays_text_and_what_is_printed_ends_no_program(deep: int) -> None:
    text = "[" * deep + "]" * deep
    assert loads(text) == text
    inner = "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1)
    assert json.dumps(loads(f"[{inner}]")) == f"[{inner}]"


@pytest.mark.parametrize("stored", [None, 5, [], {}, "wizard", ["agent"], {"human": 1}])
def test_a_gate_that_is_none_is_a_persons(stored: object) -> None:
    assert Gate.parse(stored) is Gate.HUMAN
