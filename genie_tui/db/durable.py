"""What must be on the disk before it gets its name, so that a power cut leaves no half of it."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

__all__ = ["move", "sync"]


def sync(directory: Path) -> None:
    """Have all that was written on the disk: one call, where a file at a time takes a thousand."""
    if sys.platform != "linux":
        os.sync()
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(directory))
    finally:
        os.close(descriptor)


def move(source: Path, target: Path) -> None:
    """Rename a directory, to a free name or over an empty one, or a file; it lasts from then on."""
    source.replace(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
