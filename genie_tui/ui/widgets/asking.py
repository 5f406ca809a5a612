"""Which rows were asked for and have not come yet, so that nothing is asked twice."""

from __future__ import annotations

from collections.abc import Iterable

from genie_tui.domain.windows import Span
from genie_tui.ui.widgets.viewpoint import Viewpoint

__all__ = ["Asking"]

PATIENCE = 2.0
"""Seconds after which rows that have not come are asked for again."""


class Asking:
    """The spans that are under way; `now` is any clock in seconds that never goes back."""

    def __init__(self) -> None:
        self._spans: dict[str, Span] = {}
        self._at = 0.0

    def open(self, view: Viewpoint, now: float) -> tuple[Span, ...]:
        """What is to be asked: everything where the store is unsure, else what is missing."""
        if now - self._at > PATIENCE:
            self._spans.clear()
        spans = view.spans() if view.store.unsure else view.missing()
        return tuple(span for span in spans if not view.served(self._spans.get(span.column_id)))

    def asked(self, spans: Iterable[Span], now: float) -> None:
        """These are under way."""
        self._spans.update({span.column_id: span for span in spans})
        self._at = now

    def answered(self, columns: Iterable[str]) -> None:
        """Answers came for these columns, or will be worth nothing: ask again where need be."""
        for column in columns:
            self._spans.pop(column, None)
