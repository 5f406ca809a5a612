"""The registry's entries, a line each, under their types."""

from __future__ import annotations

from typing import ClassVar

from genie_tui.domain.registry import Entry
from genie_tui.ui.widgets.card import Line, Piece
from genie_tui.ui.widgets.listing import Listing
from genie_tui.ui.widgets.plain import cell_len, clean, fit

__all__ = ["RegistryList"]

PLURALS = {
    "agent": "agents",
    "skill": "skills",
    "app": "apps",
    "board": "boards",
    "workflow": "workflows",
    "stack": "stacks",
    "template": "templates",
    "hook": "hooks",
}


class RegistryList(Listing[Entry]):
    """Name, version, whether it is installed, and what it is."""

    PREFIX = "registry"
    EMPTY = "nothing is in the registry yet"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "registry--bad",
        "registry--cursor",
        "registry--dim",
        "registry--group",
        "registry--on",
        "registry--text",
        "registry--title",
        "registry--version",
    }
    DEFAULT_CSS = """
    RegistryList {
        color: $foreground; background: $background;
        .registry--bad { color: $error; }
        .registry--cursor { color: $primary; text-style: bold; }
        .registry--dim { color: $foreground 55%; }
        .registry--group { color: $accent; text-style: bold; }
        .registry--on { color: $success; }
        .registry--text { color: $foreground 85%; }
        .registry--title { color: $foreground; text-style: bold; }
        .registry--version { color: $secondary; }
    }
    """

    def key(self, item: Entry) -> str:
        """Its row's id."""
        return item.id

    def group(self, item: Entry) -> str:
        """Its type."""
        return PLURALS.get(item.item_type, clean(item.item_type))

    def heading(self, text: str, width: int) -> Line:
        """The type, in the plural."""
        return ((fit(f" {text}", width, self.marks.ellipsis), "group"),)

    def line(self, item: Entry, width: int, *, cursor: bool) -> Line:
        """`▌ review-bot  1.2.0  active  Reads diffs and says what is wrong`."""
        name = max(min(24, width // 3), 8)
        left: list[Piece] = [
            (self.marks.cursor if cursor else " ", "cursor"),
            (fit(f" {clean(item.name)}", name, self.marks.ellipsis), "title" if cursor else "text"),
            (f" {fit(clean(item.version), 9, self.marks.ellipsis)} ", "version"),
            _state(item),
        ]
        room = width - sum(cell_len(text) for text, _ in left) - 1
        if room > 6:
            left.append((fit(clean(item.description), room, self.marks.ellipsis), "dim"))
        return tuple(left)


def _state(item: Entry) -> Piece:
    """Whether it is installed; where it is not, how its approval stands."""
    if item.active is not None:
        return ("active    ", "on") if item.active else ("inactive  ", "dim")
    style = "bad" if item.approval == "rejected" else "dim"
    return (f"{fit(clean(item.approval), 9, '')} ", style)
