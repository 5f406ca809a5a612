"""Where the demos of a test put their files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.disks import quickest_disk


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A directory for temporary files of this test's own, in memory where that can be."""
    with tempfile.TemporaryDirectory(prefix="test-demo-", dir=quickest_disk()) as path:
        yield Path(path)
