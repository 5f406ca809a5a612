"""The sections of a task's screen, on one line; the one that is shown stands in brackets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len, clean, cut
from genie_tui.ui.widgets.task_style import CLASSES, PREFIX, css

__all__ = ["TaskTabs"]

SHORT = 4
"""Letters of a title where there is no room for all of it."""


class TaskTabs(Drawn):
    """Number and title of each section, and what there is in it; `way` is how one came here."""

    PREFIX = PREFIX
    COMPONENT_CLASSES = CLASSES
    DEFAULT_CSS = css("TaskTabs", "width: 100%; height: 1;").replace("$background;", "$panel;", 1)

    @dataclass
    class Chosen(Message):
        """A section was clicked: its place, counted from 0."""

        place: int

    def __init__(self, titles: Sequence[str], *, ascii: bool = False) -> None:  # noqa: A002
        super().__init__(ascii=ascii)
        self._titles = tuple(titles)
        self._counts: dict[int, str] = {}
        self._place = 0
        self._way: tuple[int, ...] = ()
        self._ends: list[int] = []

    def show(self, place: int, way: Sequence[int] = ()) -> None:
        """That section is shown; `way` are the numbers of the tasks that led to this one."""
        if (place, tuple(way)) != (self._place, self._way):
            self._place, self._way = place, tuple(way)
            self.redraw()

    def count(self, place: int, text: str) -> None:
        """Tell what there is in a section."""
        if self._counts.get(place, "") != text:
            self._counts[place] = text
            self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """All of them, with as much of each as there is room for."""
        way = self._went(width)
        room = width - cell_len(way)
        tabs = self._tabs(counted=True, short=False)
        for counted, short in ((False, False), (True, True), (False, True)):
            if sum(map(cell_len, tabs)) <= room:
                break
            tabs = self._tabs(counted=counted, short=short)
        if sum(map(cell_len, tabs)) > room:
            way = ""
        self._ends, at = [], 0
        pieces: list[Piece] = []
        for place, text in enumerate(tabs):
            at += cell_len(text)
            self._ends.append(at)
            pieces.append((text, "strong" if place == self._place else "dim"))
        gap = " " * max(width - at - cell_len(way), 0)
        return [(*pieces, (gap, ""), (way, "number"))]

    def _tabs(self, *, counted: bool, short: bool) -> list[str]:
        tabs = []
        for place, title in enumerate(self._titles):
            count = self._counts.get(place, "") if counted else ""
            name = title[:SHORT] if short else title
            text = f"{place + 1} {name}{f' {count}' if count else ''}"
            gap = " " if short else "  "
            tabs.append(f"[{text}]{gap[1:]}" if place == self._place else f" {text}{gap}")
        return tabs

    def _went(self, width: int) -> str:
        """`#12 → #33 → `: where escape leads back to."""
        if not self._way or width < 2 * SHORT * len(self._titles):
            return ""
        arrow = f" {self.marks.arrow} "
        shown = [f"#{seq}" for seq in self._way[-3:]]
        more = self.marks.ellipsis + arrow if len(self._way) > len(shown) else ""
        text = clean(f"{more}{arrow.join(shown)}{arrow}here ")
        return cut(text, width // 3, self.marks.ellipsis)

    def on_click(self, event: events.Click) -> None:
        """To the section that was clicked."""
        event.stop()
        place = next((n for n, end in enumerate(self._ends) if event.x < end), None)
        if place is not None:
            self.post_message(self.Chosen(place))
