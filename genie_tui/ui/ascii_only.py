"""For `--ascii`: what the program itself draws with other letters has a twin of the same width.

Marks have theirs in `widgets.marks`; here is what stands in sentences, and in Textual's widgets.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.scrollbar import ScrollBar, ScrollBarRender

__all__ = ["plain_text"]

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


def plain_text(*, ascii: bool) -> list[LineFilter]:  # noqa: A002 - the option's own name
    """What lines go through; bars are drawn accordingly from now on."""
    ScrollBar.renderer = PlainBar if ascii else ScrollBarRender
    return [AsciiOnly()] if ascii else []
