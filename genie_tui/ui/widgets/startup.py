"""What is under way before the first board is there: the steps of a first start, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from genie_tui.ui.widgets.card import Line
from genie_tui.ui.widgets.drawn import Drawn
from genie_tui.ui.widgets.plain import clean, fit, wrap

__all__ = ["Startup"]

STEPS_AT_MOST = 12


class Startup(Drawn):
    """A box in the middle of the board's frame; hidden as long as it has nothing to say."""

    PREFIX = "startup"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "startup--done",
        "startup--hint",
        "startup--now",
        "startup--step",
        "startup--wrong",
    }
    DEFAULT_CSS = """
    Startup {
        layer: notice; width: 72; max-width: 100%; height: auto; display: none; padding: 1 2;
        background: $surface; color: $foreground; border: round $primary;
        border-title-color: $primary; border-title-style: bold;
        &.-wrong { border: round $error; border-title-color: $error; }
        .startup--done { color: $success; text-style: bold; }
        .startup--hint { color: $foreground 55%; }
        .startup--now { color: $accent; text-style: bold; }
        .startup--step { color: $foreground 90%; }
        .startup--wrong { color: $error; }
    }
    """

    def __init__(self, *, ascii: bool = False) -> None:  # noqa: A002 - the option's own name
        super().__init__(ascii=ascii)
        self._steps: list[str] = []
        self._wrong = ""
        self._hint = ""

    def step(self, text: str, hint: str) -> None:
        """Another step has begun."""
        self._steps = [*self._steps, clean(text)][-STEPS_AT_MOST:]
        self._show(" Starting ", "", hint)

    def fail(self, reason: str, hint: str) -> None:
        """It does not work, and why."""
        self._show(" No database ", reason, hint)

    def _show(self, title: str, wrong: str, hint: str) -> None:
        self.border_title = title
        self._wrong, self._hint = wrong, hint
        self.set_class(bool(wrong), "-wrong")
        self.display = True
        self.refresh(layout=True)
        self.redraw()

    def finish(self) -> None:
        """The board is there."""
        self._steps.clear()
        self.display = False

    def get_content_height(self, *sizes: object) -> int:
        """As many lines as there are to say."""
        width = sizes[-1] if isinstance(sizes[-1], int) else 66
        return len(self._all(width))

    def lines(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002
        """The steps, what went wrong, and what keys do meanwhile."""
        return self._all(width)

    def _all(self, width: int) -> list[Line]:
        lines: list[Line] = []
        for n, step in enumerate(self._steps):
            over = n < len(self._steps) - 1
            mark = (
                self.marks.done if over else self.marks.failed if self._wrong else self.marks.auto
            )
            text = fit(step, max(width - 2, 1), self.marks.ellipsis)
            lines.append(((f"{mark} ", "done" if over else "now"), (text, "step")))
        for sentence in self._wrong.splitlines():
            rows = wrap(clean(sentence), (width,) * 4, self.marks.ellipsis)
            lines += [((row, "wrong"),) for row in rows if row.strip()]
        return [*lines, (), ((fit(self._hint, width, self.marks.ellipsis), "hint"),)]
