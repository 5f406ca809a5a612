"""Lines that agents write of their sessions."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.sessions import LETTERS_AT_MOST, Malformed, Said, entry

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KEYS = ("type", "text", "content", "name", "input", "thinking")
BLOCK = ANY | st.fixed_dictionaries(
    {}, optional={key: ANY | st.sampled_from(["text", "tool_use", "tool_result"]) for key in KEYS}
)


def assistant(content: object) -> bytes:
    """A line in which an agent says something."""
    return json.dumps({"type": "assistant", "message": {"content": content}}).encode()


def test_words_tools_and_answers_are_turns_of_their_own() -> None:
    blocks = [
        {"type": "text", "text": "look"},
        {"type": "tool_use", "name": "Bash", "input": {"command": "ls"}},
        {"type": "tool_result", "content": [{"type": "text", "text": "a"}, {"type": "image"}]},
    ]
    assert entry(assistant(blocks)).said == (
        Said("assistant", "look"),
        Said("tool_use", '{"command": "ls"}', "Bash"),
        Said("tool_result", "a\n[image]"),
    )


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b"\xff", b'"a', b"[" * 100_000, b'{"type": "user"}', b"9" * 5000]
)
def test_what_is_no_line_of_a_session_is_malformed(line: bytes) -> None:
    with pytest.raises(Malformed):
        entry(line)


@given(st.binary() | BLOCK.map(lambda block: assistant([block])) | ANY.map(assistant))
def test_whatever_a_line_holds_it_can_be_stored_or_is_malformed(line: bytes) -> None:
    try:
        found = entry(line)
    except Malformed:
        return
    for said in found.said:
        assert b"\0" not in said.content.encode()
        assert len(said.content) <= LETTERS_AT_MOST


def test_a_long_turn_is_kept_whole_in_pieces() -> None:
    text = "word " * LETTERS_AT_MOST
    pieces = entry(assistant(text)).said
    assert len(pieces) == 5
    assert "".join(piece.content for piece in pieces) == text
