"""How the parts of a task's screen look: the same names mean the same in each."""

from __future__ import annotations

from datetime import datetime, timedelta

from genie_tui.domain.durations import countdown, short
from genie_tui.domain.tasks import Lock
from genie_tui.ui.widgets.marks import Marks
from genie_tui.ui.widgets.plain import clean

__all__ = ["CLASSES", "PREFIX", "css", "held", "moment"]

PREFIX = "part"

STYLES = {
    "bad": "color: $error; text-style: bold;",
    "bar": "color: $primary;",
    "bar-now": "color: $success;",
    "critical": "color: $warning; text-style: bold;",
    "cursor": "color: $primary; text-style: bold;",
    "dim": "color: $foreground 55%;",
    "done": "color: $foreground 55%;",
    "fact": "color: $foreground 85%;",
    "frame": "color: $foreground 30%;",
    "head": "color: $primary; text-style: bold;",
    "held": "color: $warning;",
    "lock": "color: $success;",
    "me": "color: $accent; text-style: bold;",
    "new": "color: $background; background: $accent; text-style: bold;",
    "number": "color: $primary;",
    "stage": "color: $secondary;",
    "strong": "color: $foreground; text-style: bold;",
    "text": "color: $foreground;",
    "tool": "color: $secondary; text-style: bold;",
    "wait": "color: $accent; text-style: bold;",
}

CLASSES = {f"{PREFIX}--{name}" for name in STYLES}
"""The component classes of every part."""


def css(widget: str, layout: str = "width: 100%; height: 1fr;") -> str:
    """The style sheet of a part."""
    rules = "".join(f".{PREFIX}--{name} {{ {rule} }} " for name, rule in STYLES.items())
    return (
        f"{widget} {{ {layout} color: $foreground; background: $background; {rules} "
        f"&:focus {{ background: $background; }} }}"
    )


def moment(at: datetime, now: datetime) -> str:
    """A time as people here say it: `Mon 3 Nov 12:04`, with the year where it is another one."""
    here = at.astimezone()
    year = "" if here.year == now.astimezone().year else f" {here.year}"
    return f"{here:%a} {here.day} {here:%b}{year} {here:%H:%M}"


def held(lock: Lock, now: datetime, marks: Marks, me: str = "") -> tuple[str, str]:
    """A lock with the time that it has left, or how long it has been over; and its style."""
    holder = "you" if me and lock.run_id == me else clean(lock.holder)
    left = lock.left(now)
    if left < timedelta(0):
        return f"{marks.stale} STALE {holder} +{short(left)}", "bad"
    return f"{marks.lock} {holder} {countdown(left)}", "lock"
