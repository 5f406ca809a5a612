"""How long, in as few characters as a card has room for."""

from __future__ import annotations

from datetime import timedelta

__all__ = ["countdown", "short"]


ENDLESS = timedelta(days=365_000)
"""No other length is as long; whatever lasts so long has no end."""


def countdown(left: timedelta) -> str:
    """Time left to the second: `0:51`, `7:42`, `1:02:03`; `0:00` once over, `no end` without."""
    if left >= ENDLESS:
        return "no end"
    seconds = max(int(left.total_seconds()), 0)
    hours, rest = divmod(seconds, 3600)
    if hours:
        return f"{hours}:{rest // 60:02}:{rest % 60:02}"
    return f"{rest // 60}:{rest % 60:02}"


def short(length: timedelta) -> str:
    """The largest unit alone: `40s`, `14m`, `3h`, `2d`, `ever`; the sign is left to the caller."""
    if length >= ENDLESS:
        return "ever"
    seconds = abs(int(length.total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
