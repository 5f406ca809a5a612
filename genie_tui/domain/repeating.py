"""Doing once more what is known not to have been done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from genie_tui.errors import NotDone

__all__ = ["repeated"]

R = TypeVar("R")


async def repeated(do: Callable[[], Awaitable[R]]) -> R:
    """Do something; where the connection broke before anything was written, once more.

    Raises:
        NotDone: it broke the second time, too.
    """
    try:
        return await do()
    except NotDone:
        return await do()
