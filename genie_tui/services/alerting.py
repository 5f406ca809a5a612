"""Reaching somebody who does not look at the dashboard: through tmux, and on the desktop."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

__all__ = ["can_tell_desktop", "in_tmux", "tell_desktop", "tell_tmux"]

PATIENCE = 3.0
"""Seconds after which a program that tells is left alone."""

SHOWN_FOR = 8000
"""Milliseconds for which tmux shows a message."""


def in_tmux() -> bool:
    """Does the program run in tmux?"""
    return bool(os.environ.get("TMUX")) and shutil.which("tmux") is not None


def can_tell_desktop() -> bool:
    """Is there a desktop, and a program that puts up its notifications?"""
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(shown) and shutil.which("notify-send") is not None


def tell_tmux(text: str) -> None:
    """Show a line of plain text in the status line of the user's tmux client.

    tmux takes what it is given for a format, in which `#(…)` would be run and `%H` be the hour.
    """
    literal = text.replace("#", "##").replace("%", "%%")
    _run(["tmux", "display-message", "-d", str(SHOWN_FOR), f"genie: {literal}"])


def tell_desktop(text: str) -> None:
    """Put up a notification on the desktop."""
    # Servers of notifications take the body for markup.
    body = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    _run(["notify-send", "--app-name=genie-tui", "--", "genie", body])


def _run(command: Sequence[str]) -> None:
    """Run it without a shell; what it says or fails with interests nobody."""
    quiet = subprocess.DEVNULL
    try:
        subprocess.run(
            command, stdin=quiet, stdout=quiet, stderr=quiet, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return
