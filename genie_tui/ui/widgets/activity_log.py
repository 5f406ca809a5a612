"""What happens, line by line, newest last: drawn by the line, and only what is visible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from genie_tui.ui.keys.activity import LOG
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.journal import Journal
from genie_tui.ui.widgets.log_lines import LogLines, one_line
from genie_tui.ui.widgets.plain import cell_len

__all__ = ["ActivityLog", "Shape"]

AHEAD = 50
"""Lines above the visible ones below which older events are asked for."""


class Shape(Enum):
    """How a log stands among its neighbours."""

    BARE = "lines over a rule that tells whether it follows"
    PANEL = "right of a board, whose frame goes on around it, above a strip"
    SECTION = "under a rule with a title"
    LINE = "the newest on one line"


class ActivityLog(Drawn, can_focus=True):
    """A log that follows its end, unless somebody has scrolled up."""

    PREFIX = "log"
    BINDINGS: ClassVar[list[BindingType]] = bindings(LOG)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log--alarm",
        "log--day",
        "log--frame",
        "log--hint",
        "log--number",
        "log--text",
        "log--time",
        "log--title",
        "log--unseen",
    }
    DEFAULT_CSS = """
    ActivityLog {
        width: 1fr; height: 1fr; color: $foreground; background: $background;
        .log--time { color: $foreground 45%; }
        .log--text { color: $foreground 85%; }
        .log--number { color: $primary; }
        .log--alarm { color: $error; }
        .log--day { color: $foreground 55%; text-style: bold; }
        .log--frame { color: $foreground 22%; }
        .log--title { color: $foreground 70%; text-style: bold; }
        .log--hint { color: $foreground 45%; }
        .log--unseen { color: $accent; text-style: bold; }
        &:focus .log--title { color: $primary; text-style: bold underline; }
    }
    """

    @dataclass
    class OlderWanted(Message):
        """Somebody is about to scroll past the oldest event that is loaded."""

    def __init__(
        self,
        journal: Journal,
        *,
        shape: Shape = Shape.BARE,
        ascii: bool = False,  # noqa: A002 - the option's own name
        local: Callable[[datetime], datetime] = datetime.astimezone,
        id: str | None = None,  # noqa: A002 - as every widget
    ) -> None:
        super().__init__(ascii=ascii, id=id)
        self._journal = journal
        self._local = local
        self._lines = LogLines(journal, local=local, marks=self.marks)
        self._shape = shape
        self._bottom: tuple[int, int] | None = None
        self._seen = journal.end

    # What is told from above

    @property
    def shape(self) -> Shape:
        """How it stands among its neighbours."""
        return self._shape

    @shape.setter
    def shape(self, shape: Shape) -> None:
        if shape is not self._shape:
            self._shape = shape
            self.can_focus = shape in {Shape.BARE, Shape.PANEL}
            self.redraw()

    def changed(self) -> None:
        """The journal has grown, at either end."""
        if self.following:
            self._seen = self._journal.end
        self.redraw()

    # Where it stands

    @property
    def following(self) -> bool:
        """Is the newest event in view, and will the next one be?"""
        return self._bottom is None

    @property
    def unseen(self) -> int:
        """How many events came since somebody scrolled up."""
        return max(self._journal.end - self._seen, 0)

    def follow(self) -> None:
        """Go to the newest event, and along with those that come."""
        self._bottom = None
        self.changed()

    def stand_still(self) -> None:
        """Stay where it is, whatever comes."""
        if self._bottom is None and len(self._journal):
            self._bottom = (self._journal.end - 1, 0)
            self.redraw()

    # Drawing

    @property
    def _body(self) -> int:
        """Lines for events."""
        frame = {Shape.PANEL: 4, Shape.SECTION: 1, Shape.BARE: 1}.get(self._shape, 0)
        return max(self.size.height - frame, 0)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """All lines, with the frame around them."""
        if self._shape is Shape.LINE:
            self._see_to_older(self._journal.end)
            return [one_line(self._journal, width, self._local, self.marks)]
        inner = width - 1 if self._shape is Shape.PANEL else width
        self._lines.resize(inner - 1)
        body = [((" ", ""), *line) for line in self._visible()]
        blank: Line = ((" " * inner, ""),)
        lines = [*body, *[blank] * (self._body - len(body))]
        if self._shape is Shape.PANEL:
            lines = self._framed(lines, inner)
        elif self._shape is Shape.SECTION:
            lines = [self._rule(width, " activity "), *lines]
        else:
            lines = [*lines, self._low_rule(width)]
        return lines[:height]

    def _visible(self) -> list[Line]:
        """The lines of events that are in view, from the top; sees to what lies above them."""
        if self._bottom is not None and self._bottom[0] < self._journal.first:
            # What was in view has been forgotten.
            self._bottom = self._highest()
        number, skip = self._bottom or (self._journal.end - 1, 0)
        found: list[Line] = []
        while number >= self._journal.first and number < self._journal.end:
            lines = self._lines.of(number)
            found[:0] = lines[: len(lines) - skip]
            skip = 0
            if len(found) >= self._body:
                break
            number -= 1
        self._see_to_older(number)
        return found[-self._body :] if self._body else []

    def _see_to_older(self, top: int) -> None:
        if top - self._journal.first < AHEAD and not self._journal.complete:
            # While drawing, the message would count as the screen's own, and go no further.
            self.call_later(self._ask_for_older)

    def _ask_for_older(self) -> None:
        self.post_message(self.OlderWanted())

    def _framed(self, body: list[Line], inner: int) -> list[Line]:
        across, down, _, _, top_right, _, _, right, *_ = list(self.marks.joints)
        wall = (down, "frame")
        rule = across * inner
        low = self._low_rule(inner)
        return [
            ((rule + top_right, "frame"),),
            (*self._title(inner), wall),
            ((rule + right, "frame"),),
            *((*line, wall) for line in body),
            (*low, (right, "frame")),
        ]

    def _title(self, width: int) -> Line:
        hint = "f stand still" if self.following else "f follow"
        room = width - 10 - cell_len(hint)
        if room < 1:
            return ((" ACTIVITY".ljust(width)[:width], "title"),)
        return ((" ", ""), ("ACTIVITY", "title"), (" " * room, ""), (f"{hint} ", "hint"))

    def _low_rule(self, width: int) -> Line:
        across = self.marks.joints[0]
        if self.following and self._shape is Shape.PANEL:
            return ((across * width, "frame"),)
        if self.following:
            return self._rule(width, " follows ")
        text = f" {self.marks.below} {self.unseen} new " if self.unseen else " stands still "
        room = width - cell_len(text) - 1
        return ((across * max(room, 0), "frame"), (text, "unseen"), (across, "frame"))

    def _rule(self, width: int, title: str) -> Line:
        across = self.marks.joints[0]
        rest = across * max(width - 1 - cell_len(title), 0)
        return ((across, "frame"), (title, "title"), (rest, "frame"))

    # Moving

    def _scroll(self, lines: int) -> None:
        """Towards the older events; back at the newest, follow again."""
        if not len(self._journal):
            return
        number, skip = self._bottom or (self._journal.end - 1, 0)
        number, skip = max(number, self._journal.first), skip + lines
        while number > self._journal.first and skip >= len(self._lines.of(number)):
            skip -= len(self._lines.of(number))
            number -= 1
        skip = min(skip, len(self._lines.of(number)) - 1)
        while skip < 0 and number < self._journal.end:
            number += 1
            skip += len(self._lines.of(number)) if number < self._journal.end else 0
        self._stand(number, skip)

    def _stand(self, number: int, skip: int) -> None:
        """Put a line at the bottom, or the one with which the oldest event is at the top."""
        highest = self._highest()
        if (number, -skip) < (highest[0], -highest[1]):
            number, skip = highest
        if number >= self._journal.end or (number, skip) == (self._journal.end - 1, 0):
            self.follow()
        else:
            self._bottom = (number, skip)
            self.redraw()

    def _highest(self) -> tuple[int, int]:
        """The line that is at the bottom while the oldest event is at the top."""
        room = self._body
        for number in range(self._journal.first, self._journal.end):
            lines = len(self._lines.of(number))
            if room <= lines:
                return number, lines - room
            room -= lines
        return self._journal.end - 1, 0

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Older events."""
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Newer events."""
        event.stop()
        self._scroll(-3)

    def action_older(self, lines: int) -> None:
        """Move over so many lines."""
        self._scroll(lines)

    def action_older_pages(self, pages: float) -> None:
        """Move over so many pages."""
        self._scroll(int(pages * self._body))

    def action_oldest(self) -> None:
        """To the oldest event that is loaded; older ones are read meanwhile."""
        if len(self._journal):
            self._stand(*self._highest())

    def action_newest(self) -> None:
        """To the newest event."""
        self.follow()
