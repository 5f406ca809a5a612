"""A tmux server of a test's own, which the program takes for the user's."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import libtmux
import pytest

__all__ = ["own_server"]


@contextmanager
def own_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[libtmux.Server]:
    """A server with a session `work` of one pane; ended with the block."""
    assert shutil.which("tmux"), "tmux is missing: install it with your system's package manager"
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path))
    server = libtmux.Server(config_file="/dev/null")
    server.new_session("work", window_command="sleep 600")
    try:
        yield server
    finally:
        subprocess.run(["tmux", "kill-server"], check=False)
