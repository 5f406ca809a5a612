"""The style sheet, parsed once: Textual would parse all of it again for every new kind of widget.

It keeps 64 parsed sources, and forgets them whenever a screen is shown for the first time. A
dashboard has more than that, so that each list or prompt that opens would parse everything.

For `--ascii`, every border is drawn in ASCII.
"""

from __future__ import annotations

import re

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation

__all__ = ["Sheet"]

KEPT = 1024
"""Sources that are kept parsed: more than there are kinds of widgets."""


_BORDER = re.compile(
    r"(border[a-z-]*:\s*)(?:double|heavy|hkey|inner|outer|panel|round|solid|tall|thick|vkey|wide)\b"
)


class Sheet(Stylesheet):
    """Parses a source again only where the variables in it have changed."""

    def __init__(
        self,
        *,
        variables: dict[str, str] | None = None,
        ascii: bool = False,  # noqa: A002 - the option's own name
    ) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(KEPT)
        self._ascii = ascii

    def set_variables(self, variables: dict[str, str]) -> None:
        """What is parsed stays, unless these differ from those before."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Take in what has come; all of it is parsed after `set_variables` alone."""
        self.parse()

    def _parse_rules(
        self,
        css: str,
        read_from: CSSLocation,
        is_default_rules: bool = False,
        tie_breaker: int = 0,
        scope: str = "",
    ) -> list[RuleSet]:
        if self._ascii:
            css = _BORDER.sub(r"\1ascii", css)
        return super()._parse_rules(css, read_from, is_default_rules, tie_breaker, scope)
