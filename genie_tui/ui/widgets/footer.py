"""The foot of every screen: the keys that matter here, and always how to get help and out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import cell_len

__all__ = ["Footer", "Hint"]

Hint = tuple[str, str]
"""A key as people read it, and what it does in a word."""


class Footer(Drawn):
    """One line; `hints` come in order of what matters, `always` are never left out."""

    PREFIX = "footer"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"footer--key", "footer--label", "footer--note"}
    DEFAULT_CSS = """
    Footer {
        height: 1; width: 100%; dock: bottom; color: $foreground; background: $surface;
        .footer--key { color: $primary; text-style: bold; }
        .footer--label { color: $foreground 75%; }
        .footer--note { color: $warning; }
    }
    """

    def __init__(
        self,
        hints: Sequence[Hint],
        always: Sequence[Hint],
        *,
        ascii: bool = False,  # noqa: A002 - the option's own name
    ) -> None:
        super().__init__(ascii=ascii)
        self._hints = tuple(hints)
        self._always = tuple(always)
        self._note = ""

    def tell(self, hints: Sequence[Hint], always: Sequence[Hint], note: str = "") -> None:
        """Show other keys, and how fresh what is on screen is."""
        told = (tuple(hints), tuple(always), note)
        if told != (self._hints, self._always, self._note):
            self._hints, self._always, self._note = told
            self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """As many keys as there is room for."""
        always = [piece for hint in self._always for piece in _piece(hint)]
        room = width - _cells(always) - 1
        note: list[Piece] = []
        if self._note and cell_len(self._note) + 2 <= room:
            note = [(self._note, "note"), (" ", "")]
            room -= _cells(note)
        line: list[Piece] = [(" ", "")]
        for hint in self._hints:
            pieces = _piece(hint)
            if _cells(pieces) > room:
                break
            line += pieces
            room -= _cells(pieces)
        return ((*line, *always, (" " * max(room, 0), ""), *note),)


def _piece(hint: Hint) -> list[Piece]:
    key, label = hint
    return [(key, "key"), (f" {label}  ", "label")]


def _cells(pieces: Sequence[Piece]) -> int:
    return sum(cell_len(text) for text, _ in pieces)
