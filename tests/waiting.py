"""Waiting on facts."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 30.0
"""Seconds after which what has not become true will not."""


def wait_until(holds: Callable[[], object], *, seconds: float = PATIENCE) -> None:
    """Look again and again until something holds.

    Raises:
        AssertionError: it did not within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.02)
