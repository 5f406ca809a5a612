"""Acceptance criteria as a list of boxes, which are ticked by a key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from genie_tui.domain.criteria import BOX, Criterion, criteria
from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import clean
from genie_tui.ui.widgets.task_style import CLASSES, PREFIX, css
from genie_tui.ui.widgets.task_words import paragraphs, wrapped

__all__ = ["TaskChecklist"]

LINES_AT_MOST = 500

HEADING = re.compile(r"^\s{0,3}#{1,6}\s+")
BULLET = re.compile(r"^(\s*)[-*+]\s+")


class TaskChecklist(Drawn, can_focus=True):
    """Lines with a box, and what stands between them; the cursor stops at boxes alone."""

    PREFIX = PREFIX
    COMPONENT_CLASSES = CLASSES
    DEFAULT_CSS = css("TaskChecklist", "width: 100%; height: auto;")

    @dataclass
    class Clicked(Message):
        """A box was clicked."""

        criterion: Criterion

    def __init__(self, *, ascii: bool = False) -> None:  # noqa: A002 - the option's own name
        super().__init__(ascii=ascii)
        self._text = ""
        self._boxes: tuple[Criterion, ...] = ()
        self._cursor = 0
        self._rows: list[int | None] = []

    def show(self, text: str) -> None:
        """Other criteria; the cursor stays at its place."""
        if text != self._text:
            self._text = text
            self._boxes = criteria(text)
            self._cursor = max(min(self._cursor, len(self._boxes) - 1), 0)
            self.refresh(layout=True)
            self.redraw()

    @property
    def criterion(self) -> Criterion | None:
        """The one under the cursor."""
        return self._boxes[self._cursor] if self._boxes else None

    @property
    def done(self) -> tuple[int, int]:
        """How many are ticked, and how many there are."""
        return sum(box.done for box in self._boxes), len(self._boxes)

    def get_content_height(self, *sizes: object) -> int:
        """As many lines as it takes."""
        width = sizes[-1] if isinstance(sizes[-1], int) else 80
        return len(self._lay(width))

    def lines(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """All of them; there is as much height as they take."""
        laid = self._lay(width)
        self._rows = [place for place, _ in laid]
        return [
            (self._bar(place), *line) if place is not None else ((" ", ""), *line)
            for place, line in laid
        ]

    def _bar(self, place: int) -> tuple[str, str]:
        on = self.has_focus and place == self._cursor
        return (self.marks.cursor if on else " ", "cursor")

    def _lay(self, width: int) -> list[tuple[int | None, Line]]:
        """Lines with the place of their box among the boxes, where they have one."""
        inner = max(width - 2, 8)
        rows: list[tuple[int | None, Line]] = []
        place = 0
        for line in self._text.splitlines():
            if len(rows) >= LINES_AT_MOST:
                rows.append((None, ((f"{self.marks.ellipsis} more than is shown here", "dim"),)))
                break
            if found := BOX.match(line):
                rows += [(place, row) for row in self._box(line, found, inner)]
                place += 1
            else:
                rows += [(None, row) for row in _plain(line, inner)]
        return rows

    def _box(self, line: str, found: re.Match[str], width: int) -> list[Line]:
        done = found["mark"] != " "
        marks = ("[ ]", "[x]") if self.marks.joints[0] == "-" else ("☐", "☑")
        indent = " " * min(len(line) - len(line.lstrip()), width // 3)
        lead = f"{indent}{marks[done]} "
        first, *rest = paragraphs(found["says"], max(width - len(lead), 4)) or [""]
        style = "dim" if done else "text"
        return [
            ((lead, "lock" if done else "wait"), (first.strip(), style)),
            *(((" " * len(lead) + part, style),) for part in rest),
        ]

    # Keys

    def go(self, steps: int) -> bool:
        """So many boxes down; False where there is no further one."""
        place = self._cursor + steps
        if not 0 <= place < len(self._boxes):
            return False
        self._cursor = place
        self.redraw()
        return True

    @property
    def row(self) -> int:
        """In which of its lines the cursor is."""
        return next((n for n, at in enumerate(self._rows) if at == self._cursor), 0)

    def on_focus(self) -> None:
        """The bar shows."""
        self.redraw()

    def on_blur(self) -> None:
        """The bar goes."""
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        """Tick the box that was clicked."""
        if event.y < len(self._rows) and (place := self._rows[event.y]) is not None:
            event.stop()
            self._cursor = place
            self.redraw()
            self.post_message(self.Clicked(self._boxes[place]))


def _plain(line: str, width: int) -> list[Line]:
    """A line without a box: a heading, a point of a list, or prose."""
    text = clean(line)
    if found := HEADING.match(text):
        return [((part, "strong"),) for part in wrapped(text[found.end() :], width)]
    bulleted = BULLET.sub(r"\1- ", text)
    return [((part, "fact"),) for part in wrapped(bulleted, width)]
