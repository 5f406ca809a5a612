"""What a list offers."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Item"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something to choose: `id` is handed back; `note` stands at the right, in grey.

    A `color`, `#rrggbb`, is shown before the text.
    """

    id: str
    text: str
    note: str = ""
    current: bool = False
    color: str = ""
