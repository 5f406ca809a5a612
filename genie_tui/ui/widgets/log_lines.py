"""Events as lines: wrapped to a width, with the time before the first and the rest indented."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from genie_tui.domain.changes import Event
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.journal import Journal
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import cell_len, clean, fit, wrap

__all__ = ["NUMBER", "LogLines", "one_line", "spoken", "told"]

INDENT = 6
"""Cells of `12:04 `, under which nothing else stands."""

LINES_AT_MOST = 6
"""Lines that one event gets."""

NUMBER = re.compile(r"(#\d+)")

KEPT = 4096

_PLAIN = str.maketrans({"→": "->", "…": "~", "×": "x"})
"""What the feed itself writes, where there is ASCII alone; people's words stay as they are."""


def told(event: Event, marks: Marks) -> str:
    """An event's text as it is shown; an alarm is marked by more than its colour."""
    text = spoken(clean(event.text), marks)
    return f"! {text}" if event.alarm else text


def spoken(text: str, marks: Marks) -> str:
    """A text of the feed's own, in ASCII where there is nothing else."""
    return text.translate(_PLAIN) if marks.ellipsis.isascii() else text


class LogLines:
    """Lines of a journal's events at one width; `local` turns a time into the reader's own."""

    def __init__(
        self, journal: Journal, *, local: Callable[[datetime], datetime], marks: Marks
    ) -> None:
        self.width = 0
        self._journal = journal
        self._local = local
        self._marks = marks
        self._lines: dict[int, tuple[Line, ...]] = {}

    def resize(self, width: int) -> None:
        """Lay out for another width."""
        if width != self.width:
            self.width = width
            self._lines.clear()

    def of(self, number: int) -> tuple[Line, ...]:
        """The lines of an event; a new day is announced above its first."""
        if (lines := self._lines.get(number)) is None:
            if len(self._lines) > KEPT:
                self._lines.clear()
            event = self._journal[number]
            lines = (*self._day(number, event.at), *self._event(event))
            # What is above the oldest event is known only once more is loaded.
            if number > self._journal.first:
                self._lines[number] = lines
        return lines

    def _day(self, number: int, at: datetime) -> tuple[Line, ...]:
        day = self._local(at).date()
        if number > self._journal.first:
            if self._local(self._journal[number - 1].at).date() == day:
                return ()
        elif day == self._local(datetime.now(at.tzinfo)).date():
            return ()
        text = f"{' ' * INDENT}{day:%a} {day.day} {day:%b %Y}"
        return (((fit(text, self.width, self._marks.ellipsis), "day"),),)

    def _event(self, event: Event) -> tuple[Line, ...]:
        room = max(self.width - INDENT, 8)
        rows = _wrapped(told(event, self._marks), room, self._marks.ellipsis)
        style = "alarm" if event.alarm else "text"
        time = f"{self._local(event.at):%H:%M} "
        heads = [(time, "time"), *[(" " * INDENT, "")] * (len(rows) - 1)]
        return tuple((head, *_pieces(row, style)) for head, row in zip(heads, rows, strict=True))


def _wrapped(text: str, width: int, ellipsis: str) -> list[str]:
    lines = wrap(text, (width,) * LINES_AT_MOST, ellipsis)
    return [line for line in lines if line.strip()] or [" " * width]


def _pieces(text: str, style: str) -> list[Piece]:
    """The text with the tasks' numbers set off."""
    parts = NUMBER.split(text)
    return [(part, "number" if n % 2 else style) for n, part in enumerate(parts) if part]


def one_line(
    journal: Journal, width: int, local: Callable[[datetime], datetime], marks: Marks
) -> Line:
    """As many of the newest events as fit on one line, the newest first and never left out."""
    gap = f" {marks.joints[1]} "
    line: list[Piece] = []
    used = 1
    for number in range(journal.end - 1, max(journal.first, journal.end - 9) - 1, -1):
        event = journal[number]
        text = told(event, marks)
        cells = 6 + cell_len(text) + (len(gap) if line else 0)
        if used + cells > width and line:
            break
        text = fit(text, min(cell_len(text), max(width - used - 6, 1)), marks.ellipsis)
        line += [(gap, "time")] if line else []
        line += [(f"{local(event.at):%H:%M} ", "time")]
        line += _pieces(text, "alarm" if event.alarm else "text")
        used += cells
    return ((" ", ""), *line, (" " * max(width - used, 0), ""))
