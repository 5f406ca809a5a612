"""The keys of the registry."""

from __future__ import annotations

from genie_tui.ui.keys.asking import CONFIRM
from genie_tui.ui.keys.everywhere import APP
from genie_tui.ui.keys.key import look, write
from genie_tui.ui.keys.lists import BACK, LIST, PANE

__all__ = ["REGISTRY", "TOGETHER"]

REGISTRY = (
    write("registry.add", "n", "add", "Add an item: a directory, or a git repository", "add"),
    write(
        "registry.activate", "A", "activate", "Activate it, or have it not take part", "activate"
    ),
    write("registry.upgrade", "U", "upgrade", "Take its newest version", "upgrade"),
    write("registry.remove", "X", "remove", "Remove it from the registry", "remove"),
    write("registry.search", "slash", "search", "Narrow down, as you type", "search"),
    look("registry.installed", "w", "installed", "Only what is installed, or all", "installed"),
    look("registry.copy", "y", "copy", "Copy the item's id", "copy id"),
)

TOGETHER = (
    (*APP, *BACK, *LIST, *REGISTRY),
    (*APP, *BACK, *PANE, *REGISTRY),
    # Never the key that asked.
    (*CONFIRM, *(key for key in REGISTRY if key.id == "registry.remove")),
)
