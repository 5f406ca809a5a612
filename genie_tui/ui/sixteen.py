"""Colours for terminals that have but sixteen: by their hue, and apart from what they stand on.

Rich takes the nearest of the sixteen by red, green and blue: a light blue would be grey, and a dim
grey on a dark ground as black as the ground.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

__all__ = ["SixteenColors", "apart"]

CONTRAST = 3.0
"""The least contrast, as WCAG counts it for large text and marks."""

GREY = 0.25
"""A saturation below which a colour is a grey."""

DARK, LIGHT = 0.18, 0.55
"""Brightness up to which a ground is black, and from which on it is white."""

XTERM = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0)),
    *((0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)),
    *((127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0)),
    *((92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255)),
)
"""The sixteen as xterm has them; other terminals' differ a little."""

HUES = (1, 3, 2, 6, 4, 5)
"""Red, yellow, green, cyan, blue, magenta: a sixth of the circle each."""

BLACK, SILVER, ASH, WHITE = 0, 7, 8, 15


class SixteenColors(LineFilter):
    """Puts one of the sixteen in the place of every colour."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in other colours."""
        ground = background.rgb
        return [Segment(text, apart(style, ground), None) for text, style, _ in segments]


@lru_cache(maxsize=2048)
def apart(style: Style | None, ground: tuple[int, int, int]) -> Style:
    """A style in the sixteen colours whose text can be read; `ground` is behind it by default."""
    style = style or Style.null()
    below = _ground(_rgb(style.bgcolor) or ground)
    above = _text(_rgb(style.color), below)
    return style + Style(color=RichColor.from_ansi(above), bgcolor=RichColor.from_ansi(below))


def _rgb(color: RichColor | None) -> tuple[int, int, int] | None:
    if color is None or color.is_default:
        return None
    return tuple(color.get_truecolor())  # type: ignore[return-value]


def _ground(rgb: tuple[int, int, int]) -> int:
    """What text stands on: black, white, or its hue where it is a strong one."""
    _, saturation, value = Color(*rgb).hsv
    light = _luminance(rgb)
    if value <= DARK or (saturation < GREY and light < LIGHT) or light < DARK**2:
        return BLACK
    if saturation < GREY:
        return WHITE
    return _hue(rgb)


def _text(rgb: tuple[int, int, int] | None, ground: int) -> int:
    """The colour of a text: its own where that can be read on the ground, else a grey that can."""
    on_dark = _luminance(XTERM[ground]) < LIGHT / 2
    plain = WHITE if on_dark else BLACK
    if rgb is None:
        return plain
    if Color(*rgb).hsv.s >= GREY:
        hue = _hue(rgb)
        wanted = (hue + 8, hue) if on_dark else (hue,)
    else:
        faded = abs(_luminance(rgb) - _luminance(XTERM[ground])) < LIGHT
        wanted = ((SILVER, ASH) if on_dark else (ASH,)) if faded else (plain,)
    return next((n for n in wanted if _contrast(n, ground) >= CONTRAST), plain)


def _hue(rgb: tuple[int, int, int]) -> int:
    return HUES[round(Color(*rgb).hsv.h * 6) % 6]


def _contrast(one: int, other: int) -> float:
    lights = sorted((_luminance(XTERM[one]), _luminance(XTERM[other])), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def _luminance(rgb: tuple[int, int, int]) -> float:
    parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
