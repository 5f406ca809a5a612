"""Help: every key that works where one is, made from the live bindings, searchable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import ActiveBinding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from genie_tui.ui.keymap import shown
from genie_tui.ui.keys.asking import HELP
from genie_tui.ui.keys.key import bindings
from genie_tui.ui.screens.page import Page
from genie_tui.ui.widgets.key_list import KeyList, KeyRow
from genie_tui.ui.widgets.line import Line
from genie_tui.ui.workspace import Workspace

__all__ = ["HelpPage"]

GROUPS = {
    "board": "On the board",
    "task": "The task under the cursor",
    "queue": "In the queue",
    "list": "In the list",
    "triage": "Triage",
    "view": "In this task",
    "log": "In the log",
    "activity": "Activity",
    "screen": "Everywhere",
    "app": "Everywhere",
}
"""What the first part of a binding's id means, in the order in which they are shown last."""


NUMBERED = "board.column_"


class HelpPage(Page):
    """The keys of the screen below."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(HELP)
    HINTS = ("help.close", "help.down", "help.up")
    ALWAYS = ("app.quit_now",)
    DEFAULT_CSS = """
    HelpPage Line { margin: 1 1 0 1; }
    """

    def __init__(self, workspace: Workspace, below: Page) -> None:
        self.NAME = below.NAME
        super().__init__(workspace)
        self._keys = KeyList(_rows(below.active_bindings.values(), self.ascii), ascii=self.ascii)

    def body(self) -> Iterable[Widget]:
        """What to search for, and what is found."""
        yield Line(entered=self.action_close, placeholder="search the keys")
        yield self._keys

    def on_mount(self) -> None:
        """What is typed is searched for."""
        self.set_focus(self.query_one(Line))

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        event.stop()
        self._keys.search(event.value)

    def action_close(self) -> None:
        """Back."""
        self.dismiss()

    def action_go(self, lines: int) -> None:
        """So many lines down."""
        self._keys.go(lines)


def _rows(active: Iterable[ActiveBinding], plain: bool) -> Sequence[KeyRow]:
    """A row for each binding with an id, its keys together."""
    keys: dict[str, list[str]] = {}
    says: dict[str, str] = {}
    for found in active:
        if (id_ := found.binding.id) and found.binding.description:
            keys.setdefault(id_, []).append(shown(found.binding.key, plain=plain))
            says[id_] = found.binding.description
    _gather(keys, says)
    rows = [
        KeyRow(group=_group(id_), keys=" ".join(of), says=says[id_], id=id_)
        for id_, of in keys.items()
    ]
    last = [*GROUPS.values()]
    own = [row.group for row in rows if row.group not in last]
    titles = list(dict.fromkeys([*own, *last]))
    return sorted(rows, key=lambda row: titles.index(row.group))


def _group(id_: str) -> str:
    """What the first part of a binding's id means; a screen's own keys go by the screen's name."""
    first = id_.partition(".")[0]
    return GROUPS.get(first, first.capitalize())


def _gather(keys: dict[str, list[str]], says: dict[str, str]) -> None:
    """One row for the columns by their numbers, where the first one stood."""
    numbered = [id_ for id_ in keys if id_.startswith(NUMBERED)]
    if len(numbered) > 1:
        first, *rest = numbered
        keys[first] = [f"{keys[first][0]}-{keys[rest[-1]][0]}"]
        says[first] = "Column by its number"
        for id_ in rest:
            del keys[id_]
