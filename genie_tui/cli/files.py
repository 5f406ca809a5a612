"""Files that commands write and read; `-` is standard output, or input."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from genie_tui.cli.asking import can_ask, confirm
from genie_tui.errors import BadInput, GenieError, Refused

__all__ = ["STANDARD", "Draft", "may_replace", "reading"]

STANDARD = "-"


def may_replace(file: str, *, force: bool) -> bool:
    """May the file be written over? Asks, where somebody can be.

    Raises:
        Refused: there is such a file, and nobody said so.
        BadInput: it is a directory.
    """
    path = Path(file)
    if file == STANDARD or force or not os.path.lexists(path) or _is_stream(path):
        _check_place(file)
        return force
    if path.is_dir():
        raise BadInput(f"{file} is a directory; name a file in it")
    if not can_ask():
        raise Refused(f"there is a file {file} already; --force writes over it")
    confirm(f"This writes over {file}.")
    return True


def _check_place(file: str) -> None:
    path = Path(file)
    if file != STANDARD and path.is_dir():
        raise BadInput(f"{file} is a directory; name a file in it")
    if file != STANDARD and not path.parent.is_dir():
        raise BadInput(f"there is no directory {path.parent}; make it first")


def _is_stream(path: Path) -> bool:
    """Is it a device or a pipe, which is written to, not replaced?"""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


class Draft:
    """What is written aside, and delivered when all of it is there; else it is gone.

    A file that is new is the user's alone (mode 0600), as the database is; one that is written over
    keeps its mode.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._path = Path(file).resolve()
        self._streamed = file == STANDARD or _is_stream(Path(file))
        self._aside: Path | None = None
        self._text: IO[str] | None = None

    def __enter__(self) -> Self:
        if self._streamed:
            self._text = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")
            return self
        try:
            number, name = tempfile.mkstemp(
                prefix=f".{self._path.name[:80]}.", dir=self._path.parent
            )
        except OSError as error:
            raise _unwritable(self._file, error) from error
        self._aside = Path(name)
        self._text = open(number, "w", encoding="utf-8", newline="")  # noqa: PTH123
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._text is not None:
                self._text.close()
        except OSError:
            if error is None:
                raise
        finally:
            if self._aside is not None:
                self._aside.unlink(missing_ok=True)

    def write(self, piece: str) -> None:
        """Take a piece."""
        assert self._text is not None
        try:
            self._text.write(piece)
        except OSError as error:
            raise _unwritable(self._file, error) from error

    def deliver(self, *, replace: bool) -> None:
        """Let it be the file, or print it.

        Raises:
            Refused: there is a file by now, and it may not be replaced.
        """
        assert self._text is not None
        if self._streamed:
            self._text.flush()
            self._text.seek(0)
            self._pour(self._text)
            return
        try:
            self._settle(self._text, replace=replace)
        except FileExistsError as error:
            raise Refused(f"there is a file {self._file} by now; --force writes over it") from error
        except OSError as error:
            raise _unwritable(self._file, error) from error

    def _pour(self, text: IO[str]) -> None:
        if self._file == STANDARD:
            out = sys.stdout
            if isinstance(out, TextIOWrapper):
                out.reconfigure(encoding="utf-8")  # JSON is UTF-8, whatever the locale.
            shutil.copyfileobj(text, out)
            out.flush()
            return
        with open(self._file, "w", encoding="utf-8", newline="") as stream:  # noqa: PTH123
            shutil.copyfileobj(text, stream)

    def _settle(self, text: IO[str], *, replace: bool) -> None:
        assert self._aside is not None
        text.flush()
        os.fsync(text.fileno())
        if not replace:
            self._link(self._aside)
            return
        if self._path.exists():
            self._aside.chmod(stat.S_IMODE(self._path.stat().st_mode))
        self._aside.replace(self._path)

    def _link(self, aside: Path) -> None:
        """Give it the name, if nothing has it."""
        try:
            self._path.hardlink_to(aside)
        except FileExistsError:
            raise
        except OSError:  # Not every file system has links.
            if os.path.lexists(self._path):
                raise FileExistsError from None
            aside.replace(self._path)


def _unwritable(file: str, error: OSError) -> GenieError:
    return GenieError(f"{file} cannot be written: {error.strerror}; nothing was left there")


@contextmanager
def reading(file: str) -> Iterator[Callable[[int], str]]:
    """Gives a file's text, so many characters at most at a time.

    Raises:
        BadInput: it cannot be read, or is no text.
    """
    try:
        source = sys.stdin.buffer if file == STANDARD else open(file, "rb")  # noqa: PTH123, SIM115
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}; look at its name") from error
    with source, TextIOWrapper(source, encoding="utf-8-sig", newline="") as text:

        def read(count: int) -> str:
            try:
                return text.read(count)
            except UnicodeDecodeError as error:
                raise BadInput("it is not text in UTF-8, as JSON is") from error
            except OSError as error:
                raise BadInput(f"it cannot be read: {error.strerror}") from error

        yield read
