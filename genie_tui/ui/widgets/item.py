"""What a list offers."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Item"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something to choose: `id` is handed back; `note` stands at the right, in grey."""

    id: str
    text: str
    note: str = ""
    current: bool = False
