"""A program in a pseudo-terminal, timed from outside.

Every read is stamped before anything is parsed, and parsing waits until the output is quiet, so
that the measuring is in no path that is measured.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyte

__all__ = ["Session"]

# What pyte takes for text: private sequences and strings that are no text of the screen.
UNSUPPORTED = re.compile(
    rb"\x1b\[[<>=][0-9;:]*[ -/]*[@-~]|\x1b\[\?[0-9;]*\$p|\x1b\[[0-9;]*[ -/]+[@-~]"
    rb"|\x1b\[[0-9;]*t|\x1bP.*?\x1b\\|\x1b\].*?(?:\x07|\x1b\\)|\x1b\[[?>][0-9;]*u",
    re.DOTALL,
)


class Session:
    """A running program and its screen; seconds everywhere, memory in MiB."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 160,
        rows: int = 48,
        environment: Mapping[str, str] | None = None,
        cwd: str | Path = ".",
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._chunks: list[tuple[float, bytes]] = []
        self._seen: dict[int, int] = {}
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        variables = {
            **{key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "TMUX"}},
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            **(environment or {}),
        }
        self.started = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            _become(slave, command, variables, cwd)
        os.close(slave)
        os.set_blocking(master, False)
        self._master = master

    def text(self) -> str:
        """What is on the screen."""
        self._parse()
        return "\n".join(self.screen.display)

    def paint(self, marker: str, *, patience: float = 30.0) -> float:
        """Time from the start to the output with which the marker is on the screen."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            self._read(0.25 if not self._chunks else 0)
            if marker.encode() in b"".join(data for _, data in self._chunks):
                self.quiet(0.05)
            for at, _ in self._parse(until=marker):
                return at - self.started
        raise AssertionError(f"{marker!r} is not on the screen:\n{self.text()}")

    def key(self, keys: str, *, settle: float = 0.06) -> float | None:
        """Time from a key to the last output that changes the screen; None if nothing does."""
        self._parse()
        sent = time.monotonic()
        os.write(self._master, keys.encode())
        self._read(0.5)
        self.quiet(settle)
        changes = [at for at, changed in self._parse() if changed]
        return changes[-1] - sent if changes else None

    def send(self, keys: str) -> None:
        """Press keys without waiting."""
        os.write(self._master, keys.encode())

    def run(self, seconds: float) -> tuple[float, float]:
        """Read for so long; the part of a core used meanwhile, and wake-ups a second."""
        cpu, wakes, start = self._cpu(), self._wakeups(), time.monotonic()
        while (left := start + seconds - time.monotonic()) > 0:
            self._read(left)
        length = time.monotonic() - start
        return (self._cpu() - cpu) / length, (self._wakeups() - wakes) / length

    def memory(self) -> float:
        """Resident memory."""
        return int(self._status("VmRSS")) / 1024

    def quiet(self, settle: float, *, limit: float = 10.0) -> None:
        """Read until there was no output for `settle` seconds."""
        deadline = time.monotonic() + limit
        while self._read(settle) and time.monotonic() < deadline:
            pass

    def leave(self, keys: str) -> None:
        """Quit by keys, and read on until the program has ended."""
        self.send(keys)
        while os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            self._read(0.05)

    def close(self) -> None:
        """End the program, if it has not ended."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._master)

    def _read(self, patience: float) -> bool:
        if not select.select([self._master], [], [], patience)[0]:
            return False
        try:
            data = os.read(self._master, 1 << 18)
        except OSError:  # The other side is closed.
            return False
        self._chunks.append((time.monotonic(), data))
        return bool(data)

    def _parse(self, until: str | None = None) -> list[tuple[float, bool]]:
        """Feed what was read to the screen: the time of each chunk, and whether it changed that.

        With `until`, the first chunk after which that text is on the screen, alone.
        """
        chunks, self._chunks = self._chunks, []
        parsed = []
        for index, (at, data) in enumerate(chunks):
            self._stream.feed(UNSUPPORTED.sub(b"", data))
            parsed.append((at, self._changed()))
            if until is not None and any(until in line for line in self.screen.display):
                self._chunks = chunks[index + 1 :]
                return [(at, True)]
        return [] if until is not None else parsed

    def _changed(self) -> bool:
        changed = False
        for y in list(self.screen.dirty):
            row = self.screen.buffer[y]
            now = hash(tuple(row[x] for x in range(self.screen.columns)))
            changed = changed or self._seen.get(y) != now
            self._seen[y] = now
        self.screen.dirty.clear()
        return changed

    def _cpu(self) -> float:
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def _wakeups(self) -> int:
        return int(self._status("voluntary_ctxt_switches"))

    def _status(self, name: str) -> str:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return line.split()[1]
        raise KeyError(name)


def _become(
    slave: int, command: Sequence[str], environment: dict[str, str], cwd: str | Path
) -> None:
    """In the forked child: take the terminal, and become the program."""
    try:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for descriptor in (0, 1, 2):
            os.dup2(slave, descriptor)
        os.chdir(cwd)
        os.execvpe(command[0], list(command), environment)
    finally:
        os._exit(127)
