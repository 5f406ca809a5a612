"""The command palette: everything that a key does where one is, by what it is called."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from genie_tui.ui.keymap import shown

__all__ = ["Commands"]

HIDDEN = ("log", "view", "queue", "board.column", "app.palette", "app.interrupt")
"""The beginnings of ids of what nobody would look for by name: moving about."""


class Commands(Provider):
    """The live bindings of the screen below, and the themes."""

    async def discover(self) -> Hits:
        """All of them."""
        for text, run, note in self._commands():
            yield DiscoveryHit(text, run, help=note)

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for text, run, note in self._commands():
            if (score := matcher.match(text)) > 0:
                yield Hit(score, matcher.highlight(text), run, help=note)

    def _commands(self) -> Iterator[tuple[str, IgnoreReturnCallbackType, str]]:
        seen = set()
        for key, active in self.screen.active_bindings.items():
            id_, text = active.binding.id or "", active.binding.description
            if not text or id_.startswith(HIDDEN) or id_ in seen:
                continue
            seen.add(id_)
            run = partial(self.app.run_action, active.binding.action, active.node)
            yield text, run, f"{shown(key, plain=True)}   {id_}"
        yield "Theme", self.app.action_change_theme, "choose other colours"
