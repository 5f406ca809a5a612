"""Text that people and agents type, made fit to be stored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.projects import name_of
from genie_tui.domain.text import line, prose, storable
from genie_tui.errors import BadInput


def test_a_line_is_one() -> None:
    assert line(" a \n\tb\r\n c ", "a title") == "a b c"


def test_prose_keeps_its_lines() -> None:
    assert prose("\n a\n\n b \n", "a comment") == "a\n\n b"


@pytest.mark.parametrize("text", ["", "  \n", "a\0", "\ud800"])
def test_what_says_nothing_or_cannot_be_stored_is_refused(text: str) -> None:
    for make in (line, prose):
        with pytest.raises(BadInput, match="a title"):
            make(text, "a title")


@given(st.text(st.characters(exclude_categories=[])))
def test_what_is_storable_can_be_sent(text: str) -> None:
    sendable = "\0" not in text
    try:
        text.encode()
    except UnicodeEncodeError:
        sendable = False
    assert storable(text) == sendable


@pytest.mark.parametrize(
    ("path", "name"), [("/src/acme", "acme"), ("/src/acme/", "acme"), ("/", "/"), ("", "")]
)
def test_a_project_is_called_what_its_directory_is(path: str, name: str) -> None:
    assert name_of(path) == name
