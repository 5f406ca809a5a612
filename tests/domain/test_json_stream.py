"""JSON that is read piece by piece, and the places of its mistakes."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain import json_stream
from genie_tui.domain.json_stream import Member, members
from genie_tui.errors import BadInput


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "line 1, column 1: it ends in the middle"),
        ("{", "line 1, column 2: it ends in the middle"),
        ('{"tasks": [\n  {"a": 1},\n  {"b" 2}]}', "line 3, column 8: expecting ':' delimiter"),
        ('{"tasks": [\n\n  {"b": 2}\n', "line 4, column 1: it ends in the middle"),
        ('{"a": 1 "b": 2}', "line 1, column 9: a comma or } belongs here"),
        ("{'a': 1}", "line 1, column 2: a name in double quotes belongs here"),
        ('{"a" 1}', "line 1, column 6: a colon belongs here"),
        ('{"a": 1}\n{}', "line 2, column 1: nothing more belongs here"),
        ('{"a": [1, ]}', "line 1, column 11: expecting value"),
        ('{"a": "b\nc"}', "line 1, column 9: invalid control character at"),
    ],
)
def test_what_is_not_json_is_told_with_its_line_and_column(
    monkeypatch: pytest.MonkeyPatch, text: str, where: str
) -> None:
    for chunk in (1, 2, 5, 1000):
        monkeypatch.setattr(json_stream, "CHUNK", chunk)
        with pytest.raises(BadInput) as raised:
            list(members(io.StringIO(text).read))
        assert str(raised.value) == f"it is not JSON at {where}"


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), values, max_size=5), st.integers(1, 40), st.booleans())
def test_any_object_is_read_alike_however_it_comes(
    value: dict[str, Any], chunk: int, indented: bool
) -> None:
    text = json.dumps(value, indent=2 if indented else None, ensure_ascii=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "CHUNK", chunk)
        found = list(members(io.StringIO(text).read))
    assembled: dict[str, Any] = {}
    for member in found:
        assert member.key is not None
        if member.index is None:
            assembled[member.key] = json.loads(member.text)
        else:
            assembled.setdefault(member.key, []).append(json.loads(member.text))
    assert assembled == json.loads(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        list(members(io.StringIO(text).read))
    except BadInput as error:
        assert "line" in str(error)  # noqa: PT017


def test_a_member_knows_the_text_that_it_was() -> None:
    found = list(members(io.StringIO('{"a": {"b" : 1.10}, "c": [ 1,2 ], "d": []}').read))
    assert [(m.key, m.index, m.text) for m in found] == [
        ("a", None, '{"b" : 1.10}'),
        ("c", 0, "1"),
        ("c", 1, "2"),
        ("d", None, "[]"),
    ]
    assert isinstance(found[0], Member)
