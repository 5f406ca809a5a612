"""The row of a task as it is stored: every column with its value."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from genie_tui.domain.task_parts import Value
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.plain import clean, fit
from genie_tui.ui.widgets.task_blocks import Blocks
from genie_tui.ui.widgets.task_style import CLASSES, PREFIX, css
from genie_tui.ui.widgets.task_words import paragraphs

__all__ = ["TaskRaw"]

NAME_AT_MOST = 24
LINES_AT_MOST = 400


class TaskRaw(Blocks[Value]):
    """Names at the left, values at the right, what is null set off by its colour and the word."""

    PREFIX = PREFIX
    COMPONENT_CLASSES = CLASSES
    DEFAULT_CSS = css("TaskRaw")

    def __init__(self, *, ascii: bool = False) -> None:  # noqa: A002 - the option's own name
        super().__init__(ascii=ascii)
        self._widest = 1

    def tell(self, values: Sequence[Value]) -> None:
        """Show a row."""
        self._widest = min(max((len(value.column) for value in values), default=1), NAME_AT_MOST)
        self.show(values)

    def key(self, item: Value) -> Hashable:
        """The column."""
        return item.column

    def block(self, item: Value, width: int) -> Sequence[Line]:
        """`column │ value`, over as many lines as it takes."""
        name = fit(clean(item.column), self._widest, self.marks.ellipsis)
        wall = f" {self.marks.joints[1]} "
        if item.text is None:
            return [((name, "stage"), (wall, "frame"), ("null", "dim"))]
        room = max(width - self._widest - len(wall), 8)
        parts = paragraphs(item.text, room, LINES_AT_MOST) or [""]
        blank = " " * self._widest
        lines: list[Line] = [
            ((name if n == 0 else blank, "stage"), (wall, "frame"), (part, "text"))
            for n, part in enumerate(parts)
        ]
        if (hidden := item.letters - len(item.text)) > 0:
            more = f"{self.marks.ellipsis} {hidden:,} more letters"
            lines.append(((blank, ""), (wall, "frame"), (more, "dim")))
        return lines
