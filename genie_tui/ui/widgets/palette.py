"""The board's styles, worked out once from its style sheet and kept until that changes."""

from __future__ import annotations

from functools import lru_cache

from rich.style import Style
from textual.color import Color, ColorParseError
from textual.widget import Widget

from genie_tui.domain.boards import DEFAULT_COLOR

__all__ = ["Palette", "legible"]

CONTRAST = 4.5
"""The least contrast of colours that users choose, as WCAG counts it for text."""


class Palette:
    """Styles by name: a component class of the widget without `board--`, or a user's colour.

    A colour may be followed by the class whose bold or underlined text it has. `row` is the class
    whose background a line has; the widget's own where empty.
    """

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._known = {name.removeprefix("board--") for name in widget.COMPONENT_CLASSES}
        self._styles: dict[tuple[str, str], Style] = {}
        self._background, self._foreground = widget.background_colors[1], widget.styles.color
        self._basis = self._look()

    def valid(self) -> bool:
        """Do the styles still hold, as far as theme and background decide them?"""
        return self._basis == self._look()

    def _look(self) -> tuple[object, ...]:
        widget = self._widget
        return widget.app.theme, widget.background_colors, widget.styles.color

    def style(self, name: str, row: str = "") -> Style:
        """The style of a piece of text on such a row."""
        if (style := self._styles.get((name, row))) is None:
            style = self._styles[name, row] = self._made(name, row)
        return style

    def _made(self, name: str, row: str) -> Style:
        if name in self._known:
            style = self._class(name)
        elif name:
            # Other clients may have stored a colour that has blanks in it.
            color, _, text = name.rpartition(" ")
            style = self._own(color, text) if color and text in self._known else self._own(name)
        else:
            style = self._widget.rich_style
        return style + Style(bgcolor=self._class(row).bgcolor) if row else style

    def _class(self, name: str) -> Style:
        return self._widget.get_component_rich_style(f"board--{name}")

    def _own(self, color: str, text: str = "") -> Style:
        """A colour that a user chose for a column or a tag, made legible."""
        shown = legible(color, self._background.hex6, self._foreground.hex6)
        style = self._widget.rich_style + Style(color=Color.parse(shown).rich_color)
        if not text:
            return style
        marked = self._class(text)
        return style + Style(bold=marked.bold, underline=marked.underline)


@lru_cache(maxsize=512)
def legible(color: str, background: str, foreground: str) -> str:
    """A colour as near to that one as can be read on the background; `#rrggbb` all three."""
    try:
        wanted = Color.parse(color)
    except ColorParseError:
        wanted = Color.parse(DEFAULT_COLOR)
    ground, text = Color.parse(background), Color.parse(foreground)
    wanted = ground + wanted.with_alpha(1.0)
    for tenth in range(11):
        shown = wanted.blend(text, tenth / 10)
        if _contrast(shown, ground) >= CONTRAST:
            break
    return shown.hex6


def _contrast(one: Color, other: Color) -> float:
    lights = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def _luminance(color: Color) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in color.normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
