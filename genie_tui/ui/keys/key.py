"""A key binding: its id, its keys by default, and what it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType

__all__ = ["Key", "bindings", "look", "write"]

FIRST = frozenset({"app.quit_now", "prompt.editor"})
"""Quitting works over whatever is asked; a text area would take the editor's key for itself."""

ASKING = frozenset({"task.undo", "task.advance", "task.checkout", "task.unlock", "task.done"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A binding by default: `keys` as Textual has them, `label` for the footer.

    A `guarded` one writes, asks or leaves: it is not taken from a burst of keys that nobody typed.
    """

    id: str
    keys: str
    action: str
    says: str
    label: str = ""
    guarded: bool = True

    @property
    def asks(self) -> bool:
        """Is a question to be confirmed what may come of it?"""
        return self.id in ASKING

    @property
    def binding(self) -> Binding:
        """As Textual has it; one with priority works before what has the focus."""
        return Binding(
            self.keys, self.action, self.says, show=False, priority=self.id in FIRST, id=self.id
        )


def write(id_: str, keys: str, action: str, says: str, label: str = "") -> Key:
    """A key that writes, asks or leaves."""
    return Key(id=id_, keys=keys, action=action, says=says, label=label)


def look(id_: str, keys: str, action: str, says: str, label: str = "") -> Key:
    """A key that only looks."""
    return Key(id=id_, keys=keys, action=action, says=says, label=label, guarded=False)


def bindings(keys: Iterable[Key]) -> list[BindingType]:
    """A group of keys, as a class has them in BINDINGS."""
    return [key.binding for key in keys]
