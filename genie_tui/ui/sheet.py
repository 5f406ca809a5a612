"""The style sheet, parsed once: Textual would parse all of it again for every new kind of widget.

It keeps 64 parsed sources, and forgets them whenever a screen is shown for the first time. A
dashboard has more than that, so that each list or prompt that opens would parse everything.
"""

from __future__ import annotations

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

__all__ = ["Sheet"]

KEPT = 1024
"""Sources that are kept parsed: more than there are kinds of widgets."""


class Sheet(Stylesheet):
    """Parses a source again only where the variables in it have changed."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(KEPT)

    def set_variables(self, variables: dict[str, str]) -> None:
        """What is parsed stays, unless these differ from those before."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Take in what has come; all of it is parsed after `set_variables` alone."""
        self.parse()
