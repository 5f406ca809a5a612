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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import pyte

__all__ = ["Session"]

# What pyte takes for text: private sequences and strings that are no text of the screen.
UNSUPPORTED = re.compile(
    rb"\x1b\[[<>=][0-9;:]*[ -/]*[@-~]|\x1b\[\?[0-9;]*\$p|\x1b\[[0-9;]*[ -/]+[@-~]"
    rb"|\x1b\[[0-9;]*t|\x1bP.*?\x1b\\|\x1b\].*?(?:\x07|\x1b\\)|\x1b\[[?>][0-9;]*u",
    re.DOTALL,
)

# What would have a program draw otherwise, or to another size than the terminal's.
UNWANTED = frozenset(("COLUMNS", "LINES", "NO_COLOR", "TMUX"))


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
            **{key: value for key, value in os.environ.items() if key not in UNWANTED},
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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
            for at, _ in self._parse(until=lambda lines: any(marker in line for line in lines)):
                return at - self.started
        raise AssertionError(f"{marker!r} is not on the screen:\n{self.text()}")

    def key(self, keys: str, *, settle: float = 0.06) -> float | None:
        """Time from a key to the last output that changes the screen; None if nothing does."""
        return self.after(lambda: self.send(keys), settle=settle)

    def after(
        self, action: Callable[[], object], *, settle: float = 0.06, patience: float = 0.5
    ) -> float | None:
        """Time from whatever is done to the last output that changes the screen."""
        self._parse()
        begun = time.monotonic()
        action()
        self._read(patience)
        self.quiet(settle)
        changes = [at for at, changed in self._parse() if changed]
        return changes[-1] - begun if changes else None

    def until(
        self, action: Callable[[], object], holds: Callable[[list[str]], bool], *, limit: float = 5
    ) -> float | None:
        """Time from whatever is done to the output with which something holds of the screen."""
        self._parse()
        begun = time.monotonic()
        action()
        while time.monotonic() < begun + limit:
            self._read(0.5)
            self.quiet(0.03)
            for at, _ in self._parse(until=holds):
                return at - begun
        return None

    def keys(self, keys: str, times: int) -> list[float]:
        """Milliseconds of each time that keys are pressed; without those that change nothing."""
        costs = (self.key(keys) for _ in range(times))
        return [cost * 1e3 for cost in costs if cost is not None]

    def resize(self, columns: int, rows: int) -> float | None:
        """Time until the last output that another size changes."""

        def turn() -> None:
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

        self._parse()
        self.screen.resize(rows, columns)
        return self.after(turn)

    def send(self, keys: str) -> None:
        """Press keys without waiting."""
        os.write(self._master, keys.encode())

    def typed(
        self, keys: Sequence[str], every: float, columns: int
    ) -> tuple[list[float], float, float]:
        """Press keys at a steady pace while other things change, parsing only afterwards.

        Gives for each key the time to the last output, before the next key, that changes the left
        so many columns; the part of a core that was used; and when there was the last change.
        """
        self._parse()
        self._changed(columns, every_row=True)
        cpu, start, sent = self.used()[0], time.monotonic(), []
        for number, key in enumerate(keys):
            while (left := start + number * every - time.monotonic()) > 0:
                self._read(left)
            sent.append(time.monotonic())
            self.send(key)
        while (left := start + len(keys) * every - time.monotonic()) > 0:
            self._read(left)
        share = (self.used()[0] - cpu) / (time.monotonic() - start)
        self.quiet(0.2)
        last = self._chunks[-1][0]
        parsed = self._parse(columns=columns)
        self._seen.clear()
        costs = []
        for at, until in zip(sent, [*sent[1:], sent[-1] + every], strict=True):
            seen = [then for then, changed in parsed if changed and at < then < until]
            costs.extend([(seen[-1] - at) * 1e3] if seen else [])
        return costs, share, last

    def read(self, seconds: float) -> None:
        """Read for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._read(left)

    def used(self) -> tuple[float, int]:
        """Seconds of a core that all its threads took so far, and how often they woke."""
        seconds, wakes = 0.0, 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                seconds += int((task / "schedstat").read_text().split()[0]) / 1e9
                wakes += int(_field(task / "status", "voluntary_ctxt_switches"))
            except (FileNotFoundError, ProcessLookupError):  # A thread that ended meanwhile.
                continue
        return seconds, wakes

    def memory(self) -> float:
        """Resident memory."""
        return int(_field(Path(f"/proc/{self.pid}/status"), "VmRSS")) / 1024

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

    def _parse(
        self, until: Callable[[list[str]], bool] | None = None, columns: int | None = None
    ) -> list[tuple[float, bool]]:
        """Feed what was read to the screen: the time of each chunk, and whether it changed that.

        With `until`, the first chunk after which that holds of the screen's lines, alone; with
        `columns`, only what is in the left so many of them counts.
        """
        chunks, self._chunks = self._chunks, []
        parsed = []
        for index, (at, data) in enumerate(chunks):
            self._stream.feed(UNSUPPORTED.sub(b"", data))
            parsed.append((at, self._changed(columns)))
            if until is not None and until(self.screen.display):
                self._chunks = chunks[index + 1 :]
                return [(at, True)]
        return [] if until is not None else parsed

    def _changed(self, columns: int | None = None, *, every_row: bool = False) -> bool:
        """Did a row change since it was looked at last, as far as so many columns?"""
        changed = False
        for y in range(self.screen.lines) if every_row else list(self.screen.dirty):
            row = self.screen.buffer[y]
            now = hash(tuple(row[x] for x in range(columns or self.screen.columns)))
            changed = changed or self._seen.get(y) != now
            self._seen[y] = now
        self.screen.dirty.clear()
        return changed


def _field(file: Path, name: str) -> str:
    for line in file.read_text().splitlines():
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
