"""Figures are exactly as wide and high as their room, and show what their numbers say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from genie_tui.ui.theme import THEMES
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.figure import Figure, Series, Shape, draw
from genie_tui.ui.widgets.marks import marks
from genie_tui.ui.widgets.plain import cell_len
from genie_tui.ui.widgets.plot import Plot


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def figure(shape: Shape, *values: tuple[float | None, ...], title: str = "") -> Figure:
    series = tuple(
        Series(values=numbers, style=f"s{n}", mark="ABC"[n]) for n, numbers in enumerate(values)
    )
    names = tuple(f"{n + 1} Nov" for n in range(len(values[0])))
    return Figure(shape=shape, series=series, names=names, title=title)


numbers = st.none() | st.integers(0, 10**7) | st.floats(0, 10**6)


@settings(max_examples=50, deadline=None)
@given(
    shape=st.sampled_from(Shape),
    values=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=60),
    width=st.integers(1, 120),
    height=st.integers(0, 40),
    plain=st.booleans(),
)
def test_whatever_the_numbers_no_line_is_too_long_and_none_too_many(
    shape: Shape,
    values: list[tuple[float | None, float | None]],
    width: int,
    height: int,
    plain: bool,
) -> None:
    first, second = (tuple(column) for column in zip(*values, strict=True))
    lines = texts(draw(figure(shape, first, second), width, height, marks(ascii=plain)))
    assert len(lines) <= height
    assert all(cell_len(line) <= width for line in lines)
    assert not plain or all(line.isascii() for line in lines)


def test_areas_stand_on_each_other_and_end_on_an_eighth_of_a_line() -> None:
    drawn = draw(figure(Shape.AREAS, (3.5, 3.5), (2.5, 2.5)), 10, 6, marks(ascii=False))
    assert [line[2:] for line in drawn[:4]] == [
        (("███████", "s1"),),
        (("▃▃▃▃▃▃▃", "s0/s1"),),
        (("███████", "s0"),),
        (("███████", "s0"),),
    ]


def test_bars_are_as_high_as_their_numbers_and_a_little_is_more_than_nothing() -> None:
    drawn = draw(figure(Shape.BARS, (0, 1, 1000, 2000)), 40, 6, marks(ascii=False))
    bars = [text.partition("│")[2] or text.partition("┤")[2] for text in texts(drawn)[:4]]
    assert [bar.split() for bar in bars] == [
        ["██████"],
        ["██████"],
        ["██████", "██████"],
        ["▁▁▁▁▁▁", "██████", "██████"],
    ]
    assert texts(drawn)[-1].split() == ["1", "Nov", "2", "Nov", "3", "Nov", "4", "Nov"]


def test_a_curve_has_gaps_where_nothing_is_known() -> None:
    lines = texts(draw(figure(Shape.CURVES, (1, None, None, 1)), 30, 6, marks(ascii=True)))
    assert lines[0].rstrip().endswith("A")
    assert "   " in lines[0].strip()


@pytest.mark.parametrize("plain", [False, True])
async def test_in_every_theme_each_series_has_another_colour(plain: bool) -> None:
    class Shown(App[None]):
        def compose(self) -> ComposeResult:
            yield Plot(ascii=plain)

    app = Shown()
    for theme in THEMES:
        app.register_theme(theme)
    async with app.run_test(size=(40, 12)) as pilot:
        plot = app.query_one(Plot)
        plot.show((), "nothing\nto draw")
        assert [line[0][0].strip() for line in plot.lines(40, 12)] == ["nothing", "to draw"]
        for theme in THEMES:
            app.theme = theme.name
            plot.show([figure(Shape.AREAS, (1, 2), (2, 1), title="both")])
            await pilot.pause()
            colors = [plot._style(f"s{n}").color for n in range(8)]
            assert len(set(colors)) == 8
            both = plot._style("s0/s1")
            assert (both.color, both.bgcolor) == (colors[0], colors[1])
