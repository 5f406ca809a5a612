"""Figures drawn with characters: areas, curves, bars and spans, in blocks and braille or ASCII.

A plotting library gives each cell one colour: areas that lie on each other get gaps between them,
and thin ones vanish. Here a cell has two, and an area ends on an eighth of a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor, log10

from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len, fit

__all__ = ["Figure", "Series", "Shape", "draw"]

UP = " ▁▂▃▄▅▆▇█"
RIGHT = " ▏▎▍▌▋▊▉█"
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a braille character: four rows of two dots."""

BRAILLE = 0x2800
LIGHT = "░"
NAMES_AT_MOST = 16
"""Cells for what a span is called."""


class Shape(StrEnum):
    """How series are drawn."""

    AREAS = "areas"
    """One on the other, the first at the bottom."""
    CURVES = "curves"
    BARS = "bars"
    """Of the first series."""
    SPANS = "spans"
    """Lying bars with names: the first series full, the second light behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Numbers none of which is below 0, None where there is none; drawn in a style.

    `mark` stands for the series where there is ASCII alone.
    """

    values: tuple[float | None, ...]
    style: str
    mark: str = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is to be drawn: series of equal length, and what their places are called.

    `told` is how a number is written at the axis, `top` what the axis goes up to at least.
    """

    shape: Shape
    series: tuple[Series, ...]
    names: tuple[str, ...]
    title: str = ""
    told: Callable[[float], str] = "{:,.0f}".format
    top: float = 1.0


def draw(figure: Figure, width: int, height: int, marks: Marks) -> list[Line]:
    """The figure in so many cells; as much of it as there is room for."""
    head: list[Line] = [((fit(f" {figure.title}", width, marks.ellipsis), "title"),)]
    lines = head if figure.title else []
    height -= len(lines)
    if height < 1 or width < 8:
        return lines
    if figure.shape is Shape.SPANS:
        return lines + _spans(figure, width, height, marks)
    return lines + _framed(figure, width, height, marks)


# With axes


def _framed(figure: Figure, width: int, height: int, marks: Marks) -> list[Line]:
    rows = max(height - 2, 1)
    top = _highest(figure)
    step = _step(top, rows)
    ticks = {
        round(n * step / top * rows): figure.told(n * step) for n in range(int(top / step) + 1)
    }
    margin = max(map(cell_len, ticks.values()))
    room = width - margin - 2
    if room < 4 or height < 3:
        return []
    plain = marks.ellipsis.isascii()
    if figure.shape is Shape.AREAS:
        area = _areas(figure.series, room, rows, top, plain)
    elif figure.shape is Shape.CURVES:
        area = _curves(figure.series, room, rows, top, plain)
    else:
        area = _bars(figure.series[0], room, rows, top, plain)
    lines = []
    for row, cells in enumerate(area):
        told = ticks.get(rows - row)
        tick = marks.joints[7] if told is not None else marks.joints[1]
        lines.append((((told or "").rjust(margin), "axis"), (tick, "frame"), *cells))
    return [*lines, *_below(figure, margin, room, ticks[0], marks)]


def _highest(figure: Figure) -> float:
    if figure.shape is Shape.AREAS:
        sums = (
            sum(v or 0 for v in at) for at in zip(*(s.values for s in figure.series), strict=True)
        )
        return max([figure.top, *sums])
    numbers = [v for s in figure.series for v in s.values if v is not None]
    return max([figure.top, *numbers])


def _step(top: float, rows: int) -> float:
    """A round distance between ticks, three lines or more."""
    least = top * min(3 / rows, 1)
    power = 10.0 ** floor(log10(least))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= least * 0.999)
    # Half a task is none.
    return max(step, 1.0) if top >= 1 else step


def _below(figure: Figure, margin: int, room: int, zero: str, marks: Marks) -> list[Line]:
    """The axis at the foot, and what the places on it are called, as many as fit."""
    axis, names = [marks.joints[0]] * room, [" "] * room
    count = len(figure.names)
    longest = max(map(cell_len, figure.names), default=1)
    every = max(ceil(count * (longest + 3) / room), 1)
    free, place = room, count - 1
    while place >= 0:
        at = _middle(figure, place, count, room)
        text = figure.names[place]
        start = min(max(at - cell_len(text) // 2, 0), room - cell_len(text))
        if start < 0 or start + cell_len(text) > free:
            place -= 1
            continue
        axis[at] = marks.joints[3]
        names[start : start + cell_len(text)] = text
        free, place = start - 1, place - every
    return [
        ((zero.rjust(margin), "axis"), (marks.joints[8] + "".join(axis), "frame")),
        ((" " * (margin + 1), ""), ("".join(names), "axis")),
    ]


def _middle(figure: Figure, place: int, count: int, room: int) -> int:
    """The column over which a place is."""
    if figure.shape is Shape.BARS:
        slot, shown = _slots(count, room)
        return max((place - count + shown) * slot + _thick(slot) // 2, 0)
    return round(place * (room - 1) / max(count - 1, 1))


def _at(values: Sequence[float | None], column: int, room: int) -> float | None:
    """A series at a column, between two places in proportion."""
    if len(values) == 1 or room < 2:
        return values[-1]
    exact = column * (len(values) - 1) / (room - 1)
    before = min(int(exact), len(values) - 2)
    left, right = values[before], values[before + 1]
    if left is None or right is None:
        return left if exact - before < 0.5 else right
    return left + (right - left) * (exact - before)


def _areas(
    series: Sequence[Series], room: int, rows: int, top: float, plain: bool
) -> Iterator[Line]:
    """Each cell by its eighths: what is at its foot, up to where, and what is at its head."""
    columns = []
    for column in range(room):
        total, edges = 0.0, []
        for one in series:
            total += _at(one.values, column, room) or 0
            edges.append(round(total / top * rows * 8))
        columns.append(edges)
    for row in range(rows - 1, -1, -1):
        yield _joined([_cell(series, edges, row * 8, plain) for edges in columns])


def _cell(series: Sequence[Series], edges: Sequence[int], foot: int, plain: bool) -> Piece:
    slots = [
        next((n for n, edge in enumerate(edges) if edge > foot + slot), None) for slot in range(8)
    ]
    if plain:
        return (
            (series[slots[3]].mark, series[slots[3]].style) if slots[3] is not None else (" ", "")
        )
    lower, upper = slots[0], slots[7]
    if lower is None:
        return " ", ""
    if lower == upper:
        return "█", series[lower].style
    over = f"/{series[upper].style}" if upper is not None else ""
    return UP[slots.count(lower)], f"{series[lower].style}{over}"


def _curves(
    series: Sequence[Series], room: int, rows: int, top: float, plain: bool
) -> Iterator[Line]:
    wide, high = (1, 1) if plain else (2, 4)
    cells: dict[tuple[int, int], tuple[int, Series]] = {}
    for one in series:
        last: int | None = None
        for x in range(room * wide):
            value = _at(one.values, x, room * wide)
            if value is None:
                last = None
                continue
            y = round((1 - min(value / top, 1)) * (rows * high - 1))
            for dot in range(min(y, last if last is not None else y), max(y, last or 0) + 1):
                at = (x // wide, dot // high)
                bits = cells[at][0] if at in cells else 0
                cells[at] = (bits | DOTS[dot % high][x % wide], one)
            last = y
    for row in range(rows):
        found = [cells.get((column, row)) for column in range(room)]
        yield _joined([_dots(cell, plain) for cell in found])


def _dots(cell: tuple[int, Series] | None, plain: bool) -> Piece:
    if cell is None:
        return " ", ""
    bits, one = cell
    return (one.mark if plain else chr(BRAILLE + bits)), one.style


def _slots(count: int, room: int) -> tuple[int, int]:
    """How wide the place of a bar is, and how many of the last bars are shown."""
    return max(room // max(count, 1), 1), min(count, room)


def _thick(slot: int) -> int:
    return max(slot - 1, 1) if slot < 8 else slot - 2


def _bars(one: Series, room: int, rows: int, top: float, plain: bool) -> Iterator[Line]:
    slot, shown = _slots(len(one.values), room)
    heights = [round((value or 0) / top * rows * 8) for value in one.values[-shown:]]
    # What is more than nothing is seen.
    heights = [max(h, 1) if v else h for h, v in zip(heights, one.values[-shown:], strict=True)]
    thick = _thick(slot)
    for row in range(rows - 1, -1, -1):
        cells = []
        for height in heights:
            filled = min(max(height - row * 8, 0), 8)
            mark = (
                UP[filled]
                if not plain
                else (one.mark if filled >= 4 or (filled and not row) else " ")
            )
            cells += [(mark, one.style)] * thick + [(" ", "")] * (slot - thick)
        yield _joined([*cells, *[(" ", "")] * (room - len(cells))])


# With names


def _spans(figure: Figure, width: int, height: int, marks: Marks) -> list[Line]:
    full, light = figure.series
    told = [figure.told(value or 0) for value in light.values]
    names = min(max(map(cell_len, figure.names), default=0), NAMES_AT_MOST)
    numbers = max(map(cell_len, told), default=0)
    room = width - names - numbers - 4
    if room < 4:
        return []
    top = _highest(figure)
    plain = marks.ellipsis.isascii()
    lines: list[Line] = []
    for name, half, most, text in zip(figure.names, full.values, light.values, told, strict=True):
        bar = _span(full, light, (half or 0) / top * room, (most or 0) / top * room, plain)
        used = sum(cell_len(piece) for piece, _ in bar)
        lines.append(
            (
                (f" {fit(name, names, marks.ellipsis)} ", "name"),
                *bar,
                (f" {text}", "axis"),
                (" " * (room - used), ""),
            )
        )
    gap: list[Line] = [()] if len(lines) * 2 <= height + 1 else []
    spaced = [line for one in lines for line in (one, *gap)]
    return spaced[:height]


def _span(full: Series, light: Series, half: float, most: float, plain: bool) -> list[Piece]:
    eighths = round(half * 8)
    whole, rest = divmod(eighths, 8)
    if plain:
        return [
            (full.mark * round(half), full.style),
            (light.mark * (round(most) - round(half)), light.style),
        ]
    solid = "█" * whole + (RIGHT[rest] if rest else "")
    return [
        (solid or RIGHT[1], full.style),
        (LIGHT * max(round(most) - len(solid or " "), 0), light.style),
    ]


def _joined(cells: Sequence[Piece]) -> Line:
    """Neighbours of one style as one piece."""
    line: list[Piece] = []
    for text, style in cells:
        if line and line[-1][1] == style:
            line[-1] = (line[-1][0] + text, style)
        else:
            line.append((text, style))
    return tuple(line)
