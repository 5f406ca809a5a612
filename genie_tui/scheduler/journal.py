"""What daemons did: JSON lines in `<home>/logs/scheduler.log`, rotated."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["Journal", "following", "newest", "path_of", "readable"]

LARGEST = 4 * 1024 * 1024
"""Bytes; what is longer goes on in a new file."""
KEPT = 3
"""Older files that are kept: `scheduler.log.1` is the newest of them."""


LOOK_EVERY = 0.2


def path_of(logs: Path) -> Path:
    """Where the daemons of a home write."""
    return logs / "scheduler.log"


class Journal:
    """A log that several daemons write at once; `echo` is given each line in words.

    A line is an object: `at` in UTC, `event`, `by` (the daemon's pid), and what the event is about.
    """

    def __init__(self, path: Path, echo: Callable[[str], None] | None = None) -> None:
        self._path = path
        self._echo = echo
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __call__(self, event: str, **about: Any) -> None:
        """Write one line; what is None is left out."""
        known = {key: value for key, value in about.items() if value is not None}
        at = datetime.now(UTC)
        line = {"at": at.isoformat(timespec="milliseconds"), "event": event, "by": os.getpid()}
        line |= known
        data = json.dumps(line, ensure_ascii=False, default=str).encode(errors="replace") + b"\n"
        while not self._written(data):
            continue
        if self._echo is not None:
            self._echo(readable(line))

    def _written(self, data: bytes) -> bool:
        """Append to the file; false where another daemon has just moved it away."""
        with open(self._path, "ab", opener=_private) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not self._is_current(file):
                return False
            if file.tell() + len(data) > LARGEST and file.tell():
                self._rotate()
                return False
            file.write(data)
            return True

    def _is_current(self, file: BinaryIO) -> bool:
        try:
            return os.fstat(file.fileno()).st_ino == self._path.stat().st_ino
        except FileNotFoundError:
            return False

    def _rotate(self) -> None:
        for number in range(KEPT - 1, 0, -1):
            older = _numbered(self._path, number)
            if older.exists():
                older.replace(_numbered(self._path, number + 1))
        self._path.replace(_numbered(self._path, 1))


def newest(path: Path, count: int) -> list[str]:
    """The last lines that were written, oldest first, as they stand in the files."""
    found: list[str] = []
    for file in (path, *(_numbered(path, number) for number in range(1, KEPT + 1))):
        if len(found) >= count:
            break
        found = [*_lines(file), *found]
    return found[-count:] if count else []


def following(path: Path) -> Iterator[str]:
    """What is written from now on, without end; a file that is rotated is read to its end."""
    file = path.open("rb") if path.exists() else None
    if file is not None:
        file.seek(0, os.SEEK_END)
    while True:
        if file is None:
            file = path.open("rb") if path.exists() else None
        elif line := file.readline():
            # Lines are written whole.
            yield line.decode(errors="replace").rstrip("\n")
            continue
        elif not path.exists() or path.stat().st_ino != os.fstat(file.fileno()).st_ino:
            file.close()
            file = None
            continue
        time.sleep(LOOK_EVERY)


def readable(line: dict[str, Any]) -> str:
    """A line in words: `12:04:31 completed  schedule=nightly-qa exit_code=0`."""
    about = " ".join(
        f"{key}={value}" for key, value in line.items() if key not in {"at", "event", "by"}
    )
    at = datetime.fromisoformat(line["at"]).astimezone().strftime("%H:%M:%S")
    return f"{at} {line['event']}  {about}".rstrip()


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from (line.rstrip("\n") for line in file)
    except FileNotFoundError:
        return


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
