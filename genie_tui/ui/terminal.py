"""A terminal that may be gone: its window was closed, the connection to its machine was lost.

Textual writes to the terminal in a thread, which ends when that raises an error; thirty writes
later the program would wait for that thread for ever, and stay behind.
"""

from __future__ import annotations

import contextlib
from typing import IO, Any

from textual.driver import Driver

__all__ = ["Output", "enduring"]


class Output:
    """A file whose writes are lost where there is nobody to read them."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        """Write, or not."""
        with contextlib.suppress(OSError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what is left, or not."""
        with contextlib.suppress(OSError):
            self._file.flush()


def enduring(driver: type[Driver]) -> type[Driver]:
    """A driver that goes on without its terminal, until the program has ended."""
    base: Any = driver

    class Enduring(base):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            if file := getattr(self, "_file", None):
                self._file = Output(file)

    return Enduring
