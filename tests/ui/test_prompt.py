"""A prompt by itself: what it shows of what is stored, and what it keeps for the next time."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App

from genie_tui.ui.widgets.prompt import Choice, Field, Prompt, _around
from tests.ui.hostile import MARKS, TEXT


class NoKeys:
    """Keeps no keys."""

    def close(self) -> None:
        """Nothing."""

    def open(self, *, forget: bool = False) -> None:
        """Nothing."""


async def send(_: Mapping[str, str]) -> None:
    """Nowhere."""


@settings(max_examples=50)
@given(st.lists(st.integers(3, 20), min_size=1, max_size=12), st.data(), st.integers(24, 60))
def test_the_chosen_word_is_in_sight_with_as_many_others_as_fit(
    widths: list[int], data: st.DataObject, room: int
) -> None:
    at = data.draw(st.integers(0, len(widths) - 1))
    first, last = _around(at, widths, room)
    assert first <= at < last
    assert sum(widths[first:last]) <= room
    if (first, last) != (0, len(widths)):
        spare = room - 4 - sum(widths[first:last])
        assert last == len(widths) or widths[last] > spare
        assert first == 0 or widths[first - 1] > spare


async def test_only_what_was_typed_is_kept_and_what_is_stored_is_shown_harmlessly() -> None:
    drafts = {"gone": "x", "choice": "no such choice"}
    fields = (
        Field(name="line", label="Line", value=TEXT[:300]),
        Field(name="area", label="Area", value=TEXT[:900], lines=4, paragraphs=True),
        Field(name="choice", label="Choice", value="b", choices=("a", "b", TEXT)),
        Field(name="other", label="Other", value="as it was"),
    )
    app: App[None] = App()
    async with app.run_test(size=(60, 20)) as pilot:
        prompt = Prompt("Title", fields, send=send, keys=NoKeys(), drafts=drafts)
        await app.push_screen(prompt)
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        assert [mark for mark in MARKS for strip in strips if mark in strip.text] == []
        assert all(cell_len(strip.text) == 60 for strip in strips)
        assert prompt.query_one(Choice).value == "b"
        await pilot.press("tab", "tab", "tab", "!", "escape")
        await pilot.pause()
    assert drafts == {"gone": "x", "other": "as it was!"}
