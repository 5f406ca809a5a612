"""The program in a real pseudo-terminal, whose screen is what pyte makes of its output."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyte

__all__ = ["KEYS", "Terminal"]

PATIENCE = 30.0
"""Seconds after which a screen that has not come will not come."""

# Popen cannot make the terminal the child's controlling one, and a fork of a process that has
# threads is not safe: so a small program does it, and then becomes the one to be tested.
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execvpe(sys.argv[1], sys.argv[1:], os.environ)"
)

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "ctrl+q": "\x11",
}


class Terminal:
    """A process with a terminal of its own.

    Used as a context manager: at its end the process is killed if it is still there.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        columns: int = 160,
        rows: int = 48,
        cwd: Path | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self._master, slave = pty.openpty()
        self._set_size(columns, rows)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _TAKE_TERMINAL, *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=self._environment(env),
            cwd=cwd,
        )
        os.close(slave)

    @staticmethod
    def _environment(env: Mapping[str, str]) -> dict[str, str]:
        """With a terminal's name, and without the size of another, which would win over it."""
        kept = {name: value for name, value in env.items() if name not in ("COLUMNS", "LINES")}
        return {"TERM": "xterm-256color", "COLORTERM": "truecolor", **kept}

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self._master >= 0:
            os.close(self._master)

    def hang_up(self) -> int:
        """Close the terminal, as a window is closed; the exit code of what ran in it."""
        os.close(self._master)
        self._master = -1
        return self.process.wait(PATIENCE)

    def text(self) -> str:
        """What is on the screen, a line a row."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def send(self, *keys: str) -> None:
        """Press keys, one after the other: names in KEYS, anything else as it is."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def resize(self, columns: int, rows: int) -> None:
        """Make the window another size, as a window manager or tmux does."""
        self.screen.resize(rows, columns)
        self._set_size(columns, rows)
        self.process.send_signal(signal.SIGWINCH)

    def wait_for(self, what: str | Callable[[str], object], *, seconds: float = PATIENCE) -> str:
        """Read until a text, or a condition on the screen's text, is there; the screen then."""
        holds: Callable[[str], object] = (
            (lambda text: what in text) if isinstance(what, str) else what
        )
        deadline = time.monotonic() + seconds
        while not holds(self.text()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not on the screen within {seconds} s: {what}\n{self.text()}")
            # Its last words may come between the two.
            if not self.read() and self.process.poll() is not None and not self.read(0):
                if holds(self.text()):
                    break
                raise AssertionError(f"ended with {self.process.returncode}\n{self.text()}")
        return self.text()

    def wait_for_end(self, *, seconds: float = PATIENCE) -> int:
        """Read until the process has ended; its exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"still there after {seconds} s\n{self.text()}")
            self.read()
        while self.read(0):
            pass
        return self.process.returncode

    def read(self, patience: float = 0.1) -> bytes:
        """What has been written, waiting `patience` seconds at most for the first of it."""
        if not select.select([self._master], [], [], patience)[0]:
            return b""
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # The other side is closed.
            return b""
        self.raw += data
        self._stream.feed(data)
        return data

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
