"""For `--ascii`: what the program itself draws with other letters has a twin of the same width.

Marks have theirs in `widgets.marks`; here is what stands in sentences, and in Textual's widgets.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.scrollbar import ScrollBarRender

__all__ = ["AsciiOnly", "PlainBar"]

TWINS = str.maketrans("…·×→←↑↓–▲▼◂▸▔▁▎┃", "~.x><^v-^v<>-_||")


class AsciiOnly(LineFilter):
    """Puts twins into every line; users' text in other scripts stays."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The same segments, in ASCII as far as the program wrote them."""
        return [
            Segment(text if text.isascii() else text.translate(TWINS), style, control)
            for text, style, control in segments
        ]


class PlainBar(ScrollBarRender):
    """A bar that ends where a line does."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8
