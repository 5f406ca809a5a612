"""Lines of text to be typed."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import TextArea

from genie_tui.domain.text import letters

__all__ = ["Area"]


class Area(TextArea):
    """A text area that hands the terminal nothing which would steer it."""

    def get_line(self, line_index: int) -> Text:
        """A line as it is shown; the blanks that a tab stands for are counted later."""
        line = "\t".join(map(letters, self.document.get_line(line_index).split("\t")))
        return Text(line, end="", no_wrap=True)
