"""A sentence where one looks: why something was refused, or what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import ClassVar

from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import clean, wrap

__all__ = ["Notice", "Tone"]

LINES_AT_MOST = 6


class Tone(Enum):
    """What sort of news it is."""

    GOOD = "good"
    PLAIN = "plain"
    BAD = "bad"


class Notice(Drawn):
    """A band over the last lines of a screen; it stays until the next key."""

    PREFIX = "notice"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"notice--mark", "notice--text"}
    DEFAULT_CSS = """
    Notice {
        layer: notice; dock: bottom; width: 100%; height: 1; margin: 0 0 1 0; display: none;
        color: $foreground; background: $panel;
        .notice--text { color: $foreground; text-style: bold; }
        .notice--mark { color: $primary; text-style: bold; }
        &.-good .notice--mark { color: $success; }
        &.-bad { background: $error 22%; }
        &.-bad .notice--mark { color: $error; }
    }
    """

    def __init__(self, *, ascii: bool = False) -> None:  # noqa: A002 - the option's own name
        super().__init__(ascii=ascii)
        self._sentences: tuple[str, ...] = ()
        self._tone = Tone.PLAIN

    @property
    def text(self) -> str:
        """What it says; empty where nothing is said."""
        return "\n".join(self._sentences)

    def say(self, *sentences: str, tone: Tone = Tone.PLAIN) -> None:
        """Say it, each sentence from a new line."""
        self._sentences = tuple(clean(sentence) for sentence in sentences)
        self._tone = tone
        for other in Tone:
            self.set_class(other is tone, f"-{other.value}")
        self.display = bool(sentences)
        self._fit(self.screen.size.width)
        self.redraw()

    def clear(self) -> None:
        """Say nothing more."""
        if self._sentences:
            self._sentences = ()
            self.display = False

    def on_resize(self) -> None:
        """Other lines, maybe more or fewer of them."""
        self._fit(self.size.width)

    def _fit(self, width: int) -> None:
        self.styles.height = max(len(self._laid(width)), 1)

    def _laid(self, width: int) -> list[str]:
        room = max(width - 4, 8)
        texts = (
            wrap(text, (room,) * LINES_AT_MOST, self.marks.ellipsis) for text in self._sentences
        )
        return [row for rows in texts for row in rows if row.strip()][:LINES_AT_MOST]

    def lines(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """Its sentences behind a bar."""
        bar = self.marks.cursor
        mark = {Tone.GOOD: self.marks.done, Tone.BAD: self.marks.failed}.get(self._tone, " ")
        rows = self._laid(width)
        return [
            ((bar, "mark"), (f"{mark if n == 0 else ' '} ", "mark"), (row, "text"))
            for n, row in enumerate(rows)
        ]
