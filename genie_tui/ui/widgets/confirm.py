"""A question whose default is no: only `y` goes on, never Enter, never the key that asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from genie_tui.ui.keys.asking import CONFIRM
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.widgets.plain import clean

__all__ = ["Confirm"]


class Confirm(ModalScreen[bool], inherit_bindings=False):
    """Asks, and is dismissed with the answer."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(CONFIRM)
    DEFAULT_CSS = """
    Confirm {
        align: center middle; background: transparent;
        & > Vertical {
            width: 72; max-width: 94%; height: auto; max-height: 90%; padding: 1 2;
            background: $surface; border: round $warning; border-title-color: $warning;
            border-title-style: bold;
        }
        Static { height: auto; }
        .answers { margin-top: 1; }
    }
    """

    def __init__(
        self,
        question: str,
        reasons: Sequence[str],
        *,
        go_on: str,
        key: str,
    ) -> None:
        super().__init__()
        self._question = question
        self._reasons = tuple(reasons)
        self._go_on = go_on
        self._key = key

    def compose(self) -> ComposeResult:
        """The reasons, and the two answers."""
        with Vertical() as box:
            box.border_title = Content(f" {clean(self._question)} ")
            for reason in self._reasons:
                yield Static(Content(clean(reason)))
            yield Static(self._answers(), classes="answers")

    def _answers(self) -> Content:
        return Content.assemble(
            (" Cancel ", "bold $background on $primary"),
            (" enter, esc", "$foreground 55%"),
            "      ",
            (self._key, "bold $warning"),
            (f" {self._go_on}", "bold"),
        )

    def action_go_on(self) -> None:
        """Yes."""
        self.dismiss(True)

    def action_cancel(self) -> None:
        """No."""
        self.dismiss(False)
