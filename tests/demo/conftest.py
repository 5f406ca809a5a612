"""Where the demos of a test put their files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
ENOUGH = 512 * 1024 * 1024
"""Bytes; in containers this disk is often too small for a server."""


def _quickest_disk() -> Path | None:
    large = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH
    return MEMORY if large else None


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A directory for temporary files of this test's own, in memory where that can be."""
    with tempfile.TemporaryDirectory(prefix="test-demo-", dir=_quickest_disk()) as path:
        yield Path(path)
