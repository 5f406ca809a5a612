"""Pictures of screens as text: compared with what was looked at and found good.

    UPDATE_SNAPSHOTS=1 pytest tests/ui/test_snapshots.py

writes them anew; look at what has changed before it is committed.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["normal", "same"]

HERE = Path(__file__).with_name("snapshots")

PATIENCE = 20.0
LOOKS = 3
"""So many times, one after another, it looks as it did."""

_DATES = re.compile(
    r"\b(Mon|Tues?|Wed(nes)?|Thu(rs)?|Fri|Sat(ur)?|Sun)(day)? \d{1,2} [A-Z][a-z]{2,8}( \d{4})?\b"
)
_RULES = (
    # Whatever tells a moment differs from run to run; its width does not.
    (re.compile(r"\d{4}-\d\d-\d\d"), lambda _: "YYYY-MM-DD"),
    (re.compile(r"\b\d\d:\d\d(:\d\d)?\b"), lambda found: re.sub(r"\d", "0", found[0])),
    (re.compile(r"\b\d:\d\d\b"), lambda _: "0:00"),
    (
        re.compile(r"(\b\d\d| \d) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b"),
        lambda _: "DD Mon",
    ),
    (re.compile(r"\[[0-9a-f]{8,}\]|\b[0-9a-f]{8}-[0-9a-f-]{27}\b"), lambda f: "x" * len(f[0])),
)


def normal(text: str) -> str:
    """The text without what differs from run to run."""
    text = "\n".join(map(_dateless, text.splitlines()))
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _dateless(line: str) -> str:
    """Days and months are not of one length: what stands beside them is moved by that."""
    text, dates = _DATES.subn("DATE", line)
    return re.sub(r"( {2,}|─{2,})", lambda found: found[0][:2], text) if dates else line


async def same(name: str, look: Callable[[], str]) -> None:
    """Does what is shown come to be, and stay, what it was when it was last looked at?"""
    path = HERE / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(await _rest(look), encoding="utf-8")
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    deadline, alike = time.monotonic() + PATIENCE, 0
    while alike < LOOKS and time.monotonic() < deadline:
        await asyncio.sleep(0.03)
        alike = alike + 1 if normal(look()) == known else 0
    assert normal(look()) == known, f"{name} has changed; UPDATE_SNAPSHOTS=1 takes it as it is now"


async def _rest(look: Callable[[], str]) -> str:
    before, times = "", 0
    while times < 5 * LOOKS:
        await asyncio.sleep(0.03)
        now = normal(look())
        times = times + 1 if now == before else 0
        before = now
    return before
