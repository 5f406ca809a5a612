"""What opens a transaction whose failures can all be shown."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from psycopg import AsyncConnection

__all__ = ["Transaction"]

Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
