"""Tables: fitted to a terminal, whole in a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from click import unstyle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from genie_tui.cli.tables import write_table

HEADINGS = ("task", "stage", "tags", "title")
ROWS = [
    (1, "build", "bug", "token refresh"),
    (12, "review", None, "a title that goes on and on, and then some more of it"),
]


class Shown:
    """What a table looks like, in a pipe or on a terminal of so many columns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[object]],
        width: int | None = None,
        **how: Any,
    ) -> list[str]:
        with self._monkeypatch.context() as patch:
            patch.setattr(sys.stdout, "isatty", lambda: width is not None)
            patch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((width or 80, 24)))
            write_table(headings, rows, **how)
        return [unstyle(line) for line in self._capsys.readouterr().out.split("\n")[:-1]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shown:
    return Shown(monkeypatch, capsys)


def test_in_a_pipe_every_cell_is_there_and_whole(shown: Shown) -> None:
    assert shown(HEADINGS, ROWS, flexible=("title",), optional=("tags",)) == [
        "task  stage   tags  title",
        "   1  build   bug   token refresh",
        "  12  review        a title that goes on and on, and then some more of it",
    ]


def test_on_a_terminal_what_is_flexible_gives_way(shown: Shown) -> None:
    assert shown(HEADINGS, ROWS, 40, flexible=("title",)) == [
        "task  stage   tags  title",
        "   1  build   bug   token refresh",
        "  12  review        a title that goes o…",
    ]


def test_where_there_is_no_room_what_is_optional_is_left_out(shown: Shown) -> None:
    assert shown(HEADINGS, ROWS, 34, flexible=("title",), optional=("tags", "stage")) == [
        "task  stage   title",
        "   1  build   token refresh",
        "  12  review  a title that goes o…",
    ]
    (heading, *_) = shown(HEADINGS, ROWS, 20, flexible=("title",), optional=("tags", "stage"))
    assert heading.split() == ["task", "title"]


def test_an_optional_column_without_anything_in_it_is_left_out_on_a_terminal(shown: Shown) -> None:
    rows = [(1, None), (2, "")]
    assert shown(("task", "due"), rows, 80, optional=("due",)) == ["task", "   1", "   2"]
    assert shown(("task", "due"), rows, optional=("due",))[0] == "task  due"


def test_no_line_is_wider_than_the_terminal_even_where_nothing_gives_way(shown: Shown) -> None:
    assert shown(HEADINGS, ROWS, 10) == ["task  sta…", "   1  bui…", "  12  rev…"]


def test_several_flexible_columns_share_the_room(shown: Shown) -> None:
    rows = [("a" * 50, "b" * 20, "c" * 50)]
    (line,) = shown(("one", "two", "three"), rows, 64, flexible=("one", "two", "three"))[1:]
    assert [len(cell) for cell in line.split("  ")] == [20, 20, 20]
    (line,) = shown(("one", "two", "three"), rows, 63, flexible=("one", "two", "three"))[1:]
    assert [len(cell) for cell in line.split("  ")] == [20, 20, 19]


def test_what_would_steer_the_terminal_is_shown_harmless(shown: Shown) -> None:
    for width in (None, 80):
        text = "".join(shown(("title",), [("\x1b[2J\x07a\nb\u202ec\x9b",)], width))
        assert text == "title�[2J�a b�c�"


def test_a_table_without_rows_is_its_headings(shown: Shown) -> None:
    assert shown(HEADINGS, []) == ["task  stage  tags  title"]
    assert shown((), [], 80) == []


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.integers() | st.none()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELLS, min_size=4, max_size=4), max_size=4),
    width=st.integers(1, 120),
    flexible=st.sets(st.sampled_from(HEADINGS)),
    optional=st.lists(st.sampled_from(HEADINGS), unique=True),
)
def test_whatever_is_in_it_a_table_fits_the_terminal(
    shown: Shown,
    rows: list[list[object]],
    width: int,
    flexible: set[str],
    optional: list[str],
) -> None:
    lines = shown(HEADINGS, rows, width, flexible=tuple(flexible), optional=optional)
    assert all(cell_len(line) <= width for line in lines)
    kept = set(HEADINGS) - set(optional)
    assert len(lines) == len(rows) + 1 or not kept


def test_an_emoji_or_a_wide_letter_counts_as_the_cells_it_takes(shown: Shown) -> None:
    rows = [("日本語の題名です", 1), ("🚀🚀🚀", 2), ("e\u0301", 3)]
    lines = shown(("title", "n"), rows)
    assert {cell_len(line) for line in lines} == {19}
    narrow = shown(("title", "n"), rows, 12, flexible=("title",))
    assert narrow[1] == "日本語の…  1"
