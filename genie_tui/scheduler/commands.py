"""One command of a schedule as processes: begun when its run is noted, watched, and ended.

It does not depend on the daemon: what it writes goes to a file, and its exit code into another, so
that it goes on where the daemon dies, and another daemon can tell how it ended.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

__all__ = ["KEPT", "NAME", "Files", "Worker", "clear_away", "incarnation", "prepare"]

NAME = "genie-run"
"""The word among those of a process that tells the shell of a run."""
KEPT = 64 * 1024
"""Bytes of the end of the output that are kept."""
TRIMMED_AT = 8 * 1024 * 1024
"""Bytes of output that lie on the disk at most, and a little more."""

DIES_WITHIN = 10.0
"""Seconds between SIGTERM and SIGKILL."""
LOOK_EVERY = 0.5
"""Seconds between two looks at a process that is nobody's child here."""

LEFT_FOR = 24 * 3600
"""Seconds after which the files of a run that has ended are of use to nobody."""

# It waits for a line: where none comes, as the daemon died, nothing is done. That a signal for the
# whole group does not keep it from noting the exit code is what the trap is for, which no child
# inherits as it does a signal that is ignored.
_SCRIPT = """
IFS= read -r go || exit 125
exec </dev/null
trap : TERM INT HUP
sh -c "$1"
code=$?
printf %s "$code" >"$2.part" && mv -f "$2.part" "$2"
exit "$code"
"""


@dataclass(frozen=True, slots=True)
class Files:
    """Where a run's output and exit code lie until the run is ended."""

    output: Path
    code: Path

    @classmethod
    def of(cls, directory: Path, run_id: str) -> Files:
        """Those of a run."""
        return cls(directory / f"{run_id}.out", directory / f"{run_id}.exit")

    def tail(self) -> str:
        """The end of the output; bytes that are no UTF-8, and nulls, are shown as �."""
        try:
            with self.output.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(size - KEPT, 0))
                data = file.read(KEPT)
        except FileNotFoundError:
            return ""
        # A cut through the middle of a letter is no letter.
        while size > KEPT and data and data[0] & 0xC0 == 0x80:
            data = data[1:]
        return data.decode(errors="replace").replace("\0", "�")

    def trim(self) -> None:
        """Keep the disk from filling up with what nobody will read."""
        with suppress(FileNotFoundError), self.output.open("r+b") as file:
            if file.seek(0, os.SEEK_END) <= TRIMMED_AT:
                return
            file.seek(-KEPT, os.SEEK_END)
            kept = file.read()
            # Who writes appends; what comes between these two is lost, in the midst of megabytes.
            file.truncate(0)
            with self.output.open("ab") as end:
                end.write(kept)

    def exit_code(self) -> int | None:
        """What the command exited with; None where that is not known."""
        try:
            return int(self.code.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def remove(self) -> None:
        """What they hold is in the database."""
        for path in (self.output, self.code, self.code.with_name(f"{self.code.name}.part")):
            path.unlink(missing_ok=True)


def clear_away(directory: Path, running: Collection[str]) -> None:
    """Remove what runs left behind that have ended, and whose daemon died at that moment."""
    for path in directory.glob("run-*"):
        with suppress(FileNotFoundError):
            if path.name.partition(".")[0] not in running and _age(path) > LEFT_FOR:
                path.unlink()


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime


@dataclass(slots=True)
class Worker:
    """The process of a run; `incarnation` tells it from another one with the same pid."""

    pid: int
    incarnation: str
    files: Files
    process: subprocess.Popen[bytes] | None = None

    def go(self) -> None:
        """Begin."""
        assert self.process is not None
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(b"go\n")
            self.process.stdin.flush()
        self.drop()

    def drop(self) -> None:
        """Let it end without having begun, where it has not."""
        assert self.process is not None
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()

    def leave(self) -> None:
        """Let it go on without this process, which is about to end."""
        if self.process is not None and self.process.returncode is None:
            # Else subprocess would warn of a child that nobody has waited for.
            self.process.returncode = 0

    def lives(self) -> bool:
        """Is it there still?"""
        if self.process is not None:
            return self.process.poll() is None
        return incarnation(self.pid) == self.incarnation

    async def ended(self) -> int | None:
        """Wait for its end; the exit code, where it can be known."""
        if self.process is not None:
            await _end_of_child(self.pid)
        while self.lives():  # noqa: ASYNC110 - nothing tells of another's child
            await asyncio.sleep(LOOK_EVERY)
        code = self.files.exit_code()
        if code is not None or self.process is None:
            return code
        # The shell that should have noted it was killed.
        return 128 - self.process.returncode if self.process.returncode < 0 else None

    async def end(self) -> None:
        """End it, and all that belongs to its process group: asked first, then forced."""
        for number, patience in ((signal.SIGTERM, DIES_WITHIN), (signal.SIGKILL, DIES_WITHIN)):
            if not self.lives():
                return
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self.ended()


def prepare(command: str, *, cwd: str, env: Mapping[str, str], files: Files) -> Worker:
    """Make the process of a command, which waits until it is told to `go`.

    Raises:
        OSError: there is no such directory, or no more room for processes or files.
    """
    files.output.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    output = os.open(files.output, flags, 0o600)
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, NAME, command, str(files.code)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
        )
    except OSError:
        files.remove()
        raise
    finally:
        os.close(output)
    return Worker(process.pid, incarnation(process.pid) or "", files, process)


def incarnation(pid: int) -> str | None:
    """When a process began, in words that no other with its pid has; None where it is gone.

    Where the kernel tells it in ticks since the machine began, no change of the clock matters.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        ticks, boot = _ticks(pid), _boot()
        return f"{boot}:{ticks}" if ticks and boot else f"{process.create_time():.2f}"
    except (psutil.Error, ValueError):
        return None


def _ticks(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]


def _boot() -> str | None:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None


async def _end_of_child(pid: int) -> None:
    """Wait for it where the kernel tells of it, and not at all where it does not, or has done."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):
        return
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    loop.add_reader(descriptor, ended.cancel)
    try:
        await asyncio.wait([ended])
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
