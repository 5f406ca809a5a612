"""Terminals that have but sixteen colours."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import Color as RichColor
from rich.style import Style

from genie_tui.domain.actors import Actor
from genie_tui.ui.sixteen import CONTRAST, _contrast, apart
from tests.ui.running import Room, running

part = st.integers(0, 255)
rgb = st.tuples(part, part, part)


@settings(max_examples=200)
@given(rgb, rgb, rgb)
def test_whatever_the_colours_text_can_be_read(
    text: tuple[int, int, int], below: tuple[int, int, int], ground: tuple[int, int, int]
) -> None:
    for style in (
        Style(color=RichColor.from_rgb(*text), bgcolor=RichColor.from_rgb(*below)),
        Style(color=RichColor.from_rgb(*text)),
        Style(),
    ):
        shown = apart(style, ground)
        assert shown.color is not None
        assert shown.bgcolor is not None
        assert shown.color.number is not None
        assert shown.bgcolor.number is not None
        assert _contrast(shown.color.number, shown.bgcolor.number) >= CONTRAST


def test_colours_keep_their_hue() -> None:
    dark = (16, 20, 27)
    found = {
        name: apart(Style(color=RichColor.parse(code)), dark).color
        for name, code in {"red": "#f2777f", "green": "#79c98b", "blue": "#6ea8fe"}.items()
    }
    numbers = {name: color.number if color else None for name, color in found.items()}
    assert numbers == {"red": 9, "green": 10, "blue": 12}


@pytest.mark.parametrize("theme", ["genie-dark", "genie-light"])
async def test_with_sixteen_colours_nothing_on_the_board_is_lost(
    room: Room, ada: Actor, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.delenv("COLORTERM", raising=False)
    async with running(room.settings, ada) as desk:
        desk.app.theme = theme
        await desk.pilot.pause()
        strips = desk.app.screen._compositor.render_strips()
        styles = {s.style for strip in strips for s in strip if s.text.strip() and s.style}
        numbers = {(s.color.number, s.bgcolor.number) for s in styles if s.color and s.bgcolor}
        assert len(numbers) > 3
        assert [pair for pair in numbers if None in pair] == []
        assert [(a, b) for a, b in numbers if a and b and _contrast(a, b) < CONTRAST] == []
