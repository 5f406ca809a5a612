"""The lines above and below every screen, at any width."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from genie_tui.domain.changes import LinkState
from genie_tui.domain.windows import Summary
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.footer import Footer
from genie_tui.ui.widgets.header import WORDS, Bearings, Header
from genie_tui.ui.widgets.plain import cell_len

TOLD = Bearings(
    project="acme",
    board="Sprint-12 with a rather long name",
    screens=("Board", "Activity"),
    screen="Board",
    summary=Summary(shown=38, total=112, locked=4, stale=1, waiting=2),
    filter="p:high,urgent !blocked",
    link=LinkState.LIVE,
    me="ada",
    newest='eng-1 on #47: "tests green"',
)


def header(**other: object) -> Header:
    told = {name: getattr(TOLD, name) for name in Bearings.__dataclass_fields__}
    return Header(Bearings(**(told | other)), clock=lambda: datetime(2026, 3, 2, 12, 4, tzinfo=UTC))


def texts(lines: Sequence[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def test_with_room_a_header_tells_everything() -> None:
    first, second = texts(header().lines(140, 2))
    assert "genie · acme/Sprint-12 with a rather long name ▼" in first
    assert "Board  Activity" in first
    assert first.endswith("● live 12:04  ada ")
    assert second.startswith(" filter: p:high,urgent !blocked")
    assert second.endswith("38/112 tasks · 4 locked, 1 stale · 2 wait on you ")


@pytest.mark.parametrize("height", [1, 2])
@pytest.mark.parametrize("heading", ["", "Build 6/4! [A»]  2/5"])
@pytest.mark.parametrize("link", list(LinkState))
def test_a_header_fills_its_width_and_always_says_how_live_it_is(
    height: int, heading: str, link: LinkState
) -> None:
    for width in range(36, 200):
        lines = texts(header(heading=heading, link=link).lines(width, height))
        assert [cell_len(line) for line in lines] == [width] * height, width
        assert ("●" if link is LinkState.LIVE else "○") in lines[0]
        assert "12:04" in lines[0]
        assert link is LinkState.LIVE or WORDS[link] in lines[0]


def test_compact_a_header_tells_the_column_and_what_is_pressing() -> None:
    (line,) = texts(header(heading="Build 6/4! [A»]  2/5", board="Sprint-12").lines(60, 1))
    assert line.startswith(" Sprint-12 / Build 6/4! [A»]  2/5 ")
    assert line.endswith(" ⧗2 ⚿4 ✗1  ● 12:04 ")


def test_alone_a_header_tells_the_newest_event_where_there_is_room() -> None:
    (line,) = texts(header(board="S").lines(130, 1))
    assert 'eng-1 on #47: "tests green"' in line
    (line,) = texts(header(board="S").lines(40, 1))
    assert "eng-1" not in line


def test_an_agent_is_told_that_tasks_wait_for_a_person() -> None:
    assert "2 wait on a person" in texts(header(person=False).lines(140, 2))[1]


def test_read_only_is_said_in_the_header() -> None:
    assert texts(header(read_only=True).lines(140, 2))[1].startswith(" read-only  filter:")


def test_text_in_a_header_never_steers_the_terminal() -> None:
    for line in texts(header(board="a\x1b[31mb", filter="\x07", newest="\x1b]0;x").lines(140, 2)):
        assert not {"\x1b", "\x07"} & set(line)


def test_a_footer_leaves_out_keys_but_never_help_and_quit() -> None:
    hints = [("enter", "open"), ("L", "advance"), ("H", "back"), ("/", "filter")]
    footer = Footer(hints, [("?", "help"), ("q", "quit")])
    for width in range(18, 120):
        (line,) = texts(footer.lines(width, 1))
        assert "? help  q quit" in line
        assert cell_len(line) == width
    assert texts(footer.lines(45, 1))[0].startswith(" enter open  L advance  ? help  q quit")
