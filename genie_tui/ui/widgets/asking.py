"""Which rows were asked for and have not come yet, so that nothing is asked twice."""

from __future__ import annotations

from collections.abc import Iterable

from genie_tui.domain.windows import Span
from genie_tui.ui.widgets.viewpoint import Viewpoint

__all__ = ["PATIENCE", "Asking"]

PATIENCE = 2.0
"""Seconds after which rows that have not come are asked for again."""


class Asking:
    """The spans that are under way; `now` is any clock in seconds that never goes back."""

    def __init__(self) -> None:
        self._spans: dict[str, Span] = {}
        self._at = 0.0

    @property
    def waits(self) -> bool:
        """Is anything under way?"""
        return bool(self._spans)

    def open(self, view: Viewpoint, now: float) -> tuple[Span, ...]:
        """What is to be asked: everything where the store is unsure, else what is missing.

        Where any of it is not under way, all is asked for: whoever reads may have dropped what
        was asked before for what is asked now.
        """
        if now - self._at > PATIENCE:
            self._spans.clear()
        spans = tuple(view.spans() if view.store.unsure else view.missing())
        new = any(not view.served(self._spans.get(span.column_id)) for span in spans)
        return spans if new else ()

    def asked(self, spans: Iterable[Span], now: float) -> None:
        """These are under way."""
        self._spans.update({span.column_id: span for span in spans})
        self._at = now

    def answered(self, columns: Iterable[str]) -> None:
        """Answers came for these columns, or will be worth nothing: ask again where need be."""
        for column in columns:
            self._spans.pop(column, None)
