"""What people write when they mean a task."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genie_tui.domain.references import Reference, parse
from genie_tui.errors import BadInput


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("#12", Reference(text="#12", seq=12)),
        (" 12 ", Reference(text="12", seq=12)),
        ("acme#12", Reference(text="acme#12", seq=12, project="acme")),
        ("a#b#12", Reference(text="a#b#12", seq=12, project="a#b")),
        ("1234", Reference(text="1234", seq=1234, prefix="task-1234")),
        ("#1234", Reference(text="#1234", seq=1234)),
        ("task-1A2B", Reference(text="task-1A2B", prefix="task-1a2b")),
        ("1a2b3c4d", Reference(text="1a2b3c4d", prefix="task-1a2b3c4d")),
        ("1a2", Reference(text="1a2")),
        ("1234567890", Reference(text="1234567890", prefix="task-1234567890")),
        ("#", Reference(text="#")),
        ("١٢", Reference(text="١٢")),
    ],
)
def test_a_reference_means_what_it_looks_like(text: str, reference: Reference) -> None:
    assert parse(text) == reference


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        reference = parse(text)
    except BadInput:
        return
    assert reference.text == text.strip()
    assert reference.seq is None or 0 <= reference.seq < 2**31
